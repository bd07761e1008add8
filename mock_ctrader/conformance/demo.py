"""The demonstration: both flows at both levels on the bundled reference broker, stage by stage."""

from rich.console import Console

from mock_ctrader.clock import SystemClock
from mock_ctrader.conformance.narrate import Narrator, summary
from mock_ctrader.conformance.played import Library
from mock_ctrader.conformance.target import OF_ONE_RUN, bench_of, reference_target
from mock_ctrader.conformance.verdicts import StageVerdict
from mock_ctrader.flows import FLOW_TITLES, Level
from mock_ctrader.processes import MockProcess


def run(console: Console) -> bool:
    """Start a mock and a broker as processes of their own and play everything.

    Returns:
        Whether every one of the 72 stages was proved.
    """
    clock = SystemClock()
    console.print("Starting a mock cTrader and the reference broker on free ports of this machine ...")
    with MockProcess.start("--with-reference-broker", environment=OF_ONE_RUN) as mock:
        console.print(f"  mock cTrader  {mock.ready['baseUrl']}\n  broker        {mock.ready['brokerUrl']}")
        library = Library(bench_of(reference_target(mock.ready)))
        narrator = Narrator(console)
        verdicts: dict[tuple[int, Level], list[StageVerdict]] = {}
        started = clock.monotonic()
        for flow in FLOW_TITLES:
            for level in Level:
                narrator.begin(flow, level)
                played = library.play(flow, level, narrator.progress)
                verdicts[flow, level] = played.verdicts
                narrator.end(played.verdicts)
        seconds = clock.monotonic() - started
    passed, total = summary(verdicts)
    console.print(f"\n[bold]{passed} of {total} stages proved[/bold] in {seconds:.1f} s.")
    if passed == total:
        console.print(
            "\nNext: `mock-ctrader serve --with-reference-broker` to click through it yourself,\n"
            "      `mock-ctrader verify` for the same as a test run with JUnit,\n"
            "      `mock-ctrader stages` for the table of stages."
        )
    return passed == total
