"""Tells a person at a terminal what is being proved; colours only where there is a terminal."""

from typing import Any

from rich.console import Console
from rich.markup import escape

from mock_ctrader.conformance.plain import one_line
from mock_ctrader.conformance.verdicts import StageVerdict, Verdict
from mock_ctrader.flows import FLOW_TITLES, STAGES_PER_FLOW, Level

_MARKS = {
    Verdict.PASS: "[green]proved [/green]",
    Verdict.WARN: "[yellow]warned [/yellow]",
    Verdict.FAIL: "[bold red]FAILED [/bold red]",
    Verdict.BLOCKED: "[dim]blocked[/dim]",
    Verdict.SKIP: "[dim]open   [/dim]",
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
        for warning in [one for verdict in verdicts for one in verdict.warnings]:
            self._console.print(
                f"  [yellow]warning: {escape(one_line(warning.reason))} ({escape(warning.duty.source)})[/yellow]"
            )

    def _line(self, verdict: Verdict, stage: dict[str, Any], reason: str) -> None:
        self._told = stage["number"]
        way = stage["sender"]
        if stage["receiver"] != stage["sender"]:
            way += f" -> {stage['receiver']}"
        call = f" \\[call {stage['call']}]" if stage["call"] else ""
        self._console.print(f"  {stage['number']:>2}  {_MARKS[verdict]}  {way}: {stage['title']}{call}")
        if verdict is Verdict.FAIL:
            self._console.print(f"               [red]{escape(one_line(reason))}[/red]")
        elif verdict in (Verdict.PASS, Verdict.WARN) and stage["carried"]:
            self._console.print(f"               [dim]{escape(_carried(stage['carried']))}[/dim]")


def _carried(carried: dict[str, Any]) -> str:
    text = ", ".join(f"{key} {value}" for key, value in carried.items() if value is not None)
    return one_line(text, _CARRIED_LIMIT)


def summary(verdicts: dict[tuple[int, Level], list[StageVerdict]]) -> tuple[int, int]:
    """How many stages are proved, and how many there are."""
    passed = sum(one.verdict in (Verdict.PASS, Verdict.WARN) for judged in verdicts.values() for one in judged)
    return passed, len(FLOW_TITLES) * len(Level) * STAGES_PER_FLOW
