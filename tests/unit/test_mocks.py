"""The mock a broker is verified with must have one sandbox that is the broker's."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from mock_ctrader.conformance.broker_file import BrokerFile, read_broker_file
from mock_ctrader.conformance.clients import MockError
from mock_ctrader.conformance.mocks import mock_for
from mock_ctrader.settings import SettingsError
from tests.unit.served import serving


def broker_file(folder: Path, mock: str) -> BrokerFile:
    path = folder / "broker.toml"
    path.write_text(
        '[broker]\nname = "N"\nscreen_url = "http://127.0.0.1:9/in"\ncrm_url = "http://127.0.0.1:9/c"\n'
        f"[adapter]\n[mock]\n{mock}\n",
        encoding="utf-8",
    )
    return read_broker_file(path, {})


def test_the_mock_serves_no_tls(tmp_path: Path) -> None:
    file = broker_file(tmp_path, 'url = "https://127.0.0.1:7000"')
    with pytest.raises(SettingsError, match=r"mock\.url must begin with http://, got 'https://"), mock_for(file):
        pytest.fail("no mock is started")


@pytest.mark.parametrize(
    ("names", "told"),
    [([], "has 0 sandboxes .*'MINE'.*there are none"), (["A", "B"], "has 0 sandboxes .*; there are A, B")],
)
def test_a_sandbox_that_is_not_there_is_told_with_those_that_are(
    tmp_path: Path, names: list[str], told: str
) -> None:
    app = Flask(__name__)
    found: list[dict[str, Any]] = [{"brokerCrmName": name, "id": name} for name in names]
    app.add_url_rule("/control/sandboxes", "all", lambda: {"sandboxes": found})
    file = broker_file(tmp_path, 'broker_crm_name = "MINE"')
    with serving(app) as url, pytest.raises(MockError, match=told), mock_for(file, url):
        pytest.fail("there is nothing to verify with")


def test_a_mock_that_is_something_else_is_told(tmp_path: Path) -> None:
    app = Flask(__name__)
    app.add_url_rule("/control/sandboxes", "all", lambda: ("Apache", 200))
    file = broker_file(tmp_path, "")
    with (
        serving(app) as url,
        pytest.raises(MockError, match=r"no mock answers at .*--mock-url"),
        mock_for(file, url),
    ):
        pytest.fail("there is nothing to verify with")
    with pytest.raises(MockError, match="no mock answers at"), mock_for(file, "http://127.0.0.1:1"):
        pytest.fail("there is nothing to verify with")
