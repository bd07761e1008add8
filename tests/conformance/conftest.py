"""A bench whose broker may be broken on purpose."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from mock_ctrader.conformance.drive import Bench
from mock_ctrader.conformance.reference import ReferenceAdapter
from mock_ctrader.conformance.target import bench_of
from mock_ctrader.processes import BrokerProcess, MockProcess
from tests.conformance.story import Story
from tests.support import ControlApi


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
def reference() -> Iterator[MockProcess]:
    """A mock and the reference broker."""
    with MockProcess.start("--with-reference-broker") as process:
        yield process


@pytest.fixture
def story(reference: MockProcess) -> Story:
    """A fresh story on the running pair."""
    return Story(bench_of(reference.ready), reference.ready["brokerUrl"])
