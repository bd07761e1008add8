"""The commands about reports: `mock-ctrader report render`."""

from pathlib import Path

import click

from mock_ctrader.conformance.reports import FILES
from mock_ctrader.conformance.reports.stream import StreamError

_EXIT_CODES = """
\b
Exit codes:
  0  the reports are written
  1  a report cannot be written
  2  wrong usage: an option, or EVENTS is no events.ndjson
"""


@click.group()
def report() -> None:
    """Reports of a run that has ended."""


@report.command("render", epilog=_EXIT_CODES)
@click.argument("events", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--to", "folder", type=click.Path(file_okay=False, path_type=Path), help="Write here (default: beside EVENTS)."
)
@click.option(
    "--format",
    "formats",
    type=click.Choice(list(FILES)),
    multiple=True,
    help="Only this report; may be given several times (default: all of them).",
)
def render_reports(events: Path, folder: Path | None, formats: tuple[str, ...]) -> None:
    """Make the reports of a run again from EVENTS, its events.ndjson: the same files, byte for byte."""
    from mock_ctrader.conformance.reports.reporter import render

    try:
        written = render(events, folder or events.parent, formats or tuple(FILES))
    except StreamError as problem:
        raise click.UsageError(f"{problem}; EVENTS is the events.ndjson among the reports of a run") from None
    except OSError as problem:
        raise click.ClickException(f"{problem.filename}: {problem.strerror}") from None
    for name, path in written.items():
        click.echo(f"{name:<9} {path}")
