"""What a person's browser does with forms, redirects and refreshes."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, Response, redirect, request

from mock_ctrader.conformance.adapter import AdapterError
from mock_ctrader.conformance.browsing import Browser
from tests.unit.served import serving


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A website that says how it was asked."""
    app = Flask(__name__)

    @app.route("/echo", methods=["GET", "POST", "PUT"])
    def echo() -> dict[str, Any]:
        kind = (request.content_type or "").partition(";")[0]
        return {"method": request.method, "kind": kind, "args": request.args, "form": request.form}

    @app.get("/form/<kind>")
    def form(kind: str) -> str:
        how = {"get": "method=get", "multipart": "method=post enctype=multipart/form-data", "post": "method=post"}
        return f"<form action=/echo {how[kind]}><input name=q><input type=hidden name=h value=1></form>"

    @app.get("/refresh")
    def refresh() -> str:
        return '<meta http-equiv=refresh content="0; url=/echo?by=refresh">'

    @app.get("/escaped")
    def escaped() -> str:
        return "<script>location = 'http:\\/\\/app.example\\/ok?a=\\x261'</script>"

    app.add_url_rule("/loop", "loop", lambda: redirect("/loop"))
    app.add_url_rule("/moved/<int:code>", "moved", lambda code: redirect("/echo", code), methods=["POST"])
    app.add_url_rule("/failed", "failed", lambda: Response("<p class=error>No  such\nclient</p><p>Menu</p>", 400))
    with serving(app) as served:
        yield served


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("get", {"method": "GET", "kind": "", "args": {"q": "ä b", "h": "1"}, "form": {}}),
        (
            "post",
            {
                "method": "POST",
                "kind": "application/x-www-form-urlencoded",
                "args": {},
                "form": {"q": "ä b", "h": "1"},
            },
        ),
        (
            "multipart",
            {"method": "POST", "kind": "multipart/form-data", "args": {}, "form": {"q": "ä b", "h": "1"}},
        ),
    ],
)
def test_a_form_is_sent_as_it_says(url: str, kind: str, told: dict[str, Any]) -> None:
    browser = Browser()
    assert browser.submit(browser.open(f"{url}/form/{kind}"), {"q": "ä b"}).json == told


@pytest.mark.parametrize(
    ("code", "method"), [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")]
)
def test_a_redirect_keeps_the_method_where_its_status_says_so(url: str, code: int, method: str) -> None:
    page = Browser().request("POST", f"{url}/moved/{code}", fields={"a": "b"})
    assert (page.json["method"], page.json["form"]) == (method, {} if method == "GET" else {"a": "b"})


def test_redirects_without_end_are_left(url: str) -> None:
    with pytest.raises(AdapterError, match=r"more than \d+ redirects, the last to .*/loop"):
        Browser().open(f"{url}/loop")


def test_a_refresh_is_followed(url: str) -> None:
    assert Browser().open(f"{url}/refresh").json["args"] == {"by": "refresh"}


def test_an_address_in_a_script_is_read_also_where_it_is_no_json(url: str) -> None:
    stopped = Browser(stop_before="http://app.example/ok").open(f"{url}/escaped")
    assert (stopped.status, stopped.url) == (None, "http://app.example/ok?a=&1")
    assert stopped.describe() == "stopped before http://app.example/ok?a=&1"


def test_what_a_person_would_see_is_told_in_short(url: str) -> None:
    assert Browser().open(f"{url}/failed").describe() == f"400 at {url}/failed: No such client"
