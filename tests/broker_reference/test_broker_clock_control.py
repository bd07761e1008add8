"""The broker's clock, put forward by operators of tests: off unless a setting allows it."""

from collections.abc import Callable

import pytest
import requests
from broker_fakes import FakeCTrader
from broker_site import TIMEOUT_S, Site, new_email, wait_until


@pytest.fixture
def movable(start: Callable[..., Site]) -> Site:
    return start(changes={"clock_control": True})


def advance(site: Site, body: object) -> requests.Response:
    return requests.post(f"{site.url}/operator/clock", json=body, timeout=TIMEOUT_S)


def test_one_time_token_expires_without_waiting(movable: Site) -> None:
    browser = movable.browser()
    browser.sign_up(new_email())
    code = browser.open_account()
    before = movable.broker.clock_control.now_ms()
    assert advance(movable, {"advance_seconds": 59}).json() == {"now": before + 59_000}
    spare = browser.log_in(browser.email, source="Web").location.partition("token=")[2]
    assert advance(movable, {"advance_seconds": 1}).status_code == 200
    answer = movable.exchange(code)
    assert (answer.status_code, answer.json()["error"]) == (410, "CID_TOKEN_EXPIRED")
    assert movable.exchange(spare).status_code == 200


def test_outbox_notices_that_its_pause_is_over(movable: Site, ctrader: FakeCTrader) -> None:
    browser = movable.trader()
    movable.broker.outbox._first_delay_ms = 120_000  # longer than this test has patience
    ctrader.misbehave("3.6", 503)
    browser.become_partner("user")
    wait_until(lambda: "HTTP 503" in browser.get("/area/partner").text, "the first attempt failed")
    advance(movable, {"advance_seconds": 120})
    wait_until(lambda: browser.partner()["state"] == "set", "sent again")


@pytest.mark.parametrize("seconds", [-1, 1.5, "5", None, True, 10**9, []])
def test_bad_seconds_are_named(movable: Site, seconds: object) -> None:
    before = movable.broker.clock_control.now_ms()
    answer = advance(movable, {"advance_seconds": seconds})
    assert answer.status_code == 400
    assert answer.json()["error"] == "INVALID_REQUEST"
    assert "advance_seconds" in answer.json()["message"]
    assert str(seconds) in answer.json()["message"]
    assert movable.broker.clock_control.now_ms() == before


def test_only_json_moves_the_clock(movable: Site) -> None:
    before = movable.broker.clock_control.now_ms()
    url = f"{movable.url}/operator/clock"
    for sent in ({"data": '{"advance_seconds": 5}'}, {"data": {"advance_seconds": "5"}}, {"json": [5]}):
        assert requests.post(url, timeout=TIMEOUT_S, **sent).status_code == 400
    for odd in (
        "[" * 30_000,
        '{"advance_seconds": NaN}',
        '{"advance_seconds": ' + "9" * 5000 + "}",
        '"\\ud800"',
        "\0",
    ):
        headers = {"Content-Type": "application/json"}
        assert requests.post(url, odd, headers=headers, timeout=TIMEOUT_S).status_code == 400, odd[:40]
    assert movable.broker.clock_control.now_ms() == before


def test_it_is_off_by_default(site: Site) -> None:
    answer = advance(site, {"advance_seconds": 5})
    assert (answer.status_code, answer.json()["error"]) == (404, "NOT_FOUND")
    assert site.broker.clock_control is None
