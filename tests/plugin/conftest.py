"""A broker that runs, for miniature repositories that test it: at addresses that its broker.toml names."""

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mock_ctrader.processes import BrokerProcess
from mock_ctrader.resources import reference_broker_file

Run = Callable[..., pytest.RunResult]
_MOCK = """
[mock]
url = "${MOCK_URL}"
broker_crm_name = "MINICRM"
broker_names = ["mini"]
manager_login = 4410
manager_password = "${MINI_PASSWORD}"
crm_password = "mini-crm"
"""


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture
def run(pytester: pytest.Pytester) -> Run:
    """Runs the repository's tests in a pytest process of its own, without what this run has in its environment."""

    def run(*arguments: str) -> pytest.RunResult:
        return pytester.runpytest_subprocess("-p", "no:cacheprovider", *arguments, timeout=120)

    return run


@pytest.fixture
def broker_toml(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A broker.toml for the bundled broker, which runs; the mock does not yet."""
    mock_url = f"http://127.0.0.1:{_free_port()}"
    sandbox: dict[str, Any] = {
        "brokerCrmName": "MINICRM",
        "brokerNames": ["mini"],
        "managerLogin": 4410,
        "managerPassword": "mini-manager",
        "crmPassword": "mini-crm",
        "groupName": "Default",
        "successUrl": f"{mock_url}/app/mini/success",
    }
    with BrokerProcess.start(mock_url, sandbox) as broker:
        monkeypatch.setenv("MOCK_URL", mock_url)
        monkeypatch.setenv("BROKER_URL", broker.ready["brokerUrl"])
        monkeypatch.setenv("MINI_PASSWORD", "mini-manager")
        for name in [one for one in os.environ if one.startswith(("PYTEST_", "GITHUB_STEP"))]:
            monkeypatch.delenv(name)
        file = pytester.path / "broker.toml"
        text = reference_broker_file().read_text(encoding="utf-8")
        file.write_text(text.replace("\n[adapter]", _MOCK + "\n[adapter]", 1), encoding="utf-8")
        yield file
