"""The database file: uniqueness, secrecy, restart."""

import contextlib
import sqlite3
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from broker_fakes import FakeCTrader
from broker_site import PASSWORD, Site, new_email, one_time_token
from sqlalchemy.exc import IntegrityError

from broker_reference.ids import RandomIds
from broker_reference.money import Action
from broker_reference.partners import Level, Purpose, Target
from broker_reference.store import clients, meta, notices, outbox, partners, payments
from broker_reference.store.database import Database, UnknownVersion


class ScriptedIds(RandomIds):
    """Draws the given identifiers in order."""

    def __init__(self, *identifiers: str) -> None:
        self._identifiers = list(identifiers)

    def partner_identifier(self) -> str:
        return self._identifiers.pop(0)


def add_client(database: Database, email: str) -> int | None:
    with database.write() as connection:
        return clients.add(
            connection, email=email, first_name="A", last_name="B", password_hash="", language="en", now=1
        )


def add_partner(database: Database, email: str) -> partners.Partner:
    client_id = add_client(database, email)
    assert client_id is not None
    with database.write() as connection:
        return partners.ensure(connection, client_id, Level.USER, 1)


def test_what_was_decided_is_on_the_disk(database: Database) -> None:
    with database.write() as connection:
        found = [
            connection.exec_driver_sql(f"PRAGMA {one}").scalar_one() for one in ("journal_mode", "synchronous")
        ]
    assert found == ["wal", 2]


def test_address_is_taken_in_any_spelling(database: Database) -> None:
    assert add_client(database, "Ana@Example.net") is not None
    assert add_client(database, "ana@example.NET") is None


def test_colliding_identifier_is_drawn_again(database: Database) -> None:
    first, second = add_partner(database, "a@example.net"), add_partner(database, "b@example.net")
    ids = ScriptedIds("IB-SAME", "IB-SAME", "IB-OTHER")
    with database.write() as connection:
        partners.mint(connection, first, Level.USER, Purpose.CTRADER, ids, 1)
        partners.mint(connection, second, Level.USER, Purpose.CTRADER, ids, 2)
        assert partners.identifiers_of(connection, second)[0].identifier == "IB-OTHER"


def test_broken_random_source_is_an_error(database: Database) -> None:
    first, second = add_partner(database, "a@example.net"), add_partner(database, "b@example.net")
    ids = ScriptedIds(*["IB-SAME"] * 20)
    with database.write() as connection:
        partners.mint(connection, first, Level.USER, Purpose.CTRADER, ids, 1)
    with pytest.raises(RuntimeError, match="no free partner identifier"), database.write() as connection:
        partners.mint(connection, second, Level.USER, Purpose.CTRADER, ids, 2)


def test_second_identifier_for_the_same_thing_is_impossible(database: Database) -> None:
    partner = add_partner(database, "a@example.net")

    def mint_twice() -> None:
        with database.write() as connection:
            for _ in range(2):
                partners.mint(connection, partner, Level.USER, Purpose.CTRADER, RandomIds(), 1)

    with pytest.raises(IntegrityError):
        mint_twice()
    with database.read() as connection:
        assert partners.identifiers_of(connection, partner) == []  # nothing half-applied


def test_queued_call_must_belong_to_an_identifier(database: Database) -> None:
    with pytest.raises(IntegrityError), database.write() as connection:
        outbox.add(connection, 99, Target("userId", 1), 1)


def test_secret_key_stays_with_the_file(database: Database, tmp_path: Path) -> None:
    with database.write() as connection:
        assert meta.secret_key(connection, "first") == "first"
        assert meta.secret_key(connection, "second") == "first"
    other = Database(tmp_path / "other.sqlite3")
    with other.write() as connection:
        assert meta.secret_key(connection, "third") == "third"
    other.close()


def test_no_secret_is_readable_in_the_file(site: Site, database_path: Path) -> None:
    browser = site.browser()
    browser.sign_up(new_email(), tick="keep_me_logged_in")
    code, crm_api_token = browser.open_account(), site.crm_api_token()
    told = site.exchange(code, crm_api_token).json()
    stored = b"".join(path.read_bytes() for path in database_path.parent.glob("broker.sqlite3*"))
    for secret in (PASSWORD, code, crm_api_token, told["accessToken"], told["inappToken"]):
        assert secret.encode() not in stored


def test_sessions_and_tokens_outlive_a_restart(start: Callable[..., Site], ctrader: FakeCTrader) -> None:
    before = start()
    browser = before.browser()
    browser.sign_up(new_email())
    form = browser.get("/account/create")
    code = one_time_token(browser.submit(form, "/account/create"))
    crm_api_token = before.crm_api_token()
    before.stop()
    after = start()
    browser.url = after.url
    assert after.exchange(code, crm_api_token).status_code == 200
    assert browser.json("/area/me.json")["accounts"]


def test_second_pending_change_of_address_is_impossible(database: Database) -> None:
    client_id = add_client(database, "a@example.net")
    assert client_id is not None

    def change_twice() -> None:
        with database.write() as connection:
            for new in ("b@example.net", "c@example.net"):
                notices.add_email_change(connection, client_id, 7, previous="a@example.net", new=new, now=1)

    with pytest.raises(IntegrityError):
        change_twice()
    with database.read() as connection:
        assert notices.latest_email_change(connection, client_id) is None  # nothing half-applied


def test_broken_off_payment_is_of_unknown_outcome(site: Site, database: Database, ctrader: FakeCTrader) -> None:
    """The process died after storing the payment; the form is submitted again."""
    session = site.app_session()
    form = session.open_money("deposit")
    hidden = {tag["name"]: tag["value"] for tag in form.soup.find_all("input", type="hidden")}
    with database.write() as connection:
        screen = payments.screen(connection, hidden["screen"], Action.DEPOSIT, 0)
        assert screen is not None
        payments.begin(connection, screen, hidden["nonce"], "TX-1", Decimal(5), 1)
    page = session.screen.submit(form, "/inapp/deposit", amount="5")
    assert page.status == 502
    assert "We do not know" in page.text
    assert "TX-1" in page.text
    assert not ctrader.made("3.5")


def test_file_of_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite3"
    Database(path).close()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 1")
    with pytest.raises(UnknownVersion, match="version 1"):
        Database(path)
