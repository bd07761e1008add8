"""Guessing passwords is slow and tells nothing. Sessions, cookies and tokens are as they must be."""

import dataclasses
import re
import secrets
from collections.abc import Callable
from pathlib import Path

import pytest
from broker_fakes import ManualClock
from broker_site import PASSWORD, Browser, Page, Site, new_email
from werkzeug.security import check_password_hash

from broker_reference import ids, tokens
from broker_reference.app import create_app, wire
from broker_reference.clock import Clock
from broker_reference.settings import Settings
from broker_reference.throttle import (
    FAILURES_PER_ADDRESS,
    FAILURES_PER_CLIENT,
    MAILS_PER_ADDRESS,
    MAILS_PER_CLIENT,
    WINDOW_MS,
    LoginThrottle,
    MailThrottle,
    TooManyTries,
)

WRONG = "not-the-password"


def failing(site: Site, email: str, times: int) -> list[Page]:
    browser = site.browser()
    return [browser.log_in(email, password=WRONG) for _ in range(times)]


def words(page: Page) -> str:
    """The page without what differs from one to the next."""
    return re.sub(r'value="[^"]*"', "", page.text)


@pytest.mark.parametrize("known", [True, False])
def test_a_client_is_guessed_at_ten_times(site: Site, clock: ManualClock, known: bool) -> None:
    email = new_email()
    if known:
        site.browser().register(email)
    pages = failing(site, email, FAILURES_PER_CLIENT + 1)

    assert [page.status for page in pages] == [400] * FAILURES_PER_CLIENT + [429]
    assert "15 minutes" in pages[-1].text
    assert (
        site.browser().log_in(email.upper(), password=PASSWORD).status == 429
    )  # the right one tells nothing either
    assert site.browser().sign_up(email, password=WRONG).status == 429
    assert failing(site, new_email(), 1)[0].status == 400  # others are free

    clock.advance(WINDOW_MS / 1000)
    assert site.browser().log_in(email, password=PASSWORD).status == (303 if known else 400)


def test_a_login_forgets_the_failures(site: Site) -> None:
    email = new_email()
    site.browser().register(email)
    for _ in range(3):
        failing(site, email, FAILURES_PER_CLIENT - 1)
        assert site.browser().log_in(email).status in (302, 303)


def test_an_address_guesses_at_so_many_clients(clock: ManualClock) -> None:
    throttle = LoginThrottle(clock)
    for number in range(FAILURES_PER_ADDRESS):
        throttle.check(f"{number}@example.net", "192.0.2.1")
        throttle.failed(f"{number}@example.net", "192.0.2.1")

    with pytest.raises(TooManyTries) as refused:
        throttle.check("another@example.net", "192.0.2.1")
    assert refused.value.seconds == WINDOW_MS // 1000
    throttle.succeeded("0@example.net")
    with pytest.raises(TooManyTries):
        throttle.check("0@example.net", "192.0.2.1")
    throttle.check("another@example.net", "192.0.2.2")
    clock.advance(WINDOW_MS / 1000)
    throttle.check("another@example.net", "192.0.2.1")


def test_neither_login_nor_reset_tells_who_is_a_client(site: Site) -> None:
    known, unknown = new_email(), new_email()
    site.browser().register(known)
    pages = [failing(site, email, 1)[0] for email in (known, unknown)]
    assert pages[0].status == pages[1].status
    strip = re.compile(r'(value|content)="[^"]*"')
    assert strip.sub("", pages[0].text) == strip.sub("", pages[1].text)

    resets = []
    for email in (known, unknown):
        browser = site.browser()
        resets.append(browser.submit(browser.get("/auth/reset"), "/auth/reset", email=email))
    assert resets[0].status == resets[1].status
    assert resets[0].text.replace(known, "X") == resets[1].text.replace(unknown, "X")


@pytest.mark.parametrize("known", [True, False])
def test_a_login_costs_one_hash_whoever_tries(
    site: Site, settings: Settings, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    email = new_email()
    if known:
        site.browser().register(email)
    failing(site, new_email(), 1)  # the hash that stands in for unknown clients is made
    costly: list[str] = []

    def counted(stored: str, password: str) -> bool:
        costly.append(stored.split("$")[0])
        return check_password_hash(stored, password)

    monkeypatch.setattr("broker_reference.clients.check_password_hash", counted)
    failing(site, email, 1)
    assert len(costly) == 1
    # the same cost for a client and for nobody
    assert costly == [f"scrypt:{settings.password_cost}:8:1"]


def test_passwords_and_tokens_are_strong(settings: Settings, tmp_path: Path, clock: Clock) -> None:
    as_it_comes = dataclasses.replace(settings, password_cost=Settings.password_cost)
    clients = wire(as_it_comes, tmp_path / "own.db", "http://127.0.0.1:1", clock=clock).clients
    method, salt, digest = clients.hash_of(PASSWORD).split("$")
    # N=2^15, r=8, p=1: 32 MiB for each guess
    assert (method, len(salt) >= 16, len(digest)) == ("scrypt:32768:8:1", True, 128)
    assert clients.hash_of(PASSWORD) != clients.hash_of(PASSWORD)
    assert len(ids.RandomIds().secret()) == len(secrets.token_urlsafe(32))
    assert tokens.ONE_TIME_LIFETIME_MS == 60_000
    assert tokens.CRM_API_LIFETIME_MS >= 7 * 24 * 3600 * 1000


@pytest.mark.parametrize(("url", "secure"), [("http://127.0.0.1:1", False), ("https://broker.example", True)])
def test_the_cookie_is_kept_from_scripts_other_sites_and_plain_http(
    settings: Settings, tmp_path: Path, clock: Clock, url: str, secure: bool
) -> None:
    client = create_app(wire(settings, tmp_path / "own.db", url, clock=clock)).test_client()
    cookie = client.get("/auth/login", base_url=url).headers["Set-Cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert ("; Secure" in cookie) is secure


def test_a_login_begins_a_session_of_its_own(site: Site, start: Callable[..., Site]) -> None:
    email = new_email()
    site.browser().register(email)
    browser = site.browser()
    page = browser.get("/auth/login")
    planted = page.soup.select_one("[name=csrf_token]")["value"]  # type: ignore[index]
    assert browser.log_in(email).status in (302, 303)

    after = browser.get("/area/email").soup.select_one("[name=csrf_token]")["value"]  # type: ignore[index]
    assert planted.split(".")[0] != after.split(".")[0]


def guess(browser: Browser, path: str, password: str) -> Page:
    """Change something that asks for the current password."""
    fields = {
        "/area/email": {"email": new_email(), "password": password},
        "/area/password": {"current_password": password, "new_password": PASSWORD + " too"},
    }
    return browser.submit(browser.get(path), path, **fields[path])


@pytest.mark.parametrize("path", ["/area/email", "/area/password"])
def test_a_stolen_session_guesses_no_faster_than_a_log_in(site: Site, clock: ManualClock, path: str) -> None:
    browser, email = site.browser(), new_email()
    browser.register(email)
    pages = [guess(browser, path, WRONG) for _ in range(FAILURES_PER_CLIENT + 1)]

    assert [page.status for page in pages] == [400] * FAILURES_PER_CLIENT + [429]
    assert pages[-1].response.headers["Retry-After"] == str(WINDOW_MS // 1000)
    assert "15 minutes" in pages[-1].text
    refused = guess(browser, path, PASSWORD)  # the right one tells nothing
    assert refused.status == 429
    assert browser.json("/area/me.json")["email"] == email
    other = {"/area/email": "/area/password", "/area/password": "/area/email"}[path]
    assert guess(browser, other, WRONG).status == 429
    assert site.browser().log_in(email).status == 429

    clock.advance(WINDOW_MS / 1000)
    assert guess(browser, path, PASSWORD).status == 303


@pytest.mark.parametrize("path", ["/area/email", "/area/password"])
def test_tries_here_and_at_the_log_in_are_counted_together(site: Site, path: str) -> None:
    browser, email = site.browser(), new_email()
    browser.register(email)
    failing(site, email, FAILURES_PER_CLIENT)
    assert guess(browser, path, PASSWORD).status == 429


def test_what_is_no_guess_is_not_counted(site: Site) -> None:
    browser, taken = site.browser(), new_email()
    browser.register(taken)
    browser.register(email := new_email())
    for _ in range(FAILURES_PER_CLIENT + 1):
        page = browser.submit(browser.get("/area/email"), "/area/email", email=taken, password=PASSWORD)
        assert page.status == 400
    assert site.browser().log_in(email).status == 303


def ask_for_a_link(site: Site, email: str) -> Page:
    browser = site.browser()
    return browser.submit(browser.get("/auth/reset"), "/auth/reset", email=email)


@pytest.mark.parametrize("known", [True, False])
def test_a_person_is_sent_five_links(site: Site, clock: ManualClock, known: bool) -> None:
    email = new_email()
    if known:
        site.browser().register(email)
    spellings = [email.upper() if number % 2 else email for number in range(MAILS_PER_CLIENT + 1)]
    pages = [ask_for_a_link(site, spelling) for spelling in spellings]

    assert [page.status for page in pages] == [200] * MAILS_PER_CLIENT + [429]
    assert pages[-1].response.headers["Retry-After"] == str(WINDOW_MS // 1000)
    assert "15 minutes" in pages[-1].soup.select_one("#email-error").text  # type: ignore[union-attr]
    assert len(site.browser().json("/outbox.json", to=email)["mails"]) == MAILS_PER_CLIENT * known
    assert ask_for_a_link(site, new_email()).status == 200  # others are free
    assert site.browser().log_in(email).status == (303 if known else 400)  # and so is the log-in

    clock.advance(WINDOW_MS / 1000)
    assert ask_for_a_link(site, email).status == 200


def test_an_address_asks_for_so_many_mails(clock: ManualClock) -> None:
    throttle = MailThrottle(clock)
    for number in range(MAILS_PER_ADDRESS):
        throttle.take(f"{number}@example.net", "192.0.2.1")
    for _ in range(MAILS_PER_CLIENT):  # what is refused counts for nobody
        with pytest.raises(TooManyTries):
            throttle.take("another@example.net", "192.0.2.1")
    throttle.take("another@example.net", "192.0.2.2")
    clock.advance(WINDOW_MS / 1000)
    throttle.take("another@example.net", "192.0.2.1")


def test_as_many_register_from_one_machine_as_like(site: Site) -> None:
    for _ in range(FAILURES_PER_ADDRESS + 1):
        assert site.browser().register(new_email()).status == 303


@pytest.mark.parametrize("path", ["/register", "/area/email"])
def test_a_machine_learns_of_so_many_clients(site: Site, clock: ManualClock, path: str) -> None:
    taken, browser = new_email(), site.browser()
    site.browser().register(taken)
    browser.register(new_email())
    form = browser.get(path)

    def learn(email: str) -> Page:
        person = {"email": email, "first_name": "Rui", "last_name": "Costa", "password": PASSWORD}
        return browser.submit(form, path, **person)

    assert {learn(taken).status for _ in range(FAILURES_PER_ADDRESS)} == {400}
    for email in (taken, new_email()):
        page = learn(email)
        assert (page.status, page.response.headers["Retry-After"]) == (429, str(WINDOW_MS // 1000))
        assert "15 minutes" in page.text

    clock.advance(WINDOW_MS / 1000)
    assert learn(new_email()).status == 303
