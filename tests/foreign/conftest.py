"""Foreign brokers as processes beside the session's mock; the harness knows their broker.toml only."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from mock_ctrader.conformance.adapter import Surroundings
from mock_ctrader.conformance.adapters import make_adapter
from mock_ctrader.conformance.broker_file import BrokerFile, read_broker_file
from mock_ctrader.conformance.drive import Bench
from mock_ctrader.conformance.trace import Trace
from mock_ctrader.processes import MockProcess, ServerProcess
from tests.support import ControlApi

FOLDER = Path(__file__).parent
PREFIXES = {"forms_broker": "QUAYSIDE", "json_broker": "FJORD"}


def settings_of(prefix: str, mock_url: str, sandbox: dict[str, Any]) -> dict[str, str]:
    """What a foreign broker is told, as environment variables."""
    values = {
        "CTRADER_URL": mock_url,
        "CRM_NAME": sandbox["brokerCrmName"],
        "BROKER_NAME": sandbox["brokerNames"][0],
        "MANAGER_LOGIN": str(sandbox["managerLogin"]),
        "MANAGER_PASSWORD": sandbox["managerPassword"],
        "CRM_PASSWORD": sandbox["crmPassword"],
        "GROUP_NAME": sandbox["groupName"],
        "SUCCESS_URL": sandbox["successUrl"],
    }
    return {f"{prefix}_{key}": value for key, value in values.items()}


Start = Callable[..., tuple[BrokerFile, Bench]]


@pytest.fixture
def foreign(mock: MockProcess, control: ControlApi, sandbox: dict[str, Any]) -> Iterator[Start]:
    """Starts a foreign broker in a sandbox of its own and makes its adapter from its file."""
    with ExitStack() as running:

        def start(name: str) -> tuple[BrokerFile, Bench]:
            prefix, mock_url = PREFIXES[name], mock.ready["baseUrl"]
            environment = settings_of(prefix, mock_url, sandbox)
            process = running.enter_context(ServerProcess(name, [f"tests.foreign.{name}"], environment))
            url = process.ready["brokerUrl"]
            file = read_broker_file(FOLDER / f"{name}.toml", {f"{prefix}_URL": url})
            told = control.change(sandbox["id"], crmUrl=file.crm_url, loginUrl=file.screen_url)
            bench = Bench(mock_url, told, None, patience=4.0)  # type: ignore[arg-type]
            surroundings = Surroundings(
                file.base_url, told["successUrl"], bench.control().lookup, Trace(), bench.patience
            )
            adapter = make_adapter(file.adapter, surroundings, FOLDER)
            running.callback(adapter.close)
            return file, Bench(mock_url, told, adapter, patience=4.0)

        yield start
