"""JSON and XML under /webserv/, JSON alone under /cid/."""

from xml.etree import ElementTree

import pytest

from tests.support import Broker, ControlApi, md5

TOKEN = "/v2/webserv/managers/token"
ELEMENT = "<managerCredentials><login>{login}</login><hashedPassword>{hash}</hashedPassword></managerCredentials>"


def credentials(broker: Broker) -> dict[str, object]:
    return {"login": broker.sandbox["managerLogin"], "hashedPassword": md5(broker.sandbox["managerPassword"])}


def as_xml(broker: Broker) -> bytes:
    return ELEMENT.format(
        login=broker.sandbox["managerLogin"], hash=md5(broker.sandbox["managerPassword"])
    ).encode()


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "xml"),  # a script without Accept reads XML (client code)
        ("", "xml"),
        ("application/xml", "xml"),
        ("text/xml", "xml"),
        ("application/json;q=0.1, application/xml", "xml"),
        ("image/png", "xml"),
        ("text/html,application/xml;q=0.9,*/*;q=0.8", "xml"),
        ("application/json", "json"),
        ("application/json; charset=utf-8", "json"),
        ("application/json, text/plain, */*", "json"),  # axios
        ("*/*", "json"),  # requests, curl
        ("application/*", "json"),
    ],
)
def test_the_answer_is_what_accept_asks_for(broker: Broker, accept: str | None, expected: str) -> None:
    response = broker.post(TOKEN, credentials(broker), token=None, headers={"Accept": accept})  # type: ignore[dict-item]
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith(f"application/{expected}")
    if expected == "json":
        token = response.json()["webservToken"]
    else:
        token = ElementTree.fromstring(response.content).findtext("webservToken")
    assert broker.call("GET", "/v2/webserv/tradergroups", token=token).status_code == 200


def test_a_switch_makes_any_accept_xml(broker: Broker, control: ControlApi) -> None:
    control.change(broker.sandbox["id"], switches={"xmlForAnyAccept": True})
    kinds = {
        accept: broker.post(TOKEN, credentials(broker), token=None, headers={"Accept": accept}).headers[
            "Content-Type"
        ]
        for accept in ("*/*", "application/json", "application/json, text/plain, */*")
    }
    assert [kind.split(";")[0] for kind in kinds.values()] == [
        "application/xml",
        "application/json",
        "application/json",
    ]


@pytest.mark.parametrize("content_type", ["application/xml", "text/xml; charset=utf-8"])
def test_an_xml_body_is_read(broker: Broker, content_type: str) -> None:
    headers = {"Content-Type": content_type, "Accept": "application/json"}
    response = broker.call("POST", TOKEN, data=as_xml(broker), token=None, headers=headers)
    assert response.status_code == 200, response.text
    assert list(response.json()) == ["webservToken"]


def test_an_account_can_be_opened_and_paid_into_in_xml(broker: Broker, control: ControlApi) -> None:
    headers = {"Content-Type": "application/xml", "Accept": "application/xml"}
    keys = {
        "accessRights": "FULL_ACCESS",
        "accountType": "HEDGED",
        "balance": 0,
        "depositCurrency": "EUR",
        "groupName": broker.sandbox["groupName"],
        "hashedPassword": md5("x"),
        "leverageInCents": 3000,
        "swapFree": "true",
    }
    inner = "".join(f"<{key}>{value}</{key}>" for key, value in keys.items())
    body = f"<trader>{inner}<contactDetails><email>a@b.cd</email></contactDetails></trader>".encode()
    made = broker.call("POST", "/v2/webserv/traders", data=body, headers=headers)
    assert made.status_code == 201, made.text
    trader = ElementTree.fromstring(made.content)
    assert (trader.tag, trader.findtext("swapFree")) == ("trader", "true")
    assert trader.findtext("contactDetails/email") == "a@b.cd"
    path = f"/v2/webserv/traders/{trader.findtext('login')}/changebalance"
    change = b"<x><preciseAmount>0.29</preciseAmount><type>DEPOSIT</type></x>"
    assert broker.call("POST", path, data=change, headers=headers).status_code == 200
    listed = broker.call("GET", "/v2/webserv/traders/", headers={"Accept": None})  # type: ignore[dict-item]
    assert [one.findtext("balance") for one in ElementTree.fromstring(listed.content).findall("trader")] == ["29"]
    assert all(event["violations"] == [] for event in control.events(broker.sandbox["id"]))


def test_an_error_is_xml_too(broker: Broker) -> None:
    response = broker.call("GET", "/v2/webserv/traders/4", headers={"Accept": "application/xml"})
    error = ElementTree.fromstring(response.content)
    assert (response.status_code, error.tag, error.findtext("errorCode")) == (404, "error", "TRADER_NOT_FOUND")


@pytest.mark.parametrize("body", [b"", b"<a>", b"<!DOCTYPE a><a/>", b'{"login": 1}'])
def test_a_broken_xml_body_is_400(broker: Broker, body: bytes) -> None:
    headers = {"Content-Type": "application/xml", "Accept": "application/json"}
    response = broker.call("POST", TOKEN, data=body, token=None, headers=headers)
    assert (response.status_code, response.json()["error"]["errorCode"]) == (400, "INVALID_REQUEST")


def test_cid_is_json_only(broker: Broker) -> None:
    headers = {"Content-Type": "application/xml"}
    refused = broker.call("POST", "/cid/ctid/create", data=b"<a><email>a@b.cd</email></a>", headers=headers)
    assert (refused.status_code, refused.headers["Content-Type"]) == (415, "application/json")
    made = broker.post("/cid/ctid/create", {"email": "a@b.cd"}, headers={"Accept": "application/xml"})
    assert (made.status_code, made.headers["Content-Type"]) == (200, "application/json")
