"""The run at a terminal: progress while it runs, and at the end what came of it. Plain text when piped."""

from typing import Any

from rich.console import Console, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from mock_ctrader.conformance.plain import one_line
from mock_ctrader.conformance.reports.model import VERDICTS, Check, Complaint, Run
from mock_ctrader.conformance.reports.words import counted, place, seconds, stage_titles

_STYLES = {
    "pass": "green",
    "fail": "bold red",
    "error": "bold magenta",
    "warn": "yellow",
    "skip": "cyan",
    "blocked": "dim",
}
_SHOUTED = {"fail": "FAIL", "error": "ERROR"}
_INDENT = "    "
_EXCHANGES, _LONG = 2, 400


class Progress:
    """One line per check when verbose, or when there is no terminal; else a counter that stays in its place."""

    def __init__(self, console: Console, *, verbose: bool = False) -> None:
        self._console = console
        self._counts = dict.fromkeys(VERDICTS, 0)
        live = console.is_terminal and not verbose
        self._live = Live(console=console, refresh_per_second=8, transient=True) if live else None
        self._started = False

    def take(self, check: Check) -> None:
        """Tell of one check."""
        self._counts[check.verdict] += 1
        line = _line(check)
        if self._live is None:
            self._print(line)
            return
        if not self._started:
            self._live.start()
            self._started = True
        if check.verdict in ("fail", "error"):
            self._console.print(line, soft_wrap=True)
        self._live.update(Text.assemble((counted(self._counts), "bold"), f"   {_flat(check.title)}"))

    def finish(self) -> None:
        """Take the counter away."""
        if self._live is not None and self._started:
            self._live.stop()

    def _print(self, told: RenderableType) -> None:
        self._console.print(told, soft_wrap=True, highlight=False)


def conclude(console: Console, run: Run, reports: dict[str, str]) -> None:
    """Print what came of a run: the matrix, the other plans' cases, what to mend, and a line that sums up.

    Args:
        reports: name and place of each report that was written.
    """

    def say(told: RenderableType = "") -> None:
        console.print(told, soft_wrap=isinstance(told, Text), highlight=False)

    if run.matrix:
        say()
        say(_matrix(run))
    if run.cases:
        say()
        say(_cases(run))
    for check in run.to_mend:
        say()
        for line in _block(check):
            say(line)
    say()
    for problem in run.problems:
        say(Text(_flat(problem), "bold magenta"))
    say(_summary(run))
    for name, where in reports.items():
        say(Text(f"{name:<9} {where}"))


def _word(check: Check) -> Text:
    return Text(_SHOUTED.get(check.verdict, check.verdict), _STYLES[check.verdict])


def _line(check: Check) -> Text:
    word = _word(check)
    word.pad_right(8 - len(word.plain))
    where = place(check)
    told = Text.assemble(word, _flat(check.title), (f"  ({where})" if where else "", "dim"))
    why = check.code if check.verdict in ("blocked", "skip") else check.why if check.verdict != "pass" else ""
    return told.append(f"  {_flat(why)}", "dim") if why else told


def _matrix(run: Run) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("#", justify="right", no_wrap=True, min_width=2)
    table.add_column("Stage of the attribution flow", no_wrap=True, overflow="ellipsis")
    for flow, level in run.columns:
        table.add_column(f"flow {flow}\n{level}", justify="center", no_wrap=True, min_width=7)
    for number, titles in stage_titles(run):
        cells = [run.matrix.get(column, {}).get(number) for column in run.columns]
        marks = [_word(check) if check else Text("-", "dim") for check in cells]
        table.add_row(str(number), Text("\n".join(titles)), *marks)
    return table


def _cases(run: Run) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Verdict", no_wrap=True, min_width=7)
    table.add_column("Plan", no_wrap=True, min_width=10)
    table.add_column("Case", no_wrap=True, min_width=5)
    table.add_column("Sentence", overflow="ellipsis", no_wrap=True)
    for check in run.cases:
        why = f"{check.code}: " if check.code else ""
        title = check.title.removeprefix(f"{check.case} ")
        table.add_row(
            _word(check), Text(_flat(check.plan)), Text(_flat(check.case or "")), Text(_flat(why + title))
        )
    return table


def _block(check: Check) -> list[Text]:
    where = place(check)
    lines = [Text.assemble(_word(check), f"  {_flat(check.title)}", f"  ({where})" if where else "")]
    lines.append(Text(_INDENT + _flat(check.id), "dim"))
    if check.known_issue:
        lines.append(
            Text(f"{_INDENT}known issue {_flat(check.known_issue.id)}: {_flat(check.known_issue.reason)}")
        )
    for complaint in check.complaints:
        lines += _complaint(complaint)
    shown = [event for event in check.evidence if event.get("method")]
    lines += [_evidence(event) for event in shown[-_EXCHANGES:]]
    return lines


def _complaint(complaint: Complaint) -> list[Text]:
    source = ", ".join(filter(None, [complaint.source, complaint.provenance]))
    duty = f"{complaint.text or complaint.duty or ''}{f' ({source})' if source else ''}"
    named = {
        "": complaint.reason,
        "duty": duty.strip() or None,
        "expected": complaint.expected,
        "seen": complaint.seen,
        "advice": complaint.advice,
    }
    return [
        Text.assemble(_INDENT, (f"{name:<10}" if name else "", "bold"), _flat(value))
        for name, value in named.items()
        if value is not None
    ]


def _evidence(event: dict[str, Any]) -> Text:
    call = f"call {event['call']}: " if event.get("call") else ""
    status = event.get("status")
    told = f"{call}{event['method']} {event.get('path', '')} -> {'no answer' if status is None else status}"
    return Text.assemble(_INDENT, ("evidence  ", "bold"), _flat(told))


def _summary(run: Run) -> Text:
    told = Text.assemble(
        (run.conclusion.capitalize(), "bold " + ("green" if run.conclusion.startswith("passed") else "red")),
        f": {counted(run.counts)}",
    )
    if run.finish is not None:
        told.append(f" in {seconds(run.finish.seconds)}")
        if run.finish.attribution_seconds is not None:
            told.append(f" (attribution {seconds(run.finish.attribution_seconds)})")
    return told.append(".")


def _flat(text: str) -> str:
    return one_line(text, _LONG)
