"""What the fuzzer fuzzes: a mock with a sandbox of known ids, and a mock with the reference broker."""

from collections.abc import Iterator
from typing import Any

import pytest

from mock_ctrader.processes import BrokerProcess, MockProcess
from tests.openapi.fuzzing import Count
from tests.support import TIMEOUT, ControlApi, http

_elsewhere: list[int] = []


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker tells how many requests it made."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["fuzzed"] = Count.made


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: Any) -> None:
    """The controller hears it."""
    _elsewhere.append(getattr(node, "workeroutput", {}).get("fuzzed", 0))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """And says so: a fuzz run that made no requests proves nothing."""
    terminalreporter.write_line(f"{Count.made + sum(_elsewhere)} requests made by the fuzzer")


@pytest.fixture(scope="session")
def mock() -> Iterator[MockProcess]:
    """A mock for the fuzzer alone, which may change and delete whatever sandbox it comes by."""
    with MockProcess.start() as process:
        yield process


@pytest.fixture(scope="session")
def control(mock: MockProcess) -> ControlApi:
    """Its control API."""
    return ControlApi(mock.ready["controlUrl"])


@pytest.fixture(scope="session")
def reference_broker(mock: MockProcess) -> Iterator[BrokerProcess]:
    """The reference broker, pointed at the mock's ready sandbox."""
    with BrokerProcess.start(mock.ready["baseUrl"], mock.ready["sandbox"]) as process:
        yield process


@pytest.fixture(scope="session")
def crm_api_token(mock: MockProcess, reference_broker: BrokerProcess) -> str:
    """Call 4.1: what authorises the other calls of section 4."""
    response = http().post(
        f"{reference_broker.ready['crmUrl']}/oauth2/crmApiToken",
        json={"password": mock.ready["sandbox"]["crmPassword"]},
        timeout=TIMEOUT,
    )
    assert response.status_code == 200, response.text
    return str(response.json()["crmApiToken"])
