"""What real clients send, what the journal says of it, and what a strict sandbox does."""

import json
from typing import Any

import pytest

from tests.support import TIMEOUT, Broker, ControlApi, http, md5

JSON = {"Accept": "application/json"}
TRADERS = "/v2/webserv/traders"


def last_leniencies(control: ControlApi, broker: Broker) -> list[tuple[str, str]]:
    details = control.events(broker.sandbox["id"])[-1]["details"]
    return [(one["name"], one["key"]) for one in details.get("leniencies", [])]


def user_body(broker: Broker, **keys: Any) -> dict[str, Any]:
    return {"brokerCrmName": broker.crm_name, "email": f"{md5(str(keys))}@example.net", **keys}


def trader_body(broker: Broker, **changes: Any) -> dict[str, Any]:
    body = {
        "accessRights": "FULL_ACCESS",
        "accountType": "HEDGED",
        "balance": 0,
        "brokerName": broker.sandbox["brokerNames"][0],
        "depositCurrency": "EUR",
        "groupName": broker.sandbox["groupName"],
        "hashedPassword": md5(broker.PASSWORD),
        "leverageInCents": 3000,
        "totalMarginCalculationType": "MAX",
    }
    return {key: value for key, value in (body | changes).items() if value != "left out"}


CREATE = "/cid/oauth2/ctid/create"
CASES: list[tuple[str, str, dict[str, Any], tuple[str, str]]] = [
    (CREATE, "user", {"nickname": "ines.fx"}, ("key-spelling", "nickname")),
    (CREATE, "user", {"preferredLanguage": "EN"}, ("language-case", "preferredLanguage")),
    (CREATE, "user", {"firstName": None}, ("null", "firstName")),
    (CREATE, "user", {"kycNotPassed": True}, ("unknown-key", "kycNotPassed")),
    (TRADERS, "trader", {"balance": "0"}, ("number-as-string", "balance")),
    (TRADERS, "trader", {"swapFree": "false"}, ("boolean-as-string", "swapFree")),
    (TRADERS, "trader", {"brokerName": "left out"}, ("missing-key", "brokerName")),
    (
        TRADERS,
        "trader",
        {"totalMarginCalculationType": "left out"},
        ("missing-key", "totalMarginCalculationType"),
    ),
    (f"{TRADERS}/", "trader", {}, ("trailing-slash", "path")),
]


@pytest.mark.parametrize(("path", "kind", "keys", "leniency"), CASES, ids=lambda value: str(value)[:40])
def test_a_leniency_is_noted_and_refused_by_a_strict_sandbox(
    broker: Broker, control: ControlApi, path: str, kind: str, keys: dict[str, Any], leniency: tuple[str, str]
) -> None:
    body = user_body(broker, **keys) if kind == "user" else trader_body(broker, **keys)
    taken = broker.post(path, body, headers=JSON)
    assert taken.status_code == 201, taken.text
    assert last_leniencies(control, broker) == [leniency]

    control.change(broker.sandbox["id"], strict=True)
    refused = broker.post(path, body, headers=JSON)
    assert (refused.status_code, refused.json()["error"]["errorCode"]) == (400, "INVALID_REQUEST")
    assert refused.json()["error"]["description"].startswith(f"{leniency[1]}: ")
    assert last_leniencies(control, broker) == [leniency]


def test_what_is_documented_is_strict(broker: Broker, control: ControlApi) -> None:
    control.change(broker.sandbox["id"], strict=True)
    login = {"login": broker.sandbox["managerLogin"], "hashedPassword": md5(broker.sandbox["managerPassword"])}
    issued = broker.post("/v2/webserv/managers/token", login, token=None, headers=JSON)
    token = issued.json()["webservToken"]
    assert broker.post(CREATE, user_body(broker), token=token, headers=JSON).status_code == 201
    made = broker.post(TRADERS, trader_body(broker), token=token, headers=JSON)
    assert made.status_code == 201
    assert last_leniencies(control, broker) == []


@pytest.mark.parametrize(
    ("query", "headers", "leniency"),
    [
        ("token={t}&brokerCrmName={c}&userId={u}", JSON, ("token-position", "token")),
        ("&brokerCrmName={c}&userId={u}&token={t}", JSON, ("empty-parameter", "query")),
        ("brokerCrmName={c}&userId={u}&x=1&token={t}", JSON, ("unknown-key", "x")),
        (
            "brokerCrmName={c}&userId={u}&token={t}",
            JSON | {"Authorization": "Bearer x"},
            ("authorization-header", "Authorization"),
        ),
        ("brokerCrmName={c}&userId={u}&token={t}", {"Accept": "*/*"}, ("accept", "Accept")),
        ("brokerCrmName={c}&userId={u}&token={t}", {"Accept": None}, ("accept", "Accept")),
    ],
)
def test_leniencies_of_the_envelope(
    broker: Broker, control: ControlApi, query: str, headers: dict[str, str], leniency: tuple[str, str]
) -> None:
    text = query.format(t=broker.token, c=broker.crm_name, u=broker.new_user())
    url = f"{broker.base_url}/cid/oauth2/ctid/referral?{text}"
    assert http().get(url, headers=headers, timeout=TIMEOUT).status_code == 200
    assert last_leniencies(control, broker) == [leniency]
    control.change(broker.sandbox["id"], strict=True)
    refused = http().get(url, headers=headers, timeout=TIMEOUT)
    assert refused.status_code == 400
    assert refused.json()["error"]["description"].startswith(f"{leniency[1]}: ")


def test_a_body_without_content_type_is_json(broker: Broker, control: ControlApi) -> None:
    content = json.dumps(user_body(broker)).encode()
    assert broker.call("POST", CREATE, data=content, headers=JSON).status_code == 201
    assert last_leniencies(control, broker) == [("content-type", "Content-Type")]


def test_a_strict_refusal_changes_nothing(broker: Broker, control: ControlApi) -> None:
    user_id = broker.new_user()
    broker.set_partner(userId=user_id, partnerId="IB-1")
    control.change(broker.sandbox["id"], strict=True)
    assert broker.set_partner(userId=str(user_id), partnerId="IB-2").status_code == 400
    control.change(broker.sandbox["id"], strict=False)
    assert broker.read_partner(userId=user_id).json()["partnerId"] == "IB-1"
