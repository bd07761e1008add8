"""Forms, filled in as a browser does."""

from typing import Any

import pytest
from bs4 import BeautifulSoup

from mock_ctrader.conformance.adapter import AdapterError
from mock_ctrader.conformance.forms import fill_in, find_form

PAGE = BeautifulSoup(
    """
<form action="/out" method="post"><button>Log out</button></form>
<form id="f" action="/in?x=1" method="post"><input type="hidden" name="csrf" value="t">
<input name="mail" value="old"><input type="checkbox" name="news" checked>
<input type="checkbox" name="terms" value="y">
<input type="radio" name="kind" value="a" checked><input type="radio" name="kind" value="b">
<select name="cur"><option value="eur">Euro</option><option value="usd" selected>Dollar</option></select>
<select name="first"><option>x</option><option>y</option></select><textarea name="note">
n</textarea><input name="off" value="1" disabled><fieldset disabled><input name="off2" value="1"></fieldset>
<input type="file" name="doc"><button name="go" value="1">Go</button><button name="go" value="2" id="two"
formaction="/two">Two</button></form><input name="far" value="away" form="f">
<form action="/find?gone=1"><input name="q"></form>""",
    "html.parser",
)
KEPT = {
    "csrf": "t",
    "mail": "old",
    "news": "on",
    "kind": "a",
    "cur": "usd",
    "first": "x",
    "note": "n",
    "far": "away",
}


def sent(values: dict[str, Any], button: str | None = None) -> dict[str, str]:
    return dict(fill_in(PAGE.select("form")[1], "http://b.example/p", values, button).fields)


@pytest.mark.parametrize(
    ("values", "changed"),
    [
        ({}, {}),
        ({"mail": "new"}, {"mail": "new"}),
        ({"terms": True}, {"terms": "y"}),
        ({"terms": "y", "kind": "b"}, {"terms": "y", "kind": "b"}),
        ({"cur": "Euro"}, {"cur": "eur"}),
        ({"cur": "eur"}, {"cur": "eur"}),
        ({"csrf": "forged"}, {"csrf": "forged"}),
        ({"mail?": "new", "nothing?": "x"}, {"mail": "new"}),
    ],
)
def test_what_the_page_filled_in_stays(values: dict[str, Any], changed: dict[str, str]) -> None:
    assert sent(values) == KEPT | {"go": "1"} | changed


def test_unticking_leaves_the_field_out() -> None:
    assert "news" not in sent({"news": False})


def test_the_pressed_button_goes_along_and_may_lead_elsewhere() -> None:
    filled = fill_in(PAGE.select("form")[1], "http://b.example/p", {}, "#two")
    assert dict(filled.fields)["go"] == "2"
    assert (filled.method, filled.url) == ("POST", "http://b.example/two")


def test_a_button_that_is_not_there_is_told() -> None:
    with pytest.raises(AdapterError, match="has no button #three"):
        fill_in(PAGE.select("form")[1], "http://b.example/p", {}, "#three")


def test_a_get_form_drops_the_query_of_its_address() -> None:
    filled = fill_in(find_form(PAGE, {"q"}), "http://b.example/p", {"q": "x"})
    assert (filled.method, filled.url, filled.fields) == ("GET", "http://b.example/find", [("q", "x")])


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"kind": "c"}, "kind offers a, b, not 'c'"),
        ({"cur": "gbp"}, "cur offers eur, usd, not 'gbp'"),
    ],
)
def test_a_choice_that_is_not_there_is_told(values: dict[str, Any], reason: str) -> None:
    with pytest.raises(AdapterError, match=reason):
        sent(values)


def test_the_form_with_all_the_fields_is_found_and_a_missing_one_told() -> None:
    assert find_form(PAGE, {"mail", "terms"}).get("id") == "f"
    assert find_form(PAGE, set(), "#f").get("id") == "f"
    with pytest.raises(
        AdapterError, match=r"no form with the fields phone; the page has form /out with no fields"
    ):
        find_form(PAGE, {"phone"})
    with pytest.raises(AdapterError, match="several forms"):
        find_form(PAGE, set())
