"""How reports put things: the names of verdicts, and times."""

from collections.abc import Mapping

from mock_ctrader.conformance.reports.model import VERDICTS, Check, Run
from mock_ctrader.flows import FLOW_TITLES, stages_of

_PLURALS = {"pass": "passed", "fail": "failed", "warn": "warned", "skip": "skipped", "error": "in error"}


def counted(counts: Mapping[str, int]) -> str:
    """Counts in words, those of zero left out: 70 passed, 1 failed."""
    order = ("pass", *(verdict for verdict in VERDICTS if verdict != "pass"))
    found = [f"{counts[verdict]} {_PLURALS.get(verdict, verdict)}" for verdict in order if counts.get(verdict)]
    return ", ".join(found) or "nothing was run"


def seconds(value: float) -> str:
    """A duration for people."""
    return f"{value:.1f} s" if value < 60 else f"{int(value // 60)} min {int(value % 60)} s"


def place(check: Check) -> str:
    """Where a check stands: flow and level, or the case's number; empty for neither."""
    found = [f"flow {check.flow}" if check.flow else "", f"{check.level} level" if check.level else ""]
    return ", ".join(part for part in [f"case {check.case}" if check.case else "", *found] if part)


def stage_titles(run: Run) -> list[tuple[int, list[str]]]:
    """The rows of the matrix: each stage with its title, or with one per flow where they differ."""
    flows = sorted({flow for flow, _ in run.columns if flow in FLOW_TITLES})
    rows: dict[int, list[str]] = {}
    for flow in flows:
        for stage in stages_of(flow):
            titles = rows.setdefault(stage.number, [])
            if stage.title not in titles:
                titles.append(stage.title)
    return sorted(rows.items())
