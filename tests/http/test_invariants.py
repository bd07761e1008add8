"""Proof that what is looked at after every request of these tests would be noticed."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.http.conftest import state_of
from tests.robust.invariants import broken
from tests.support import Broker


@pytest.fixture
def copy(broker: Broker, sandbox: dict[str, Any], mock_folder: Path, tmp_path: Path) -> Path:
    """A copy of the mock's state, after some calls."""
    user, other = broker.new_user(), broker.new_user()
    account = broker.new_account(user)
    broker.set_partner(userId=user, partnerId="IB-FIRST")
    broker.set_partner(userId=user, partnerId="IB-USER")
    broker.set_partner(ctidTraderAccountId=account, partnerId="IB-ACCOUNT")
    broker.set_partner(userId=other, partnerId="IB-GONE")
    broker.delete_partner(userId=other)
    for keys in ({"userId": user}, {"ctidTraderAccountId": account}, {"userId": other}):
        assert broker.read_partner(**keys).status_code == 200
    copied = tmp_path / "copy.db"
    with closing(sqlite3.connect(state_of(mock_folder))) as file, closing(sqlite3.connect(copied)) as target:
        file.backup(target)
    assert broken(copied, sandbox["id"]) == []
    return copied


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE partner_records SET partner_id = 'IB-FIRST' WHERE partner_id = 'IB-USER'",
        "DELETE FROM partner_records WHERE partner_id = 'IB-ACCOUNT'",
        "INSERT INTO partner_records SELECT sandbox_id, user_id + 1, ctid_trader_account_id, partner_id "
        "FROM partner_records WHERE partner_id = 'IB-ACCOUNT'",
        "DELETE FROM events WHERE partner_id = 'IB-USER' AND call = '3.6'",
        "UPDATE events SET details = json_set(details, '$.response.body.partnerId', 'IB-FIRST') "
        "WHERE call = '3.7' AND details LIKE '%IB-USER%'",
        "UPDATE events SET details = json_set(details, '$.response.body', null) "
        "WHERE call = '3.7' AND details LIKE '%IB-ACCOUNT%'",
    ],
)
def test_what_does_not_hold_is_noticed(copy: Path, sandbox: dict[str, Any], damage: str) -> None:
    with closing(sqlite3.connect(copy)) as file, file:
        assert file.execute(f"{damage} AND sandbox_id = ?", (sandbox["id"],)).rowcount == 1
    assert broken(copy, sandbox["id"])
