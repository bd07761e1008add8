"""The kill matrix: `python -m mock_ctrader.conformance.kill_matrix` meets every mutant and prints what came of it.

With a file, the summary of the register is written into it, between two markers; nothing is run for that.
"""

import sys
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from mock_ctrader.clock import SystemClock
from mock_ctrader.conformance.mutants import Met, Planted, meet, planted_defects
from mock_ctrader.processes import MockProcess

BEGIN, END = "<!-- mutants: begin -->", "<!-- mutants: end -->"
_WORKERS = 4


class MarkerError(ValueError):
    """The document does not have the two markers."""


def summary(mutants: Iterable[Planted]) -> str:
    """The register as a Markdown table: what is caught where."""
    broken = [one for one in mutants if one.checks]
    failing = sum(one.verdict == "fail" for one in broken)
    rows: dict[str, list[Planted]] = {}
    for one in broken:
        rows.setdefault(_place(one.checks[0]), []).append(one)
    lines = [
        f"{len(broken)} mutants of the reference broker, one planted defect each: {failing} fail, "
        f"{len(broken) - failing} are warned.",
        "",
        "| Caught at | Mutants | Planted defects |",
        "|---|---|---|",
        *(f"| {place} | {len(rows[place])} | {_named(rows[place])} |" for place in sorted(rows, key=_order)),
    ]
    return "\n".join(lines)


def _place(check_id: str) -> str:
    plan, *rest = check_id.split("/")
    if plan == "attribution":
        return f"{rest[0].replace('-', ' ')}, stage {int(rest[-1].removeprefix('stage-'))}"
    if plan == "robustness":
        return plan
    return f"{plan}, {rest[0].split('-')[0]}"


def _order(place: str) -> tuple[bool, list[tuple[bool, int, str]]]:
    words = place.replace(",", " ").split()
    return not place.startswith("flow"), [
        (not word.isdigit(), int(word) if word.isdigit() else 0, word) for word in words
    ]


def _named(mutants: list[Planted]) -> str:
    return ", ".join(
        one.name.replace("-", " ") + (" (warning)" if one.verdict == "warn" else "") for one in mutants
    )


def with_summary(text: str, mutants: Iterable[Planted]) -> str:
    """A document with the summary between its two markers.

    Raises: MarkerError: the markers are not there once each, in their order.
    """
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise MarkerError(f"the document must have {BEGIN} and then {END}, once each")
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n{summary(mutants)}\n{END}{rest.partition(END)[2]}"


def meet_all(console: Console, mutants: list[Planted], workers: int) -> list[Met]:
    """Meet every mutant, several at once, each in a sandbox of its own of one mock.

    Raises: LaunchError, MockError: a mutant or the mock did not come up.
    """
    table = Table("mutant", "defect", "caught at", "duty", "verdict", "seconds", title="Kill matrix")
    met: list[Met] = []
    with MockProcess.start() as mock, ProcessPoolExecutor(workers) as pool:
        for one in pool.map(partial(meet, mock_url=mock.ready["baseUrl"]), mutants):
            met.append(one)
            planted, objections = one.planted, one.objections()
            where = "\n".join(planted.checks) or f"{len(one.checks)} checks pass"
            verdict = "\n".join(objections) if objections else planted.verdict if planted.checks else "pass"
            table.add_row(planted.name, planted.defect, where, planted.duty, verdict, f"{one.seconds:.1f}")
    console.print(table)
    return met


@click.command()
@click.argument("document", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("-n", "--workers", default=_WORKERS, show_default=True, type=click.IntRange(1, 32))
def main(document: Path | None, workers: int) -> None:
    """Meet every mutant and print the matrix; or write the register's summary into DOCUMENT."""
    mutants = planted_defects()
    if document is not None:
        document.write_text(with_summary(document.read_text(encoding="utf-8"), mutants), encoding="utf-8")
        return
    clock = SystemClock()
    began = clock.monotonic()
    console = Console(width=None if sys.stdout.isatty() else 200)
    met = meet_all(console, mutants, workers)
    wrong = [one for one in met if one.objections()]
    caught = sum(bool(one.planted.checks) for one in met) - sum(bool(one.planted.checks) for one in wrong)
    console.print(
        f"{caught} of {sum(bool(one.checks) for one in mutants)} mutants are caught where they must be, "
        f"{len(wrong)} otherwise, in {clock.monotonic() - began:.0f} s."
    )
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
