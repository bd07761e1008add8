"""Calls 4.1 to 4.5: every documented status, and nothing but JSON for any input."""

import json
from typing import Any

import pytest
import requests
from broker_fakes import ManualClock
from broker_site import CRM_PASSWORD, TIMEOUT_S, Site, new_email

TOKEN_PATH, EXCHANGE_PATH = "/oauth2/crmApiToken", "/oauth2/onetime/authorize"
VERIFY_PATH, GENERATE_PATH, LOGOUT_PATH = "/oauth2/authorize", "/oauth2/onetime/generate", "/oauth2/logout"
ALL_PATHS = [TOKEN_PATH, EXCHANGE_PATH, VERIFY_PATH, GENERATE_PATH, LOGOUT_PATH]
SHAPED = "ot_" + "A" * 43


def send(site: Site, path: str, body: Any, *, method: str = "POST", **query: str) -> requests.Response:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    answer = requests.request(method, site.url + path, data=data, params=query, headers=headers, timeout=TIMEOUT_S)
    assert answer.headers["Content-Type"] == "application/json"
    if answer.status_code >= 400:
        assert answer.json().keys() == {"error", "message", "code"}
        assert answer.json()["code"] == answer.status_code
    return answer


def signed_up(site: Site) -> str:
    browser = site.browser()
    browser.sign_up(new_email())
    return browser.open_account()


def test_crm_api_tokens_differ_and_live_a_week(site: Site, clock: ManualClock) -> None:
    first, second = site.crm_api_token(), site.crm_api_token()
    assert first != second
    for token in (first, second):
        assert site.exchange(SHAPED, token).status_code == 404
    clock.advance(7 * 24 * 3600 - 1)
    assert site.exchange(SHAPED, first).status_code == 404
    clock.advance(1)
    refused = site.exchange(SHAPED, first)
    assert (refused.status_code, refused.json()["error"]) == (403, "CH_CLIENT_AUTH_FAILURE")


@pytest.mark.parametrize("password", ["wrong", "\ud800", "\x00", "é", "x" * 5000])
def test_wrong_password(site: Site, password: str) -> None:
    answer = send(site, TOKEN_PATH, {"password": password})
    assert (answer.status_code, answer.json()["error"]) == (403, "CH_CLIENT_AUTH_FAILURE")


@pytest.mark.parametrize("token", ["", "nonsense", "crm_" + "A" * 43, "\x00", "é"])
def test_bad_crm_api_token(site: Site, token: str) -> None:
    answer = send(site, EXCHANGE_PATH, {"code": signed_up(site)}, crmApiToken=token)
    assert (answer.status_code, answer.json()["error"]) == (403, "CH_CLIENT_AUTH_FAILURE")
    assert "userId" not in answer.json()


@pytest.mark.parametrize("path", [EXCHANGE_PATH, VERIFY_PATH, GENERATE_PATH, LOGOUT_PATH])
@pytest.mark.parametrize("query", [{}, {"crmApiToken": ""}, {"crmApiToken": "crm_" + "A" * 43}])
def test_missing_or_unknown_crm_api_token(site: Site, path: str, query: dict[str, str]) -> None:
    session = site.app_session()
    body = {"code": SHAPED, "accessToken": session.access_token, "userId": session.user_id}
    rest = {"userId": str(session.user_id), "accessToken": session.access_token, "inappToken": session.inapp_token}
    answer = send(site, path, body, **query, **rest)
    assert (answer.status_code, answer.json()["error"]) == (403, "CH_CLIENT_AUTH_FAILURE")
    assert session.resume().status_code == 200


def test_one_time_token_expires_after_a_minute(site: Site, clock: ManualClock) -> None:
    early, late = signed_up(site), signed_up(site)
    clock.advance(59.999)
    assert site.exchange(early).status_code == 200
    clock.advance(0.001)
    answer = site.exchange(late)
    assert (answer.status_code, answer.json()["error"]) == (410, "CID_TOKEN_EXPIRED")


def test_used_and_unknown_tokens_are_not_found(site: Site) -> None:
    code = signed_up(site)
    assert site.exchange(code).status_code == 200
    assert site.exchange(code).status_code == 404
    assert site.exchange(SHAPED).status_code == 404


@pytest.mark.parametrize(
    "code", ["x", "ot_short", SHAPED + "A", "\ud800", "\x00", "at_" + "A" * 43, SHAPED + "\n"]
)
def test_strange_tokens_are_told_apart_by_shape(site: Site, code: str) -> None:
    answer = site.exchange(code)
    assert (answer.status_code, answer.json()["error"]) == (417, "CID_NON_EXISTED_TOKEN")


@pytest.mark.parametrize("body", [{}, {"code": None}, {"code": 1}, {"code": True}, {"code": ["x"]}, {"code": ""}])
def test_missing_or_ill_typed_code(site: Site, body: dict[str, Any]) -> None:
    assert send(site, EXCHANGE_PATH, body, crmApiToken=site.crm_api_token()).status_code == 400


HOSTILE = [
    b"",
    b"{",
    b"null",
    b"[]",
    b'"text"',
    b"\xff\xfe{}",
    b'{"password": NaN}',
    b'{"password": 1' + b"0" * 5000 + b"}",
    b"[" * 20_000,
    b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    b'{"password": "\x00"}',
]


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("path", [TOKEN_PATH, EXCHANGE_PATH, VERIFY_PATH, GENERATE_PATH])
def test_hostile_bodies_are_400(site: Site, path: str, body: bytes) -> None:
    assert send(site, path, body, crmApiToken=site.crm_api_token()).status_code == 400


@pytest.mark.parametrize("path", ALL_PATHS)
def test_huge_body_is_413(site: Site, path: str) -> None:
    assert send(site, path, {"password": "x" * 100_000}).status_code == 413


@pytest.mark.parametrize("path", ALL_PATHS)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_405(site: Site, path: str, method: str) -> None:
    answer = send(site, path, {}, method=method)
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/xml", "application/x-www-form-urlencoded", "?"]
)
def test_other_content_types_are_415(site: Site, content_type: str) -> None:
    for path in (TOKEN_PATH, EXCHANGE_PATH, VERIFY_PATH, GENERATE_PATH):
        headers = {"Content-Type": content_type}
        answer = requests.post(site.url + path, data=b"{}", headers=headers, timeout=TIMEOUT_S)
        assert answer.status_code == 415
        assert answer.json()["code"] == 415


@pytest.mark.parametrize("headers", [{}, {"Content-Type": "application/json; charset=utf-8"}])
def test_json_with_or_without_saying_so(site: Site, headers: dict[str, str]) -> None:
    data = json.dumps({"password": CRM_PASSWORD, "unknown": 1}).encode()
    answer = requests.post(site.url + TOKEN_PATH, data=data, headers=headers, timeout=TIMEOUT_S)
    assert answer.status_code == 200


def test_unknown_path_is_json_404(site: Site) -> None:
    assert send(site, "/oauth2/nothing", {}).status_code == 404


def test_health(site: Site) -> None:
    assert requests.get(f"{site.url}/healthz", timeout=TIMEOUT_S).json() == {"status": "ok"}
