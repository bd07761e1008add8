"""The webhooks of cTrader Invite, as a broker receives them."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.http.fake_crm import FakeCrm
from tests.http.visitor import Visitor
from tests.support import TIMEOUT, Broker, ControlApi, eventually


@pytest.fixture
def address(control: ControlApi, sandbox: dict[str, Any]) -> str:
    """The sandbox in the control API."""
    return f"{control.url}/sandboxes/{sandbox['id']}"


@pytest.fixture
def announced(control: ControlApi, address: str, crm: FakeCrm) -> dict[str, Any]:
    """Webhook URLs of the sandbox's CRM."""
    settings = {
        "attributionUrl": f"{crm.url}/webhooks/ctrader/attribution",
        "newUserUrl": f"{crm.url}/webhooks/ctrader/new-user",
        "authorization": "Basic chosen-by-the-broker",
    }
    shown = control.http.put(f"{address}/invite", json=settings, timeout=TIMEOUT)
    assert shown.status_code == 200, shown.text
    assert shown.json() == settings | {"authorization": "***", "held": False}
    return settings


@pytest.fixture
def invite(
    sandbox: dict[str, Any], broker: Broker, crm: FakeCrm, announced: dict[str, Any]
) -> Callable[[int, str], Visitor]:
    """Has a user follow the invite link of a username and sign in."""

    def follow(user_id: int, username: str) -> Visitor:
        visitor = Visitor(sandbox["appUrls"][sandbox["brokerNames"][0]])
        assert visitor.get(f"/copy/strategy/7?u={username}").status_code == 302
        assert visitor.sign_in(crm.one_time_token(user_id)).status_code == 200
        return visitor

    return follow


def deliveries(control: ControlApi, address: str, call: str = "C.1") -> list[dict[str, Any]]:
    """The log of one webhook."""
    found = control.http.get(f"{address}/deliveries", timeout=TIMEOUT).json()["deliveries"]
    return [one for one in found if one["call"] == call]


def settled(control: ControlApi, address: str, count: int = 1) -> list[dict[str, Any]]:
    """The attribution webhooks, once so many were delivered."""

    def enough() -> list[dict[str, Any]]:
        done = [one for one in deliveries(control, address) if one["state"] == "delivered"]
        return done if len(done) >= count else []

    return eventually(enough, f"{count} deliveries")


def test_the_webhook_carries_what_is_documented(
    broker: Broker, crm: FakeCrm, control: ControlApi, address: str, invite: Callable[[int, str], Visitor]
) -> None:
    partner, invited = broker.new_user(nickName="the.partner"), broker.new_user()
    crm.answer("C.1", 200, {"brokerPartnerId": "IB-1", "brokerResult": "ATTRIBUTED_NEW"})
    invite(invited, "THE.partner")

    (delivery,) = settled(control, address)
    (received,) = crm.received("C.1")
    expected = {
        "invitedUserId": invited,
        "partnerUserId": partner,
        "brokerName": broker.sandbox["brokerNames"][0],
    }
    assert received[1] == delivery["payload"] == expected
    assert ("C.1", "Basic chosen-by-the-broker") in crm.authorizations
    assert delivery["answer"] == {"brokerPartnerId": "IB-1", "brokerResult": "ATTRIBUTED_NEW"}
    journal = str(control.events(broker.sandbox["id"]))
    assert "chosen-by-the-broker" not in journal


def test_a_refused_webhook_is_sent_again_with_the_same_payload(
    broker: Broker, crm: FakeCrm, control: ControlApi, address: str, invite: Callable[[int, str], Visitor]
) -> None:
    broker.new_user(nickName="partner")
    crm.answer("C.1", 503, b"busy")
    crm.answer("C.1", 200, b"no JSON")
    invite(broker.new_user(), "partner")

    (delivery,) = settled(control, address)
    assert delivery["attempts"] == 3
    bodies = [body for _, body in crm.received("C.1")]
    assert bodies == [delivery["payload"]] * 3


def test_an_answer_that_means_nothing_is_shown(
    broker: Broker, crm: FakeCrm, control: ControlApi, address: str, invite: Callable[[int, str], Visitor]
) -> None:
    broker.new_user(nickName="partner")
    crm.answer("C.1", 200, {"brokerResult": "DONE"})
    invite(broker.new_user(), "partner")

    (delivery,) = settled(control, address)
    assert "brokerResult" in delivery["problem"]
    assert delivery["answer"] is None


def test_the_first_inviter_stays(
    broker: Broker, crm: FakeCrm, control: ControlApi, address: str, invite: Callable[[int, str], Visitor]
) -> None:
    first = broker.new_user(nickName="first")
    broker.new_user(nickName="second")
    invited = broker.new_user()
    invite(invited, "first")
    settled(control, address)
    invite(invited, "second")
    invite(invited, "first")

    assert [one["payload"]["partnerUserId"] for one in deliveries(control, address)] == [first]


def test_an_unknown_username_invites_nobody(
    broker: Broker, crm: FakeCrm, control: ControlApi, address: str, invite: Callable[[int, str], Visitor]
) -> None:
    user_id = broker.new_user()
    invite(user_id, "nobody")
    eventually(lambda: crm.count("C.3"), "the new-user webhook comes")
    assert deliveries(control, address) == []
    (_, body) = crm.received("C.3")[0]
    assert body["userId"] == user_id
    assert "partnerUserId" not in body


def test_replay_sends_the_same_delivery_again(
    broker: Broker, crm: FakeCrm, control: ControlApi, address: str, invite: Callable[[int, str], Visitor]
) -> None:
    broker.new_user(nickName="partner")
    invite(broker.new_user(), "partner")
    (delivery,) = settled(control, address)
    replayed = control.http.post(f"{address}/deliveries/{delivery['id']}/replay", timeout=TIMEOUT)
    assert replayed.status_code == 202
    eventually(lambda: crm.count("C.1") == 2, "it is sent again")
    assert len(deliveries(control, address)) == 1


@pytest.mark.parametrize("what", ["replay", "duplicate"])
def test_an_unknown_delivery_is_refused(control: ControlApi, address: str, what: str) -> None:
    response = control.http.post(f"{address}/deliveries/99/{what}", timeout=TIMEOUT)
    assert response.status_code == 404
    assert response.json()["error"]["errorCode"] == "DELIVERY_NOT_FOUND"


def test_history_is_the_managers_own(broker: Broker, control: ControlApi) -> None:
    """Another sandbox's token sees its own lists only."""
    other = Broker(broker.base_url, control.create())
    for path, key in (("/v1/users", "users"), ("/v1/social/invitedUsers", "invitedUsers")):
        bearer = {"Authorization": f"Bearer {other.token}"}
        assert other.call("GET", path, token=None, headers=bearer).json() == {key: []}
        assert other.call("GET", path, token=None, headers={"Authorization": "Basic x"}).status_code == 401
    control.delete(other.sandbox["id"])


def test_a_token_of_the_crm_is_checked_at_the_next_launch(
    broker: Broker, crm: FakeCrm, sandbox: dict[str, Any]
) -> None:
    user_id = broker.new_user()
    visitor = Visitor(sandbox["appUrls"][sandbox["brokerNames"][0]])
    visitor.sign_in(crm.one_time_token(user_id, accessToken="at_1"))
    visitor.post("/close")
    crm.answer("4.3", 200, {"userId": str(user_id), "inappToken": "ia_1"})
    assert visitor.get("/launch").json()["userId"] == user_id
    assert crm.received("4.3")[0][1] == {"accessToken": "at_1"}


@pytest.mark.parametrize("status", [404, 410, 417])
def test_a_refused_access_token_is_forgotten(
    broker: Broker, crm: FakeCrm, sandbox: dict[str, Any], status: int
) -> None:
    visitor = Visitor(sandbox["appUrls"][sandbox["brokerNames"][0]])
    visitor.sign_in(crm.one_time_token(broker.new_user(), accessToken="at_1"))
    visitor.post("/close")
    crm.answer("4.3", status, {"error": "X", "message": "x", "code": status})
    assert "firstLogin=false" in visitor.screen("/launch")
    assert "firstLogin=false" in visitor.screen("/launch")
    assert crm.count("4.3") == 1


def test_a_crm_in_trouble_does_not_cost_the_access_token(
    broker: Broker, crm: FakeCrm, sandbox: dict[str, Any]
) -> None:
    user_id = broker.new_user()
    visitor = Visitor(sandbox["appUrls"][sandbox["brokerNames"][0]])
    visitor.sign_in(crm.one_time_token(user_id, accessToken="at_1"))
    visitor.post("/close")
    crm.answer("4.3", 500, b"")
    assert visitor.get("/launch").status_code == 502
    crm.answer("4.3", 200, {"userId": user_id})
    assert visitor.get("/launch").json()["userId"] == user_id


def test_the_inapp_token_goes_along_if_the_crm_gave_one(
    broker: Broker, crm: FakeCrm, sandbox: dict[str, Any]
) -> None:
    user_id = broker.new_user()
    broker.new_account(user_id)
    for given, expected in (("ia_7", "ia_7"), (None, None)):
        visitor = Visitor(sandbox["appUrls"][sandbox["brokerNames"][0]])
        more = {} if given is None else {"inappToken": given}
        visitor.sign_in(crm.one_time_token(user_id, **more))
        crm.answer("4.4", 200, {"token": "ot-action"})
        response = visitor.post("/actions", {"action": "deposit"})
        assert response.status_code == 303
        assert response.headers["Location"].startswith(f"{crm.url}/inapp/deposit?token=ot-action&account=")
        query, body = crm.received("4.4")[-1]
        assert query.get("inappToken") == expected
        assert body == {"userId": user_id}


def test_log_out_is_told_only_with_an_access_token(broker: Broker, crm: FakeCrm, sandbox: dict[str, Any]) -> None:
    """E-21"""
    user_id = broker.new_user()
    visitor = Visitor(sandbox["appUrls"][sandbox["brokerNames"][0]])
    visitor.sign_in(crm.one_time_token(user_id))
    visitor.post("/sign-out")
    assert crm.count("4.5") == 0
    visitor.sign_in(crm.one_time_token(user_id, accessToken="at_1"))
    visitor.post("/sign-out")
    (query, body) = crm.received("4.5")[0]
    assert (query["userId"], query["accessToken"], body) == (str(user_id), "at_1", None)
    assert visitor.me() == {"signedIn": False}


def test_webhooks_in_the_other_order(
    broker: Broker, crm: FakeCrm, control: ControlApi, address: str, invite: Callable[[int, str], Visitor]
) -> None:
    broker.new_user(nickName="partner")
    first, second = broker.new_user(), broker.new_user()
    planted = control.http.post(f"{address}/faults", json={"call": "C.1", "kind": "reorder"}, timeout=TIMEOUT)
    assert planted.status_code == 201, planted.text

    invite(first, "partner")
    eventually(
        lambda: control.http.get(f"{address}/faults", timeout=TIMEOUT).json()["faults"][0]["fired"],
        "the first webhook falls behind",
    )
    assert crm.count("C.1") == 0
    invite(second, "partner")
    settled(control, address, 2)

    assert [body["invitedUserId"] for _, body in crm.received("C.1")] == [second, first]
    events = [event for event in control.events(broker.sandbox["id"]) if event.get("call") == "C.1"]
    assert [event["details"].get("fault", {}).get("overtaken") for event in events] == [None, True]


@pytest.mark.parametrize(
    ("keys", "received", "attempts"),
    [
        ({"kind": "latency", "milliseconds": 5}, 1, 1),
        ({"kind": "latency", "milliseconds": 5, "phase": "after"}, 1, 1),
        ({"kind": "answer", "status": 503}, 1, 2),
        ({"kind": "answer", "status": 503, "phase": "after"}, 2, 2),
        ({"kind": "timeout"}, 2, 2),
        ({"kind": "timeout", "phase": "before"}, 1, 2),
        ({"kind": "refuse"}, 1, 2),
        ({"kind": "duplicate"}, 2, 1),
    ],
)
def test_faults_of_a_webhook_are_told_and_it_arrives_all_the_same(
    broker: Broker,
    crm: FakeCrm,
    control: ControlApi,
    address: str,
    invite: Callable[[int, str], Visitor],
    keys: dict[str, Any],
    received: int,
    attempts: int,
) -> None:
    broker.new_user(nickName="partner")
    planted = control.http.post(f"{address}/faults", json={"call": "C.1", **keys}, timeout=TIMEOUT).json()

    invite(broker.new_user(), "partner")

    (delivery,) = settled(control, address)
    assert delivery["attempts"] == attempts
    assert [body for _, body in crm.received("C.1")] == [delivery["payload"]] * received
    told = [e["details"].get("fault") for e in control.events(broker.sandbox["id"]) if e.get("call") == "C.1"]
    assert (told[0]["id"], told[0]["kind"], told[0]["phase"]) == (1, planted["kind"], planted["phase"])
    # a duplicate is two exchanges of one fault
    assert sum(one is not None for one in told) == (2 if planted["kind"] == "duplicate" else 1)


def test_a_webhook_that_nobody_overtakes_goes_all_the_same(
    broker: Broker, crm: FakeCrm, control: ControlApi, address: str, invite: Callable[[int, str], Visitor]
) -> None:
    broker.new_user(nickName="partner")
    control.http.post(f"{address}/faults", json={"call": "C.1", "kind": "reorder"}, timeout=TIMEOUT)

    invite(broker.new_user(), "partner")

    settled(control, address)
    (event,) = [event for event in control.events(broker.sandbox["id"]) if event.get("call") == "C.1"]
    assert event["details"]["fault"]["overtaken"] is False


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "invite"),
        ("PUT", "invite"),
        ("GET", "deliveries"),
        ("POST", "deliveries/1/replay"),
        ("POST", "deliveries/1/duplicate"),
    ],
)
def test_a_sandbox_that_is_gone_has_no_webhooks(control: ControlApi, method: str, path: str) -> None:
    response = control.http.request(method, f"{control.url}/sandboxes/gone/{path}", json={}, timeout=TIMEOUT)
    assert response.status_code == 404
    assert response.json()["error"]["errorCode"] == "SANDBOX_NOT_FOUND"


def test_what_is_being_sent_is_not_sent_again(
    broker: Broker, crm: FakeCrm, control: ControlApi, address: str, invite: Callable[[int, str], Visitor]
) -> None:
    planted = control.http.post(
        f"{address}/faults", json={"call": "C.1", "kind": "latency", "milliseconds": 1500}, timeout=TIMEOUT
    )
    assert planted.status_code == 201, planted.text
    broker.new_user(nickName="partner")
    invite(broker.new_user(), "partner")

    def sending() -> list[dict[str, Any]]:
        return [one for one in deliveries(control, address) if one["state"] == "sending"]

    (delivery,) = eventually(sending, "the webhook is under way")
    replayed = control.http.post(f"{address}/deliveries/{delivery['id']}/replay", timeout=TIMEOUT)
    assert (replayed.status_code, replayed.json()["state"]) == (202, "sending")
    settled(control, address)
    assert crm.count("C.1") == 1
