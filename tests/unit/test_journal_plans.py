"""Which way SQLite takes to the events of one call, user or identifier, in a journal that may be long."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from mock_ctrader.store import Store, Transaction, events


def way_of(transaction: Transaction, **filters: Any) -> str:
    """What SQLite says of the query of `events` with these filters."""
    asked: list[tuple[str, Any]] = []
    connection = transaction._connection

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        asked.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    events.query(transaction, "here", 5, 100, **filters)
    event.remove(connection, "before_cursor_execute", note)
    ((statement, parameters),) = asked
    return str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all())


@pytest.mark.parametrize(
    ("filters", "index"),
    [
        ({"call": "3.6"}, "INDEX events_by_call (sandbox_id=? AND call=? AND seq>?)"),
        ({"user_id": 7}, "INDEX events_by_user (sandbox_id=? AND user_id=? AND seq>?)"),
        ({"partner_id": "IB-7"}, "INDEX events_by_partner_id (sandbox_id=? AND partner_id=? AND seq>?)"),
        ({"call": "3.6", "user_id": 7}, "INDEX events_by_user (sandbox_id=? AND user_id=? AND seq>?)"),
        ({}, "PRIMARY KEY (sandbox_id=? AND seq>?)"),
    ],
)
def test_query_of_the_journal_walks_over_what_it_answers_only(
    tmp_path: Path, filters: dict[str, Any], index: str
) -> None:
    Store(tmp_path / "state.db").close()  # as at the start of a server: told once, known to every later connection
    store = Store(tmp_path / "state.db")
    with store.read() as transaction:
        way = way_of(transaction, **filters)
    store.close()

    assert f"SEARCH events USING {index}" in way
    assert "TEMP B-TREE" not in way
