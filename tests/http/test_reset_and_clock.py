"""A sandbox made as new, and its clock advanced."""

from typing import Any

import pytest
import requests

from tests.support import TIMEOUT, Broker, ControlApi

_HOUR = 3_600_000


@pytest.fixture
def home(control: ControlApi, sandbox: dict[str, Any]) -> str:
    return f"{control.url}/sandboxes/{sandbox['id']}"


def _post(address: str, body: Any = None) -> requests.Response:
    return requests.post(address, json=body, timeout=TIMEOUT)


def _identity(broker: Broker) -> tuple[str, Any]:
    return broker.token, broker.create_user("ines@example.net").json()["userId"]


class TestReset:
    def test_same_calls_give_the_same_ids_again(self, broker: Broker, home: str) -> None:
        before = _identity(broker)
        assert _post(f"{home}/reset").status_code == 200
        again = Broker(broker.base_url, broker.sandbox)

        assert _identity(again) == before

    def test_a_manager_token_outlives_it_as_it_does_not_expire(self, broker: Broker, home: str) -> None:
        tokens = [broker.further_token() for _ in range(12)]
        assert _post(f"{home}/reset").status_code == 200
        query = {"brokerCrmName": broker.crm_name, "email": "nobody@example.net"}
        answers = [
            broker.call("GET", "/cid/oauth2/ctid/getUserId", query=query, token=token).status_code
            for token in tokens
        ]

        assert len(set(tokens)) == 12
        assert answers == [200] * 12
        assert [broker.further_token() for _ in range(12)] == tokens

    def test_what_was_given_stays_and_what_happened_is_gone(
        self, broker: Broker, control: ControlApi, sandbox: dict[str, Any], home: str
    ) -> None:
        broker.new_user()
        last = control.events(sandbox["id"])[-1]["seq"]
        control.change(sandbox["id"], strict=True)
        _post(f"{home}/faults", {"call": "3.6", "kind": "drop"})
        _post(f"{home}/clock", {"milliseconds": _HOUR})
        _post(f"{home}/journeys", {"flow": 1, "level": "user", "partnerEmail": "ines@example.net"})
        answer = _post(f"{home}/reset")

        assert answer.json() == control.change(sandbox["id"]) == sandbox | {"strict": True}
        assert [one["title"] for one in control.events(sandbox["id"])] == ["the sandbox was reset"]
        assert control.events(sandbox["id"])[0]["seq"] > last
        assert control.journeys(sandbox["id"]) == []
        assert requests.get(f"{home}/faults", timeout=TIMEOUT).json() == {"faults": []}
        assert requests.get(f"{home}/clock", timeout=TIMEOUT).json()["aheadMilliseconds"] == 0

    def test_other_sandboxes_are_left_alone(self, broker: Broker, control: ControlApi) -> None:
        user = broker.new_user()
        other = control.create()
        assert _post(f"{control.url}/sandboxes/{other['id']}/reset").status_code == 200
        control.delete(other["id"])

        found = broker.call(
            "GET", "/cid/oauth2/ctid/getUserId", query={"brokerCrmName": broker.crm_name, "email": "x@example.net"}
        )
        assert found.status_code == 200
        assert user

    def test_unknown_sandbox(self, control: ControlApi) -> None:
        assert _post(f"{control.url}/sandboxes/sb-nobody/reset").status_code == 404


class TestClock:
    def test_new_accounts_are_of_that_time(self, broker: Broker, home: str) -> None:
        first = broker.create_trader().json()["registrationTimestamp"]
        told = _post(f"{home}/clock", {"milliseconds": 24 * _HOUR}).json()
        second = broker.create_trader().json()["registrationTimestamp"]

        assert told["aheadMilliseconds"] == 24 * _HOUR
        assert 24 * _HOUR <= second - first < 25 * _HOUR

    def test_hourly_limit_starts_anew(
        self, broker: Broker, control: ControlApi, sandbox: dict[str, Any], home: str
    ) -> None:
        control.change(sandbox["id"], hourlyLimit=2)
        refused = [broker.create_user().status_code for _ in range(3)]
        _post(f"{home}/clock", {"milliseconds": _HOUR})

        assert refused[-1] == 429
        assert broker.create_user().status_code == 201

    def test_fault_ends_at_its_time(self, broker: Broker, home: str) -> None:
        fault = {"call": "3.2", "kind": "answer", "status": 503, "share": 1, "ttlSeconds": 3600}
        assert _post(f"{home}/faults", fault).status_code == 201
        assert broker.create_user().status_code == 503
        _post(f"{home}/clock", {"milliseconds": _HOUR})

        assert broker.create_user().status_code == 201

    def test_steps_add_up_to_a_century_at_most(self, home: str) -> None:
        century = 100 * 365 * 24 * _HOUR
        assert _post(f"{home}/clock", {"milliseconds": century}).status_code == 200
        refused = _post(f"{home}/clock", {"milliseconds": 1})

        assert refused.status_code == 409
        assert refused.json()["error"]["description"].startswith("milliseconds: ")
        assert requests.get(f"{home}/clock", timeout=TIMEOUT).json()["aheadMilliseconds"] == century

    @pytest.mark.parametrize("value", [0, -1, "soon", None, 1.5])
    def test_refused_step(self, home: str, value: Any) -> None:
        assert _post(f"{home}/clock", {"milliseconds": value}).status_code == 400
