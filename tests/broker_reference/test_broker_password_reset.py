"""Reset of a forgotten password (cases 6.2.7 and 6.3.9)."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from broker_fakes import FakeCTrader, ManualClock
from broker_site import Browser, Page, Site, new_email, one_time_token, wait_until
from sqlalchemy import event

from broker_reference.languages import texts

NEW_PASSWORD = "battery staple"
SHAPED = "rp_" + "A" * 43


def ask(site: Site, email: str, **screen: str) -> Page:
    browser = site.browser()
    return browser.submit(browser.get("/auth/reset", **screen), "/auth/reset", email=email)


def mails(site: Site, email: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = site.browser().json("/outbox.json", to=email)["mails"]
    return found


def open_link(site: Site, email: str) -> tuple[Browser, Page]:
    link = mails(site, email)[0]["link"]
    assert link.startswith(site.url + "/")
    browser = site.browser()
    return browser, browser.get(link.removeprefix(site.url))


def reset(site: Site, email: str, **screen: str) -> tuple[Browser, Page]:
    ask(site, email, **screen)
    browser, form = open_link(site, email)
    return browser, browser.submit(form, "/auth/new-password", new_password=NEW_PASSWORD)


def test_reset_from_the_application_logs_in_there(site: Site, ctrader: FakeCTrader) -> None:
    session = site.app_session()
    email = session.browser.email
    screen = {"source": "iOS", "firstLogin": "false", "lang": "pt", "theme": "dark", "utm_source": "x"}
    assert ask(site, email, **screen).status == 200
    browser, form = open_link(site, email)
    assert (form.soup.html["lang"], form.soup.html["data-theme"]) == ("pt", "dark")
    done = browser.submit(form, "/auth/new-password", new_password=NEW_PASSWORD, keep_me_logged_in="yes")
    told = site.exchange(one_time_token(done)).json()
    assert told["userId"] == session.user_id
    assert "accessToken" in told
    assert browser.get("/area").status == 200


def test_reset_on_the_website_leads_into_the_client_area(site: Site) -> None:
    email = new_email()
    site.browser().register(email)
    browser, done = reset(site, email)
    assert (done.status, done.location) == (303, "/area")
    assert browser.json("/area/me.json")["email"] == email


def test_old_password_sessions_and_tokens_are_over(site: Site, ctrader: FakeCTrader) -> None:
    session = site.app_session()
    email = session.browser.email
    unused = session.browser.log_in(email, source="Web").location.partition("token=")[2]
    _, done = reset(site, email, source="Web")
    # cTrader knew before the client went on: call 3.12 does not end the session that now begins.
    assert [call.number for call in ctrader.calls][-1] == "3.12"
    assert site.exchange(one_time_token(done)).status_code == 200
    assert session.resume().status_code == 404
    assert session.generate().status_code == 403
    assert site.exchange(unused).status_code == 404
    assert session.browser.get("/area").location == "/auth/login"
    assert site.browser().log_in(email).status == 400
    assert site.browser().log_in(email, password=NEW_PASSWORD).location == "/area"
    assert len(ctrader.made("3.12")) == 1


def test_outage_does_not_stop_a_reset(site: Site, ctrader: FakeCTrader, clock: ManualClock) -> None:
    session = site.app_session()
    ctrader.misbehave("3.12", 503)
    _, done = reset(site, session.browser.email, source="Web")
    assert done.status == 303
    assert len(ctrader.made("3.12")) == 1
    assert site.broker.outbox._delay_to_next() not in (None, 0)  # the failure is recorded
    clock.advance(60)
    wait_until(lambda: len(ctrader.made("3.12")) == 2, "call 3.12 again")


def test_link_works_once_and_for_half_an_hour(site: Site, clock: ManualClock) -> None:
    email = new_email()
    site.browser().register(email)
    ask(site, email)
    first = mails(site, email)[0]["link"].removeprefix(site.url)
    ask(site, email)
    late, late_form = open_link(site, email)  # looking uses nothing up
    browser, form = open_link(site, email)
    assert browser.submit(form, "/auth/new-password", new_password=NEW_PASSWORD).status == 303
    again = late.submit(late_form, "/auth/new-password", new_password="something else")
    for page in (again, site.browser().get(first), open_link(site, email)[1]):
        assert page.status == 410
        assert page.soup.find("input", {"name": "new_password"}) is None
    assert site.browser().log_in(email, password=NEW_PASSWORD).location == "/area"

    ask(site, email)
    browser, form = open_link(site, email)
    clock.advance(30 * 60 - 1)
    assert open_link(site, email)[1].status == 200
    clock.advance(1)
    assert open_link(site, email)[1].status == 410
    assert browser.submit(form, "/auth/new-password", new_password="something else").status == 410


def test_one_of_many_submits_wins(site: Site) -> None:
    email = new_email()
    site.browser().register(email)
    ask(site, email)
    opened = [open_link(site, email) for _ in range(4)]
    together = threading.Barrier(4)

    def submit(number: int) -> int:
        browser, form = opened[number]
        together.wait()
        return browser.submit(form, "/auth/new-password", new_password=f"{NEW_PASSWORD} {number}").status

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(submit, range(4))) == [303, 410, 410, 410]


def test_answer_does_not_tell_who_is_a_client(site: Site) -> None:
    known, unknown = new_email(), new_email()
    site.browser().register(known)
    answers = [ask(site, email) for email in (known, unknown)]
    shown = [
        page.soup.main.get_text().replace(email, "") for page, email in zip(answers, (known, unknown), strict=True)
    ]
    assert shown[0] == shown[1]
    assert {page.status for page in answers} == {200}
    assert (len(mails(site, known)), len(mails(site, unknown))) == (1, 0)


def test_the_disk_does_not_tell_who_is_a_client(site: Site, database_path: Path) -> None:
    """Most of the time of an answer goes into what is written: as much for nobody as for a client."""
    known, unknown = new_email(), new_email()
    site.browser().register(known)
    journal, changes = database_path.with_name(f"{database_path.name}-wal"), ("INSERT", "UPDATE", "DELETE")
    written: list[tuple[int, bool]] = []
    statements: list[str] = []
    engine = site.broker.database._engine
    event.listen(engine, "before_cursor_execute", lambda *told: statements.append(told[2].split()[0]))
    for email in (known, unknown):
        before = journal.stat().st_size
        statements.clear()
        assert ask(site, email).status == 200
        grown = journal.stat().st_size > before
        written.append((sum(one in changes for one in statements), grown))

    assert written == [(2, True)] * 2
    assert mails(site, unknown) == []


@pytest.mark.parametrize("email", ["", "x", "x@privaterelay.appleid.com"])
def test_bad_address_is_named(site: Site, email: str) -> None:
    page = ask(site, email)
    assert page.status == 400
    assert page.soup.find(id="email-error") is not None


@pytest.mark.parametrize("token", ["", "x", SHAPED, SHAPED.replace("rp_", "ot_"), "é"])
def test_made_up_link_opens_nothing(site: Site, token: str) -> None:
    browser = site.browser()
    page = browser.get("/auth/new-password", token=token)
    assert page.status == 410
    form = browser.get("/auth/reset")
    csrf = form.soup.find("input", {"name": "csrf_token"})["value"]
    data = {"csrf_token": csrf, "reset_token": token, "new_password": NEW_PASSWORD}
    assert browser._visit("POST", "/auth/new-password", data=data).status == 410


def test_bad_new_password_keeps_the_link(site: Site) -> None:
    email = new_email()
    site.browser().register(email)
    ask(site, email)
    browser, form = open_link(site, email)
    short = browser.submit(form, "/auth/new-password", new_password="short")
    assert short.status == 400
    assert short.soup.find(id="new_password-error") is not None
    assert browser.submit(short, "/auth/new-password", new_password=NEW_PASSWORD).status == 303


def test_forms_need_their_csrf_token(site: Site) -> None:
    for path in ("/auth/reset", "/auth/new-password"):
        assert "CSRF" in site.browser()._visit("POST", path, data={"email": new_email()}).text


@pytest.mark.parametrize("lang", ["en", "pt", "de"])
def test_mail_speaks_the_language_of_the_screen(site: Site, lang: str) -> None:
    email = new_email()
    site.browser().register(email)
    ask(site, email.upper(), lang=lang)
    (mail,) = mails(site, email)
    assert mail["to"] == email
    assert mail["subject"] == texts(lang)["mail.reset_subject"].format(broker="northwind")
    assert mail["link"] in mail["text"]
    assert parse_qs(urlsplit(mail["link"]).query)["lang"] == [lang]
    shown = site.browser().get("/outbox", lang=lang)
    assert mail["subject"] in shown.text
    assert shown.soup.find("a", href=mail["link"]) is not None


def test_links_are_stored_as_digests(start: Callable[..., Site], database_path: Path) -> None:
    site, email = start(), new_email()
    site.browser().register(email)
    ask(site, email)
    token = parse_qs(urlsplit(mails(site, email)[0]["link"]).query)["token"][0]
    with site.broker.database.read() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM password_resets").all()
    assert len(rows) == 1
    assert token not in str(rows)


def test_outbox_needs_the_setting_or_the_loopback(start: Callable[..., Site]) -> None:
    shut = start(changes={"mail_outbox": False})
    for path in ("/outbox", "/outbox.json"):
        assert shut.browser().get(path).status == 404
    proxied = start()
    browser = proxied.browser()
    assert browser.get("/outbox").status == 200
    browser.session.headers["Host"] = "area.northwind.example"
    assert browser.get("/outbox").status == 404
    allowed = start(changes={"mail_outbox": True}).browser()
    allowed.session.headers["Host"] = "area.northwind.example"
    assert allowed.get("/outbox.json").status == 200
