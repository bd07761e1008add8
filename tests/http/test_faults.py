"""Faults on demand over HTTP, against the real server."""

import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
import requests

from mock_ctrader.faults import PHASES, Kind, Phase, Side
from tests.http.fake_crm import FakeCrm
from tests.http.visitor import Visitor
from tests.support import TIMEOUT, Broker, ControlApi, eventually

REFERRAL = "/cid/oauth2/ctid/referral"


class Faults:
    """The faults of one sandbox."""

    def __init__(self, control: ControlApi, sandbox_id: str) -> None:
        self.url = f"{control.url}/sandboxes/{sandbox_id}/faults"
        self.control, self.sandbox_id = control, sandbox_id

    def post(self, **keys: Any) -> requests.Response:
        return self.control.http.post(self.url, json=keys, timeout=TIMEOUT)

    def plant(self, **keys: Any) -> dict[str, Any]:
        response = self.post(**keys)
        assert response.status_code == 201, response.text
        return response.json()

    def all(self) -> list[dict[str, Any]]:
        return self.control.http.get(self.url, timeout=TIMEOUT).json()["faults"]

    def events(self, call: str) -> list[dict[str, Any]]:
        return [one for one in self.control.events(self.sandbox_id) if one.get("call") == call]


@pytest.fixture
def faults(control: ControlApi, sandbox: dict[str, Any]) -> Faults:
    return Faults(control, sandbox["id"])


def partner_id(broker: Broker, user: int) -> str | None:
    response = broker.read_partner(userId=user)
    assert response.status_code == 200
    return response.json()["partnerId"] if response.content else None


@pytest.mark.parametrize(("phase", "set_to"), [("before", None), ("after", "IB-1")])
def test_an_answer_given_instead(
    broker: Broker, faults: Faults, user: int, phase: str, set_to: str | None
) -> None:
    faults.plant(call="3.6", kind="answer", phase=phase, status=503, errorCode="UNKNOWN_ERROR", times=2)
    for _ in range(2):
        refused = broker.set_partner(userId=user, partnerId="IB-1")
        assert (refused.status_code, refused.json()["error"]["errorCode"]) == (503, "UNKNOWN_ERROR")
        assert partner_id(broker, user) == set_to
    assert broker.set_partner(userId=user, partnerId="IB-2").json() == {"userId": user}
    event = faults.events("3.6")[0]
    assert (event["status"], event["error_code"], event["user_id"]) == (503, "UNKNOWN_ERROR", user)
    assert event["partner_id"] == "IB-1"
    fault = event["details"]["fault"]
    assert (fault["kind"], fault["phase"], fault["applied"]) == ("answer", phase, phase == "after")
    assert [(one["left"], one["fired"]) for one in faults.all()] == [(0, 2)]
    assert all("fault" not in one["details"] for one in faults.events("3.6")[2:])


def test_a_call_that_would_be_refused_stays_refused(broker: Broker, faults: Faults) -> None:
    """The refusal undoes the change, not the fault that was spent on it."""
    faults.plant(call="3.6", kind="answer", phase="after", status=500)
    assert broker.set_partner(userId=4, partnerId="IB-1").status_code == 500
    assert broker.set_partner(userId=4, partnerId="IB-1").status_code == 404
    fault = faults.events("3.6")[0]["details"]["fault"]
    assert (fault["applied"], fault["instead_of"]["status"]) == (False, 404)


def test_too_many_requests(broker: Broker, faults: Faults, user: int) -> None:
    faults.plant(call="3.6", kind="answer", status=429, retryAfter=7)
    refused = broker.set_partner(userId=user, partnerId="IB-1")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "7")
    assert refused.json()["error"]["errorCode"] == "REQUEST_FREQUENCY_EXCEEDED"


@pytest.mark.parametrize(("phase", "set_to"), [("before", None), ("after", "IB-1")])
def test_a_dropped_connection(broker: Broker, faults: Faults, user: int, phase: str, set_to: str | None) -> None:
    assert broker.token
    faults.plant(call="3.6", kind="drop", phase=phase)
    with pytest.raises(requests.ConnectionError) as dropped:
        broker.set_partner(userId=user, partnerId="IB-1")
    assert dropped.value.response is None
    assert partner_id(broker, user) == set_to
    event = faults.events("3.6")[0]
    assert "status" not in event
    assert (event["user_id"], event["partner_id"]) == (user, "IB-1")
    assert event["details"]["fault"]["applied"] == (phase == "after")


def test_a_drop_sends_no_byte_and_leaves_other_connections_alone(
    broker: Broker, faults: Faults, user: int
) -> None:
    port = int(broker.base_url.rsplit(":", 1)[1])
    request = (
        f"GET {REFERRAL}?brokerCrmName={broker.crm_name}&userId={user}&token={broker.token} HTTP/1.1\r\nHost: x"
    )
    faults.plant(call="3.7", kind="drop")
    with (
        socket.create_connection(("127.0.0.1", port)) as other,
        socket.create_connection(("127.0.0.1", port)) as hit,
    ):
        hit.settimeout(TIMEOUT)
        other.settimeout(TIMEOUT)
        hit.sendall(f"{request}\r\n\r\n".encode())
        assert hit.recv(1000) == b""
        other.sendall(f"{request}\r\n\r\n".encode())
        assert other.recv(1000).startswith(b"HTTP/1.1 200 ")


def test_a_truncated_answer(broker: Broker, faults: Faults, user: int) -> None:
    faults.plant(call="3.6", kind="truncate")
    response = broker.set_partner(userId=user, partnerId="IB-1")
    whole = f'{{"userId": {user}}}'.encode()
    assert (response.status_code, response.content) == (200, whole[: len(whole) // 2])
    assert partner_id(broker, user) == "IB-1"
    assert faults.events("3.6")[0]["details"]["fault"]["applied"] is True


def test_a_malformed_answer(broker: Broker, faults: Faults, user: int) -> None:
    faults.plant(call="3.6", kind="malformed")
    response = broker.set_partner(userId=user, partnerId="IB-1")
    assert response.status_code == 200
    with pytest.raises(ValueError, match="Expecting"):
        response.json()
    assert partner_id(broker, user) == "IB-1"


def test_an_answer_that_drips(broker: Broker, faults: Faults, user: int) -> None:
    broker.set_partner(userId=user, partnerId="IB-1")
    faults.plant(call="3.7", kind="drip", milliseconds=200)
    query = {"brokerCrmName": broker.crm_name, "userId": user, "token": broker.token}
    with broker.http.get(broker.base_url + REFERRAL, params=query, stream=True, timeout=TIMEOUT) as response:
        pieces = list(iter(lambda: response.raw.read1(1000), b""))
    assert len(pieces) > 1
    assert b'"IB-1"' in b"".join(pieces)


@pytest.mark.parametrize(("phase", "set_to"), [("before", None), ("after", "IB-1")])
def test_latency_is_waited_for_without_a_lock(
    broker: Broker, faults: Faults, user: int, phase: str, set_to: str | None
) -> None:
    """The client gives up; what it asked for is done later, or was done at once."""
    assert broker.token
    faults.plant(call="3.6", kind="latency", phase=phase, milliseconds=1500)
    body = {"brokerCrmName": broker.crm_name, "userId": user, "partnerId": "IB-1"}
    with pytest.raises(requests.Timeout):
        requests.put(broker.base_url + REFERRAL, params={"token": broker.token}, json=body, timeout=0.5)
    assert partner_id(broker, user) == set_to
    assert broker.new_user()  # somebody else can write meanwhile
    eventually(lambda: partner_id(broker, user) == "IB-1", "the late call is handled")
    assert faults.events("3.6")[0]["details"]["fault"]["milliseconds"] == 1500


def test_exactly_n_of_parallel_requests_are_hit(broker: Broker, faults: Faults, user: int) -> None:
    assert broker.token
    faults.plant(call="3.6", kind="answer", phase="after", status=503, times=7)

    def once(nth: int) -> int:
        return broker.set_partner(userId=user, partnerId=f"IB-{nth}").status_code

    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(once, range(48)))
    assert (statuses.count(503), statuses.count(200)) == (7, 41)
    assert sum("fault" in event["details"] for event in faults.events("3.6")) == 7


def test_same_seed_same_faults(broker: Broker, faults: Faults, user: int) -> None:
    def pattern(seed: str) -> list[int]:
        fault = faults.plant(call="3.7", kind="answer", status=500, share=0.5, seed=seed)
        statuses = [broker.read_partner(userId=user).status_code for _ in range(24)]
        faults.control.http.delete(f"{faults.url}/{fault['id']}", timeout=TIMEOUT)
        return statuses

    first = pattern("a")
    assert set(first) == {200, 500}
    assert pattern("a") == first
    assert pattern("b") != first


def test_same_seed_same_faults_of_requests_at_the_same_time(broker: Broker, faults: Faults, user: int) -> None:
    """The seed chooses places in the order of arrival, which the journal tells; whose request it is, is chance."""

    def pattern(clients: int) -> list[bool]:
        before = len(faults.events("3.7"))
        faults.plant(call="3.7", kind="answer", status=500, share=0.5, seed="a")
        with ThreadPoolExecutor(clients) as pool:
            list(pool.map(lambda _: broker.read_partner(userId=user), range(48)))
        assert faults.control.http.delete(faults.url, timeout=TIMEOUT).status_code == 204
        return ["fault" in event["details"] for event in faults.events("3.7")[before:]]

    assert broker.token
    one_after_the_other = pattern(1)
    assert len(one_after_the_other) == 48
    assert pattern(12) == one_after_the_other


def test_refused_requests_count_for_a_share_as_others_do(broker: Broker, faults: Faults, user: int) -> None:
    """Which requests are hit is up to the seed, not to what would have become of them."""

    def hit(user_id: int) -> list[bool]:
        faults.plant(call="3.7", kind="answer", status=500, share=0.5, seed="a")
        statuses = [broker.read_partner(userId=user_id).status_code for _ in range(24)]
        (fault,) = faults.all()
        assert (fault["seen"], fault["fired"]) == (24, statuses.count(500))
        assert faults.control.http.delete(faults.url, timeout=TIMEOUT).status_code == 204
        return [status == 500 for status in statuses]

    refused = hit(4)
    assert {event["status"] for event in faults.events("3.7")} == {404, 500}
    assert hit(user) == refused


def test_a_fault_hits_its_call_only_and_ends(broker: Broker, faults: Faults, user: int) -> None:
    faults.plant(call="3.7", kind="answer", status=500, times=5)
    assert broker.set_partner(userId=user, partnerId="IB-1").status_code == 200
    assert broker.read_partner(userId=user).status_code == 500
    assert faults.control.http.delete(faults.url, timeout=TIMEOUT).status_code == 204
    assert broker.read_partner(userId=user).status_code == 200
    faults.plant(call="*", kind="answer", status=500, times=2, ttlSeconds=600)
    assert [broker.read_partner(userId=user).status_code, broker.create_user().status_code] == [500, 500]
    assert broker.create_user().status_code == 201


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"call": "3.6", "kind": "explode"}, "kind: must be one of"),
        (
            {"call": "3.66", "kind": "drop"},
            "call: must be * or the number of a call such as 3.6 or 4.2, got '3.66'",
        ),
        (
            {"call": "4.2", "kind": "drop"},
            "kind: call 4.2 can have latency, answer, timeout, refuse, duplicate, reorder",
        ),
        ({"call": "3.6", "kind": "truncate", "phase": "before"}, "phase: the kind truncate has after only"),
        ({"call": "3.6", "kind": "answer"}, "status: required"),
        ({"call": "3.6", "kind": "answer", "status": 99}, "status: must be from 200 to 599, got 99"),
        ({"call": "3.6", "kind": "latency", "milliseconds": 60001}, "milliseconds: must be from 0 to 60000"),
        ({"call": "3.6", "kind": "drop", "share": 0}, "share: must be above 0 to 1, got 0"),
        ({"kind": "drop"}, "call: required"),
    ],
)
def test_what_does_not_fit_is_named(faults: Faults, keys: dict[str, Any], told: str) -> None:
    refused = faults.post(**keys)
    assert (refused.status_code, refused.json()["error"]["errorCode"]) == (400, "INVALID_REQUEST")
    assert told in refused.json()["error"]["description"]
    assert faults.all() == []


def test_an_unknown_fault(faults: Faults) -> None:
    for number in ("1", "x"):
        response = faults.control.http.get(f"{faults.url}/{number}", timeout=TIMEOUT)
        assert (response.status_code, response.json()["error"]["errorCode"]) == (404, "FAULT_NOT_FOUND")


@pytest.mark.parametrize(
    ("keys", "received", "status"),
    [
        ({"kind": "timeout", "phase": "after"}, 1, None),
        ({"kind": "timeout", "phase": "before"}, 0, None),
        ({"kind": "refuse"}, 0, None),
        ({"kind": "answer", "status": 500}, 0, 500),
        ({"kind": "answer", "status": 404, "phase": "after"}, 1, 404),
    ],
)
def test_faults_of_call_4_2(
    crm: FakeCrm,
    visitor: Visitor,
    faults: Faults,
    user: int,
    keys: dict[str, Any],
    received: int,
    status: int | None,
) -> None:
    faults.plant(call="4.2", **keys)
    assert visitor.sign_in(crm.one_time_token(user)).status_code != 200
    assert crm.count("4.2") == received
    event = faults.events("4.2")[0]
    assert event.get("status") == status
    assert event["details"]["fault"]["sent"] == bool(received)
    assert visitor.sign_in(crm.one_time_token(user)).status_code == 200


def test_call_4_2_twice(crm: FakeCrm, visitor: Visitor, faults: Faults, user: int) -> None:
    faults.plant(call="4.2", kind="duplicate")
    assert visitor.sign_in(crm.one_time_token(user)).status_code == 200
    assert crm.count("4.2") == 2
    assert [event["status"] for event in faults.events("4.2")] == [200, 404]


# What a kind cannot do without.
NEEDS: dict[Kind, dict[str, int]] = {
    Kind.ANSWER: {"status": 503},
    Kind.LATENCY: {"milliseconds": 5},
    Kind.DRIP: {"milliseconds": 5},
}


@pytest.mark.parametrize(
    ("kind", "phase"), [(kind, phase) for kind, phases in PHASES[Side.TAKEN].items() for phase in phases]
)
def test_every_fault_is_told_in_the_journal(
    broker: Broker, faults: Faults, user: int, kind: Kind, phase: Phase
) -> None:
    planted = faults.plant(call="3.7", kind=kind, phase=phase, times=2, **NEEDS.get(kind, {}))
    for _ in range(3):
        with suppress(requests.ConnectionError):
            broker.read_partner(userId=user)

    told = [event["details"].get("fault") for event in faults.events("3.7")]
    assert [one and (one["id"], one["kind"], one["phase"]) for one in told] == [
        (planted["id"], kind, phase),
        (planted["id"], kind, phase),
        None,
    ]
    done = phase is Phase.AFTER or kind is Kind.LATENCY
    assert [one["applied"] for one in told[:2]] == [done, done]
    assert [one["fired"] for one in faults.all()] == [2]


def test_a_journey_blames_the_planted_fault(broker: Broker, faults: Faults, control: ControlApi) -> None:
    user = broker.new_user(email="partner@example.net")
    announced = {"flow": 1, "level": "user", "partnerEmail": "partner@example.net"}
    url = f"{control.url}/sandboxes/{broker.sandbox['id']}/journeys"
    assert control.http.post(url, json=announced, timeout=TIMEOUT).status_code == 201

    def stages() -> list[tuple[str, str]]:
        found = control.journeys(broker.sandbox["id"])[0]["stages"][3:5]
        return [(stage["state"], stage["reason"]) for stage in found]

    faults.plant(call="3.6", kind="answer", status=503)
    broker.set_partner(userId=user, partnerId="IB-1")
    blamed = "call 3.6 was answered 503 UNKNOWN_ERROR by a planted fault (answer, before)"
    assert stages()[0] == ("violated", blamed)
    faults.plant(call="3.6", kind="drop", phase="after")
    with pytest.raises(requests.ConnectionError):
        broker.set_partner(userId=user, partnerId="IB-1")
    (asked, _), (answered, reason) = stages()
    assert (asked, answered) == ("observed", "pending")
    assert "got no answer by a planted fault (drop, after)" in reason
    broker.set_partner(userId=user, partnerId="IB-1")
    assert [state for state, _ in stages()] == ["observed", "observed"]
    assert broker.call("POST", "/cid/oauth2/ctid/referral", {"userId": user}).status_code == 405


@pytest.mark.parametrize("phase", ["before", "after"])
def test_call_4_2_held_back(crm: FakeCrm, visitor: Visitor, faults: Faults, user: int, phase: str) -> None:
    faults.plant(call="4.2", kind="latency", milliseconds=300, phase=phase)

    assert visitor.sign_in(crm.one_time_token(user)).status_code == 200
    details = faults.events("4.2")[0]["details"]
    assert details["fault"] == {"id": 1, "kind": "latency", "phase": phase, "sent": True, "milliseconds": 300}
    assert details["milliseconds"] >= 300
    assert crm.count("4.2") == 1


@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("POST", ""), ("DELETE", ""), ("GET", "/1"), ("DELETE", "/1")]
)
def test_a_sandbox_that_is_gone_has_no_faults(control: ControlApi, method: str, path: str) -> None:
    keys = {"call": "3.6", "kind": "drop"}
    response = control.http.request(
        method, f"{control.url}/sandboxes/gone/faults{path}", json=keys, timeout=TIMEOUT
    )
    assert (response.status_code, response.json()["error"]["errorCode"]) == (404, "SANDBOX_NOT_FOUND")
