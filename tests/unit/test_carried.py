"""What a signup submitted is read from the harness's own trace (stage 13)."""

from typing import Any

import pytest

from mock_ctrader.alterations import recognisable
from mock_ctrader.conformance.carried import only_posted_back, submitted_partner_id
from mock_ctrader.conformance.trace import Trace

_SCREEN = "http://broker.example/Trader/Logon?firstLogin=true&partnerId=Hp%20a%2B1%2F%C3%BC%26x"
_OPENED = "Hp a+1/ü&x"


def _submitted(**fields: Any) -> str | None:
    """Of a form without an action: it posts back to the address of the screen."""
    trace = Trace()
    trace.add("GET", _SCREEN, None, 200, "")
    trace.add("POST", _SCREEN, {"email": "a@example.net", **fields}, 303, "")
    return submitted_partner_id(_OPENED, _SCREEN, trace.since(0), {"IB-other"})


@pytest.mark.parametrize(
    ("fields", "submitted"),
    [
        ({"partnerId": _OPENED}, _OPENED),
        ({"partnerId": "hp a+1/ü&x"}, "hp a+1/ü&x"),
        ({"ctl00$Join$pid": "Hp a 1/ü&x"}, "Hp a 1/ü&x"),
        ({"ib_code": "Hp a+1"}, "Hp a+1"),
        ({"partnerId": [_OPENED.upper(), 7]}, _OPENED.upper()),
        ({"person": {"tags": [], "ref": [{"value": _OPENED}]}}, _OPENED),
        ({"anything": "IB-other"}, "IB-other"),
        ({}, ""),  # the address is the screen's own: no field carries it on
        ({"subscribe": "H"}, ""),
    ],
)
def test_a_form_that_posts_back_to_the_screen_is_read(fields: dict[str, str], submitted: str) -> None:
    assert _submitted(**fields) == submitted


@pytest.mark.parametrize(
    ("method", "url", "told"),
    [("POST", _SCREEN, True), ("GET", _SCREEN, False), ("POST", "http://broker.example/Join", False)],
)
def test_a_query_that_was_posted_back_is_told(method: str, url: str, told: bool) -> None:
    trace = Trace()
    trace.add(method, url, {"email": "a@example.net"}, 303, "")
    assert only_posted_back(_OPENED, _SCREEN, trace.since(0)) is told


def test_the_opening_alone_says_nothing() -> None:
    trace = Trace()
    trace.add("GET", _SCREEN, None, 200, "")
    assert submitted_partner_id(_OPENED, _SCREEN, trace.since(0)) is None


@pytest.mark.parametrize(
    ("seen", "accident"),
    [
        ("Hp a+1/ü&amp;x", "it was escaped as in HTML once too often"),
        ("Hpa+1/ü&x", "its white space was changed"),
        ("Hp  a+1/ü&x", "its white space was changed"),
    ],
)
def test_accidents_of_pages_have_words(seen: str, accident: str) -> None:
    assert recognisable(_OPENED, seen) == accident
