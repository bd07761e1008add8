"""Links survive anything: sections B and 5.2."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_ctrader.links import (
    LINK_KINDS,
    PARTNER_ID,
    carried_parameters,
    is_deep_link,
    join_path,
    join_query,
    names_target,
    parameter,
    query_pairs,
    screen_url,
    share_link,
    with_parameter,
)

APP = "http://127.0.0.1:8080/app/BEST"
LOGIN = "https://area.example/auth/login"
any_text = st.text(st.characters(codec="utf-8"), min_size=1, max_size=60)
nasty_text = st.text(st.sampled_from("+/=%&?#;: '\"<>\\\u00a0\u200d\U0001f469aZ0"), min_size=1, max_size=30)
pairs = st.lists(st.tuples(any_text, st.text(st.characters(codec="utf-8"), max_size=20)), max_size=6)


def decoded(url: str) -> list[tuple[str, str]]:
    """The parameters of a URL as any server reads them."""
    return parse_qsl(urlsplit(url).query, keep_blank_values=True)


@pytest.mark.parametrize("kind", LINK_KINDS.values(), ids=lambda kind: kind.name)
@given(partner_id=any_text | nasty_text)
def test_a_partner_id_survives_from_the_link_to_the_screen(kind, partner_id: str) -> None:
    link = share_link(APP, kind, kind.example, partner_id)
    assert dict(decoded(link))[PARTNER_ID] == partner_id
    assert link.isascii()

    parts = urlsplit(link)
    path = parts.path.removeprefix("/app/BEST").lstrip("/")
    assert is_deep_link(path)
    carried = carried_parameters(path, parts.query)
    assert carried == [(PARTNER_ID, partner_id)]
    screen = screen_url(LOGIN, True, carried)
    assert decoded(screen) == [("firstLogin", "true"), (PARTNER_ID, partner_id)]
    assert screen.startswith(f"{LOGIN}?")


@pytest.mark.parametrize("kind", LINK_KINDS.values(), ids=lambda kind: kind.name)
def test_a_link_without_a_partner_id_has_no_such_parameter(kind) -> None:
    assert PARTNER_ID not in share_link(APP, kind, kind.example, None)


@pytest.mark.parametrize(
    ("kind", "target", "link"),
    [
        ("copy", "60417", f"{APP}/copy/strategy/60417?partnerId=IB-1"),
        ("algo", "7", f"{APP}/algos/7?partnerId=IB-1"),
        ("signal", "EUR/USD", f"{APP}/signal?s=EUR%2FUSD&partnerId=IB-1"),
        ("symbol", "US 500", f"{APP}/symbols/US%20500/info?partnerId=IB-1"),
        ("invite", None, f"{APP}/?partnerId=IB-1"),
    ],
)
def test_the_form_of_every_kind(kind: str, target: str | None, link: str) -> None:
    assert share_link(APP, LINK_KINDS[kind], target, "IB-1") == link


@pytest.mark.parametrize("path", ["copy/strategy/1", "algos/1", "signal", "symbols/X/info", "symbols/X/chart", ""])
def test_a_deep_link(path: str) -> None:
    assert is_deep_link(path)


@pytest.mark.parametrize(
    "path",
    ["copy", "copy/strategy/", "copy/strategy/1/2", "copy/strategy/x", "Signal", "symbols//info", "me", "x"],
)
def test_no_deep_link(path: str) -> None:
    assert not is_deep_link(path)


def test_only_what_speaks_to_the_application_stays_behind() -> None:
    query = "acc=7&s=X&o=m&d=buy&p=1&lang=pt&utm_source=a%20b&partnerId=IB&x=&x=2"
    common = [("lang", "pt"), ("utm_source", "a b"), ("partnerId", "IB"), ("x", ""), ("x", "2")]

    assert carried_parameters("signal", query) == common
    assert carried_parameters("copy/strategy/1", query) == [
        ("s", "X"),
        ("o", "m"),
        ("d", "buy"),
        ("p", "1"),
        *common,
    ]


@given(pairs)
def test_a_query_survives_being_joined_and_read(given_pairs: list[tuple[str, str]]) -> None:
    assert query_pairs(join_query(given_pairs)) == given_pairs


@given(st.binary(max_size=30))
def test_bytes_that_are_no_text_survive_too(raw: bytes) -> None:
    query = "x=" + "".join(f"%{byte:02X}" for byte in raw)
    again = join_query(query_pairs(query))

    assert query_pairs(again) == query_pairs(query)
    assert again.isascii()


@given(pairs, st.booleans())
def test_a_screen_is_never_anywhere_but_where_the_broker_said(
    given_pairs: list[tuple[str, str]], first_login: bool
) -> None:
    parts = urlsplit(screen_url("https://area.example:8443/enter?brand=a%26b#top", first_login, given_pairs))

    assert (parts.scheme, parts.netloc, parts.path, parts.fragment) == (
        "https",
        "area.example:8443",
        "/enter",
        "top",
    )
    found = dict(query_pairs(parts.query))
    assert found["firstLogin"] == ("true" if first_login else "false")
    if "brand" not in dict(given_pairs):
        assert found["brand"] == "a&b"
    expected = [pair for pair in given_pairs if pair[0] != "firstLogin"]
    assert query_pairs(parts.query)[-len(expected) :] == expected or not expected


def test_the_configured_query_is_kept_unless_it_is_named() -> None:
    url = screen_url(f"{LOGIN}?brand=x%20y&lang=de&firstLogin=false&empty=", True, [("lang", "pt")])

    assert decoded(url) == [("brand", "x y"), ("empty", ""), ("firstLogin", "true"), ("lang", "pt")]


@pytest.mark.parametrize(
    ("url", "value"),
    [
        ("http://x/r", None),
        ("http://x/r?partnerid=IB", None),
        ("http://x/r#?partnerId=IB", None),
        ("http://x/r?partnerId=", ""),
        ("http://x/r?a=1&partnerId=a%20b%26c", "a b&c"),
        ("http://x/r?partnerId=%FF", "\udcff"),
    ],
)
def test_a_parameter_of_a_url(url: str, value: str | None) -> None:
    assert parameter(url, PARTNER_ID) == value


@pytest.mark.parametrize(
    ("url", "changed"),
    [
        ("http://x/r", "http://x/r?partnerId=I%26B"),
        ("http://x/r?partnerId=a&b=&partnerId=c&d=%20#end", "http://x/r?b=&d=%20&partnerId=I%26B#end"),
        ("https://h:1/p;q?partnerID=1", "https://h:1/p;q?partnerID=1&partnerId=I%26B"),
    ],
)
def test_one_parameter_of_a_url_is_replaced(url: str, changed: str) -> None:
    assert with_parameter(url, PARTNER_ID, "I&B") == changed


@pytest.mark.parametrize(
    ("path", "encoded"),
    [("symbols/US 500/info", "symbols/US%20500/info"), ("", ""), ("a/b?c/", "a/b%3Fc/"), ("\udcff", "%FF")],
)
def test_a_path_is_encoded_but_for_its_slashes(path: str, encoded: str) -> None:
    assert join_path(path) == encoded


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("copy", "60417"),
        ("copy", "9" * 18),
        ("algo", "1"),
        ("signal", "EUR/USD"),
        ("signal", "a?b"),
        ("symbol", "US 500"),
        ("symbol", "\U0001f600"),
        ("symbol", "\ue000"),
        ("invite", ""),
    ],
)
def test_a_target_that_a_link_can_name(kind: str, target: str) -> None:
    assert names_target(LINK_KINDS[kind], target)


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("copy", ""),
        ("copy", "x"),
        ("copy", "9" * 19),
        ("algo", "1/2"),
        ("symbol", ""),
        ("symbol", "EUR/USD"),
        # half a character is none
        ("symbol", "\ud800"),
        ("signal", "x\udfff"),
    ],
)
def test_a_target_that_no_link_can_name(kind: str, target: str) -> None:
    assert not names_target(LINK_KINDS[kind], target)


def test_whether_it_is_a_first_login_is_said_once_and_by_the_application() -> None:
    url = screen_url(LOGIN, True, [("firstLogin", "false"), ("firstLogin", "x"), ("lang", "pt")])

    assert decoded(url) == [("firstLogin", "true"), ("lang", "pt")]
