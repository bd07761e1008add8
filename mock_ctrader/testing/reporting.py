"""The reports of a pytest run in a broker's own repository: the same as those of `mock-ctrader verify`."""

import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from mock_ctrader.clock import SystemClock, utc_text
from mock_ctrader.conformance.broker_file import PLANS, BrokerFile
from mock_ctrader.conformance.known_issues import KnownIssues
from mock_ctrader.conformance.listener import Listener
from mock_ctrader.conformance.reports.reporter import Reporter
from mock_ctrader.conformance.stories import kept_journeys
from mock_ctrader.conformance.target import STORIES_VARIABLE, Target
from mock_ctrader.conformance.verify import started


class Reporting:
    """A plugin of the process that gathers the results; it is there when a folder for reports was named."""

    def __init__(self, file: BrokerFile, folder: Path, mock_url: str | None) -> None:
        self._file = file
        self._folder = folder
        self._mock_url = mock_url or file.mock.url
        self._clock = SystemClock()
        self._began = self._clock.monotonic()
        self._began_at = self._clock.now_ms()
        self._checks: list[dict[str, Any]] = []
        today = utc_text(self._began_at)[:10]
        self._listener = Listener(self._checks.append, KnownIssues(file.known_issues, today), set())
        self._stories = tempfile.TemporaryDirectory(prefix="mock-ctrader-")
        # workers inherit it, and write there what they played
        os.environ[STORIES_VARIABLE] = self._stories.name

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test was run here, or in a worker."""
        self._listener.pytest_runtest_logreport(report)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write every report."""
        names = self._file.mock.sandbox.get("broker_names", [])
        shown = {"brokerCrmName": self._file.mock.sandbox.get("broker_crm_name", ""), "brokerNames": names}
        target = Target(self._mock_url, shown, str(self._file.path))
        heard = {check["plan"] for check in self._checks}
        plans = tuple(sorted(heard, key=lambda plan: (PLANS.index(plan) if plan in PLANS else len(PLANS), plan)))
        reporter = Reporter(Console(quiet=True), self._folder)
        reporter.take(started(self._file, target, plans, self._began_at))
        for event in [*self._checks, *kept_journeys(Path(self._stories.name))]:
            reporter.take(event)
        reporter.take(
            {
                "type": "run_finished",
                "at": self._clock.now_ms(),
                "seconds": round(self._clock.monotonic() - self._began, 1),
                "counts": self._listener.counts,
                "exit_code": int(session.exitstatus),
                "problems": [] if self._listener.judged else ["nothing was judged"],
                "attribution_seconds": round(self._listener.attribution_seconds, 1),
            }
        )
        reporter.finish()

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Tell where the reports are."""
        counts = ", ".join(f"{number} {verdict}" for verdict, number in self._listener.counts.items() if number)
        terminalreporter.write_line(f"mock-ctrader: {counts or 'no check'}; reports in {self._folder}")

    def pytest_unconfigure(self) -> None:
        """Leave nothing behind."""
        os.environ.pop(STORIES_VARIABLE, None)
        self._stories.cleanup()
