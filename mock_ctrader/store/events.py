"""The journal's rows. Knows columns, not meanings."""

from typing import Any, Protocol

from sqlalchemy import bindparam, insert, select

from mock_ctrader.store import schema
from mock_ctrader.store.engine import Transaction
from mock_ctrader.store.prepared import Prepared

_e = schema.events
_COLUMNS = [column for column in _e.c if column.name not in ("sandbox_id", "total")]
_NAMES = [column.name for column in _COLUMNS]
_SINCE = (
    select(*_COLUMNS).where(_e.c.sandbox_id == bindparam("here"), _e.c.seq > bindparam("after")).order_by(_e.c.seq)
)


_ADD = Prepared(insert(_e))


class Row(Protocol):
    """Anything with an attribute per column."""

    seq: int


def add(transaction: Transaction, sandbox_id: str, event: Row, total: int) -> None:
    """Keep one event; `total` is the bytes of all events up to it."""
    values = {name: getattr(event, name) for name in _NAMES}
    values["sandbox_id"], values["total"] = sandbox_id, total
    transaction.run(_ADD, values)


def query(
    transaction: Transaction,
    sandbox_id: str,
    after: int,
    limit: int | None,
    call: str | None = None,
    user_id: int | None = None,
    partner_id: str | None = None,
) -> list[dict[str, Any]]:
    """Events after a sequence number, oldest first; optionally of one call, user or identifier only."""
    statement = _SINCE
    for column, wanted in ((_e.c.call, call), (_e.c.user_id, user_id), (_e.c.partner_id, partner_id)):
        if wanted is not None:
            statement = statement.where(column == wanted)
    return transaction.all(statement.limit(limit), {"here": sandbox_id, "after": after})
