"""Runs the attribution features on a broker as a pytest run of its own, and tells the result."""

import json
import os
import tempfile
from pathlib import Path

import pytest
from rich.console import Console
from rich.markup import escape

from mock_ctrader.conformance.target import TARGET_VARIABLE
from mock_ctrader.processes import MockProcess

_SUITE = Path(__file__).parent / "suite"
PASSED, FAILED, USAGE, INCOMPLETE = 0, 1, 2, 3


class _Listener:
    """Prints one line per scenario and counts."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self.counts = {"passed": 0, "failed": 0, "blocked": 0, "errors": 0}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" and report.outcome == "passed":
            return
        told = dict(report.user_properties)
        title = report.nodeid
        if "stage" in told:
            title = f"Flow {told['flow']}, {told['level']} level, stage {told['stage']}: {told['title']}"
        if report.outcome == "passed":
            self._tell("passed", "[green]pass   [/green]", title)
        elif report.outcome == "skipped":
            self._tell("blocked", "[dim]blocked[/dim]", title)
        else:
            kind = "failed" if report.when == "call" else "errors"
            self._tell(kind, "[bold red]FAIL   [/bold red]", title)
            self._console.print(f"         [red]{escape(report.longreprtext)}[/red]")

    def _tell(self, kind: str, mark: str, title: str) -> None:
        self.counts[kind] += 1
        self._console.print(f"{mark}  {escape(title)}")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.counts["errors"] += 1
            self._console.print(f"[red]{escape(report.longreprtext)}[/red]")


def run(console: Console, junit: Path | None, select: str | None) -> int:
    """Run the features on the bundled reference broker.

    Args:
        console: where to tell.
        junit: where to write JUnit XML.
        select: a pytest marker expression over the tags, or None for all.

    Returns:
        0 all passed, 1 something failed, 2 `select` is no expression, 3 nothing was run.
    """
    with (
        tempfile.TemporaryDirectory(prefix="mock-ctrader-") as folder,
        MockProcess.start("--with-reference-broker") as mock,
    ):
        target = Path(folder) / "target.json"
        target.touch(mode=0o600)
        target.write_text(json.dumps(mock.ready), encoding="utf-8")
        os.environ[TARGET_VARIABLE] = str(target)
        listener = _Listener(console)
        arguments = [
            str(_SUITE),
            f"--rootdir={_SUITE}",
            f"--config-file={os.devnull}",
            *("-p", "no:terminal", "-p", "no:cacheprovider"),
            *([f"--junitxml={junit.absolute()}"] if junit else []),
            *(["-m", select] if select else []),
        ]
        try:
            code = pytest.main(arguments, plugins=[listener])
        finally:
            del os.environ[TARGET_VARIABLE]
    return _conclude(console, listener.counts, int(code))


def _conclude(console: Console, counts: dict[str, int], code: int) -> int:
    if code == pytest.ExitCode.USAGE_ERROR:
        return USAGE
    told = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count) or "nothing"
    console.print(f"\n[bold]{told}[/bold]")
    if counts["failed"] or counts["errors"]:
        return FAILED
    if not counts["passed"]:
        console.print("[red]No scenario was run, so nothing is proved.[/red]")
        return INCOMPLETE
    return PASSED if code == pytest.ExitCode.OK else FAILED
