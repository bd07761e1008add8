"""What is printed for a fixed stream, to the letter."""

import io

from rich.console import Console

from mock_ctrader.conformance.reports.model import fold
from mock_ctrader.conformance.reports.reporter import Reporter
from tests.reports.samples import FAILED_STAGE, FINISHED, HOSTILE, PASSED_STAGE, STARTED, run_events

SNAPSHOT = """"""


def printed(events: list[dict[str, object]], *, terminal: bool = False) -> str:
    out = io.StringIO()
    reporter = Reporter(Console(file=out, width=110, force_terminal=terminal, _environ={}))
    for event in events:
        reporter.take(event)
    reporter.finish()
    return out.getvalue()


def test_plain_text_of_a_run() -> None:
    lines = [line.rstrip() for line in printed(run_events()).splitlines()]

    assert "\n".join(lines).strip() == SNAPSHOT.strip()


def test_nothing_obeys_hostile_text() -> None:
    assert "\x1b" not in printed(
        [STARTED, FAILED_STAGE | {"reason": HOSTILE, "scenario": f"[red]{HOSTILE}"}, FINISHED]
    )


def test_at_a_terminal_passes_are_only_counted() -> None:
    told = printed([STARTED, PASSED_STAGE, FAILED_STAGE, FINISHED], terminal=True)

    assert "\x1b[" in told
    assert fold([STARTED]).conclusion == "broken off"
