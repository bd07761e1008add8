"""Planted faults in the store. One that fires is counted down in the transaction that asks for it."""

from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from mock_ctrader.faults import Fault, Kind, Phase, Side
from mock_ctrader.store import schema
from mock_ctrader.store.engine import Row, Transaction

_f = schema.faults
_ALL = select(_f).where(_f.c.sandbox_id == bindparam("here")).order_by(_f.c.id)


def add(transaction: Transaction, sandbox_id: str, fault: Fault) -> None:
    """Plant a fault."""
    transaction.run(
        insert(_f).values(
            sandbox_id=sandbox_id,
            id=fault.id,
            side=fault.side.value,
            call=fault.call,
            kind=fault.kind.value,
            phase=fault.phase.value,
            seed=fault.seed,
            times_left=fault.left,
            share=fault.share,
            expires_at=fault.expires_at,
            details=fault.values,
            seen=fault.seen,
            fired=fault.fired,
        )
    )


def planted(transaction: Transaction, sandbox_id: str) -> list[Fault]:
    """Every fault of a sandbox, in the order they were planted; those that are spent as well."""
    return [_fault(row) for row in transaction.all(_ALL, {"here": sandbox_id})]


def find(transaction: Transaction, sandbox_id: str, number: int) -> Fault | None:
    """One fault."""
    row = transaction.one(select(_f).where(_f.c.sandbox_id == sandbox_id, _f.c.id == number))
    return None if row is None else _fault(row)


def remove(transaction: Transaction, sandbox_id: str, number: int | None = None) -> None:
    """Take a fault away, or all of them."""
    statement = delete(_f).where(_f.c.sandbox_id == sandbox_id)
    transaction.run(statement if number is None else statement.where(_f.c.id == number))


def take(transaction: Transaction, sandbox_id: str, side: Side, call: str, now_ms: int) -> Fault | None:
    """The fault that hits a request made now, if there is one; it is spent by that much."""
    for fault in planted(transaction, sandbox_id):
        if fault.covers(side, call, now_ms):
            asked, hit = fault.asked()
            _count(transaction, sandbox_id, asked)
            if hit:
                return asked
    return None


def _count(transaction: Transaction, sandbox_id: str, fault: Fault) -> None:
    counts: dict[str, Any] = {"times_left": fault.left, "seen": fault.seen, "fired": fault.fired}
    transaction.run(update(_f).where(_f.c.sandbox_id == sandbox_id, _f.c.id == fault.id).values(**counts))


def _fault(row: Row) -> Fault:
    return Fault(
        id=row["id"],
        side=Side(row["side"]),
        call=row["call"],
        kind=Kind(row["kind"]),
        phase=Phase(row["phase"]),
        seed=row["seed"],
        left=row["times_left"],
        share=row["share"],
        expires_at=row["expires_at"],
        values=row["details"],
        seen=row["seen"],
        fired=row["fired"],
    )
