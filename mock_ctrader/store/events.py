"""The journal's rows. Knows columns, not meanings."""

from operator import attrgetter
from typing import Any, Protocol

from sqlalchemy import String, bindparam, cast, func, insert, or_, select

from mock_ctrader.store import schema
from mock_ctrader.store.engine import Transaction
from mock_ctrader.store.prepared import Prepared

_e = schema.events
_COLUMNS = [column for column in _e.c if column.name not in ("sandbox_id", "total")]
_NAMES = [column.name for column in _COLUMNS]
_VALUES = attrgetter(*_NAMES)
_SINCE = (
    select(*_COLUMNS).where(_e.c.sandbox_id == bindparam("here"), _e.c.seq > bindparam("after")).order_by(_e.c.seq)
)
_NEWEST = select(func.max(_e.c.seq).label("seq")).where(_e.c.sandbox_id == bindparam("here"))
_ADD = Prepared(insert(_e))


class Row(Protocol):
    """Anything with an attribute per column."""

    seq: int


def add(transaction: Transaction, sandbox_id: str, event: Row, total: int) -> None:
    """Keep one event; `total` is the bytes of all events up to it."""
    values = dict(zip(_NAMES, _VALUES(event), strict=True))
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


def newest(transaction: Transaction, sandbox_id: str) -> int:
    """The sequence number of the newest event; 0 if there is none."""
    row = transaction.one(_NEWEST, {"here": sandbox_id})
    return 0 if row is None else row["seq"] or 0


def newest_first(
    transaction: Transaction,
    sandbox_id: str,
    before: int | None,
    limit: int,
    *,
    call: str | None = None,
    direction: str | None = None,
    status: str | None = None,
    violated: bool = False,
    text: str | None = None,
) -> list[dict[str, Any]]:
    """Events below a sequence number, newest first.

    Args:
        status: a class such as `4xx`, or `none` for exchanges that were not answered.
        violated: only events that depart from the contract.
        text: only events that have this text somewhere, in either case of its letters.
    """
    statement = select(*_COLUMNS).where(_e.c.sandbox_id == sandbox_id)
    if before is not None:
        statement = statement.where(_e.c.seq < before)
    if call is not None:
        statement = statement.where(_e.c.call == call)
    if direction is not None:
        statement = statement.where(_e.c.direction == direction)
    if status is not None:
        first = int(status[0]) * 100 if status[0].isdigit() else None
        answered = _e.c.status.is_(None) if first is None else _e.c.status.between(first, first + 99)
        statement = statement.where(answered, _e.c.kind == "exchange")
    if violated:
        statement = statement.where(cast(_e.c.violations, String) != "[]")
    if text is not None:
        columns = (_e.c.title, _e.c.path, _e.c.error_code, _e.c.partner_id, _e.c.email, cast(_e.c.details, String))
        statement = statement.where(or_(*(column.icontains(text, autoescape=True) for column in columns)))
    return [dict(row) for row in transaction.all(statement.order_by(_e.c.seq.desc()).limit(limit))]
