"""Calls 3.6 that are still to be made, and how the others fared."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from broker_reference.partners import SettingState, Target
from broker_reference.store.schema import identifiers, outbox


@dataclass(frozen=True)
class Undelivered:
    """One call 3.6 to make: which identifier on what."""

    identifier_id: int
    identifier: str
    target: Target
    attempts: int


def add(connection: Connection, identifier_id: int, target: Target, now: int) -> None:
    """Queue call 3.6 for an identifier, in the transaction that mints it."""
    connection.execute(
        insert(outbox).values(
            identifier=identifier_id,
            target_key=target.key,
            target_value=target.value,
            state=SettingState.PENDING.value,
            attempts=0,
            next_attempt_at=now,
        )
    )


def due(connection: Connection, now: int) -> list[Undelivered]:
    """Return the calls whose time has come, the oldest identifier first."""
    rows = connection.execute(
        select(
            outbox.c.identifier,
            identifiers.c.identifier.label("text"),
            outbox.c.target_key,
            outbox.c.target_value,
            outbox.c.attempts,
        )
        .select_from(outbox.join(identifiers))
        .where(outbox.c.state == SettingState.PENDING.value, outbox.c.next_attempt_at <= now)
        .order_by(outbox.c.identifier)
    )
    return [
        Undelivered(row.identifier, row.text, Target(row.target_key, row.target_value), row.attempts)
        for row in rows
    ]


def next_attempt_at(connection: Connection) -> int | None:
    """Return when the next call is due (epoch ms), or None if nothing waits."""
    earliest: int | None = connection.execute(
        select(func.min(outbox.c.next_attempt_at)).where(outbox.c.state == SettingState.PENDING.value)
    ).scalar_one()
    return earliest


def mark_done(connection: Connection, row: Undelivered) -> None:
    """The call succeeded."""
    _update(connection, row, state=SettingState.SET.value, last_error=None)


def mark_retry(connection: Connection, row: Undelivered, error: str, next_attempt: int) -> None:
    """The call failed for a passing reason and is due again at `next_attempt` (epoch ms)."""
    _update(connection, row, last_error=error, next_attempt_at=next_attempt)


def mark_failed(connection: Connection, row: Undelivered, error: str) -> None:
    """cTrader refused the call; repeating it unchanged is pointless."""
    _update(connection, row, state=SettingState.FAILED.value, last_error=error)


def requeue(connection: Connection, identifier_id: int, now: int) -> None:
    """Make a refused call once more with the same identifier, because the partner asked for it."""
    connection.execute(
        update(outbox)
        .where(outbox.c.identifier == identifier_id, outbox.c.state == SettingState.FAILED.value)
        .values(state=SettingState.PENDING.value, next_attempt_at=now)
    )


def target_of(connection: Connection, identifier_id: int) -> Target:
    """Return what an identifier is, or was to be, set on."""
    row = connection.execute(
        select(outbox.c.target_key, outbox.c.target_value).where(outbox.c.identifier == identifier_id)
    ).one()
    return Target(row.target_key, row.target_value)


def drop_unset(connection: Connection, identifier_id: int) -> None:
    """Give up a call that is not done yet: a later identifier for the same target must have the last word."""
    connection.execute(
        delete(outbox).where(outbox.c.identifier == identifier_id, outbox.c.state != SettingState.SET.value)
    )


def _update(connection: Connection, row: Undelivered, **values: object) -> None:
    connection.execute(
        update(outbox)
        .where(outbox.c.identifier == row.identifier_id)
        .values(attempts=outbox.c.attempts + 1, **values)
    )
