"""Flow 5.3 over real HTTP: success, resuming, recovery, and the two faces of the screen."""

import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import pytest
from broker_fakes import FakeCTrader
from broker_site import PASSWORD, SUCCESS_URL, Site, new_email, one_time_token


def test_whole_flow_makes_the_documented_calls(site: Site, ctrader: FakeCTrader) -> None:
    browser, email = site.browser(), new_email()
    page = browser.sign_up(email, tick="accept_agreement keep_me_logged_in", lang="pt", theme="dark")
    assert (page.status, page.location) == (303, "/account/create?source=Web&lang=pt&theme=dark")
    code = browser.open_account()
    answer = site.exchange(code).json()

    assert [call.number for call in ctrader.calls] == ["3.1", "3.2", "3.13", "3.3", "3.4"]
    assert answer["userId"] == ctrader.users[email]
    assert answer["accessToken"].startswith("at_")
    created = ctrader.made("3.2")[0].body
    assert created == {
        "brokerCrmName": "NORTHWINDCRM",
        "email": email,
        "firstName": "Ines",
        "preferredLanguage": "pt",
    }
    opened = ctrader.made("3.3")[0].body
    assert opened["contactDetails"] == {"email": email}
    assert (opened["leverageInCents"], opened["brokerName"], opened["groupName"]) == (
        10000,
        "northwind",
        "Retail-A",
    )
    linked = ctrader.made("3.4")[0].body
    assert linked["returnAccountDetails"] is True
    assert linked["traderPasswordHash"] == opened["hashedPassword"]
    me = browser.json("/area/me.json")
    assert me["userId"] == answer["userId"]
    assert me["accounts"][0]["login"] == linked["traderLogin"]
    assert me["attribution"] == {"state": "none", "partnerId": None}


def test_without_ticks_no_agreement_call_and_no_access_token(site: Site, ctrader: FakeCTrader) -> None:
    browser = site.browser()
    browser.sign_up(new_email())
    assert site.exchange(browser.open_account()).json().keys() == {"userId", "inappToken"}
    assert not ctrader.made("3.13")


def test_choices_reach_the_account(site: Site, ctrader: FakeCTrader) -> None:
    browser = site.browser()
    browser.sign_up(new_email())
    form = browser.get("/account/create")
    wrong = browser.submit(form, "/account/create", leverage="1000000")
    assert wrong.status == 400
    assert "Choose one of" in wrong.text
    browser.submit(form, "/account/create", leverage="30", deposit_currency="GBP", account_type="NETTED")
    body = ctrader.made("3.3")[0].body
    assert (body["leverageInCents"], body["depositCurrency"], body["accountType"]) == (3000, "GBP", "NETTED")


@pytest.mark.parametrize(("call", "status"), [("3.3", 503), ("3.4", 503), ("3.4", 400), ("3.3", 429)])
def test_account_opening_goes_on_where_it_stopped(
    site: Site, ctrader: FakeCTrader, call: str, status: int
) -> None:
    browser = site.browser()
    browser.sign_up(new_email())
    ctrader.misbehave(call, status)
    failed = browser.submit(browser.get("/account/create"), "/account/create")
    assert failed.status == (502 if status == 400 else 503)
    assert "Your registration is saved" in failed.text
    assert browser.json("/area/me.json")["accounts"] == []
    one_time_token(browser.submit(failed, "/account/create"))
    assert len(ctrader.made("3.2")) == 1
    assert len(ctrader.made("3.3")) == (2 if call == "3.3" else 1)
    assert len(ctrader.made(call)) == 2


def test_signup_while_ctrader_is_down_is_kept(site: Site, ctrader: FakeCTrader) -> None:
    browser, email = site.browser(), new_email()
    ctrader.misbehave("3.2", 503)
    failed = browser.sign_up(email)
    assert failed.status == 503
    assert "not answering" in failed.text
    assert browser.json("/area/me.json")["userId"] is None
    again = site.browser().sign_up(email)
    assert (again.status, again.location) == (303, "/account/create?source=Web")
    code = browser.open_account()
    assert site.exchange(code).json()["userId"] == ctrader.users[email]


def test_lost_answer_of_user_creation_is_recovered_by_lookup(site: Site, ctrader: FakeCTrader) -> None:
    browser, email = site.browser(), new_email()
    ctrader.misbehave("3.2", 500, applied=True)
    assert browser.sign_up(email).status == 503
    browser.open_account()
    assert browser.json("/area/me.json")["userId"] == ctrader.users[email]
    assert ctrader.made("3.11")[0].query == {"brokerCrmName": "NORTHWINDCRM", "email": email}


def test_lookup_that_finds_nobody_is_a_refusal(site: Site, ctrader: FakeCTrader) -> None:
    ctrader.misbehave("3.2", 400, "CH_EMAIL_ALREADY_EXISTS")
    page = site.browser().sign_up(new_email())
    assert page.status == 502
    assert "CH_EMAIL_ALREADY_EXISTS" in page.text


def test_a_user_of_another_client_is_never_taken_over(site: Site, ctrader: FakeCTrader) -> None:
    first, second = new_email(), new_email()
    site.trader(first)
    ctrader.users[second] = ctrader.users[first]
    page = site.browser().sign_up(second)
    assert page.status == 409
    assert "contact support" in page.text


def test_lost_answer_of_linking_does_not_trap_the_client(site: Site, ctrader: FakeCTrader) -> None:
    browser = site.browser()
    browser.sign_up(new_email())
    ctrader.misbehave("3.4", 500, applied=True)
    failed = browser.submit(browser.get("/account/create"), "/account/create")
    one_time_token(browser.submit(failed, "/account/create"))
    assert browser.json("/area/me.json")["accounts"][0]["ctidTraderAccountId"] is None
    assert len(ctrader.made("3.3")) == 1


def test_refused_agreement_does_not_stop_the_client(site: Site, ctrader: FakeCTrader) -> None:
    browser = site.browser()
    ctrader.misbehave("3.13", 404)
    assert browser.sign_up(new_email(), tick="accept_agreement").status == 303
    browser.open_account()
    assert len(ctrader.made("3.13")) == 2


def test_refused_manager_token_is_fetched_once_more(site: Site, ctrader: FakeCTrader) -> None:
    browser = site.browser()
    browser.sign_up(new_email())
    ctrader.forget_tokens()
    browser.open_account()
    assert len(ctrader.made("3.1")) == 2
    assert len(ctrader.made("3.3")) == 1


def test_double_submit_creates_one_account(site: Site, ctrader: FakeCTrader) -> None:
    browser = site.browser()
    browser.sign_up(new_email())
    form = browser.get("/account/create")
    together = threading.Barrier(4)

    def submit(_: int) -> str:
        together.wait()
        return one_time_token(browser.submit(form, "/account/create"))

    with ThreadPoolExecutor(4) as pool:
        codes = set(pool.map(submit, range(4)))
    assert len(codes) == 4
    assert len(ctrader.made("3.3")) == len(ctrader.made("3.4")) == 1


def test_double_signup_creates_one_client(site: Site, ctrader: FakeCTrader) -> None:
    email = new_email()
    together = threading.Barrier(4)

    def sign_up(_: int) -> int:
        together.wait()
        return site.browser().sign_up(email).status

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(sign_up, range(4))) == {303}
    assert len(ctrader.made("3.2")) == 1


def test_one_time_token_is_used_once_under_concurrency(site: Site) -> None:
    browser = site.browser()
    browser.sign_up(new_email())
    code, token = browser.open_account(), site.crm_api_token()
    together = threading.Barrier(8)

    def exchange(_: int) -> int:
        together.wait()
        return site.exchange(code, token).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(exchange, range(8))) == [200] + [404] * 7


def test_login_of_a_finished_client(site: Site) -> None:
    email = new_email()
    site.trader(email)
    from_app = site.browser().log_in(email, firstLogin="false", source="Web", tick="keep_me_logged_in")
    assert "accessToken" in site.exchange(one_time_token(from_app)).json()
    on_website = site.browser().log_in(email.upper())
    assert (on_website.status, on_website.location) == (303, "/area")


def test_login_goes_on_with_a_broken_off_flow(site: Site, ctrader: FakeCTrader) -> None:
    email = new_email()
    ctrader.misbehave("3.2", 503)
    site.browser().sign_up(email)
    browser = site.browser()
    assert browser.log_in(email).location == "/account/create"
    assert site.exchange(browser.open_account()).status_code == 200


def test_client_of_the_website_is_left_alone_until_the_app_asks(site: Site, ctrader: FakeCTrader) -> None:
    email = new_email()
    assert site.browser().register(email).location == "/area"
    assert site.browser().log_in(email).location == "/area"
    assert not ctrader.calls
    browser = site.browser()
    assert browser.log_in(email, firstLogin="false").location == "/account/create"
    assert site.exchange(browser.open_account()).json()["userId"] == ctrader.users[email]


@pytest.mark.parametrize("face", ["signup", "login"])
def test_wrong_password_touches_nothing(site: Site, ctrader: FakeCTrader, face: str) -> None:
    email = new_email()
    site.browser().register(email)
    stranger = site.browser()
    if face == "signup":
        page = stranger.sign_up(email, password="another one")
    else:
        page = stranger.log_in(email, password="another one", firstLogin="false")
    assert page.status == 400
    assert not ctrader.calls
    assert stranger.get("/area").location == "/auth/login"


def test_known_address_cannot_register_again(site: Site) -> None:
    email = new_email()
    site.browser().register(email)
    assert site.browser().register(email.title()).status == 400


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "nobody"),
        ("email", "x@privaterelay.appleid.com"),
        ("email", f"{'x' * 250}@example.net"),
        ("first_name", " "),
        ("last_name", "a\x00b"),
        ("password", "short"),
    ],
)
def test_bad_fields_are_named_and_nothing_is_created(
    site: Site, ctrader: FakeCTrader, field: str, value: str
) -> None:
    browser = site.browser()
    person = {"email": new_email(), "first_name": "A", "last_name": "B", "password": PASSWORD, field: value}
    page = browser.submit(browser.get("/auth/login", firstLogin="true"), "/auth/signup", **person)
    assert page.status == 400
    assert page.soup.find(id=f"{field}-error") is not None
    assert not ctrader.calls


@pytest.mark.parametrize(
    ("query", "action"),
    [
        ("", "/auth/login"),
        ("firstLogin=true", "/auth/signup"),
        ("firstLogin=false&partnerId=IB-1", "/auth/login"),
        ("partnerId=IB-1", "/auth/signup"),
        ("partnerId=", "/auth/login"),
    ],
)
def test_one_url_has_two_faces(site: Site, query: str, action: str) -> None:
    assert site.browser().get(f"/auth/login?{query}").soup.find("form")["action"] == action


def test_faces_link_to_each_other_with_all_parameters(site: Site) -> None:
    query = "firstLogin=true&partnerId=a%20b%2B%2F%3D%25%26%C3%A9&lang=pt&theme=dark&utm_source=x&odd=1&odd=2"
    browser = site.browser()
    signup = browser.get(f"/auth/login?{query}")
    assert signup.soup.html["data-theme"] == "dark"
    link = signup.soup.select_one("main a")["href"]
    login = browser.get(link)
    given = parse_qs(query) | {"firstLogin": ["false"]}
    assert parse_qs(urlsplit(link).query) == given
    back = login.soup.select_one("main a")["href"]
    assert parse_qs(urlsplit(back).query) == parse_qs(query)
    failed = browser.submit(signup, "/auth/signup", email="nobody")
    assert parse_qs(urlsplit(failed.soup.select_one("main a")["href"]).query) == given


def test_redirects_stay_on_the_configured_url(site: Site) -> None:
    email = new_email()
    site.trader(email)
    page = site.browser().log_in(
        email, source="Web", next="http://evil.example", success_url="http://evil.example"
    )
    assert page.location.startswith(SUCCESS_URL)
    assert "evil" not in page.location


def test_forms_need_their_csrf_token(site: Site) -> None:
    browser = site.browser()
    for path in ("/auth/signup", "/auth/login", "/account/create", "/register", "/area/partner", "/logout"):
        page = browser._visit("POST", path, data={"email": new_email()})
        assert page.status == 400
        assert "CSRF" in page.text


def test_session_cookie_is_its_own_and_rotates_at_login(site: Site) -> None:
    browser = site.browser()
    page = browser.get("/auth/login", firstLogin="true")
    cookie = page.response.headers["Set-Cookie"]
    assert cookie.startswith("broker_session=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    before = page.soup.find("input", {"name": "csrf_token"})["value"]
    browser.register(new_email())
    stale = browser._visit(
        "POST", "/area/partner", data={"csrf_token": before, "level": "user", "mode": "website_only"}
    )
    assert stale.status == 400
    assert "CSRF" in stale.text


def test_logout_ends_the_session(site: Site) -> None:
    browser = site.browser()
    browser.register(new_email())
    assert browser.submit(browser.get("/area"), "/logout").location == "/auth/login"
    assert browser.get("/area").location == "/auth/login"
    assert browser.get("/area/me.json").status == 401


def test_typed_text_is_escaped(site: Site) -> None:
    browser = site.browser()
    page = browser.get("/auth/login", partnerId='"><script>alert(1)</script>')
    assert "<script>" not in page.text
