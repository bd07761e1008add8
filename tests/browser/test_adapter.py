"""The browser adapter on the reference broker: nothing but the declaration beside this file."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from mock_ctrader.conformance.adapter import Adapter, AdapterError, Surroundings
from mock_ctrader.conformance.adapters.browser import BrowserAdapter
from mock_ctrader.conformance.clients import AppClient
from mock_ctrader.conformance.drive import Bench, Drive
from mock_ctrader.conformance.people import fresh_person
from mock_ctrader.conformance.trace import Trace
from mock_ctrader.conformance.verdicts import Verdict, judge
from mock_ctrader.flows import FLOW_TITLES, Level
from mock_ctrader.processes import MockProcess

_DECLARED = Path(__file__).parent / "reference_broker.toml"


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    """The reference broker, behind a browser."""
    table = tomllib.loads(_DECLARED.read_text(encoding="utf-8"))["adapter"]
    with MockProcess.start("--with-reference-broker") as mock:
        sandbox = mock.ready["sandbox"]
        around = Surroundings(mock.ready["brokerUrl"], sandbox["successUrl"], lambda _: {}, Trace(), patience=10.0)
        adapter = BrowserAdapter(table, around)
        yield Bench(mock.ready["baseUrl"], sandbox, adapter, patience=10.0)
        adapter.close()


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("flow", list(FLOW_TITLES))
def test_flow_is_played_to_its_end(bench: Bench, flow: int, level: Level) -> None:
    journey = Drive(bench, flow, level).run()

    verdicts = judge(journey)
    assert [one.verdict for one in verdicts] == [Verdict.PASS] * 18, [one.reason for one in verdicts]
