"""What one check finds: steps say which duty they hold the broker to, and whether it was kept.

A duty that is documented fails the check when it is broken; one that is our inference, or only seen in client
code, adds a warning and the check goes on. So a broker never fails on a recommendation.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, NoReturn

import pytest

from mock_ctrader.conformance.duties import Duty, duties


@dataclass(frozen=True, slots=True)
class Complaint:
    """One duty that was not kept, with what was expected, what was seen, and what can be done."""

    duty: Duty
    reason: str
    expected: str | None = None
    seen: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """As reports show it."""
        duty = {("duty" if key == "id" else key): value for key, value in asdict(self.duty).items()}
        return duty | {"reason": self.reason, "expected": self.expected, "seen": self.seen}


class Broken(AssertionError):
    """A documented duty was not kept: the check fails."""

    def __init__(self, complaint: Complaint) -> None:
        super().__init__(f"{complaint.duty.id}: {complaint.reason}")
        self.complaint = complaint


class Unfit(Exception):
    """The check could not be made, by a fault of the harness, of its configuration or of the network."""


@dataclass
class Findings:
    """Collects what one check finds; `duty` is the one that a step which merely asserts holds the broker to."""

    warnings: list[Complaint] = field(default_factory=list)
    evidence: list[dict[str, Any]] = field(default_factory=list)
    code: str | None = None
    duty: str | None = None

    def require(
        self,
        duty_id: str,
        kept: object,
        *,
        reason: str,
        expected: object = None,
        seen: object = None,
        evidence: Iterable[dict[str, Any]] = (),
    ) -> None:
        """Hold the broker to a duty.

        Args:
            duty_id: a key of `duties.toml`.
            kept: whether it was kept (its truth).
            reason: what was found, in one sentence, should it not be kept.
            expected: what the duty wants to see.
            seen: what was seen.
            evidence: exchanges, or other events, that show it; kept in any case.

        Raises:
            Broken: a documented duty was not kept.
        """
        self.show(evidence)
        if kept:
            return
        complaint = Complaint(duties()[duty_id], reason, _text(expected), _text(seen))
        if complaint.duty.documented:
            raise Broken(complaint)
        self.warnings.append(complaint)

    def show(self, evidence: Iterable[dict[str, Any]]) -> None:
        """Keep evidence; what is there already is not kept twice."""
        self.evidence += [one for one in evidence if one not in self.evidence]

    def skip(self, code: str, reason: str) -> NoReturn:
        """End the check unjudged, because the broker, the adapter or this machine does not have what it needs.

        Args:
            code: a short word for reports, such as "no-verb" or "plain-http".
        """
        self.code = code
        pytest.skip(f"{code}: {reason}")

    def block(self, code: str, reason: str) -> NoReturn:
        """End the check unjudged, because something before it failed.

        Args:
            code: what failed, such as "stage-4" or "sign_up".
        """
        self.code = BLOCKED_BY + code
        pytest.skip(f"blocked by {code}: {reason}")


BLOCKED_BY = "blocked-by:"


def _text(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else repr(value)
