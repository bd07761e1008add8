"""Known issues of broker.toml: what they excuse, until when, and when they are no longer needed."""

from datetime import date
from typing import Any

import pytest

from mock_ctrader.conformance.broker_file import KnownIssue
from mock_ctrader.conformance.known_issues import KnownIssues

TODAY = "2026-11-28"


def issue(check: str = "attribution/flow-1/*", expires: str = TODAY, name: str = "N-1") -> KnownIssue:
    return KnownIssue(check, name, "is being mended", date.fromisoformat(expires))


def met(known: KnownIssues, verdict: str, check: str = "attribution/flow-1/user/stage-4") -> Any:
    """What is noted in a check with this verdict."""
    told: dict[str, Any] = {"id": check, "verdict": verdict, "known_issue": None}
    known.apply(told)
    return told["known_issue"]


@pytest.mark.parametrize(
    ("verdict", "excused"),
    [("fail", True), ("warn", True), ("pass", False), ("error", False), ("blocked", False), ("skip", False)],
)
def test_only_what_the_broker_does_wrong_is_excused(verdict: str, excused: bool) -> None:
    noted = met(KnownIssues([issue()], TODAY), verdict)
    assert noted == ({"id": "N-1", "reason": "is being mended", "expires": TODAY} if excused else None)


def test_an_issue_excuses_what_its_pattern_names_and_nothing_else() -> None:
    known = KnownIssues([issue("attribution/flow-2/*"), issue("*/stage-?", name="N-2")], TODAY)

    assert met(known, "fail")["id"] == "N-2"
    assert met(known, "fail", "attribution/flow-1/user/stage-14") is None
    assert met(known, "fail", "crm-api/4.1") is None


@pytest.mark.parametrize(("expires", "excused"), [("2026-11-27", False), (TODAY, True), ("2027-01-01", True)])
def test_an_issue_excuses_up_to_its_last_day(expires: str, excused: bool) -> None:
    known = KnownIssues([issue(expires=expires)], TODAY)

    assert (met(known, "fail") is not None) is excused
    told = known.problems()
    assert told == (
        []
        if excused
        else ["known issue N-1 (attribution/flow-1/*) ended on 2026-11-27; mend it, or give it another end"]
    )


@pytest.mark.parametrize(
    ("verdicts", "problem"),
    [
        ([], "is about no check of this run; correct its pattern or remove it"),
        (["pass", "pass"], "is cured: what it excuses passes now; remove it"),
        (["pass", "skip"], "is cured: what it excuses passes now; remove it"),
        # it passes at one level and fails at the other
        (["pass", "fail"], None),
        # nothing is known of what was not judged
        (["skip", "blocked"], None),
    ],
)
def test_the_list_itself_is_judged(verdicts: list[str], problem: str | None) -> None:
    known = KnownIssues([issue()], TODAY)
    for verdict in verdicts:
        met(known, verdict)

    assert known.problems() == ([] if problem is None else [f"known issue N-1 (attribution/flow-1/*) {problem}"])
