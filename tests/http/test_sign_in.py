"""The application signs people in: the broker's screen, the success URL, calls 4.1 and 4.2."""

import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

import pytest
import requests

from tests.http.fake_crm import CrmServer, FakeCrm
from tests.http.visitor import HTML, Visitor, parameters, short
from tests.support import ControlApi

DEFAULTS = {"lang": "en", "theme": "light", "source": "Web"}


class TestScreen:
    """The URL of the broker's login/signup screen: section 5.2."""

    @pytest.mark.parametrize(
        ("query", "first_login"), [("firstLogin=true", "true"), ("firstLogin=false", "false"), ("", "false")]
    )
    def test_is_the_configured_one_with_the_defaults(
        self, crm: FakeCrm, visitor: Visitor, query: str, first_login: str
    ) -> None:
        url = visitor.screen(f"/sign-in?{query}")

        assert url.split("?")[0] == f"{crm.url}/auth/login"
        assert dict(parameters(url)) == DEFAULTS | {"firstLogin": first_login}
        assert len(parameters(url)) == 4

    @pytest.mark.parametrize(
        ("name", "value"), [("lang", "pt"), ("theme", "dark"), ("source", "Android"), ("lang", "")]
    )
    @pytest.mark.usefixtures("crm")
    def test_says_what_it_is_told_instead_of_a_default(self, visitor: Visitor, name: str, value: str) -> None:
        carried = parameters(visitor.screen(f"/sign-in?firstLogin=true&{name}={value}"))

        assert [found for found in carried if found[0] == name] == [(name, value)]

    @pytest.mark.usefixtures("crm")
    def test_carries_campaign_and_unknown_parameters_unchanged(self, visitor: Visitor) -> None:
        given = [
            ("utm_source", "a b"),
            ("utm_medium", "x&y=z"),
            ("utm_campaign", "Пример"),
            ("utm_term", ""),
            ("utm_gclid", "g+1"),
            ("gclid", "100%"),
            ("later", "1"),
            ("later", "2"),
        ]
        query = urlencode(given)
        carried = parameters(visitor.screen(f"/sign-in?firstLogin=true&{query}"))

        assert [pair for pair in carried if pair in given] == given

    def test_keeps_what_the_configured_url_has_already(
        self, crm: FakeCrm, control: ControlApi, sandbox: dict[str, Any], visitor: Visitor
    ) -> None:
        control.change(sandbox["id"], loginUrl=f"{crm.url}/enter?brand=a%26b&firstLogin=false&lang=de")
        url = visitor.screen("/sign-in?firstLogin=true&lang=pt")

        assert url.startswith(f"{crm.url}/enter?")
        assert dict(parameters(url)) == DEFAULTS | {"brand": "a&b", "firstLogin": "true", "lang": "pt"}

    @pytest.mark.parametrize(
        "query", ["loginUrl=http://evil.example", "next=//evil.example", "%0d%0aLocation:x", "\xff=1"]
    )
    def test_never_leads_anywhere_else(self, crm: FakeCrm, visitor: Visitor, query: str) -> None:
        assert visitor.screen(f"/sign-in?{query}").startswith(f"{crm.url}/auth/login?")


class TestSignIn:
    """The success URL and the exchange of its one-time token."""

    def test_the_crm_is_asked_with_its_password_and_the_token(
        self, crm: FakeCrm, sandbox: dict[str, Any], visitor: Visitor, user: int
    ) -> None:
        code = crm.one_time_token(user)
        assert visitor.sign_in(code).json()["userId"] == user

        [(no_query, password)] = crm.received("4.1")
        assert (no_query, password) == ({}, {"password": sandbox["crmPassword"]})
        [(query, body)] = crm.received("4.2")
        assert body == {"code": code}
        assert list(query) == ["crmApiToken"]
        assert visitor.me()["userId"] == user

    @pytest.mark.parametrize("token", ["at-1", None])
    def test_stays_signed_in_only_with_an_access_token(
        self, crm: FakeCrm, visitor: Visitor, user: int, token: str | None
    ) -> None:
        visitor.sign_in(crm.one_time_token(user, **({"accessToken": token} if token else {})))

        assert visitor.me()["staysSignedIn"] is (token is not None)

    def test_a_browser_gets_a_new_id(self, crm: FakeCrm, visitor: Visitor, user: int) -> None:
        visitor.get("/me")
        before = visitor.http.cookies["mock_ctrader_browser"]
        visitor.sign_in(crm.one_time_token(user))
        after = visitor.http.cookies["mock_ctrader_browser"]

        stranger = Visitor(visitor.app_url)
        stranger.http.cookies.set("mock_ctrader_browser", before)
        assert after != before
        assert stranger.me() == {"signedIn": False}

    def test_the_crm_api_token_is_used_again(self, crm: FakeCrm, visitor: Visitor, user: int) -> None:
        for _ in range(3):
            assert visitor.sign_in(crm.one_time_token(user)).status_code == 200

        assert (crm.count("4.1"), crm.count("4.2")) == (1, 3)
        assert len({query["crmApiToken"] for query, _ in crm.received("4.2")}) == 1

    def test_another_address_is_another_crm(
        self,
        crm: FakeCrm,
        crm_server: CrmServer,
        control: ControlApi,
        sandbox: dict[str, Any],
        visitor: Visitor,
        user: int,
    ) -> None:
        visitor.sign_in(crm.one_time_token(user))
        moved = crm_server.new()
        control.change(sandbox["id"], crmUrl=moved.url)

        assert visitor.sign_in(moved.one_time_token(user)).status_code == 200
        assert (crm.count("4.1"), moved.count("4.1")) == (1, 1)

    def test_403_makes_it_authenticate_once_more_and_repeat_once(
        self, crm: FakeCrm, visitor: Visitor, user: int
    ) -> None:
        visitor.sign_in(crm.one_time_token(user))
        crm.answer("4.2", 403, {"error": "CH_CLIENT_AUTH_FAILURE", "message": "expired", "code": 403})
        code = crm.one_time_token(user)

        assert visitor.sign_in(code).status_code == 200
        assert [call for call, _, _ in crm.calls] == ["4.1", "4.2", "4.2", "4.1", "4.2"]
        [first, refused, repeated] = crm.received("4.2")
        assert refused[1] == repeated[1] == {"code": code}
        assert refused[0] == first[0] != repeated[0]

    def test_403_after_a_fresh_token_is_repeated_once_too(self, crm: FakeCrm, visitor: Visitor, user: int) -> None:
        crm.answer("4.2", 403, {"error": "CH_CLIENT_AUTH_FAILURE", "message": "not yet", "code": 403})
        assert visitor.sign_in(crm.one_time_token(user)).status_code == 200
        assert (crm.count("4.1"), crm.count("4.2")) == (2, 2)

    def test_a_crm_that_keeps_one_token_serves_many_at_once(
        self, crm: FakeCrm, sandbox: dict[str, Any], user: int
    ) -> None:
        crm.keeps_one_token = True
        app_url = sandbox["appUrls"][sandbox["brokerNames"][0]]

        def sign_in(code: str) -> int:
            return Visitor(app_url).sign_in(code).status_code

        with ThreadPoolExecutor(8) as pool:
            statuses = list(pool.map(sign_in, [crm.one_time_token(user) for _ in range(16)]))
        assert statuses == [200] * 16
        assert crm.count("4.1") == 1

    def test_403_twice_is_a_failure(self, crm: FakeCrm, visitor: Visitor, user: int) -> None:
        visitor.sign_in(crm.one_time_token(user))
        for _ in range(2):
            crm.answer("4.2", 403, {"error": "CH_CLIENT_AUTH_FAILURE", "message": "no", "code": 403})
        response = visitor.sign_in(crm.one_time_token(user))

        assert_failed(response, "4.2", "403")
        assert [call for call, _, _ in crm.calls] == ["4.1", "4.2", "4.2", "4.1", "4.2"]

    def test_after_403_twice_the_next_sign_in_can_succeed(self, crm: FakeCrm, visitor: Visitor, user: int) -> None:
        visitor.sign_in(crm.one_time_token(user))
        for _ in range(2):
            crm.answer("4.2", 403, {})
        assert visitor.sign_in(crm.one_time_token(user)).status_code == 502

        assert visitor.sign_in(crm.one_time_token(user)).status_code == 200

    def test_a_wrong_crm_password_is_a_failure_without_an_exchange(
        self, crm: FakeCrm, visitor: Visitor, user: int
    ) -> None:
        crm.answer("4.1", 403, {"error": "CH_CLIENT_AUTH_FAILURE", "message": "no", "code": 403})

        assert_failed(visitor.sign_in(crm.one_time_token(user)), "4.1", "CH_CLIENT_AUTH_FAILURE")
        assert crm.count("4.2") == 0

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"no JSON",
            [],
            {},
            {"crmApiToken": ""},
            {"crmApiToken": 7},
            {"crmApiToken": None},
            {"crmApiToken": "\ud800"},
        ],
        ids=short,
    )
    def test_a_crm_that_gives_no_usable_token_is_a_failure(
        self, crm: FakeCrm, visitor: Visitor, user: int, body: Any
    ) -> None:
        crm.answer("4.1", 200, body)

        assert_failed(visitor.sign_in(crm.one_time_token(user)), "4.1")
        assert visitor.me() == {"signedIn": False}

    @pytest.mark.parametrize(
        ("status", "body", "named"),
        [
            (404, {"error": "NOT_FOUND", "message": "unknown", "code": 404}, "404 NOT_FOUND"),
            (410, {"error": {"errorCode": "CID_TOKEN_EXPIRED", "description": "late"}}, "410 CID_TOKEN_EXPIRED"),
            (417, {"error_code": "CID_NON_EXISTED_TOKEN", "message": "odd"}, "417 CID_NON_EXISTED_TOKEN"),
            (400, b"", "400"),
            (500, b"<html>", "500"),
            (302, b"", "302"),
            (401, {"error": ["\ud800"]}, "401"),
        ],
    )
    def test_a_refusal_is_shown_in_the_crm_s_own_words(
        self, crm: FakeCrm, visitor: Visitor, status: int, body: Any, named: str
    ) -> None:
        crm.answer("4.2", status, body)

        assert_failed(visitor.sign_in("ot-bad"), "4.2", named)
        assert crm.count("4.2") == 1

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"no JSON",
            b"\xff",
            b'{"userId": ',
            b"[" * 10_000,
            [],
            "text",
            7,
            None,
            {},
            {"userId": None},
            {"userId": True},
            {"userId": 1.5},
            {"userId": "abc"},
            {"userId": ""},
            {"userId": "-1"},
            {"userId": [7]},
            {"userid": 7},
            {"userId": 4},
            {"userId": -4},
            {"userId": 2**63},
            {"userId": 10**30},
            {"userId": "9" * 5000},
        ],
        ids=short,
    )
    def test_an_answer_without_a_known_user_is_a_failure(self, crm: FakeCrm, visitor: Visitor, body: Any) -> None:
        crm.answer("4.2", 200, body)

        assert_failed(visitor.sign_in("ot-1"), "4.2")
        assert visitor.me() == {"signedIn": False}

    def test_a_user_id_as_digits_is_accepted(self, crm: FakeCrm, visitor: Visitor, user: int) -> None:
        assert visitor.sign_in(crm.one_time_token(str(user))).json()["userId"] == user

    @pytest.mark.parametrize("token", [7, ["at"], "\ud800", ""])
    def test_an_odd_access_token_breaks_nothing(
        self, crm: FakeCrm, visitor: Visitor, user: int, token: Any
    ) -> None:
        response = visitor.sign_in(crm.one_time_token(user, accessToken=token))

        assert response.status_code in (200, 502), response.text
        assert visitor.me()["signedIn"] is (response.status_code == 200)

    def test_a_crm_that_asks_for_patience_is_passed_on(self, crm: FakeCrm, visitor: Visitor) -> None:
        crm.answer("4.2", 429, {"error": "TOO_MANY_REQUESTS"})
        response = visitor.sign_in("ot-1")

        assert (response.status_code, response.json()["error"]["errorCode"]) == (429, "SIGN_IN_FAILED")
        assert visitor.me() == {"signedIn": False}

    def test_a_crm_that_is_not_there_is_a_failure(
        self, control: ControlApi, sandbox: dict[str, Any], visitor: Visitor
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as held:
            port = held.getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        control.change(sandbox["id"], crmUrl=url)

        assert_failed(visitor.sign_in("ot-1"), "4.1", url)
        [event] = [event for event in control.events(sandbox["id"]) if event.get("call") == "4.1"]
        assert "status" not in event
        assert url in event["details"]["problem"]

    def test_a_failure_is_shown_to_people_too(self, crm: FakeCrm, visitor: Visitor) -> None:
        crm.answer("4.2", 404, {"error": "<script>alert(1)</script>", "message": "x", "code": 404})
        response = visitor.get("/success?token=ot-1", HTML)

        assert response.status_code == 502
        assert response.headers["Content-Type"].startswith("text/html")
        assert "<script>" not in response.text
        assert "&lt;script&gt;" in response.text

    def test_odd_words_of_the_crm_break_no_page(self, crm: FakeCrm, visitor: Visitor) -> None:
        crm.answer("4.2", 404, {"error": "\ud800"})

        assert visitor.get("/success?token=ot-1", HTML).status_code == 502

    @pytest.mark.parametrize("query", ["", "?token=", "?Token=ot-1"])
    def test_a_success_url_without_a_token_asks_nobody(self, crm: FakeCrm, visitor: Visitor, query: str) -> None:
        response = visitor.get(f"/success{query}")

        assert (response.status_code, response.json()["error"]["errorCode"]) == (400, "INVALID_REQUEST")
        assert crm.calls == []

    def test_the_journal_tells_it_without_the_secrets(
        self, crm: FakeCrm, control: ControlApi, sandbox: dict[str, Any], visitor: Visitor, user: int
    ) -> None:
        code = crm.one_time_token(user, accessToken="at-secret-1")
        visitor.sign_in(code)
        events = control.events(sandbox["id"])

        assert [event["call"] for event in events if event.get("call", "").startswith("4.")] == ["4.1", "4.2"]
        assert all(event["violations"] == [] for event in events)
        api_token = crm.received("4.2")[0][0]["crmApiToken"]
        for secret in (code, "at-secret-1", api_token, sandbox["crmPassword"]):
            assert secret not in str(events)

    def test_a_departure_from_the_contract_is_noted(
        self, crm: FakeCrm, control: ControlApi, sandbox: dict[str, Any], visitor: Visitor, user: int
    ) -> None:
        visitor.sign_in(crm.one_time_token(str(user)))
        [event] = [event for event in control.events(sandbox["id"]) if event.get("call") == "4.2"]

        assert [violation["where"] for violation in event["violations"]] == ["response.body.userId"]

    def test_signing_out_ends_it(self, user: int, signed_in: Callable[[int], Visitor]) -> None:
        visitor = signed_in(user)
        response = visitor.post("/sign-out")

        assert (response.status_code, response.headers["Location"]) == (303, f"{visitor.app_url}/")
        assert visitor.me() == {"signedIn": False}


def assert_failed(response: requests.Response, call: str, *named: str) -> None:
    """The sign-in failed, and the application says at which call and why."""
    assert response.status_code == 502, response.text
    error = response.json()["error"]
    assert error["errorCode"] == "SIGN_IN_FAILED"
    for text in (call, *named):
        assert text in error["description"]


def test_an_answer_without_end_is_not_taken(
    crm: FakeCrm, visitor: Visitor, user: int, control: ControlApi
) -> None:
    crm.answer("4.2", 200, b'{"userId": %d, "note": "%s"}' % (user, b"x" * 1_000_000))
    refused = visitor.sign_in(crm.one_time_token(user))

    assert refused.status_code == 502
    assert "the answer is longer than 1000000 bytes" in refused.text
    assert visitor.sign_in(crm.one_time_token(user)).status_code == 200
