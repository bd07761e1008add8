"""Health, metrics and the access log of a running server."""

import re
import subprocess
import sys
from typing import Any

import pytest
from flask import Flask

from mock_ctrader import health
from mock_ctrader.processes import MockProcess
from mock_ctrader.store import Store
from tests.support import TIMEOUT, Broker, ControlApi, eventually, http


def _counted(mock: MockProcess, sample: str) -> float:
    """The value of one line of the metrics; 0 if it is not there."""
    text = http().get(f"{mock.ready['baseUrl']}/metrics", timeout=TIMEOUT).text
    found = re.search(rf"^{re.escape(sample)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


@pytest.mark.parametrize("path", ["healthz", "readyz"])
def test_server_that_works_says_so(mock: MockProcess, path: str) -> None:
    answer = http().get(f"{mock.ready['baseUrl']}/{path}", timeout=TIMEOUT)

    assert (answer.status_code, answer.text) == (200, "ok\n")


def test_server_whose_store_is_broken_is_not_ready(tmp_path: Any) -> None:
    store = Store(tmp_path / "state.db")
    app = Flask("broken")
    app.register_blueprint(health.blueprint(store))
    assert app.test_client().get("/readyz").status_code == 200
    store.close()
    for file in tmp_path.iterdir():
        file.unlink()
    (tmp_path / "state.db").write_bytes(b"no database" * 1000)

    assert app.test_client().get("/readyz").status_code == 503
    assert app.test_client().get("/healthz").status_code == 200


class TestMetrics:
    def test_exchanges_are_counted_by_call_and_status(self, mock: MockProcess, broker: Broker) -> None:
        created, refused = (
            f'mock_ctrader_exchanges_total{{call="3.2",direction="broker_to_ctrader",status="{status}"}}'
            for status in (201, 400)
        )
        before = _counted(mock, created), _counted(mock, refused)
        broker.create_user()
        broker.create_user(email="nobody")

        assert (_counted(mock, created), _counted(mock, refused)) == (before[0] + 1, before[1] + 1)

    def test_faults_and_departures_are_counted(
        self, mock: MockProcess, broker: Broker, control: ControlApi, sandbox: dict[str, Any]
    ) -> None:
        fired = 'mock_ctrader_faults_fired_total{call="3.2",kind="answer"}'
        departed = 'mock_ctrader_contract_violations_total{call="3.2"}'
        before = _counted(mock, fired), _counted(mock, departed)
        fault = {"call": "3.2", "kind": "answer", "status": 503}
        http().post(f"{control.url}/sandboxes/{sandbox['id']}/faults", json=fault, timeout=TIMEOUT)
        assert broker.create_user().status_code == 503
        broker.create_user(email="nobody")

        assert _counted(mock, fired) == before[0] + 1
        assert _counted(mock, departed) > before[1]

    def test_stages_and_the_store_are_told(self, mock: MockProcess, broker: Broker, user: int) -> None:
        observed = 'mock_ctrader_stages{flow="1",level="user",state="observed"}'
        before = _counted(mock, observed)
        keys = {"brokerCrmName": broker.crm_name, "partnerId": "IB-7Q2F", "userId": user}
        broker.call("PUT", "/cid/oauth2/ctid/referral", keys)

        assert _counted(mock, observed) == before + 2
        assert _counted(mock, 'mock_ctrader_store_seconds_count{kind="write"}') > 0

    def test_server_without_the_extra_says_how_to_get_it(self) -> None:
        app = Flask("without")
        app.register_blueprint(health.metrics_blueprint(None, list))
        answer = app.test_client().get("/metrics")

        assert answer.status_code == 404
        assert "mock-ctrader[metrics]" in answer.text

    def test_server_starts_without_the_extra(self) -> None:
        hidden = "import sys; sys.modules['prometheus_client'] = None; import mock_ctrader.app"
        subprocess.run([sys.executable, "-c", hidden], check=True, timeout=TIMEOUT)


def test_access_log_has_a_line_for_each_exchange_and_no_secret() -> None:
    with MockProcess.start("--access-log") as mock:
        broker = Broker(mock.ready["baseUrl"], mock.ready["sandbox"])
        broker.create_user()
        broker.create_user(email="nobody")
        eventually(lambda: " 400 " in mock.log(), "the last line")
        lines = [line for line in mock.log().splitlines() if "Z <- " in line]

        form = r"\d{4}-\d\d-\d\dT[\d:.]{12}Z <- (\S+) (\d+) [\d.]+ms (\S+) (/\S+)( \w+)?"
        told = [found.groups() for line in lines if (found := re.fullmatch(form, line))]
        assert len(told) == len(lines) == 3
        assert [one[:3] for one in told] == [
            ("3.1", "200", "POST"),
            ("3.2", "201", "POST"),
            ("3.2", "400", "POST"),
        ]
        assert told[2][4] == " INVALID_REQUEST"
        assert broker.token not in mock.log()
        assert re.search(r"token=\*\*\*[0-9a-f]{8}", lines[1])


def test_no_access_log_unless_asked_for(mock: MockProcess, broker: Broker) -> None:
    broker.create_user()

    assert "Z <- " not in mock.log()
