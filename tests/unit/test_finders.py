"""Finders of broker.toml."""

from typing import Any

import pytest

from mock_ctrader.conformance.adapters.finders import Document, parse_finder
from mock_ctrader.settings import SettingsError

PAGE = """<meta name="csrf" content="t1"><a class="ref x" href="/r?pid=A">link  <b>A</b></a>
<input id="i" value="v"><table><tr><td>one</td></tr><tr><td>two</td></tr></table>"""
ANSWER = '{"items": [{"id": 1, "who": {"mail": "m1"}}, {"id": 2, "who": {"mail": "m2"}}], "empty": "", "no": null}'
HEADERS = {"X-Next": "n2"}


@pytest.mark.parametrize(
    ("finder", "text", "found"),
    [
        ("css:meta[name=csrf]@content", PAGE, "t1"),
        ("css:a.ref", PAGE, "link A"),
        ("css:a.ref@href", PAGE, "/r?pid=A"),
        ("css:a.ref@class", PAGE, "ref x"),
        ("css:#i", PAGE, "v"),
        ("css:.none", PAGE, None),
        ("json:items[1].id", ANSWER, 2),
        ("json:items[].who.mail", ANSWER, "m1"),
        ("json:empty", ANSWER, None),
        ("json:no", ANSWER, None),
        ("json:items", "no json", None),
        ("json:length(no)", ANSWER, None),
        (r"re:pid=(\w)", PAGE, "A"),
        (r"re:pid=\w", PAGE, "pid=A"),
        ("cookie:XSRF", "", "a=b"),
        ("cookie:other", "", None),
        ("header:X-Next", "", "n2"),
        ("query:token", "", "q1"),
    ],
)
def test_first(finder: str, text: str, found: Any) -> None:
    document = Document(text, "http://broker.example/?token=q1", 200, HEADERS, {"XSRF": "a%3Db"})
    assert parse_finder(finder, "k").first(document) == found


@pytest.mark.parametrize(
    ("rows", "inner", "text", "found"),
    [
        ("css:tr", "css:td", PAGE, ["one", "two"]),
        ("json:items", "json:who.mail", ANSWER, ["m1", "m2"]),
        (r"re:<tr>.*?</tr>", r"re:<td>(\w+)", PAGE, ["one", "two"]),
        ("json:nothing", "json:x", ANSWER, []),
    ],
)
def test_rows_are_documents_of_their_own(rows: str, inner: str, text: str, found: list[str]) -> None:
    inside = parse_finder(inner, "k")
    assert [inside.first(one) for one in parse_finder(rows, "k", rows=True).rows(Document(text))] == found


@pytest.mark.parametrize(
    ("finder", "reason"),
    [
        ("a.ref", r"k must be a finder \(css:"),
        ("xpath://a", "k must be a finder"),
        (7, "got 7"),
        ("css:a[", "'css:a\\[' is not a CSS selector"),
        ("json:items[", "is not a JMESPath expression"),
        ("re:(", "is not a regular expression"),
    ],
)
def test_a_finder_that_cannot_be_is_told(finder: Any, reason: str) -> None:
    with pytest.raises(SettingsError, match=reason):
        parse_finder(finder, "k")


def test_cookies_have_no_rows() -> None:
    with pytest.raises(SettingsError, match="k must be a finder"):
        parse_finder("cookie:a", "k", rows=True)
