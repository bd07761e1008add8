"""Bodies nobody sane sends: always a clear refusal, never a server error, never half of a change."""

import json
from collections.abc import Callable
from typing import NoReturn

import pytest
import requests

from tests.support import TIMEOUT, Broker, ControlApi

REFERRAL = "/cid/oauth2/ctid/referral"
BODY_LIMIT = 1_048_576

Make = Callable[[str], bytes]


def with_partner_id(literal: str) -> Make:
    """A complete body of call 3.6 whose partnerId is this piece of JSON."""
    return lambda head: f'{{{head}, "partnerId": {literal}}}'.encode()


def with_unknown_key(literal: str) -> Make:
    """A complete body of call 3.6 with a key nobody knows."""
    return lambda head: f'{{{head}, "partnerId": "IB-NEW", "x": {literal}}}'.encode()


REFUSED: dict[str, Make] = {
    "nothing": lambda _: b"",
    "no JSON": lambda _: b"partnerId=IB-NEW",
    "half of it": lambda head: f"{{{head}".encode(),
    "something after it": lambda head: f'{{{head}, "partnerId": "IB-NEW"}} true'.encode(),
    "a list": lambda head: f'[{{{head}, "partnerId": "IB-NEW"}}]'.encode(),
    "a text": lambda _: b'"IB-NEW"',
    "a number": lambda _: b"7",
    "null": lambda _: b"null",
    "NaN": with_unknown_key("NaN"),
    "Infinity": with_unknown_key("-Infinity"),
    "NaN as partnerId": with_partner_id("NaN"),
    "a huge integer as partnerId": with_partner_id("9" * 4000),
    "an integer too long to read": with_partner_id("9" * 5000),
    "a lone surrogate": with_partner_id(r'"\ud800"'),
    "surrogates the wrong way round": with_partner_id(r'"\udc00\ud800"'),
    "a NUL": with_partner_id(r'"a\u0000b"'),
    "a control character": with_partner_id(r'"a\u009fb"'),
    "a key twice": with_unknown_key('1, "x": 1'),
    "partnerId twice": lambda head: f'{{{head}, "partnerId": "IB-NEW", "partnerId": "IB-NEW"}}'.encode(),
    "bytes that are not UTF-8": lambda head: f'{{{head}, "partnerId": "IB-\xff"}}'.encode("latin-1"),
    "10,000 open lists": lambda _: b"[" * 10_000,
    "10,000 lists deep": with_unknown_key("[" * 10_000 + "]" * 10_000),
    "10,000 objects deep": with_unknown_key('{"x":' * 10_000 + "1" + "}" * 10_000),
    "10,000 lists deep as partnerId": with_partner_id("[" * 10_000 + "]" * 10_000),
}
# What does not concern the call may be odd, as long as it is JSON.
IGNORED: dict[str, Make] = {
    "an unknown key": with_unknown_key('{"y": [1, null, true]}'),
    "a huge integer": with_unknown_key("9" * 4000),
    "a huge float": with_unknown_key("1e999"),
    "a lone surrogate": with_unknown_key(r'"\ud800"'),
    "a NUL": with_unknown_key(r'"\u0000"'),
    "an empty key": lambda head: f'{{{head}, "partnerId": "IB-NEW", "": 1}}'.encode(),
    "a lone surrogate as key": lambda head: f'{{{head}, "partnerId": "IB-NEW", "\\ud800": 1}}'.encode(),
    "100 lists deep": with_unknown_key("[" * 100 + "]" * 100),
    "a long text": with_unknown_key('"' + "x" * 500_000 + '"'),
    "10,000 unknown keys": lambda head: (
        f'{{{head}, "partnerId": "IB-NEW", ' + ", ".join(f'"k{n}": {n}' for n in range(10_000)) + "}"
    ).encode(),
}


@pytest.fixture
def partner(broker: Broker, user: int) -> int:
    """A user with the partnerId IB-OLD."""
    assert broker.set_partner(userId=user, partnerId="IB-OLD").status_code == 200
    return user


def no_json(name: str) -> NoReturn:
    """NaN and Infinity are not JSON, whatever Python says."""
    raise AssertionError(f"{name} in a JSON answer")


def send(broker: Broker, user_id: int, make: Make) -> requests.Response:
    """Call 3.6 with a body as it is."""
    body = make(f'"brokerCrmName": {json.dumps(broker.crm_name)}, "userId": {user_id}')
    return broker.call("PUT", REFERRAL, data=body, headers={"Content-Type": "application/json"})


@pytest.mark.parametrize("name", REFUSED)
def test_refused_and_nothing_changed(broker: Broker, control: ControlApi, partner: int, name: str) -> None:
    response = send(broker, partner, REFUSED[name])

    assert response.status_code == 400, response.text[:200]
    error = response.json()["error"]
    assert error["errorCode"] == "INVALID_REQUEST"
    assert error["description"].split(":")[0] in ("body", "partnerId")
    assert broker.read_partner(userId=partner).json()["partnerId"] == "IB-OLD"
    refused = [event for event in control.events(broker.sandbox["id"]) if event.get("status") == 400]
    assert [event["call"] for event in refused] == ["3.6"]


@pytest.mark.parametrize("name", IGNORED)
def test_ignored(broker: Broker, control: ControlApi, partner: int, name: str) -> None:
    response = send(broker, partner, IGNORED[name])

    assert (response.status_code, response.text[:200]) == (200, json.dumps({"userId": partner}))
    assert broker.read_partner(userId=partner).json()["partnerId"] == "IB-NEW"
    journal = control.http.get(f"{control.url}/sandboxes/{broker.sandbox['id']}/journal?call=3.6", timeout=TIMEOUT)
    event = json.loads(journal.text, parse_constant=no_json)["events"][-1]
    assert event["partner_id"] == "IB-NEW"
    inspector = f"{broker.base_url}/inspector/{broker.sandbox['id']}"
    for page in (f"/exchanges/{event['seq']}", "/exchanges", "/"):
        assert control.http.get(inspector + page, timeout=TIMEOUT).status_code == 200


@pytest.mark.parametrize("depth", [200, 300, 400, 500, 700, 900, 1000, 2000])
def test_depth_is_either_ignored_or_refused(broker: Broker, control: ControlApi, partner: int, depth: int) -> None:
    response = send(broker, partner, with_unknown_key("[" * depth + "]" * depth))

    assert response.status_code in (200, 400), response.text[:200]
    now = {200: "IB-NEW", 400: "IB-OLD"}[response.status_code]
    assert broker.read_partner(userId=partner).json()["partnerId"] == now
    assert control.events(broker.sandbox["id"])


def test_a_body_longer_than_the_limit_is_413(broker: Broker, partner: int) -> None:
    response = send(broker, partner, with_unknown_key('"' + "x" * (2 * BODY_LIMIT) + '"'))

    assert (response.status_code, response.json()["error"]["errorCode"]) == (413, "INVALID_REQUEST")
    assert str(BODY_LIMIT) in response.json()["error"]["description"]
    # the rest of the body is not read: who used the connection again would lose that request
    assert response.headers["Connection"] == "close"
    assert broker.read_partner(userId=partner).json()["partnerId"] == "IB-OLD"


def test_a_body_of_a_call_whose_keys_are_in_the_query_is_ignored(broker: Broker, partner: int) -> None:
    query = {"brokerCrmName": broker.crm_name, "userId": partner}
    headers = {"Content-Type": "text/plain"}

    assert broker.call("GET", REFERRAL, query=query, data=b"{", headers=headers).status_code == 200
    assert broker.call("DELETE", REFERRAL, query=query, data=b"userId=1", headers=headers).status_code == 200
    assert broker.read_partner(userId=partner).content == b""


@pytest.mark.parametrize(
    "query",
    [
        "userId=%00",
        "userId=%ff",
        "userId=1&userId=2",
        pytest.param("userId=" + "9" * 5000, id="5000 digits"),
        "userId=%F0%9F%98%80",
        "userId=&x=%ZZ",
    ],
)
def test_hostile_queries(broker: Broker, query: str) -> None:
    response = broker.call("GET", f"{REFERRAL}?brokerCrmName={broker.crm_name}&{query}")

    assert response.status_code in (400, 404), response.text
    assert response.json()["error"]["description"].startswith(("userId", "Can't find user with id="))


@pytest.mark.parametrize("key", ["userId", "ctidTraderAccountId"])
def test_null_counts_as_absent_for_a_key_that_is_optional(broker: Broker, partner: int, key: str) -> None:
    ids = {"userId": partner} if key != "userId" else {"ctidTraderAccountId": broker.new_account(partner)}
    response = broker.set_partner(partnerId="IB-NEW", **ids, **{key: None})

    assert (response.status_code, response.json()) == (200, ids)


def test_null_in_place_of_an_optional_object(broker: Broker) -> None:
    assert broker.create_trader(contactDetails=None, description=None, swapFree=None).status_code == 201


def test_one_wrong_key_of_many_leaves_no_account_behind(broker: Broker, control: ControlApi) -> None:
    before = broker.create_trader().json()["login"]
    response = broker.create_trader(contactDetails={"countryId": "PT", "city": 7}, leverageInCents="x")

    description = response.json()["error"]["description"]
    assert response.status_code == 400
    assert {"contactDetails.countryId", "contactDetails.city", "leverageInCents"} == {
        part.split(":")[0] for part in description.split("; ")
    }
    assert broker.create_trader().json()["login"] == before + 1
