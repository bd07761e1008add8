"""Screens that somebody comes to who has no business there, and forms that are filled in oddly."""

import pytest
from broker_fakes import FakeCTrader, ManualClock
from broker_site import PASSWORD, Site

from broker_reference.throttle import WINDOW_MS, LoginThrottle


def test_who_has_an_account_is_led_on_from_the_account_screen(site: Site) -> None:
    trader = site.trader()
    page = trader.get("/account/create")
    assert (page.status, page.location) == (303, "/area")


def test_a_stranger_opens_no_account(site: Site, ctrader: FakeCTrader) -> None:
    stranger = site.browser()
    screen = stranger.get("/auth/login").soup.find("input", attrs={"name": "csrf_token"})
    assert screen is not None
    for page in (
        stranger.get("/account/create"),
        stranger._visit("POST", "/account/create", data={"csrf_token": screen["value"]}),
    ):
        assert page.status == 303
        assert page.location.startswith("/auth/login")
    assert ctrader.calls == []


@pytest.mark.parametrize(
    ("email", "password", "wrong"),
    [
        ("", PASSWORD, {"email"}),
        ("  ", "", {"email", "password"}),
        ("a@example.net", "", {"password"}),
        ("a@example.net", "x" * 10_000, {"password"}),
        ("a" * 255 + "@example.net", PASSWORD, {"email"}),
    ],
)
def test_a_log_in_that_lacks_something_tells_what(site: Site, email: str, password: str, wrong: set[str]) -> None:
    page = site.browser().log_in(email, password=password)

    assert page.status == 400
    assert {one.get("name") for one in page.soup.select("[aria-invalid=true]")} == wrong


def test_failures_of_long_ago_are_forgotten_and_the_oldest_when_there_are_many(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    throttle = LoginThrottle(clock)
    throttle.failed("old@example.net", "10.0.0.1")
    clock.advance(WINDOW_MS / 1000 + 1)
    throttle.failed("new@example.net", "10.0.0.2")
    throttle.failed("newer@example.net", "10.0.0.2")

    kept = [who for _, who in throttle._recent._moments]
    assert kept == ["new@example.net", "newer@example.net", "10.0.0.2"]

    monkeypatch.setattr("broker_reference.throttle._MOST_KEPT", 4)
    throttle.failed("new@example.net", "10.0.0.3")
    kept = [who for _, who in throttle._recent._moments]
    assert kept == ["newer@example.net", "10.0.0.2", "new@example.net", "10.0.0.3"]
    for number in range(100):
        throttle.failed(f"{number}@example.net", f"10.0.1.{number}")
    assert len(throttle._recent._moments) == 4
