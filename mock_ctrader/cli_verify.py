"""The command `verify`: judges a broker."""

import sys
from pathlib import Path

import click

from mock_ctrader.settings import SettingsError

_PLANS = ("attribution", "crm-api", "functional", "robustness", "screens")
_EXIT_CODES = """
\b
Exit codes:
  0  everything that was judged passed; warnings count only with --strict
  1  a check failed, or a known issue is stale
  2  wrong usage: the file, an option, or the mock's address
  3  incomplete: something could not be judged, or nothing was
\b
Examples:
  mock-ctrader verify                                 the bundled reference broker
  mock-ctrader verify --config broker.toml            your broker, every plan
  mock-ctrader verify --config broker.toml --flow 1 --level user
  mock-ctrader verify --config broker.toml --plan crm-api --strict
"""


@click.command(epilog=_EXIT_CODES)
@click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Your broker.toml; without it, the bundled reference broker is verified.",
)
@click.option(
    "--plan",
    "plans",
    multiple=True,
    type=click.Choice(_PLANS),
    help="Only this plan; may be given several times (default: what the file says, else all).",
)
@click.option("--flow", "flows", multiple=True, type=click.IntRange(1, 2), help="Only this attribution flow.")
@click.option("--level", "levels", multiple=True, type=click.Choice(("user", "account")), help="Only this level.")
@click.option("--stage", "stages", multiple=True, type=click.IntRange(1, 18), help="Only this stage.")
@click.option("--tags", help="Only scenarios with these tags, such as 'case-6.1.2 or call-4.1'.")
@click.option("--mock-url", help="Use a mock that runs already, instead of starting one.")
@click.option(
    "--report",
    "folder",
    default="reports",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Write report.html and the other reports into this folder.",
)
@click.option("--junit", type=click.Path(dir_okay=False, path_type=Path), help="Write JUnit XML here too.")
@click.option(
    "-n", "--workers", default=1, show_default=True, type=click.IntRange(1, 16), help="Play scenarios in parallel."
)
@click.option("--strict", is_flag=True, help="Warnings count as failures.")
@click.option("-v", "--verbose", is_flag=True, help="One line per check.")
def verify(
    config: Path | None,
    plans: tuple[str, ...],
    flows: tuple[int, ...],
    levels: tuple[str, ...],
    stages: tuple[int, ...],
    tags: str | None,
    mock_url: str | None,
    folder: Path,
    junit: Path | None,
    workers: int,
    strict: bool,
    verbose: bool,
) -> None:
    """Judge a broker: both attribution flows at both levels, calls 4.x, screens, functions, robustness.

    The first stage that is not as it must be fails, with what was expected, what was seen and what to do; the
    stages after it are blocked, not failed. The harness starts the mock at the address broker.toml names.
    """
    from rich.console import Console

    from mock_ctrader.conformance.adapter import AdapterError
    from mock_ctrader.conformance.clients import MockError
    from mock_ctrader.conformance.plain import printable
    from mock_ctrader.conformance.verify import INCOMPLETE, Order, run
    from mock_ctrader.processes import LaunchError

    order = Order(
        config=config,
        plans=plans,
        flows=flows,
        levels=levels,
        stages=stages,
        tags=tags,
        mock_url=mock_url,
        folder=folder,
        junit=junit,
        workers=workers,
        strict=strict,
        verbose=verbose,
    )
    # a pipe has no width of its own
    console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 120)
    try:
        code = run(console, order)
    except SettingsError as problem:
        raise click.UsageError(str(problem)) from None
    except (LaunchError, MockError, AdapterError) as problem:
        click.echo(f"Error: {printable(str(problem))}", err=True)
        code = INCOMPLETE
    sys.exit(code)
