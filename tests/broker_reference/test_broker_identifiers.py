"""Another identifier for a partner: the old ones go on resolving (E-7), cTrader ends up with the new one."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from broker_fakes import FakeCTrader, ManualClock
from broker_site import Browser, Page, Site, new_email, wait_until

ACTION = "/area/partner/identifier"


def change(browser: Browser, **fields: str) -> Page:
    return browser.submit(browser.get("/area/partner"), ACTION, **fields)


def wait_for_state(browser: Browser, state: str) -> None:
    wait_until(lambda: browser.partner()["state"] == state, f"partner is {state}")


@pytest.mark.parametrize("level", ["user", "account"])
def test_new_identifier_takes_over_in_ctrader_and_old_links_count(
    site: Site, ctrader: FakeCTrader, level: str
) -> None:
    browser = site.trader()
    browser.become_partner(level)
    wait_for_state(browser, "set")
    old = browser.partner_id()
    assert change(browser).location == "/area/partner"
    wait_for_state(browser, "set")
    new = browser.partner_id()
    assert new != old
    first, second = ctrader.made("3.6")
    assert second.body == {**first.body, "partnerId": new}
    rows = browser.partner()["identifiers"]
    assert [(row["partnerId"], row["state"], row["current"]) for row in rows] == [
        (new, "set", True),
        (old, "replaced", False),
    ]
    for partner_id in (old, new):
        trader = site.trader(partnerId=partner_id)
        assert trader.json("/area/me.json")["attribution"] == {"state": "attributed", "partnerId": partner_id}
    assert [row["partnerId"] for row in browser.json("/area/referrals.json")["referrals"]] == [new, old]
    browser.become_partner(level)  # nothing new comes of it
    assert browser.partner_id() == new
    assert len(ctrader.made("3.6")) == 2


def test_submitting_twice_changes_once(site: Site, ctrader: FakeCTrader) -> None:
    browser = site.trader()
    browser.become_partner("user")
    wait_for_state(browser, "set")
    form = browser.get("/area/partner")
    together = threading.Barrier(4)

    def submit(_: int) -> int:
        together.wait()
        return browser.submit(form, ACTION).status

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(submit, range(4))) == {303}
    wait_for_state(browser, "set")
    assert len(browser.partner()["identifiers"]) == len(ctrader.made("3.6")) == 2


@pytest.mark.parametrize("status", [503, 404])
def test_replaced_identifier_is_never_sent_again(
    start: Callable[..., Site], ctrader: FakeCTrader, clock: ManualClock, status: int
) -> None:
    site = start(outbox=False)
    browser = site.trader()
    browser.become_partner("user")
    old = browser.partner_id()
    ctrader.misbehave("3.6", status)
    site.broker.outbox.deliver_due()
    change(browser)
    new = browser.partner_id()
    for _ in range(3):
        clock.advance(60)
        site.broker.outbox.deliver_due()
    assert [call.body["partnerId"] for call in ctrader.made("3.6")] == [old, new]
    assert browser.partner()["state"] == "set"


def test_partner_of_the_website_gets_another_for_the_website(site: Site, ctrader: FakeCTrader) -> None:
    browser = site.browser()
    browser.register(new_email())
    browser.become_partner("user", mode="website_only")
    old = browser.partner_id()
    change(browser)
    partner = browser.partner()
    assert partner["partnerId"] != old
    assert [row["state"] for row in partner["identifiers"]] == ["website_only", "replaced"]
    assert not ctrader.calls
    site.exchange(browser.open_account())
    wait_for_state(browser, "set")  # flow 2 goes on as ever
    assert len(ctrader.made("3.6")) == 1
    buttons = browser.get("/area/partner").soup.find_all("form", action=ACTION)
    assert [form.find("input", {"name": "partner_id"})["value"] for form in buttons] == [browser.partner_id()]


def test_only_ones_own_can_be_replaced(site: Site, ctrader: FakeCTrader) -> None:
    other, browser = site.trader(), site.trader()
    for one in (other, browser):
        one.become_partner("user")
    for partner_id in (other.partner_id(), "", "IB-NOBODYS"):
        page = change(browser, partner_id=partner_id)
        assert page.status == 400
        assert repr(partner_id) in page.soup.find(id="partner_id-error").get_text()
    assert len(other.partner()["identifiers"]) == len(browser.partner()["identifiers"]) == 1


def test_form_needs_its_csrf_token(site: Site) -> None:
    browser = site.trader()
    assert "CSRF" in browser._visit("POST", ACTION, data={"partner_id": "x"}).text
