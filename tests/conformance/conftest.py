"""A bench whose broker may be broken on purpose."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from mock_ctrader.conformance.drive import Bench
from mock_ctrader.conformance.reference import ReferenceAdapter
from mock_ctrader.processes import BrokerProcess, MockProcess
from tests.conformance.story import Story
from tests.support import TIMEOUT, ControlApi, http


@pytest.fixture
def broken_bench(
    mock: MockProcess, control: ControlApi, sandbox: dict[str, Any], tmp_path: Any
) -> Iterator[Callable[[str], Bench]]:
    """Starts a broker with a planted defect, in a sandbox of its own."""
    with ExitStack() as running:

        def start(defect: str) -> Bench:
            process = running.enter_context(
                BrokerProcess.start(
                    mock.ready["baseUrl"],
                    sandbox,
                    module="tests.conformance.broken_broker",
                    environment={"BROKEN_BROKER": defect},
                )
            )
            changed = control.change(sandbox["id"], **process.sandbox_urls())
            adapter = ReferenceAdapter(process.ready["brokerUrl"], changed["successUrl"])
            return Bench(mock.ready["baseUrl"], changed, adapter, patience=2.0)

        yield start


@pytest.fixture(scope="session")
def reference(mock: MockProcess) -> Iterator[Story]:
    """The mock's ready sandbox with the reference broker, told of each other; what every story begins with."""
    ready = mock.ready
    address = f"{ready['controlUrl']}/sandboxes/{ready['sandbox']['id']}"
    with BrokerProcess.start(ready["baseUrl"], ready["sandbox"]) as process:
        sandbox = http().patch(address, json=process.sandbox_urls(), timeout=TIMEOUT).json()
        webhooks = process.invite_settings()
        http().put(f"{address}/invite", json=webhooks, timeout=TIMEOUT).raise_for_status()
        broker_url = process.ready["brokerUrl"]
        bench = Bench(ready["baseUrl"], sandbox, ReferenceAdapter(broker_url, sandbox["successUrl"]))
        yield Story(bench, broker_url, webhooks=webhooks)


@pytest.fixture
def story(reference: Story) -> Story:
    """A fresh story on the running pair."""
    return Story(reference.bench, reference.broker_url, webhooks=reference.webhooks)
