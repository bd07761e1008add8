"""The partner programme: both levels, both ways to join, and call 3.6 through the outbox."""

import itertools
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from broker_fakes import FakeCTrader, ManualClock
from broker_site import Browser, Site, new_email, wait_until
from flask import make_response


def wait_for_state(browser: Browser, state: str) -> None:
    wait_until(lambda: browser.partner()["state"] == state, f"partner is {state}")


@pytest.mark.parametrize("level", ["user", "account"])
def test_trader_becomes_partner_at_once(site: Site, ctrader: FakeCTrader, level: str) -> None:
    browser = site.trader()
    assert browser.partner() is None
    assert browser.become_partner(level).location == "/area/partner"
    wait_for_state(browser, "set")
    partner, me = browser.partner(), browser.json("/area/me.json")
    key, value = (
        ("userId", me["userId"])
        if level == "user"
        else ("ctidTraderAccountId", me["accounts"][0]["ctidTraderAccountId"])
    )
    body = {"brokerCrmName": "NORTHWINDCRM", "partnerId": partner["partnerId"], key: value}
    assert [call.body for call in ctrader.made("3.6")] == [body]
    assert partner["level"] == level
    assert partner["referralLink"] == f"{site.url}/auth/login?firstLogin=true&partnerId={partner['partnerId']}"
    assert [row["current"] for row in partner["identifiers"]] == [True]


def test_registering_twice_sets_once_and_both_levels_are_two_identifiers(site: Site, ctrader: FakeCTrader) -> None:
    browser = site.trader()
    for level in ("user", "user", "account", "account", "user"):
        browser.become_partner(level)
    wait_for_state(browser, "set")
    wait_until(lambda: len(ctrader.made("3.6")) == 2, "two calls")
    partner = browser.partner()
    assert [row["level"] for row in partner["identifiers"]] == ["account", "user"]
    assert partner["level"] == "account"
    assert all(len(set(ids)) == 1 for ids in ctrader.partner_ids.values())


def test_double_submit_mints_one_identifier(site: Site, ctrader: FakeCTrader) -> None:
    browser = site.trader()
    form = browser.get("/area/partner")
    together = threading.Barrier(6)

    def submit(_: int) -> int:
        together.wait()
        return browser.submit(form, "/area/partner", level="user").status

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(submit, range(6))) == {303}
    wait_for_state(browser, "set")
    assert len(browser.partner()["identifiers"]) == len(ctrader.made("3.6")) == 1


def test_empty_answer_is_a_success(site: Site, ctrader: FakeCTrader) -> None:
    ctrader.empty_answers = True
    browser = site.trader()
    browser.become_partner("user")
    wait_for_state(browser, "set")


@pytest.mark.parametrize("level", ["user", "account"])
def test_flow_1_creates_the_partner_after_user_creation(site: Site, ctrader: FakeCTrader, level: str) -> None:
    browser = site.browser()
    browser.register(new_email())
    assert browser.become_partner(level, mode="create_account_first").location == "/account/create"
    waiting = {
        "level": level,
        "partnerId": None,
        "referralLink": None,
        "state": "waiting_for_user_creation",
        "identifiers": [],
    }
    assert browser.partner() == waiting
    code = browser.open_account()
    assert browser.partner() == waiting  # only a successful call 4.2 completes the flow
    browser.become_partner(level, mode="create_account_first")
    assert browser.partner() == waiting
    assert not ctrader.made("3.6")
    site.exchange(code)
    wait_for_state(browser, "set")
    assert len(ctrader.made("3.6")) == 1
    assert browser.partner()["level"] == level


@pytest.mark.parametrize("level", ["user", "account"])
def test_flow_2_gives_the_website_partner_a_new_identifier(site: Site, ctrader: FakeCTrader, level: str) -> None:
    email = new_email()
    website = site.browser()
    website.register(email)
    website.become_partner(level, mode="website_only")
    website.become_partner(level, mode="website_only")
    old = website.partner()
    assert old["state"] == "website_only"
    assert len(old["identifiers"]) == 1

    app = site.browser()
    assert app.sign_up(email).location == "/account/create?source=Web"
    code = app.open_account()
    website.become_partner(level)
    assert website.partner_id() == old["partnerId"]
    assert not ctrader.made("3.6")
    site.exchange(code)
    wait_for_state(website, "set")
    new = website.partner()
    assert new["partnerId"] != old["partnerId"]
    assert new["level"] == level
    assert [row["state"] for row in new["identifiers"]] == ["set", "website_only"]
    assert ctrader.made("3.6")[0].body["partnerId"] == new["partnerId"]

    for partner_id in (old["partnerId"], new["partnerId"]):
        trader = site.trader(partnerId=partner_id)
        assert trader.json("/area/me.json")["attribution"]["state"] == "attributed"
    referrals = website.json("/area/referrals.json")["referrals"]
    assert [row["partnerId"] for row in referrals] == [new["partnerId"], old["partnerId"]]


def test_second_login_mints_nothing(site: Site, ctrader: FakeCTrader) -> None:
    email = new_email()
    browser = site.browser()
    browser.register(email)
    browser.become_partner("user", mode="website_only")
    site.exchange(browser.open_account())
    wait_for_state(browser, "set")
    again = site.browser().log_in(email, source="Web")
    assert site.exchange(again.location.partition("token=")[2]).status_code == 200
    assert len(browser.partner()["identifiers"]) == 2
    assert len(ctrader.made("3.6")) == 1


def test_form_without_a_choice_is_refused(site: Site) -> None:
    browser = site.browser()
    browser.register(new_email())
    assert browser.become_partner("user").status == 400
    assert browser.become_partner("galaxy", mode="website_only").status == 400
    assert browser.become_partner("user", mode="maybe").status == 400
    assert browser.partner() is None


def test_user_without_account_chooses_at_account_level_only(site: Site, ctrader: FakeCTrader) -> None:
    browser = site.browser()
    browser.sign_up(new_email())
    assert browser.become_partner("account").status == 400
    browser.become_partner("user")
    wait_for_state(browser, "set")


def test_outage_is_retried_with_the_same_identifier(site: Site, ctrader: FakeCTrader, clock: ManualClock) -> None:
    browser = site.trader()
    ctrader.misbehave("3.6", 503, times=2)
    browser.become_partner("user")
    for attempt in (1, 2, 3):
        wait_until(lambda expected=attempt: len(ctrader.made("3.6")) == expected, f"attempt {attempt}")
        if attempt < 3:
            assert browser.partner()["state"] == "pending"
            wait_until(lambda: "HTTP 503" in browser.get("/area/partner").text, "the reason is shown")
        clock.advance(60)
        site.broker.outbox.wake()
    wait_for_state(browser, "set")
    assert {call.body["partnerId"] for call in ctrader.made("3.6")} == {browser.partner_id()}


def test_back_off_grows_and_is_jittered(
    start: Callable[..., Site], ctrader: FakeCTrader, clock: ManualClock
) -> None:
    site = start(outbox=False)
    browser = site.trader()
    ctrader.misbehave("3.6", 429, times=100)
    browser.become_partner("user")
    waits = []
    for _ in range(12):
        site.broker.outbox.deliver_due()
        waits.append(0.0)
        before = len(ctrader.made("3.6"))
        while len(ctrader.made("3.6")) == before:
            clock.advance(0.1)
            waits[-1] += 0.1
            site.broker.outbox.deliver_due()
    assert waits[0] <= 0.6
    assert 29 <= waits[-1] <= 60.1
    assert all(later > earlier * 0.9 for earlier, later in itertools.pairwise(waits[:7]))
    assert len({round(wait, 1) for wait in waits[7:]}) > 1


@pytest.mark.parametrize(
    ("told", "seconds"),
    [("120", 120), ("86400", 3600), ("0", 0), ("Wed, 21 Oct 2026 07:28:00 GMT", 0), ("-5", 0), ("\u00b2", 0)],
)
def test_a_call_waits_as_long_as_ctrader_asks(
    start: Callable[..., Site], ctrader: FakeCTrader, clock: ManualClock, told: str, seconds: int
) -> None:
    site = start(outbox=False)
    browser = site.trader()
    ctrader.error_form = lambda status, _code: make_response("", status, {"Retry-After": told})
    ctrader.misbehave("3.6", 429)
    browser.become_partner("user")
    site.broker.outbox.deliver_due()
    if seconds:
        clock.advance(seconds - 1)
        site.broker.outbox.deliver_due()
        assert len(ctrader.made("3.6")) == 1
    clock.advance(1)
    site.broker.outbox.deliver_due()
    assert len(ctrader.made("3.6")) == 2
    assert browser.partner()["state"] == "set"


def test_a_spoilt_manager_token_is_asked_for_again(site: Site, ctrader: FakeCTrader, clock: ManualClock) -> None:
    browser = site.trader()
    ctrader.forget_tokens()
    ctrader.error_form = lambda status, _code: make_response('{"webservTok', status)
    ctrader.misbehave("3.1", 200)
    browser.become_partner("user")
    wait_until(lambda: "UNEXPECTED_ANSWER" in browser.get("/area/partner").text, "the reason is shown")
    assert browser.partner()["state"] == "pending"
    clock.advance(60)
    site.broker.outbox.wake()
    wait_for_state(browser, "set")


def test_refusal_is_shown_and_sent_again_on_request(
    site: Site, ctrader: FakeCTrader, caplog: pytest.LogCaptureFixture
) -> None:
    browser = site.trader()
    ctrader.misbehave("3.6", 404, "ENTITY_NOT_FOUND")
    with caplog.at_level(logging.ERROR):
        browser.become_partner("user")
        wait_for_state(browser, "failed")
    assert "ENTITY_NOT_FOUND" in caplog.text
    page = browser.get("/area/partner")
    assert "HTTP 404 ENTITY_NOT_FOUND" in page.text
    assert "refused this identifier" in page.text
    for seen in (page.text, caplog.text):
        assert "for [token]" in seen
        assert "manager-1" not in seen
    browser.become_partner("user")
    wait_for_state(browser, "set")
    assert len({call.body["partnerId"] for call in ctrader.made("3.6")}) == 1


def test_operators_see_what_waits_and_what_was_given_up(site: Site, ctrader: FakeCTrader) -> None:
    def open_calls() -> list[tuple[str, str, str]]:
        found = site.browser().json("/operator/deliveries.json")["deliveries"]
        return [(one["call"], one["state"], one["about"]) for one in found]

    partners = [site.trader() for _ in range(3)]
    partners[0].become_partner("user")
    wait_for_state(partners[0], "set")
    assert open_calls() == []
    ctrader.misbehave("3.6", 404, "ENTITY_NOT_FOUND")
    partners[1].become_partner("user")
    wait_for_state(partners[1], "failed")
    ctrader.misbehave("3.6", 503, times=1000)
    partners[2].become_partner("user")
    ids = [partner.partner_id() for partner in partners]
    assert sorted(open_calls()) == [("3.6", "given_up", ids[1]), ("3.6", "waiting", ids[2])]
    assert open_calls()[0][1] == "given_up"
    wait_until(
        lambda: "503" in str(site.browser().json("/operator/deliveries.json")["deliveries"][1]["lastError"]),
        "why it waits is told",
    )


def test_operators_only(start: Callable[..., Site]) -> None:
    browser = start().browser()
    browser.session.headers["Host"] = "area.northwind.example"
    assert browser.get("/operator/deliveries.json").status == 404


def test_restart_delivers_what_was_left(start: Callable[..., Site], ctrader: FakeCTrader) -> None:
    before = start(outbox=False)
    email = new_email()
    before.trader(email).become_partner("user")
    before.stop()
    assert not ctrader.made("3.6")
    after = start()
    browser = after.browser()
    browser.log_in(email)
    wait_for_state(browser, "set")
    assert ctrader.made("3.6")[0].body["partnerId"] == browser.partner_id()
