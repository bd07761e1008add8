"""The harness's ways into the mock, when the mock answers otherwise: an error of ours, never the broker's."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask, Response, request

from mock_ctrader.conformance.adapter import AdapterError, Person
from mock_ctrader.conformance.clients import AppClient, ControlClient, ManagerClient, MockError
from mock_ctrader.conformance.people import fresh_person
from mock_ctrader.conformance.reference import ReferenceAdapter
from mock_ctrader.flows import Level
from tests.unit.served import serving

SANDBOX = {"brokerCrmName": "CRM", "managerPassword": "p", "managerLogin": 1}


@pytest.fixture(scope="module")
def odd() -> Iterator[str]:
    """A server that answers everything with the status 418, but hands out tokens."""
    app = Flask(__name__)

    @app.post("/v2/webserv/managers/token")
    def token() -> dict[str, str]:
        return {"webservToken": "t"}

    @app.route("/", defaults={"path": ""}, methods=["GET", "POST", "PUT", "DELETE"])
    @app.route("/<path:path>", methods=["GET", "POST", "PUT", "DELETE"])
    def teapot(path: str) -> Response:
        return Response(f"no {request.method} {path}", 418)

    with serving(app) as url:
        yield url


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda url: ControlClient(url, "s1").sandbox(), "GET .*/control/sandboxes/s1 answered 418: no GET"),
        (lambda url: ControlClient(url, "s1").pull_faults(), "DELETE .*/faults answered 418"),
        (lambda url: ManagerClient(url, SANDBOX).partner_id(7, None), "call 3.7 answered 418"),
        (lambda url: AppClient(url).open_sign_in(first_login=True), "GET .*/sign-in answered 418"),
        (lambda url: AppClient(url).open_link(f"{url}/copy/strategy/1"), "GET .*/strategy/1 answered 418"),
        (lambda url: AppClient(url).launch(), "launching the application answered 418: no GET launch"),
        (lambda url: AppClient(url).start_action("deposit"), "starting a deposit answered 418"),
        (lambda url: AppClient(url).share("copy", "1"), "sharing a copy link answered 418"),
        (lambda _: ControlClient("http://127.0.0.1:1", "s1").sandbox(), "GET .*: ConnectionError"),
    ],
)
def test_a_mock_that_refuses_is_told_by_call_and_status(odd: str, ask: Callable[[str], Any], told: str) -> None:
    with pytest.raises(MockError, match=told):
        ask(odd)


# a reference broker that goes wrong at one step

PERSON_FIELDS = "".join(f"<input name={name}>" for name in ("email", "first_name", "last_name", "password"))
TICKS = "".join(
    f"<input type=checkbox name={name} value=yes>" for name in ("accept_agreement", "keep_me_logged_in")
)
LEVELS = "<select name=level><option>user</option><option>account</option></select>"
FORMS = {
    "/register": f"<form method=post>{PERSON_FIELDS}</form>",
    "/auth/login": "<form method=post><input name=email><input name=password></form>",
    "/screen": f"<form method=post action=/auth/signup>{PERSON_FIELDS}{TICKS}</form>",
    "/account/create": "<form method=post action=/account/create><button>Go</button></form>",
    "/area/partner": f"<form method=post>{LEVELS}</form>",
}


def broker_that(answers: dict[str, Any]) -> Flask:
    """A broker whose log-in works; `answers` are those of the other requests, by method and path."""
    app = Flask(__name__)

    @app.route("/<path:path>", methods=["GET", "POST"])
    def any_page(path: str) -> Any:
        asked = f"{request.method} /{path}"
        if asked in answers:
            return answers[asked]
        if asked == "POST /auth/login":
            return Response("", 303, {"Location": "/area"})
        return FORMS.get(f"/{path}", "fine")

    return app


@pytest.mark.parametrize(
    ("answers", "act", "told"),
    [
        (
            {"POST /register": Response("taken", 400)},
            lambda adapter, person, _: adapter.register_client(person),
            "the website registration did not lead to /area: 400 at .*/register: taken",
        ),
        (
            {"POST /auth/signup": Response("", 303, {"Location": "/account/create"})},
            lambda adapter, person, url: adapter.sign_up(person, f"{url}/screen"),
            "the account opening did not lead to the success URL: 200 at .*/account/create",
        ),
        (
            {"POST /area/partner": Response("closed", 409)},
            lambda adapter, person, _: adapter.register_partner(person, Level.USER),
            "the partner registration was refused: 409 at .*: closed",
        ),
        (
            {"GET /area/partner.json": {"partner": {"partnerId": ""}}},
            lambda adapter, person, _: adapter.referral_link(person),
            "the partner page shows no identifier: {'partnerId': ''}",
        ),
        (
            {"GET /area/partner.json": {"partner": None}},
            lambda adapter, person, _: adapter.referral_link(person),
            "the partner page shows no identifier: None",
        ),
        (
            {"GET /area/referrals.json": Response("gone", 500)},
            lambda adapter, person, _: adapter.referrals(person),
            "/area/referrals.json answered 500",
        ),
        (
            {"GET /area/referrals.json": Response("[]", 200, content_type="application/json")},
            lambda adapter, person, _: adapter.referrals(person),
            "/area/referrals.json answered 200",
        ),
    ],
    ids=["register", "account", "partner", "no identifier", "no partner", "list fails", "list is no object"],
)
def test_the_reference_adapter_tells_which_step_went_wrong(
    answers: dict[str, Any], act: Callable[[ReferenceAdapter, Person, str], Any], told: str
) -> None:
    with serving(broker_that(answers)) as url, pytest.raises(AdapterError, match=told):
        act(ReferenceAdapter(url, "http://app.example/success"), fresh_person("odd"), url)


def test_the_reference_adapter_reads_a_list_to_its_end() -> None:
    app = Flask(__name__)

    @app.get("/area/referrals.json")
    def page() -> dict[str, Any]:
        after = int(request.args.get("after", "0"))
        entry = {"email": f"m{after}@example.net", "partnerId": "IB"}
        return {"referrals": [entry], "next": str(after + 1) if after < 2 else None}

    @app.route("/auth/login", methods=["GET", "POST"])
    def log_in() -> Any:
        return FORMS["/auth/login"] if request.method == "GET" else Response("", 303, {"Location": "/area"})

    app.add_url_rule("/area", "area", lambda: "area")
    with serving(app) as url:
        found = ReferenceAdapter(url, "http://app.example/success").referrals(fresh_person("odd"))

    assert [one.email for one in found] == ["m0@example.net", "m1@example.net", "m2@example.net"]
