"""The commands that help to write a broker.toml: `adapter init` and `adapter check`."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mock_ctrader.settings import SettingsError

if TYPE_CHECKING:
    from mock_ctrader.conformance.check_adapter import Tried

_INIT_EXIT_CODES = """
\b
Exit codes:
  0  the file is written
  2  wrong usage: an option, or a file that exists or cannot be written
"""
_CHECK_EXIT_CODES = """
\b
Exit codes:
  0  every declared verb works
  1  a verb does not work
  2  wrong usage: the file, the mock's address, or a broker that does not answer or throttles
"""
_COLOURS = {"ok": "green", "failed": "red", "not declared": None, "not tried": "yellow"}


@click.group()
def adapter() -> None:
    """Write a broker.toml for your broker, and try it."""


@adapter.command(epilog=_INIT_EXIT_CODES)
@click.argument("file", default="broker.toml", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--kind",
    default="http",
    show_default=True,
    type=click.Choice(["http", "browser", "python", "manual"]),
    help="How the harness acts on the broker.",
)
def init(file: Path, kind: str) -> None:
    """Write a commented starting FILE (default broker.toml). A file that exists is never overwritten."""
    from mock_ctrader.conformance.starting_file import starting_file

    try:
        with file.open("x", encoding="utf-8") as new:
            new.write(starting_file(kind))
    except FileExistsError:
        raise click.UsageError(f"{file} exists already; name another FILE") from None
    except OSError as problem:
        raise click.UsageError(f"{file}: cannot be written ({problem.strerror})") from None
    click.echo(f"Wrote {file}. Fill it in, then: mock-ctrader adapter check --config {file}")


@adapter.command(epilog=_CHECK_EXIT_CODES)
@click.option(
    "--config",
    default="broker.toml",
    show_default=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The broker.toml to try.",
)
@click.option("--mock-url", help="Use the mock that runs here instead of starting one.")
def check(config: Path, mock_url: str | None) -> None:
    """Try each verb of a broker.toml alone, with people nobody knew before, and tell what to change.

    The broker must be running. The mock is started as the file says, unless --mock-url names one.
    """
    from mock_ctrader.conformance.adapter import Surroundings, Throttled
    from mock_ctrader.conformance.adapters import make_adapter
    from mock_ctrader.conformance.broker_file import read_broker_file
    from mock_ctrader.conformance.check_adapter import AdapterCheck
    from mock_ctrader.conformance.clients import ControlClient, MockError
    from mock_ctrader.conformance.drive import Bench
    from mock_ctrader.conformance.mocks import mock_for
    from mock_ctrader.conformance.plain import one_line
    from mock_ctrader.conformance.reach import require_broker
    from mock_ctrader.conformance.trace import Trace

    try:
        file = read_broker_file(config, os.environ)
        with mock_for(file, mock_url) as (url, sandbox):
            require_broker(file)
            surroundings = Surroundings(
                base_url=file.base_url,
                success_url=sandbox["successUrl"],
                lookup=ControlClient(url, sandbox["id"]).lookup,
                trace=Trace(),
                patience=file.verify.patience,
            )
            made = make_adapter(file.adapter, surroundings, config.absolute().parent)
            click.echo(f"{file.name} through the {file.adapter['kind']} adapter of {config}, mock at {url}")
            try:
                bench = Bench(url, sandbox, made, file.verify.patience)
                works = AdapterCheck(bench, file.levels, _tell).run()
            finally:
                made.close()
    except SettingsError as problem:
        raise click.UsageError(str(problem)) from None
    except (MockError, Throttled) as problem:
        raise click.UsageError(one_line(str(problem))) from None
    click.echo(
        "\nEvery declared verb works." if works else f"\nChange {config} where a verb failed, and try again."
    )
    sys.exit(0 if works else 1)


def _tell(tried: "Tried") -> None:
    from mock_ctrader.conformance.plain import one_line

    mark = click.style(f"{tried.outcome:<13}", fg=_COLOURS[tried.outcome], bold=tried.outcome == "failed")
    click.echo(f"  {mark} {tried.verb}" + (f": {one_line(tried.told)}" if tried.told else ""))
    for line in tried.seen:
        click.echo(f"                  {one_line(line)}")
