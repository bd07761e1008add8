"""What a run's listener says of checks that nobody judged."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from mock_ctrader.conformance.known_issues import KnownIssues
from mock_ctrader.conformance.listener import Listener
from mock_ctrader.conformance.recording import CHECK


def heard(*verdicts: tuple[str, str, str]) -> list[str]:
    """The problems of a run with these verdicts, codes and reasons."""
    listener = Listener(lambda _: None, KnownIssues([], "2027-01-01"), {"crm-api"})
    for number, (verdict, code, reason) in enumerate(verdicts):
        check: dict[str, Any] = {
            "id": f"crm-api/{number}",
            "plan": "crm-api",
            "verdict": verdict,
            "code": code,
            "reason": reason,
            "seconds": 0.1,
            "known_issue": None,
        }
        listener.pytest_runtest_logreport(
            SimpleNamespace(  # type: ignore[arg-type]
                user_properties=[(CHECK, json.dumps(check))], when="call", nodeid=f"n{number}", failed=False
            )
        )
    return listener.problems()


BLOCKED = ("blocked", "sign-up", "blocked by sign-up: saw 500")


def test_checks_that_are_blocked_by_nothing_that_failed_keep_the_run_incomplete() -> None:
    assert heard(("pass", "", ""), BLOCKED, BLOCKED) == [
        "2 checks not judged, though nothing failed: blocked by sign-up: saw 500"
    ]


@pytest.mark.parametrize("verdict", ["fail", "error"])
def test_a_failure_says_itself_why_others_are_blocked(verdict: str) -> None:
    assert heard((verdict, "", "no"), ("pass", "", ""), BLOCKED) == []


def test_what_is_skipped_is_no_problem() -> None:
    assert heard(("pass", "", ""), ("skip", "no-verb", "no deposit")) == []
