"""Tells a person at a terminal what is being proved; colours only where there is a terminal."""

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mock_ctrader.conformance.verdicts import StageVerdict, Verdict
from mock_ctrader.flows import FLOW_TITLES, STAGES_PER_FLOW, Level, stages_of

_MARKS = {
    Verdict.PASS: "[green]proved [/green]",
    Verdict.FAIL: "[bold red]FAILED [/bold red]",
    Verdict.BLOCKED: "[dim]blocked[/dim]",
}
_SHORT = {
    Verdict.PASS: "[green]pass[/green]",
    Verdict.FAIL: "[bold red]FAIL[/bold red]",
    Verdict.BLOCKED: "[dim]blocked[/dim]",
}
_CARRIED_LIMIT = 110


class Narrator:
    """Prints each stage once, as soon as it is proved, and the rest when the flow is judged."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._told = 0

    def begin(self, flow: int, level: Level) -> None:
        """Announce a flow."""
        self._told = 0
        self._console.print(f"\n[bold]Flow {flow}: {FLOW_TITLES[flow]}, at {level} level[/bold]")

    def progress(self, journey: dict[str, Any]) -> None:
        """Print the stages that are proved by now and were not printed yet, in order."""
        for stage in journey["stages"][self._told :]:
            if stage["state"] not in ("observed", "reported"):
                return
            self._line(Verdict.PASS, stage, "")

    def end(self, verdicts: list[StageVerdict]) -> None:
        """Print what is left of a flow: the failed stage with its reason, and the blocked ones."""
        for verdict in verdicts[self._told :]:
            self._line(verdict.verdict, verdict.stage, verdict.reason)

    def _line(self, verdict: Verdict, stage: dict[str, Any], reason: str) -> None:
        self._told = stage["number"]
        way = stage["sender"]
        if stage["receiver"] != stage["sender"]:
            way += f" -> {stage['receiver']}"
        call = f" \\[call {stage['call']}]" if stage["call"] else ""
        self._console.print(f"  {stage['number']:>2}  {_MARKS[verdict]}  {way}: {stage['title']}{call}")
        if verdict is Verdict.FAIL:
            self._console.print(f"               [red]{escape(reason)}[/red]")
        elif verdict is Verdict.PASS and stage["carried"]:
            self._console.print(f"               [dim]{escape(_carried(stage['carried']))}[/dim]")


def _carried(carried: dict[str, Any]) -> str:
    text = ", ".join(f"{key} {value}" for key, value in carried.items() if value is not None)
    return text if len(text) <= _CARRIED_LIMIT else text[: _CARRIED_LIMIT - 3] + "..."


def matrix(console: Console, verdicts: dict[tuple[int, Level], list[StageVerdict]]) -> None:
    """Print the stages of each flow against the levels, and every failure with its reason."""
    for flow, title in FLOW_TITLES.items():
        table = Table("", "stage", *(f"{level} level" for level in Level), title=f"Flow {flow}: {title}")
        for stage in stages_of(flow):
            cells = []
            for level in Level:
                judged = verdicts.get((flow, level))
                cells.append(_SHORT[judged[stage.number - 1].verdict] if judged else "not run")
            table.add_row(str(stage.number), stage.title, *cells)
        console.print(table)
    for (flow, level), judged in verdicts.items():
        for verdict in judged:
            if verdict.verdict is Verdict.FAIL:
                number = verdict.stage["number"]
                console.print(f"[red]Flow {flow}, {level} level, stage {number}:[/red] {escape(verdict.reason)}")


def summary(verdicts: dict[tuple[int, Level], list[StageVerdict]]) -> tuple[int, int]:
    """How many stages passed, and how many there are."""
    passed = sum(one.verdict is Verdict.PASS for judged in verdicts.values() for one in judged)
    return passed, len(FLOW_TITLES) * len(Level) * STAGES_PER_FLOW
