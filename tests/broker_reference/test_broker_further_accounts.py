"""Further trading accounts (case 6.3.6), and what several accounts mean elsewhere."""

import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import pytest
from broker_fakes import FakeCTrader, ManualClock
from broker_site import SUCCESS_URL, AppSession, Browser, Page, Site, new_email, wait_until


@pytest.fixture
def session(site: Site) -> AppSession:
    return site.app_session()


def accounts(browser: Browser) -> list[dict[str, int]]:
    found: list[dict[str, int]] = browser.json("/area/me.json")["accounts"]
    return found


def open_screen(session: AppSession, token: str | None = None, **query: str) -> Page:
    """As the application does: a one-time token of call 4.4, a browser without cookies."""
    session.screen = session.site.browser()
    return session.screen.get("/account/new", token=token or session.generate().json()["token"], **query)


def test_application_opens_a_further_account(session: AppSession, ctrader: FakeCTrader) -> None:
    form = open_screen(session, lang="de", theme="dark")
    assert (form.soup.html["lang"], form.soup.html["data-theme"]) == ("de", "dark")
    assert form.soup.nav is None
    done = session.screen.submit(
        form, "/account/new", deposit_currency="USD", leverage="50", account_type="NETTED"
    )
    assert done.status == 303
    assert done.location.startswith(SUCCESS_URL + "?")
    first, second = accounts(session.browser)
    assert first["login"] == session.login
    assert parse_qs(urlsplit(done.location).query) == {"account": [str(second["login"])]}
    body = ctrader.made("3.3")[-1].body
    assert (body["depositCurrency"], body["leverageInCents"], body["accountType"]) == ("USD", 5000, "NETTED")
    assert ctrader.made("3.4")[-1].body["userId"] == session.user_id
    assert second["ctidTraderAccountId"] not in (None, first["ctidTraderAccountId"])
    assert session.screen.get("/area").location == "/auth/login"  # it logged nobody in
    assert len(ctrader.made("3.2")) == 1


def test_client_area_opens_a_further_account(site: Site, ctrader: FakeCTrader) -> None:
    browser = site.trader()
    link = browser.get("/area", lang="pt").soup.select_one("a.button")["href"]
    done = browser.submit(browser.get(link), "/account/new")
    assert done.location == "/area?lang=pt"
    home = browser.get("/area").text
    assert len(accounts(browser)) == 2
    for account in accounts(browser):
        assert str(account["login"]) in home


def test_one_form_opens_one_account(session: AppSession, ctrader: FakeCTrader) -> None:
    form = open_screen(session)
    session.screen.submit(form, "/account/new", leverage="7")  # the cookie of the form is there
    together = threading.Barrier(4)

    def submit(_: int) -> str:
        together.wait()
        return session.screen.submit(form, "/account/new").location

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(submit, range(4)))) == 1
    assert len(accounts(session.browser)) == len(ctrader.made("3.3")) == len(ctrader.made("3.4")) == 2


@pytest.mark.parametrize(("call", "status"), [("3.3", 503), ("3.3", 400), ("3.4", 503), ("3.4", 400)])
def test_it_goes_on_where_it_stopped(session: AppSession, ctrader: FakeCTrader, call: str, status: int) -> None:
    form = open_screen(session)
    ctrader.misbehave(call, status)
    failed = session.screen.submit(form, "/account/new")
    assert failed.status == (503 if status == 503 else 502)
    assert len(accounts(session.browser)) == 1
    assert session.screen.submit(failed, "/account/new").status == 303
    assert len(accounts(session.browser)) == 2
    assert len(ctrader.made("3.3")) == (3 if call == "3.3" else 2)


def test_token_opens_the_screen_once_for_a_minute(session: AppSession, clock: ManualClock) -> None:
    token = session.generate().json()["token"]
    assert open_screen(session, token).status == 200
    assert open_screen(session, token).status == 404
    late = session.generate().json()["token"]
    clock.advance(60)
    assert open_screen(session, late).status == 410
    assert open_screen(session, "nonsense").status == 417
    entry = session.browser.log_in(session.browser.email, source="Web").location.partition("token=")[2]
    page = open_screen(session, entry)
    assert page.status == 404
    assert page.soup.find("form") is None


def test_screen_is_for_this_and_a_quarter_of_an_hour(
    session: AppSession, ctrader: FakeCTrader, clock: ManualClock
) -> None:
    form = open_screen(session)
    hidden = {tag["name"]: tag["value"] for tag in form.soup.find_all("input", type="hidden")}
    for field in ("screen", "nonce"):
        forged = session.screen._visit("POST", "/account/new", data={**hidden, field: "x"})
        assert forged.status == 410
    assert session.screen._visit("POST", "/inapp/deposit", data={**hidden, "amount": "1"}).status == 410
    money = session.open_money("deposit")
    secret = money.soup.find("input", {"name": "screen"})["value"]
    csrf = money.soup.find("input", {"name": "csrf_token"})["value"]
    data = {**hidden, "csrf_token": csrf, "screen": secret}
    assert session.screen._visit("POST", "/account/new", data=data).status == 410
    again = open_screen(session)
    clock.advance(15 * 60)
    assert session.screen.submit(again, "/account/new").status == 410
    assert len(ctrader.made("3.3")) == 1


def test_form_needs_its_csrf_token_and_a_client(site: Site) -> None:
    assert site.browser().get("/account/new", lang="pt").location == "/auth/login?lang=pt"
    assert "CSRF" in site.browser()._visit("POST", "/account/new", data={}).text


def test_who_has_no_account_opens_the_first_one(site: Site, ctrader: FakeCTrader) -> None:
    browser = site.browser()
    browser.register(new_email())
    assert browser.get("/account/new").location == "/account/create"


def test_every_account_takes_money(session: AppSession, ctrader: FakeCTrader) -> None:
    form = open_screen(session)
    session.screen.submit(form, "/account/new")
    logins = [account["login"] for account in accounts(session.browser)]
    for login, amount in zip(logins, ("1", "2"), strict=True):
        form = session.open_money("deposit", account=str(login))
        assert str(login) in form.text
        done = session.screen.submit(form, "/inapp/deposit", amount=amount)
        assert done.location.endswith(f"account={login}")
    assert ctrader.balances == {logins[0]: 1, logins[1]: 2}


def partner_of_account(site: Site, ctrader: FakeCTrader, **chosen: str) -> tuple[list[dict[str, int]], int]:
    browser = site.trader()
    browser.submit(browser.get("/account/new"), "/account/new")
    found = accounts(browser)
    fields = {name: str(found[int(position)]["login"]) for name, position in chosen.items()}
    assert browser.become_partner("account", **fields).status == 303
    wait_until(lambda: ctrader.made("3.6"), "call 3.6")
    (call,) = ctrader.made("3.6")
    return found, call.body["ctidTraderAccountId"]


def test_first_account_becomes_partner_by_default(site: Site, ctrader: FakeCTrader) -> None:
    found, told = partner_of_account(site, ctrader)
    assert told == found[0]["ctidTraderAccountId"]


def test_chosen_account_becomes_partner(site: Site, ctrader: FakeCTrader) -> None:
    found, told = partner_of_account(site, ctrader, account="1")
    assert told == found[1]["ctidTraderAccountId"]


@pytest.mark.parametrize("account", ["x", "0", "999999", "theirs"])
def test_account_of_somebody_else_cannot_be_chosen(site: Site, ctrader: FakeCTrader, account: str) -> None:
    theirs = str(accounts(site.trader())[0]["login"])
    browser = site.trader()
    account = theirs if account == "theirs" else account
    page = browser.become_partner("account", account=account)
    assert page.status == 400
    assert account in page.soup.find(id="account-error").get_text()
    assert browser.partner() is None


def test_partner_page_offers_the_accounts(site: Site) -> None:
    browser = site.trader()
    assert browser.get("/area/partner").soup.find("select") is None
    browser.submit(browser.get("/account/new"), "/account/new")
    offered = [tag["value"] for tag in browser.get("/area/partner").soup.select("select#account option")]
    assert offered == [str(account["login"]) for account in accounts(browser)]
