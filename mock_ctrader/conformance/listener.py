"""Hears of every check as pytest runs it, and knows at the end what was not judged."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from mock_ctrader.conformance.known_issues import KnownIssues
from mock_ctrader.conformance.recording import CHECK
from mock_ctrader.conformance.verdicts import Verdict

_JUDGED = (Verdict.PASS, Verdict.FAIL, Verdict.WARN)


class Listener:
    """A pytest plugin of the process that gathers the results, be there workers or not."""

    def __init__(self, take: Callable[[dict[str, Any]], None], known: KnownIssues, plans: set[str]) -> None:
        """Args: take: told of each check. known: what excuses failures. plans: what was asked for."""
        self._take = take
        self._known = known
        self._plans = plans
        self._declared: set[str] = set()
        self._heard: set[str] = set()
        self._broken: list[str] = []
        self._judged_plans: Counter[str] = Counter()
        self.counts: dict[str, int] = {verdict.value: 0 for verdict in Verdict}
        self.unexcused: Counter[str] = Counter()
        self._blocked: dict[str, list[str]] = {}
        self.attribution_seconds = 0.0
        self.ended = 0

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """What is to be run, where there are no workers."""
        self._declared |= {item.nodeid for item in session.items}

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """What is to be run, as a worker found it."""
        self._declared |= {_bare(nodeid) for nodeid in ids}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A scenario was judged, or its end went wrong."""
        for name, value in report.user_properties:
            if name == CHECK and report.when in ("setup", "call") and _bare(report.nodeid) not in self._heard:
                self._heard.add(_bare(report.nodeid))
                self._hear(json.loads(str(value)))
        if report.when == "teardown" and report.failed:
            self._broken.append(f"{report.nodeid}: {report.longreprtext.strip().splitlines()[-1]}")

    def _hear(self, check: dict[str, Any]) -> None:
        self._known.apply(check)
        self.counts[check["verdict"]] += 1
        self.unexcused[check["verdict"]] += check["known_issue"] is None
        self.ended += check["code"] == "ended"
        if check["verdict"] == Verdict.BLOCKED:
            self._blocked.setdefault(check["code"], []).append(check["reason"])
        self._judged_plans[check["plan"]] += check["verdict"] in _JUDGED
        if check["plan"] == "attribution":
            self.attribution_seconds += check["seconds"]
        self._take(check)

    def pytest_internalerror(self, excrepr: object) -> None:
        """The run itself broke: a fault of the harness."""
        self._broken.append(f"the harness broke: {str(excrepr).strip().splitlines()[-1]}")

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, error: object) -> None:
        """A worker ended before its work was done."""
        if error:
            self._broken.append(f"a worker ended: {str(error).strip().splitlines()[-1]}")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A plan could not even be read."""
        if report.failed:
            self._broken.append(f"{report.nodeid}: {report.longreprtext.strip().splitlines()[-1]}")

    @property
    def judged(self) -> int:
        """How many checks got a verdict on the broker."""
        return sum(self._judged_plans.values())

    def problems(self) -> list[str]:
        """What keeps the run from being complete: checks that were declared and never judged, empty plans."""
        unrun = [f"declared but not run: {nodeid}" for nodeid in sorted(self._declared - self._heard)]
        empty = [
            f"plan {plan}: nothing of it was judged"
            for plan in sorted(self._plans)
            if not self._judged_plans[plan]
        ]
        # a failure that was judged says what to mend; without one nobody would be told
        blocked = (
            []
            if self.counts[Verdict.FAIL] or self.counts[Verdict.ERROR]
            else [
                f"{len(reasons)} checks not judged, though nothing failed: {reasons[0]}"
                for reasons in self._blocked.values()
            ]
        )
        ended = [f"ended by hand before {self.ended} of the stages"] if self.ended else []
        return self._broken + unrun + empty + blocked + ended


def _bare(nodeid: str) -> str:
    """A test's id without the group that xdist's loadgroup adds."""
    return nodeid.rsplit("@", 1)[0] if "@" in nodeid.rsplit("::", 1)[-1] else nodeid
