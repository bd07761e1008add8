"""The journal's rows. Knows columns, not meanings."""

from typing import Any, Protocol

from sqlalchemy import bindparam, insert, select

from mock_ctrader.store import schema
from mock_ctrader.store.engine import Transaction
from mock_ctrader.store.prepared import Prepared

_e = schema.events
_COLUMNS = [column for column in _e.c if column.name != "sandbox_id"]
_SINCE = (
    select(*_COLUMNS).where(_e.c.sandbox_id == bindparam("here"), _e.c.seq > bindparam("after")).order_by(_e.c.seq)
)


_ADD = Prepared(insert(_e))


class Row(Protocol):
    """Anything with an attribute per column."""

    seq: int


def add(transaction: Transaction, sandbox_id: str, event: Row) -> None:
    """Keep one event."""
    values = {column.name: getattr(event, column.name) for column in _COLUMNS}
    transaction.run(_ADD, {"sandbox_id": sandbox_id, **values})


def query(
    transaction: Transaction, sandbox_id: str, after: int, limit: int | None, call: str | None
) -> list[dict[str, Any]]:
    """Events after a sequence number, oldest first, optionally of one call only."""
    statement = _SINCE if call is None else _SINCE.where(_e.c.call == call)
    rows = transaction.all(statement.limit(limit), {"here": sandbox_id, "after": after})
    return [dict(row) for row in rows]
