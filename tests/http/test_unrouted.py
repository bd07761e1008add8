"""Requests that hit no call, or carry their token in the wrong place, are told in the journal."""

from typing import Any

import pytest

from tests.support import Broker, ControlApi

REFERRAL = "/cid/oauth2/ctid/referral"


def last(control: ControlApi, broker: Broker) -> dict[str, Any]:
    return control.events(broker.sandbox["id"])[-1]


@pytest.mark.parametrize(
    ("method", "path", "status", "call", "title"),
    [
        ("POST", REFERRAL, 405, "3.6", f"POST {REFERRAL}: call 3.6 is PUT"),
        (
            "PUT",
            "/v2/oauth2/ctid/setReferral",
            404,
            "3.6",
            "/v2/oauth2/ctid/setReferral: not a documented path, E-28",
        ),
        ("PUT", "/ctid/oauth2/ctid/referral", 404, "3.6", "PUT /ctid/oauth2/ctid/referral: the base is /cid"),
        ("PUT", "/oauth2/ctid/referral", 404, "3.6", "PUT /oauth2/ctid/referral: the base is /cid"),
        (
            "PUT",
            "/cid/oauth2/ctid/referal",
            404,
            "3.6",
            f"PUT /cid/oauth2/ctid/referal: not a documented path; {REFERRAL} is",
        ),
        ("POST", "/cid/nonsense/at/all", 404, None, "POST /cid/nonsense/at/all: not a documented path"),
    ],
)
def test_the_journal_tells_what_is_near(
    broker: Broker, control: ControlApi, method: str, path: str, status: int, call: str | None, title: str
) -> None:
    body = {"brokerCrmName": broker.crm_name, "userId": 77, "partnerId": "IB-1"}
    response = broker.call(method, path, body)
    assert response.status_code == status
    event = last(control, broker)
    assert (event["status"], event.get("call"), event["title"]) == (status, call, title)
    assert (event["user_id"], event["partner_id"]) == (77, "IB-1")
    assert [one["call"] for one in event["details"]["near"]] == ([call] if call else [])
    assert broker.token not in str(event)


def test_a_call_that_was_moved(broker: Broker, control: ControlApi) -> None:
    control.change(broker.sandbox["id"], switches={"readUserIdPath": "/cid/elsewhere"})
    assert broker.read_user_id("a@example.net").status_code == 404
    event = last(control, broker)
    assert (event["call"], event["status"], event["email"]) == ("3.11", 404, "a@example.net")
    assert event["title"].endswith("this sandbox has call 3.11 at /cid/elsewhere")


@pytest.mark.parametrize(
    ("query", "headers", "key", "place"),
    [
        ({}, "Authorization", None, "an Authorization header"),
        ({}, "X-Token", None, "a header X-Token"),
        ({"webservToken": "?"}, None, None, "the query parameter webservToken"),
        ({"manager_token": "?"}, None, None, "the query parameter manager_token"),
        ({}, None, "token", "the key token of the body"),
    ],
)
def test_a_token_in_the_wrong_place(
    broker: Broker, control: ControlApi, query: dict[str, str], headers: str | None, key: str | None, place: str
) -> None:
    body: dict[str, Any] = {"brokerCrmName": broker.crm_name, "userId": 77, "partnerId": "IB-1"}
    if key:
        body[key] = broker.token
    sent = {headers: f"Bearer {broker.token}" if headers == "Authorization" else broker.token} if headers else None
    given = dict.fromkeys(query, broker.token)
    refused = broker.call("PUT", REFERRAL, body, given, token=None, headers=sent)
    assert (refused.status_code, refused.json()["error"]["errorCode"]) == (401, "CH_CLIENT_AUTH_FAILURE")
    event = last(control, broker)
    assert (event["call"], event["status"], event["user_id"], event["partner_id"]) == ("3.6", 401, 77, "IB-1")
    told = f"token missing in the query; {place} was sent; the token belongs there as ?token=, section 2.2"
    assert event["details"]["problem"] == told
    assert broker.token not in str(event)


def test_a_body_that_nobody_read_is_told_all_the_same(broker: Broker, control: ControlApi) -> None:
    form = b"brokerCrmName=X&userId=77&partnerId=IB-1&email=a%40example.net"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert broker.call("PUT", REFERRAL, data=form, headers=headers).status_code == 415
    event = last(control, broker)
    assert (event["call"], event["status"], event["user_id"]) == ("3.6", 415, 77)
    assert (event["partner_id"], event["email"]) == ("IB-1", "a@example.net")


def test_a_bearer_token_in_the_query(broker: Broker, control: ControlApi) -> None:
    assert broker.call("GET", "/v1/users").status_code == 401
    told = last(control, broker)["details"]["problem"]
    assert told.startswith("no Bearer token; the query parameter token was sent")
