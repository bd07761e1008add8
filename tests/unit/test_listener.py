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


def report(**values: Any) -> Any:
    """What pytest tells of the end of a part of a test."""
    usual = {"user_properties": [], "when": "call", "nodeid": "n1", "failed": False, "longreprtext": ""}
    return SimpleNamespace(**usual | values)


def test_what_broke_beside_the_checks_is_told_by_its_last_line() -> None:
    listener = Listener(lambda _: None, KnownIssues([], "2027-01-01"), set())
    broken = {"failed": True, "longreprtext": "Traceback\nE  OSError: no space\n"}
    listener.pytest_runtest_logreport(report(when="teardown", **broken))
    listener.pytest_runtest_logreport(report(when="call", nodeid="n2", **broken))  # its check says so itself
    listener.pytest_runtest_logreport(report(when="teardown", nodeid="n3"))
    listener.pytest_internalerror("INTERNALERROR\nKeyError: 'x'")
    listener.pytest_testnodedown(None)  # a worker that is done
    listener.pytest_testnodedown("Traceback\nSignal 9\n")
    listener.pytest_collectreport(report(nodeid="suite/test_x.py", **broken))
    listener.pytest_collectreport(report(nodeid="suite/test_y.py"))

    assert listener.problems() == [
        "n1: E  OSError: no space",
        "the harness broke: KeyError: 'x'",
        "a worker ended: Signal 9",
        "suite/test_x.py: E  OSError: no space",
    ]


def test_what_workers_declare_and_never_run_is_told_once() -> None:
    listener = Listener(lambda _: None, KnownIssues([], "2027-01-01"), set())
    for _worker in range(2):
        listener.pytest_xdist_node_collection_finished(["a.py::one@flow", "a.py::two"])
    check = {"verdict": "pass", "known_issue": None, "code": "", "plan": "crm-api", "seconds": 0.1, "reason": ""}
    told = [("unlike", "x"), (CHECK, json.dumps({"id": "crm-api/1", **check}))]
    for nodeid in ("a.py::one@flow", "a.py::one"):  # heard twice, it counts once
        listener.pytest_runtest_logreport(report(nodeid=nodeid, user_properties=told))

    assert listener.problems() == ["declared but not run: a.py::two"]
    assert listener.counts["pass"] == 1


def test_a_plan_of_which_nothing_was_judged_is_told() -> None:
    listener = Listener(lambda _: None, KnownIssues([], "2027-01-01"), {"crm-api", "functional"})
    assert listener.problems() == [
        "plan crm-api: nothing of it was judged",
        "plan functional: nothing of it was judged",
    ]
