"""A broker that throttles Chromium is obeyed when a page is opened, and never blamed."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from mock_ctrader.conformance.adapter import Surroundings, Throttled
from mock_ctrader.conformance.adapters.browser import BrowserAdapter
from mock_ctrader.conformance.chromium import chromium_for
from mock_ctrader.conformance.people import fresh_person
from mock_ctrader.conformance.screens import look
from mock_ctrader.conformance.trace import Trace
from tests.browser.pages import Answer, website

_SUCCESS = "http://127.0.0.1:9/app/success"
_LISTING = {"open": "/list", "rows": "tr", "email": "td"}
Site = Callable[[str, str, str], Answer]


def refusing(retry_after: str, refused: int) -> Site:
    """A list that refuses so many requests first."""
    count = itertools.count()

    def answer(_method: str, path: str, _body: str) -> Answer:
        if path.startswith("/list") and next(count) < refused:
            return 429, "slow down", {"Retry-After": retry_after}
        return 200, "<title>List</title><input><table><tr><td>user@example.net</td></tr></table>"

    return answer


@pytest.fixture
def adapter() -> Iterator[Callable[..., BrowserAdapter]]:
    """An adapter for a website of the test's own."""
    with ExitStack() as running:

        def made(answer: Site, **table: Any) -> BrowserAdapter:
            url = running.enter_context(website(answer))
            adapter = BrowserAdapter(table, Surroundings(url, _SUCCESS, lambda _: {}, Trace(), patience=1.0))
            running.callback(adapter.close)
            return adapter

        yield made


def test_a_page_is_opened_again_after_the_wait(adapter: Callable[..., BrowserAdapter]) -> None:
    broker = adapter(refusing("0", 2), log_in={"open": "/in"}, referrals=_LISTING)
    assert [one.email for one in broker.referrals(fresh_person("partner"))] == ["user@example.net"]


@pytest.mark.parametrize("retry_after", ["0", "900"])
def test_a_list_that_stays_throttled_is_neither_open_nor_closed(
    adapter: Callable[..., BrowserAdapter], retry_after: str
) -> None:
    broker = adapter(refusing(retry_after, 1000), log_in={"open": "/in"}, referrals=_LISTING)
    with pytest.raises(Throttled, match="the broker throttles the harness"):
        broker.referrals(fresh_person("partner"))
    with pytest.raises(Throttled):
        broker.list_opens_without_login()


def test_a_form_that_is_refused_is_not_sent_again(adapter: Callable[..., BrowserAdapter]) -> None:
    posted: list[str] = []

    def answer(method: str, _path: str, body: str) -> Answer:
        if method == "POST":
            posted.append(body)
            return 429, "slow down", {"Retry-After": "0"}
        return 200, '<form method="post"><input name="email"><button>Go</button></form>'

    broker = adapter(
        answer, register_client={"open": "/register", "fill": {"[name=email]": "{email}"}, "click": "button"}
    )
    with pytest.raises(Throttled, match="the broker throttles the harness"):
        broker.register_client(fresh_person("client"))
    assert len(posted) == 1


def test_a_screen_is_looked_at_again_after_the_wait() -> None:
    with website(refusing("0", 2)) as url:
        assert chromium_for().run(lambda browser: look(browser, f"{url}/list")).status == 200
    with website(refusing("900", 2)) as url, pytest.raises(Throttled):
        chromium_for().run(lambda browser: look(browser, f"{url}/list"))
