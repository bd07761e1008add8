"""What a journey is and what can be found of one of its stages."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from mock_ctrader.flows import Level


class State(StrEnum):
    """How far a stage is proved."""

    OBSERVED = "observed"  # seen on the wire or in the application
    INFERRED = "inferred"  # a later stage cannot have happened without it
    REPORTED = "reported"  # the harness's adapter saw it inside the broker
    PENDING = "pending"
    VIOLATED = "violated"


PROVED = (State.OBSERVED, State.INFERRED, State.REPORTED)


@dataclass(frozen=True, slots=True)
class Journey:
    """One partner's way through one flow at one level.

    An announced journey was declared by somebody who knows both people's addresses; a detected one was found
    in the journal and knows the partner by the ids of call 3.6.
    """

    id: str
    flow: int
    level: Level
    partner_email: str | None = None
    invited_email: str | None = None
    user_id: int | None = None
    ctid_trader_account_id: int | None = None
    announced: bool = True


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about a stage that does not stop it: `rule` is the rule it departs from."""

    rule: str
    reason: str
    expected: str | None = None
    seen: str | None = None


@dataclass(slots=True)
class Finding:
    """What the journal says of one stage: `events` are the numbers of the events that show it.

    `rule` names the rule that was broken where it is not simply that the stage must be reached; `expected` and
    `seen` are the two values that differ, where there are two.
    """

    state: State
    reason: str
    events: list[int] = field(default_factory=list)
    carried: dict[str, Any] = field(default_factory=dict)
    warnings: list[Remark] = field(default_factory=list)
    rule: str | None = None
    expected: str | None = None
    seen: str | None = None

    @property
    def proved(self) -> bool:
        """Whether the stage counts as reached."""
        return self.state in PROVED


def pending(reason: str, *events: int, rule: str | None = None) -> Finding:
    """Not yet; the reason tells the nearest thing that did happen."""
    return Finding(State.PENDING, reason, list(events), rule=rule)


def violated(
    reason: str,
    *events: int,
    rule: str | None = None,
    expected: object = None,
    seen: object = None,
) -> Finding:
    """It happened, but against the rule."""
    return Finding(State.VIOLATED, reason, list(events), rule=rule, expected=_text(expected), seen=_text(seen))


def _text(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else str(value)
