"""Logging out, changing address and password, and opening cTrader Web: the client's own doings."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from broker_fakes import FakeCTrader, ManualClock
from broker_site import PASSWORD, SUCCESS_URL, AppSession, Browser, Page, Site, new_email, wait_until

NEW_PASSWORD = "battery staple"


@pytest.fixture
def session(site: Site) -> AppSession:
    return site.app_session()


def change_email(browser: Browser, email: str, password: str = PASSWORD) -> Page:
    return browser.submit(browser.get("/area/email"), "/area/email", email=email, password=password)


def change_password(browser: Browser, current: str = PASSWORD, new: str = NEW_PASSWORD) -> Page:
    form = browser.get("/area/password")
    return browser.submit(form, "/area/password", current_password=current, new_password=new)


def log_out(browser: Browser) -> Page:
    return browser.submit(browser.get("/area"), "/logout")


def change(browser: Browser) -> Any:
    return browser.json("/area/me.json")["emailChange"]


def wait_for_change(browser: Browser, state: str) -> None:
    wait_until(lambda: change(browser)["state"] == state, f"change of address is {state}")


# -- logging out


def test_log_out_makes_call_3_12_and_revokes_all_tokens(
    site: Site, session: AppSession, ctrader: FakeCTrader
) -> None:
    unused = session.browser.log_in(session.browser.email, source="Web").location.partition("token=")[2]
    form = session.open_money("deposit")
    screen = session.screen
    late = session.generate().json()["token"]
    assert log_out(session.browser).location == "/auth/login"
    wait_until(lambda: ctrader.made("3.12"), "call 3.12")
    assert ctrader.made("3.12")[0].query == {"brokerCrmName": "NORTHWINDCRM", "userId": str(session.user_id)}
    assert session.resume().status_code == 404
    assert session.generate().status_code == 403
    assert site.exchange(unused).status_code == 404
    assert session.open_money("deposit", token=late).status == 404
    assert screen.submit(form, "/inapp/deposit", amount="1").status == 410
    assert not ctrader.made("3.5")


def test_log_out_revokes_inapp_tokens_of_sessions_without_access_token(site: Site) -> None:
    browser = site.browser()
    browser.sign_up(new_email())
    told = site.exchange(browser.open_account()).json()
    assert "accessToken" not in told

    def generate() -> int:
        query = {"inappToken": told["inappToken"]}
        return site.crm("onetime/generate", {"userId": told["userId"]}, **query).status_code

    assert generate() == 200
    log_out(browser)
    assert generate() == 403


def test_log_out_survives_an_outage(
    site: Site, session: AppSession, ctrader: FakeCTrader, clock: ManualClock
) -> None:
    ctrader.misbehave("3.12", 503)
    log_out(session.browser)
    wait_until(lambda: ctrader.made("3.12"), "the first attempt")
    assert session.resume().status_code == 404  # at once, whatever cTrader does
    session.browser.log_in(session.browser.email)
    log_out(session.browser)
    wait_until(lambda: site.broker.outbox._delay_to_next() not in (None, 0), "the failure is recorded")
    clock.advance(60)
    site.broker.outbox.wake()
    wait_until(lambda: site.broker.outbox._delay_to_next() is None, "nothing is left")
    assert len(ctrader.made("3.12")) == 2  # one notice for both


def test_log_out_survives_a_restart(start: Callable[..., Site], ctrader: FakeCTrader) -> None:
    before = start(outbox=False)
    log_out(before.trader())
    before.stop()
    assert not ctrader.made("3.12")
    start()
    wait_until(lambda: ctrader.made("3.12"), "call 3.12 after the restart")


def test_refused_log_out_is_not_repeated(site: Site, session: AppSession, ctrader: FakeCTrader) -> None:
    ctrader.misbehave("3.12", 404, "ENTITY_NOT_FOUND", times=9)
    log_out(session.browser)
    wait_until(lambda: ctrader.made("3.12") and site.broker.outbox._delay_to_next() is None, "given up")
    assert len(ctrader.made("3.12")) == 1


def test_client_of_the_website_logs_out_of_nothing_else(site: Site, ctrader: FakeCTrader) -> None:
    browser = site.browser()
    browser.register(new_email())
    log_out(browser)
    assert site.broker.outbox._delay_to_next() is None
    assert not ctrader.calls


# -- changing the address


def test_change_of_address_is_passed_on(site: Site, session: AppSession, ctrader: FakeCTrader) -> None:
    old, new = session.browser.email, new_email()
    assert change(session.browser) is None
    assert change_email(session.browser, new).location == "/area/email"
    assert session.browser.json("/area/me.json")["email"] == new
    wait_for_change(session.browser, "done")
    body = {"userId": session.user_id, "newEmail": new, "brokerCrmName": "NORTHWINDCRM"}
    assert [call.body for call in ctrader.made("3.10")] == [body]
    assert site.browser().log_in(new).location == "/area"
    assert site.browser().log_in(old).status == 400
    assert site.browser().register(old).status == 303  # free again
    assert session.resume().status_code == 200  # the session goes on


def test_refused_address_is_taken_back_visibly(site: Site, session: AppSession, ctrader: FakeCTrader) -> None:
    old, taken = session.browser.email, new_email()
    ctrader.users[taken] = 7
    change_email(session.browser, taken)
    wait_for_change(session.browser, "failed")
    told = change(session.browser)
    assert (told["previousEmail"], told["newEmail"]) == (old, taken)
    assert "CH_EMAIL_ALREADY_EXISTS" in told["error"]
    assert session.browser.json("/area/me.json")["email"] == old
    page = session.browser.get("/area/email")
    assert "was taken back" in page.text
    assert "CH_EMAIL_ALREADY_EXISTS" in page.text
    assert site.browser().log_in(old).location == "/area"
    change_email(session.browser, new_email())
    wait_for_change(session.browser, "done")


def test_address_is_kept_free_until_ctrader_has_answered(
    site: Site, session: AppSession, ctrader: FakeCTrader, clock: ManualClock
) -> None:
    old, new = session.browser.email, new_email()
    ctrader.misbehave("3.10", 503)
    change_email(session.browser, new)
    wait_until(lambda: change(session.browser)["error"], "the first attempt")
    assert "yet to confirm" in session.browser.get("/area/email").text
    assert site.browser().register(old).status == 400
    assert site.browser().sign_up(old).status == 400
    other = site.trader()
    assert change_email(other, old).status == 400
    again = change_email(session.browser, new_email())
    assert again.status == 400
    assert "still being passed on" in again.text
    ctrader.users[new] = 7
    clock.advance(60)
    site.broker.outbox.wake()
    wait_for_change(session.browser, "failed")
    assert session.browser.json("/area/me.json")["email"] == old


def test_lost_answer_is_no_refusal(
    site: Site, session: AppSession, ctrader: FakeCTrader, clock: ManualClock
) -> None:
    new = new_email()
    ctrader.misbehave("3.10", 500, applied=True)
    change_email(session.browser, new)
    wait_until(lambda: change(session.browser)["error"], "the first attempt")
    ctrader.misbehave("3.10", 400, "CH_EMAIL_ALREADY_EXISTS")  # a cTrader that minds the user's own address
    clock.advance(60)
    site.broker.outbox.wake()
    wait_for_change(session.browser, "done")
    assert ctrader.made("3.11")[0].query["email"] == new
    assert session.browser.json("/area/me.json")["email"] == new


@pytest.mark.parametrize("case", ["taken", "relay", "malformed", "password"])
def test_bad_change_of_address_changes_nothing(
    site: Site, session: AppSession, ctrader: FakeCTrader, case: str
) -> None:
    taken = new_email()
    site.browser().register(taken)
    email = {"taken": taken.upper(), "relay": "x@privaterelay.appleid.com", "malformed": "x"}.get(
        case, new_email()
    )
    page = change_email(session.browser, email, "wrong" if case == "password" else PASSWORD)
    assert page.status == 400
    assert page.soup.find(id="password-error" if case == "password" else "email-error") is not None
    me = session.browser.json("/area/me.json")
    assert (me["email"], me["emailChange"]) == (session.browser.email, None)
    assert not ctrader.made("3.10")


def test_same_address_is_no_change_but_another_spelling_is(session: AppSession, ctrader: FakeCTrader) -> None:
    change_email(session.browser, session.browser.email)
    assert change(session.browser) is None
    change_email(session.browser, session.browser.email.upper())
    wait_for_change(session.browser, "done")
    assert ctrader.made("3.10")[0].body["newEmail"] == session.browser.email.upper()


def test_client_of_the_website_changes_the_address_here_only(site: Site, ctrader: FakeCTrader) -> None:
    browser, new = site.browser(), new_email()
    browser.register(new_email())
    change_email(browser, new)
    me = browser.json("/area/me.json")
    assert (me["email"], me["emailChange"]) == (new, None)
    browser.open_account()
    assert ctrader.made("3.2")[0].body["email"] == new
    assert not ctrader.made("3.10")


# -- changing the password


def test_new_password_ends_all_other_sessions(site: Site, session: AppSession, ctrader: FakeCTrader) -> None:
    elsewhere = site.browser()
    elsewhere.log_in(session.browser.email)
    assert change_password(session.browser).location == "/area"
    assert session.browser.get("/area").status == 200
    assert elsewhere.get("/area").location == "/auth/login"
    assert session.resume().status_code == 404
    wait_until(lambda: ctrader.made("3.12"), "call 3.12")
    assert site.browser().log_in(session.browser.email).status == 400
    assert site.browser().log_in(session.browser.email, password=NEW_PASSWORD).location == "/area"


@pytest.mark.parametrize(
    ("current", "new", "field"),
    [("wrong one", NEW_PASSWORD, "current_password"), (PASSWORD, "short", "new_password")],
)
def test_refused_password_changes_nothing(
    site: Site, session: AppSession, ctrader: FakeCTrader, current: str, new: str, field: str
) -> None:
    page = change_password(session.browser, current, new)
    assert page.status == 400
    assert page.soup.find(id=f"{field}-error") is not None
    assert session.resume().status_code == 200
    assert site.browser().log_in(session.browser.email).location == "/area"
    assert not ctrader.made("3.12")


# -- embedded cTrader Web


def test_ctrader_web_opens_with_a_token_of_its_own(site: Site, session: AppSession) -> None:
    tokens = set()
    for _ in range(2):
        page = session.browser.submit(session.browser.get("/area"), "/area/ctrader-web")
        assert page.status == 303
        parts = urlsplit(page.location)
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == SUCCESS_URL.removesuffix("/success") + "/info"
        query = {key: value for key, (value,) in parse_qs(parts.query).items()}
        tokens.add(query.pop("token"))
        assert query == {"source": "web", "lang": "en", "acc": str(session.login)}
    assert len(tokens) == 2
    for token in tokens:
        told = site.exchange(token).json()
        assert told["userId"] == session.user_id
        assert "accessToken" in told  # this browser asked to stay logged in


def test_ctrader_web_needs_an_account(site: Site) -> None:
    browser = site.browser()
    browser.register(new_email())
    home = browser.get("/area")
    assert "cTrader Web" not in home.text
    csrf = home.soup.find("input", {"name": "csrf_token"})["value"]
    assert browser._visit("POST", "/area/ctrader-web", data={"csrf_token": csrf}).location == "/account/create"


def test_client_area_only(site: Site) -> None:
    for path in ("/area/email", "/area/password", "/area/payments"):
        assert site.browser().get(path).location == "/auth/login"
    assert site.browser().get("/area/payments.json").status == 401


def test_forms_need_their_csrf_token(session: AppSession) -> None:
    for path in ("/area/email", "/area/password", "/area/ctrader-web"):
        page = session.browser._visit("POST", path, data={"email": new_email()})
        assert page.status == 400
        assert "CSRF" in page.text


def test_pages_may_lead_to_an_application_elsewhere(start: Callable[..., Site]) -> None:
    site = start(changes={"app_url": "https://web.example:8443/northwind/"})
    browser = site.trader()
    home = browser.get("/area")
    assert "https://web.example:8443;" in home.response.headers["Content-Security-Policy"] + ";"
    page = browser.submit(home, "/area/ctrader-web")
    assert page.location.startswith("https://web.example:8443/northwind/info?source=web&token=ot_")
