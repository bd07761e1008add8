"""The database file: uniqueness, secrecy, restart."""

from collections.abc import Callable
from pathlib import Path

import pytest
from broker_fakes import FakeCTrader
from broker_site import PASSWORD, Site, new_email, one_time_token
from sqlalchemy.exc import IntegrityError

from broker_reference.ids import RandomIds
from broker_reference.partners import Level, Purpose, Target
from broker_reference.store import clients, meta, outbox, partners
from broker_reference.store.database import Database


class ScriptedIds(RandomIds):
    """Draws the given identifiers in order."""

    def __init__(self, *identifiers: str) -> None:
        self._identifiers = list(identifiers)

    def partner_identifier(self) -> str:
        return self._identifiers.pop(0)


def add_client(database: Database, email: str) -> int | None:
    with database.write() as connection:
        return clients.add(connection, email=email, first_name="A", last_name="B", password_hash="", now=1)


def add_partner(database: Database, email: str) -> partners.Partner:
    client_id = add_client(database, email)
    assert client_id is not None
    with database.write() as connection:
        return partners.ensure(connection, client_id, Level.USER, 1)


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
    access_token = site.exchange(code, crm_api_token).json()["accessToken"]
    stored = b"".join(path.read_bytes() for path in database_path.parent.glob("broker.sqlite3*"))
    for secret in (PASSWORD, code, crm_api_token, access_token):
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
