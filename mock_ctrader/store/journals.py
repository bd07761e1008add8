"""How far each sandbox's journal has come, and how much of its beginning was dropped."""

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, select, update

from mock_ctrader.store import schema
from mock_ctrader.store.dialect import Upsert
from mock_ctrader.store.engine import Transaction
from mock_ctrader.store.prepared import Prepared

_j, _e = schema.journals, schema.events
_GROW = Prepared(
    Upsert(
        _j,
        lambda insert: insert.on_conflict_do_update(
            index_elements=["sandbox_id"],
            set_={"last": _j.c.last + 1, "total": _j.c.total + insert.excluded.total},
        ).returning(_j.c.last, _j.c.total),
    ).words
)
_HEAD = Prepared(select(_j).where(_j.c.sandbox_id == bindparam("here")))
# Walks over what is to go and one event more: the journal is kept in the order of its numbers.
_FIRST_KEPT = Prepared(
    select(_e.c.seq)
    .where(_e.c.sandbox_id == bindparam("here"), _e.c.total > bindparam("total"))
    .order_by(_e.c.seq)
    .limit(1)
)
_DROP = Prepared(delete(_e).where(_e.c.sandbox_id == bindparam("here"), _e.c.seq <= bindparam("through")))
_NOTE = Prepared(
    update(_j)
    .where(_j.c.sandbox_id == bindparam("here"))
    .values(dropped=_j.c.dropped + bindparam("more"), dropped_through=bindparam("through"))
)


@dataclass(frozen=True, slots=True)
class Dropped:
    """What a journal no longer has: how many events, the last of them with the number `through`."""

    count: int = 0
    through: int = 0


def grow(transaction: Transaction, sandbox_id: str, size: int) -> tuple[int, int]:
    """Make room for one more event of `size` bytes: its number, and the bytes of all events up to it."""
    first = {"sandbox_id": sandbox_id, "last": 1, "total": size, "dropped": 0, "dropped_through": 0}
    row = transaction.all(_GROW, first)[0]
    return row["last"], row["total"]


def dropped(transaction: Transaction, sandbox_id: str) -> Dropped:
    """What was dropped so far."""
    row = transaction.one(_HEAD, {"here": sandbox_id})
    return Dropped() if row is None else Dropped(row["dropped"], row["dropped_through"])


def trim(transaction: Transaction, sandbox_id: str, last: int, total: int, most: int, most_bytes: int) -> None:
    """Drop the oldest events, but never the newest one.

    Args:
        last: the number of the newest event.
        total: the bytes of all events up to it.
        most: how many events may stay.
        most_bytes: how many bytes may stay.
    """
    kept = transaction.one(_FIRST_KEPT, {"here": sandbox_id, "total": total - most_bytes})
    through = max(last - most, (last if kept is None else kept["seq"]) - 1)
    gone = transaction.run(_DROP, {"here": sandbox_id, "through": min(through, last - 1)})
    if gone:
        transaction.run(_NOTE, {"here": sandbox_id, "more": gone, "through": through})
