"""Paths, methods, headers and queries of the vendor's calls."""

import json
from typing import Any

import pytest

from mock_ctrader.processes import MockProcess
from tests.support import TIMEOUT, Broker, http

REFERRAL = "/cid/oauth2/ctid/referral"


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/cid/oauth2/ctid/referal", REFERRAL),
        ("/cid/ctid/referral", REFERRAL),
        ("/v2/oauth2/ctid/referral", REFERRAL),
        ("/cid/oauth2/ctid/referral/", REFERRAL),
        ("/cid/oauth2/ctid/Create", "/cid/oauth2/ctid/create"),
        ("/webserv/traders", "/v2/webserv/traders"),
    ],
)
def test_a_wrong_path_is_404_and_names_the_likely_one(broker: Broker, path: str, meant: str) -> None:
    response = broker.call("PUT", path, {})

    assert response.status_code == 404
    assert response.text.split("did you mean ")[1].split()[1].rstrip("?") == meant


@pytest.mark.parametrize("path", ["/nowhere", "/cid", "/v2/oauth2/ctid/setReferral", "/control", "/app"])
def test_an_unknown_path_is_404(broker: Broker, path: str) -> None:
    assert broker.call("PUT", path, {}).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", REFERRAL, {"PUT", "GET", "DELETE"}),
        ("PATCH", REFERRAL, {"PUT", "GET", "DELETE"}),
        ("GET", "/cid/oauth2/ctid/create", {"POST"}),
        ("PUT", "/cid/ctid/link", {"POST"}),
        ("GET", "/v2/webserv/managers/token", {"POST"}),
        ("DELETE", "/v2/webserv/traders", {"GET", "POST"}),
        ("POST", "/cid/oauth2/ctid/acceptAgreement", {"PUT"}),
    ],
)
def test_a_wrong_method_is_405_and_says_which_are_right(
    broker: Broker, method: str, path: str, allowed: set[str]
) -> None:
    response = broker.call(method, path, {})

    assert response.status_code == 405
    said = {name.strip() for name in response.headers["Allow"].split(",")}
    assert said - {"HEAD", "OPTIONS"} == allowed


def test_a_token_of_another_kind_of_header_does_not_help(broker: Broker, user: int) -> None:
    query = {"brokerCrmName": broker.crm_name, "userId": user}
    headers = {"Authorization": f"Bearer {broker.token}"}

    assert broker.call("GET", REFERRAL, query=query, token=None, headers=headers).status_code == 401


def test_an_authorization_header_is_ignored(broker: Broker, user: int) -> None:
    query = {"brokerCrmName": broker.crm_name, "userId": user}
    headers = {"Authorization": "Bearer nonsense"}

    assert broker.call("GET", REFERRAL, query=query, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "template", ["token={t}&brokerCrmName={c}&userId={u}", "userId={u}&token={t}&brokerCrmName={c}"]
)
def test_the_token_may_stand_anywhere_in_the_query(broker: Broker, user: int, template: str) -> None:
    query = template.format(t=broker.token, c=broker.crm_name, u=user)
    response = http().get(f"{broker.base_url}{REFERRAL}?{query}", timeout=TIMEOUT)

    assert response.status_code == 200, response.text


def test_a_token_in_the_body_is_none(broker: Broker, user: int) -> None:
    body = {"brokerCrmName": broker.crm_name, "userId": user, "partnerId": "IB-1", "token": broker.token}

    assert broker.call("PUT", REFERRAL, body, token=None).status_code == 401


def test_unknown_query_parameters_are_ignored(broker: Broker, user: int) -> None:
    assert broker.read_partner(userId=user, foo="bar", partnerId="x").status_code == 200


@pytest.mark.parametrize(
    "accept", [None, "application/json", "*/*", "text/html", "application/json;q=0.5", "application/xml"]
)
def test_answers_are_json_whatever_is_asked_for(broker: Broker, user: int, accept: str | None) -> None:
    response = broker.call(
        "PUT",
        REFERRAL,
        {"brokerCrmName": broker.crm_name, "userId": user, "partnerId": "IB-1"},
        headers={"Accept": accept} if accept else {"Accept": ""},
    )

    assert response.headers["Content-Type"] == "application/json"
    assert json.loads(response.content) == {"userId": user}


@pytest.mark.parametrize(
    "content_type", [None, "application/json", "application/json; charset=utf-8", "Application/JSON"]
)
def test_a_json_body_is_read(broker: Broker, user: int, content_type: str | None) -> None:
    body = json.dumps({"brokerCrmName": broker.crm_name, "userId": user, "partnerId": "IB-1"}).encode()
    headers = {"Content-Type": content_type} if content_type else {}
    response = broker.call("PUT", REFERRAL, data=body, headers=headers)

    assert response.status_code == 200, response.text
    assert ("Content-Type" in response.request.headers) is (content_type is not None)


@pytest.mark.parametrize(
    "content_type",
    ["application/x-www-form-urlencoded", "application/xml", "text/xml", "text/plain", "multipart/form-data"],
)
def test_another_content_type_is_415(broker: Broker, user: int, content_type: str) -> None:
    body = json.dumps({"brokerCrmName": broker.crm_name, "userId": user, "partnerId": "IB-1"}).encode()
    response = broker.call("PUT", REFERRAL, data=body, headers={"Content-Type": content_type})

    assert (response.status_code, response.json()["error"]["errorCode"]) == (415, "INVALID_REQUEST")
    assert content_type in response.json()["error"]["description"]
    assert broker.read_partner(userId=user).content == b""


def test_the_content_type_is_looked_at_before_the_token(broker: Broker) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    assert broker.call("PUT", REFERRAL, data=b"a=b", headers=headers, token=None).status_code == 415


def test_a_body_sent_in_chunks_is_read(broker: Broker, user: int) -> None:
    body = json.dumps({"brokerCrmName": broker.crm_name, "userId": user, "partnerId": "IB-1"}).encode()
    response = http().put(
        f"{broker.base_url}{REFERRAL}",
        params={"token": broker.token},
        data=iter([body[:10], body[10:]]),
        headers={"Content-Type": "application/json"},
        timeout=TIMEOUT,
    )

    assert (response.status_code, response.text) == (200, json.dumps({"userId": user}))


def test_the_server_says_that_it_is_alive(broker: Broker) -> None:
    assert http().get(f"{broker.base_url}/healthz", timeout=TIMEOUT).status_code == 200


def test_the_root_says_where_to_go(mock: MockProcess, sandbox: dict[str, Any]) -> None:
    page = http().get(f"{mock.ready['baseUrl']}/", timeout=TIMEOUT)

    assert page.status_code == 200
    for address in (*sandbox["appUrls"].values(), f"/inspector/{sandbox['id']}/"):
        assert f'href="{address}' in page.text
    assert sandbox["managerPassword"] not in page.text
    assert sandbox["crmPassword"] not in page.text
