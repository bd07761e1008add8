"""Known issues: failures that broker.toml expects for a while, each with an id, a reason and an end."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any

from mock_ctrader.conformance.broker_file import KnownIssue
from mock_ctrader.conformance.verdicts import Verdict

_EXCUSABLE = (Verdict.FAIL, Verdict.WARN)


class KnownIssues:
    """Excuses what is known, and tells of what need not be known any more."""

    def __init__(self, issues: Iterable[KnownIssue], today: str) -> None:
        """Args: today: as YYYY-MM-DD."""
        self._issues = list(issues)
        self._today = today
        self._met: dict[str, list[str]] = {}

    def apply(self, check: dict[str, Any]) -> None:
        """Note in a check which issue excuses it, if one does."""
        for issue in self._issues:
            if not fnmatchcase(check["id"], issue.check):
                continue
            self._met.setdefault(issue.id, []).append(check["verdict"])
            if check["verdict"] in _EXCUSABLE and issue.expires.isoformat() >= self._today:
                expires = issue.expires.isoformat()
                check["known_issue"] = {"id": issue.id, "reason": issue.reason, "expires": expires}

    def problems(self) -> list[str]:
        """What is wrong with the list itself: an issue that is cured, out of date, or about no check at all."""
        return [problem for issue in self._issues if (problem := self._problem(issue))]

    def _problem(self, issue: KnownIssue) -> str | None:
        verdicts = self._met.get(issue.id)
        named = f"known issue {issue.id} ({issue.check})"
        if verdicts is None:
            return f"{named} is about no check of this run; correct its pattern or remove it"
        if not any(verdict in _EXCUSABLE for verdict in verdicts) and Verdict.PASS in verdicts:
            return f"{named} is cured: what it excuses passes now; remove it"
        if issue.expires.isoformat() < self._today:
            return f"{named} ended on {issue.expires.isoformat()}; mend it, or give it another end"
        return None
