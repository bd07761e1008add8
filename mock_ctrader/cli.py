"""The command line. Heavy parts are imported by the command that needs them."""

import sys

import click

from mock_ctrader.cli_adapter import adapter
from mock_ctrader.cli_report import report
from mock_ctrader.cli_serve import serve
from mock_ctrader.cli_verify import verify

_EXIT_CODES = """
\b
Exit codes:
  0  everything proved (serve: ended by a signal)
  1  a stage or scenario failed, or a server did not start
  2  wrong usage
  3  incomplete: nothing was run
"""
_PRINTING_EXIT_CODES = """
\b
Exit codes:
  0  printed
  2  wrong usage
"""


@click.group(epilog=_EXIT_CODES)
@click.version_option(package_name="mock-ctrader", message="%(prog)s %(version)s")
def main() -> None:
    """Offline mock of the cTrader backend and application, and a harness that tests brokers against it.

    Start with `mock-ctrader demo`: both attribution flows, stage by stage, on the bundled reference broker.
    """


for command in (serve, verify, adapter, report):
    main.add_command(command)


@main.command(epilog=_PRINTING_EXIT_CODES)
def stages() -> None:
    """Print the table of stages: both flows, 18 numbered stages each."""
    from mock_ctrader.flows import FLOW_TITLES, stages_of

    for flow, title in FLOW_TITLES.items():
        click.echo(f"Flow {flow}: {title}")
        for stage in stages_of(flow):
            way = f"{stage.sender} -> {stage.receiver}" if stage.sender != stage.receiver else stage.sender.value
            click.echo(f"  {stage.number:>2}  {stage.call or '':<4} {way:<38} {stage.title}")
        click.echo()


@main.command(epilog=_PRINTING_EXIT_CODES)
@click.option("--call", "number", help="Only rules of this call, such as 3.6.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def rules(number: str | None, as_json: bool) -> None:
    """Print the register of rules: what is enforced, where it comes from, and what proves it."""
    import json

    from mock_ctrader.register import load

    found = [rule for rule in load() if number in (None, rule.call)]
    if not found:
        raise click.UsageError(f"--call: no rule names the call {number!r}; without --call all rules are printed")
    if as_json:
        click.echo(json.dumps([rule.as_dict() for rule in found], indent=2))
        return
    for rule in found:
        click.echo(f"{rule.id}  [{rule.level}, {rule.provenance}]  {rule.call}".rstrip())
        click.echo(f"  {rule.text} ({rule.source})")
        for proof in rule.proved_by or [f"not proved: {rule.unproved}"]:
            click.echo(f"    {proof}")


@main.command()
def demo() -> None:
    """Play both attribution flows at both levels on the bundled reference broker, stage by stage.

    The mock and the broker run as processes of their own on free ports; nothing leaves this machine.
    Exits with 1 if any of the 72 stages is not proved.
    """
    from rich.console import Console

    from mock_ctrader.conformance import demo as demonstration
    from mock_ctrader.processes import LaunchError

    try:
        proved = demonstration.run(Console(highlight=False, soft_wrap=True))
    except LaunchError as problem:
        raise click.ClickException(str(problem)) from None
    sys.exit(0 if proved else 1)
