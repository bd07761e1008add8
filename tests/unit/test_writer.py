"""The one connection that writes to a SQLite file: whole transactions, and a turn that always comes back."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError, OperationalError

from mock_ctrader.store import Store, Transaction, schema
from mock_ctrader.store.prepared import Prepared

_TOKENS = schema.request_counts
_ADD = insert(_TOKENS)
_ADD_PREPARED = Prepared(insert(_TOKENS))
_BOX = {
    "id": "sb", "seed": "s", "broker_crm_name": "C", "group_name": "g", "crm_url": "", "crm_password": "",
    "login_url": "", "success_url": "", "strict": False, "switches": {}, "action_urls": {}, "created_at": 1,
}  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "state.db")
    with made.write() as transaction:
        transaction.run(insert(schema.sandboxes).values(**_BOX))
    yield made
    made.close()


def row(subject: str) -> dict[str, object]:
    return {"sandbox_id": "sb", "subject": subject, "hour": 1, "count": 1}


def subjects(store: Store) -> list[str]:
    with store.read() as transaction:
        return [one["subject"] for one in transaction.all(select(_TOKENS.c.subject).order_by(_TOKENS.c.subject))]


def add(transaction: Transaction, *added: str, ending: Exception | None = None) -> None:
    for subject in added:
        transaction.run(_ADD if subject.startswith("core") else _ADD_PREPARED, row(subject))
    if ending is not None:
        raise ending


@pytest.mark.parametrize("both", [("core", "prepared"), ("prepared", "core")])
def test_statements_of_both_ways_are_one_transaction(store: Store, both: tuple[str, str]) -> None:
    with pytest.raises(LookupError), store.write() as transaction:
        add(transaction, *both, ending=LookupError())
    assert subjects(store) == []

    with store.write() as transaction:
        add(transaction, *both)
        assert subjects(store) == []
    assert subjects(store) == ["core", "prepared"]


def test_part_undoes_only_itself(store: Store) -> None:
    with store.write() as transaction:
        add(transaction, "before")
        with pytest.raises(LookupError), transaction.part():
            add(transaction, "inside", ending=LookupError())
        add(transaction, "behind")
    assert subjects(store) == ["before", "behind"]


def test_error_of_the_database_leaves_nothing_and_the_next_writer_goes_on(store: Store) -> None:
    with pytest.raises(IntegrityError), store.write() as transaction:
        add(transaction, "one", "one")
    with store.write() as transaction:
        add(transaction, "two")
    assert subjects(store) == ["two"]


def test_writer_who_waited_in_vain_says_so_and_the_turn_comes_back(store: Store, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "state.db", isolation_level=None)
    with store.write() as transaction:
        transaction._connection.exec_driver_sql("PRAGMA busy_timeout=1")
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError, match="locked"), store.write():
        pytest.fail("the other one writes")
    other.execute("ROLLBACK")
    other.close()
    with store.write() as transaction:
        add(transaction, "later")
    assert subjects(store) == ["later"]


@pytest.mark.parametrize(("throwaway", "level"), [(False, 1), (True, 0)])
def test_only_a_throwaway_state_is_not_waited_for_on_the_disk(tmp_path: Path, throwaway: bool, level: int) -> None:
    store = Store(tmp_path / "state.db", throwaway)
    with store.write() as transaction:
        assert transaction._connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == level
    store.close()
