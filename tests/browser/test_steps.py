"""Declared steps do what a person would, and tell what they saw when they cannot."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Error

from mock_ctrader.conformance.adapter import AdapterError, ReferralLink, Surroundings, Unreachable
from mock_ctrader.conformance.adapters import browser as browser_module
from mock_ctrader.conformance.adapters.browser import BrowserAdapter
from mock_ctrader.conformance.adapters.browser_walk import Walk
from mock_ctrader.conformance.chromium import CHROMIUM_VARIABLE, NoBrowser, chromium_for, find_chromium
from mock_ctrader.conformance.people import fresh_person
from mock_ctrader.conformance.trace import Trace
from mock_ctrader.flows import Level
from mock_ctrader.settings import SettingsError
from tests.browser.pages import Answer, website

_SUCCESS = "http://127.0.0.1:9/app/success"
_LOG_IN = {"open": "/in"}


@pytest.fixture
def adapter() -> Iterator[Callable[..., BrowserAdapter]]:
    """An adapter for a website of the test's own."""
    with ExitStack() as running:

        def made(answer: Callable[[str, str, str], Answer], **table: Any) -> BrowserAdapter:
            url = running.enter_context(website(answer))
            adapter = BrowserAdapter(table, Surroundings(url, _SUCCESS, lambda _: {}, Trace(), patience=1.0))
            running.callback(adapter.close)
            return adapter

        yield made


def _list(_method: str, path: str, _body: str) -> Answer:
    number = int(path.partition("page=")[2] or 1)
    onward = (
        f'<a rel="next" href="?page={number + 1}">on</a>'
        if number < 3
        else '<a rel="next" class="disabled">on</a>'
    )
    return 200, f"<title>List</title><table><tr><td>user{number}@example.net</td></tr></table>{onward}"


def test_every_page_of_a_list_is_read(adapter: Callable[..., BrowserAdapter]) -> None:
    listing = {"open": "/list", "rows": "tr", "email": "td", "next": "a[rel=next]@href"}
    broker = adapter(_list, log_in=_LOG_IN, referrals=listing)

    found = broker.referrals(fresh_person("partner"))

    assert [entry.email for entry in found] == [f"user{number}@example.net" for number in (1, 2, 3)]
    assert broker.pages_of_last_list() == 3
    assert broker.list_opens_without_login()


def test_what_a_page_shows_can_be_saved_and_typed(adapter: Callable[..., BrowserAdapter]) -> None:
    sent: list[str] = []

    def answer(method: str, path: str, body: str) -> Answer:
        sent.extend([body] if method == "POST" else [])
        late = "<script>setTimeout(() => { demo.textContent = '4711' }, 100)</script>"
        return 200, f"<b id=demo></b>{late}<form method=post><input name=code><button>Go</button></form>"

    steps = [{"open": "/", "save": {"code": "#demo"}}, {"fill": {"[name=code]": "{code}"}, "click": "button"}]
    adapter(answer, register_client=steps).register_client(fresh_person("client"))

    assert sent == ["code=4711"]


def test_identifier_may_be_a_segment_of_the_path_and_an_address_a_mailto(
    adapter: Callable[..., BrowserAdapter],
) -> None:
    page = '<textarea>http://x.example/r/IB%2B7%20Q</textarea><table><tr><td><a href="mailto:a%2Bb@example.net">a*'
    link = {"open": "/", "link": "textarea", "id_in_link": "/"}
    listing = {"open": "/", "rows": "tr", "email": "a@href"}
    broker = adapter(lambda *_: (200, page), log_in=_LOG_IN, referral_link=link, referrals=listing)
    partner = fresh_person("partner")

    broker.log_in(partner)

    assert broker.referral_link(partner).partner_id == "IB+7 Q"
    assert [one.email for one in broker.referrals(partner)] == ["a+b@example.net"]


def test_list_that_asks_strangers_to_log_in_is_closed(adapter: Callable[..., BrowserAdapter]) -> None:
    def answer(_method: str, path: str, _body: str) -> Answer:
        return (200, '<title>List</title><input type="password">') if path == "/list" else (200, "hello")

    assert not adapter(answer, referrals={"open": "/list", "rows": "tr"}).list_opens_without_login()


def test_page_made_by_a_script_is_read(adapter: Callable[..., BrowserAdapter]) -> None:
    script = "setTimeout(() => document.querySelector('input').value = '/go?partnerId=IB%207', 400)"
    broker = adapter(
        lambda *_: (200, f"<input readonly><script>{script}</script>"),
        log_in=_LOG_IN,
        referral_link={"open": "/p", "link": "input"},
    )

    found = broker.referral_link(fresh_person("partner"))

    assert found == ReferralLink(f"{broker.surroundings.base_url}/go?partnerId=IB%207", "IB 7")


def test_steps_are_taken_at_their_level_and_when_their_element_is_there(
    adapter: Callable[..., BrowserAdapter],
) -> None:
    sent: list[str] = []

    def answer(method: str, path: str, body: str) -> Answer:
        if method == "POST":
            sent.append(body)
        return (
            200,
            "<form method=post><input name=level><select name=s><option>A<option>B</select><button>go</button>",
        )

    register = [
        {"open": "/p", "fill": {"[name=level]": "{level}"}},
        {"when": "account", "select": {"[name=s]": "B"}},
        {"present": "#absent", "click": "#absent"},
        {"click": "button"},
    ]
    broker = adapter(answer, log_in=_LOG_IN, register_partner=register, level_names={"account": "acct"})
    for level in Level:
        broker.register_partner(fresh_person("partner"), level)

    assert sent == ["level=user&s=A", "level=acct&s=B"]


def test_success_url_is_not_opened_even_after_redirects(adapter: Callable[..., BrowserAdapter]) -> None:
    def answer(_method: str, path: str, _body: str) -> Answer:
        hops = {"/go": "/hop", "/hop": f"{_SUCCESS}?token=t1"}
        return (
            (302, "", {"Location": hops[path]}) if path in hops else (200, '<a href="/go" target="_blank">go</a>')
        )

    broker = adapter(answer, sign_up=[{"open": "{screen_url}"}, {"click": "a"}, {"click": "#never-reached"}])

    screen = broker.surroundings.base_url + "/screen?partnerId=P"
    assert broker.sign_up(fresh_person("user"), screen) == f"{_SUCCESS}?token=t1"


@pytest.mark.parametrize(
    ("steps", "complaint"),
    [
        ([{"fill": {"#emial": "x"}}], r"sign_up\[2\].fill: nothing on the page .* matches '#emial'.*input#email"),
        ([{"fill": {"[[": "x"}}], r"sign_up\[2\].fill: '\[\['"),
        ([{"select": {"#c": "USD"}}], r"sign_up\[2\].select: '#c' is on the page, but 'USD' cannot be chosen"),
        ([{"click": "#off"}], r"sign_up\[2\].click: '#off' is on the page, but cannot be used"),
        ([{"click": "#send"}], r"after adapter.sign_up\[2\].click '#send': the broker answered 422.*Too short"),
        ([{"wait": "#link"}], r"sign_up\[2\].wait"),
        ([{"expect": "/area"}], r"sign_up\[2\].expect: did not lead to '/area'"),
        ([], r"the success URL was not reached. The page \"Join\".*shows \"Your e-mail"),
    ],
)
def test_step_that_fails_quotes_the_page(
    adapter: Callable[..., BrowserAdapter], steps: list[dict[str, Any]], complaint: str
) -> None:
    def answer(method: str, _path: str, _body: str) -> Answer:
        if method == "POST":
            return 422, '<p role="alert">Too short</p>'
        return 200, (
            "<title>Join</title>Your e-mail<form method=post><input id=email><select id=c><option>EUR</select>"
            "<button id=off type=button disabled>off</button><button id=send>send</button></form>"
        )

    broker = adapter(answer, sign_up=[{"open": "{screen_url}"}, *steps])

    with pytest.raises(AdapterError, match=complaint):
        broker.sign_up(fresh_person("user"), broker.surroundings.base_url + "/screen")


def test_screen_may_lead_to_the_success_url_by_itself(adapter: Callable[..., BrowserAdapter]) -> None:
    steps = [{"open": "{screen_url}", "wait": "#never"}]
    broker = adapter(lambda *_: (302, "", {"Location": f"{_SUCCESS}?token=t2"}), sign_up=steps)

    success = broker.sign_up(fresh_person("user"), broker.surroundings.base_url + "/screen")

    assert success == f"{_SUCCESS}?token=t2"


def test_what_comes_late_is_waited_for_before_it_is_saved(adapter: Callable[..., BrowserAdapter]) -> None:
    sent: list[str] = []

    def answer(method: str, _path: str, body: str) -> Answer:
        sent.extend([body] if method == "POST" else [])
        late = "setTimeout(() => document.body.insertAdjacentHTML('beforeend', '<b id=demo>4712</b>'), 400)"
        return 200, f"<form method=post><input name=code><button>Go</button></form><script>{late}</script>"

    steps = [{"open": "/", "save": {"code": "#demo"}}, {"fill": {"[name=code]": "{code}"}, "click": "button"}]
    adapter(answer, register_client=steps).register_client(fresh_person("client"))

    assert sent == ["code=4712"]


def test_what_never_comes_is_not_saved(adapter: Callable[..., BrowserAdapter]) -> None:
    broker = adapter(lambda *_: (200, "no code"), register_client={"open": "/", "save": {"code": "#demo"}})

    with pytest.raises(AdapterError, match=r"register_client\[1\].save.code: css:#demo finds nothing.*no code"):
        broker.register_client(fresh_person("client"))


def test_fields_take_what_the_address_of_the_screen_and_ctrader_know(
    adapter: Callable[..., BrowserAdapter], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []

    def answer(method: str, _path: str, body: str) -> Answer:
        if method == "POST":
            sent.append(body)
            return 302, "", {"Location": f"{_SUCCESS}?token=t3"}
        return (
            200,
            "<form method=post><input name=p><input name=q value=as-it-was><input name=u><button>go</button>",
        )

    fields = {"[name=p]": "{query.partnerId}", "[name=q]": "{query.absent}", "[name=u]": "{user_id}"}
    broker = adapter(answer, sign_up=[{"open": "{screen_url}"}, {"fill": fields, "click": "button"}])
    screen = broker.surroundings.base_url + "/screen?partnerId=IB%207"
    with pytest.raises(AdapterError, match=r"\{user_id\} has no value here"):
        broker.sign_up(fresh_person("user"), screen)
    monkeypatch.setattr(broker, "surroundings", replace(broker.surroundings, lookup=lambda _: {"user_id": "41"}))
    broker.sign_up(fresh_person("user"), screen)

    assert sent == ["p=IB+7&q=as-it-was&u=41"]


def test_page_that_is_gone_is_told() -> None:
    def gone() -> str:
        raise Error("Target page has been closed\nCall log: many lines")

    tab: Any = SimpleNamespace(html=gone, describe=lambda: "The page could not be read")
    walk = Walk(tab, "http://127.0.0.1:9", {}, {}, dict, None, 1.0)

    with pytest.raises(AdapterError, match=r"^reading the page: Target page has been closed\. The page could not"):
        walk.document()


@pytest.mark.parametrize(
    ("page", "told"),
    [
        ("no link at all", "adapter.referral_link: no referral link"),
        ("<a href='/r?pid=7'>", r"no partnerId in the link 'http://\S+/r\?pid=7'; say with id_in_link"),
    ],
)
def test_partner_without_an_identifier_is_told(
    adapter: Callable[..., BrowserAdapter], page: str, told: str
) -> None:
    link = {"open": "/p", "link": "a@href"}
    broker = adapter(lambda *_: (200, page), log_in=_LOG_IN, referral_link=link)

    with pytest.raises(AdapterError, match=told):
        broker.referral_link(fresh_person("partner"))


_ROW = "<table><tr><td>a@example.net</td></tr></table><a rel=next href='{}'>on</a>"
_LISTING = {"open": "/list", "rows": "tr", "email": "td", "next": "a[rel=next]"}


def test_next_page_that_is_the_same_is_the_end_of_the_list(adapter: Callable[..., BrowserAdapter]) -> None:
    page = _ROW.format("") + "<button id=on>on</button>"
    broker = adapter(lambda *_: (200, page), log_in=_LOG_IN, referrals=_LISTING | {"next": "#on"})

    assert [one.email for one in broker.referrals(fresh_person("partner"))] == ["a@example.net"]
    assert broker.pages_of_last_list() == 1


def test_list_without_end_is_left(adapter: Callable[..., BrowserAdapter], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser_module, "_MOST_PAGES", 2)
    broker = adapter(
        lambda _method, path, _body: (200, _ROW.format(f"{path}x")), log_in=_LOG_IN, referrals=_LISTING
    )

    with pytest.raises(AdapterError, match=r"adapter.referrals: more than 2 pages"):
        broker.referrals(fresh_person("partner"))


def test_row_without_an_address_is_told(adapter: Callable[..., BrowserAdapter]) -> None:
    listing = {"open": "/list", "rows": "tr", "email": "td.mail"}
    broker = adapter(lambda *_: (200, _ROW.format("")), log_in=_LOG_IN, referrals=listing)

    with pytest.raises(AdapterError, match=r"adapter.referrals: a row without an e-mail: .*a@example.net"):
        broker.referrals(fresh_person("partner"))


def test_what_scripts_exchange_is_kept_as_json(adapter: Callable[..., BrowserAdapter]) -> None:
    def answer(method: str, path: str, _body: str) -> Answer:
        if path == "/api":
            return 200, '{"known": true}', {"Content-Type": "application/json"}
        headers = "{'Content-Type': 'application/json'}"
        send = f"fetch('/api', {{method: 'POST', body: '{{\"a\": 1}}', headers: {headers}}})"
        return 200, f"<script>{send}.then(() => document.body.innerHTML = '<b id=done>done</b>')</script>"

    broker = adapter(answer, register_client={"open": "/", "wait": "#done", "expect": "/"})
    broker.register_client(fresh_person("client"))

    (told,) = [one for one in broker.surroundings.trace.since(0) if one["path"].endswith("/api")]
    assert told["details"]["request"]["body"] == {"a": 1}
    assert told["details"]["response"]["body"] == {"known": True}


def test_nothing_leaves_the_machine(adapter: Callable[..., BrowserAdapter]) -> None:
    elsewhere = "<script>fetch('http://192.0.2.1/').catch(() => document.title = 'refused')</script>"
    page = f"<title>waits</title>{elsewhere}<img src='http://example.com/x.png'>"
    broker = adapter(lambda *_: (200, page), register_client={"open": "/", "wait": "body"})

    broker.register_client(fresh_person("client"))

    failed = [one for one in broker.surroundings.trace.since(0) if "status" not in one]
    assert [one["path"] for one in failed] == ["http://192.0.2.1/"]
    assert failed[0]["details"]["response"]["body"] == "net::ERR_NAME_NOT_RESOLVED"


def test_broker_that_does_not_answer_is_told_as_such(adapter: Callable[..., BrowserAdapter]) -> None:
    with website(lambda *_: (200, "")) as gone:
        broker = adapter(lambda *_: (200, ""), sign_up={"open": "{screen_url}"})

    with pytest.raises(Unreachable, match="ERR_CONNECTION_REFUSED"):
        broker.sign_up(fresh_person("user"), f"{gone}/screen")


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ({"singup": {}}, "adapter.singup is not known"),
        ({"sign_up": [{"opne": "/"}]}, r"adapter.sign_up\[1\].opne is not known"),
        ({"sign_up": "click"}, r"adapter.sign_up\[1\] must be a table"),
        ({"sign_up": {"open": 7}}, r"adapter.sign_up\[1\].open must be a text, got 7"),
        ({"sign_up": {"fill": ["#a"]}}, r"adapter.sign_up\[1\].fill must be a table"),
        ({"sign_up": {"fill": {"#a": "{emial}"}}}, r"adapter.sign_up\[1\]: \{emial\} is not known"),
        ({"sign_up": {"when": "both", "click": "a"}}, "when must be user or account"),
        ({"sign_up": {"save": "x"}}, r"adapter.sign_up\[1\].save must be a table"),
        ({"sign_up": {"save": {"x": "td["}}}, r"adapter.sign_up\[1\].save.x"),
        ({"sign_up": {"id_in_link": "/"}}, r"adapter.sign_up\[1\].id_in_link is not known"),
        ({"referrals": {"open": "/"}}, "adapter.referrals needs a step with rows"),
        ({"referrals": {"rows": "td["}}, r"adapter.referrals\[1\].rows"),
        ({"level_names": {"gold": "x"}}, "adapter.level_names"),
    ],
)
def test_wrong_declaration_is_refused_by_name(table: dict[str, Any], complaint: str) -> None:
    with pytest.raises(SettingsError, match=complaint):
        BrowserAdapter(table, Surroundings("http://127.0.0.1:9", _SUCCESS, lambda _: {}, Trace()))


def test_missing_browser_is_told_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CHROMIUM_VARIABLE, "/no/such/browser")
    with pytest.raises(NoBrowser, match="MOCK_CTRADER_CHROMIUM names '/no/such/browser'"):
        find_chromium()

    monkeypatch.delenv(CHROMIUM_VARIABLE)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("mock_ctrader.conformance.chromium._PLACES", ())
    with pytest.raises(NoBrowser, match="apt-get install chromium"):
        find_chromium()


def test_browser_that_died_is_started_again() -> None:
    chromium = chromium_for()
    chromium.run(lambda browser: browser.close())

    assert chromium.run(lambda browser: browser.is_connected())
