"""Calls 3.10 and 3.12 that are still to be made, and how the others fared."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, exists, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or_ignore

from broker_reference.attributions import email_key
from broker_reference.store import clients as stored_clients
from broker_reference.store.schema import notices


class NoticeState(StrEnum):
    """How far a notice has come."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


class NoticeCall(StrEnum):
    """What cTrader is told."""

    CHANGE_EMAIL = "3.10"
    LOG_OUT = "3.12"


@dataclass(frozen=True)
class Notice:
    """One call to make. `new_email` is there for call 3.10 only."""

    id: int
    call: NoticeCall
    client_id: int
    user_id: int
    new_email: str | None
    attempts: int


@dataclass(frozen=True)
class EmailChange:
    """How the client's latest change of address fared."""

    new_email: str
    previous_email: str
    state: NoticeState
    last_error: str | None


def add_log_out(connection: Connection, client_id: int, user_id: int, now: int) -> None:
    """Queue call 3.12; one that waits already does the same."""
    connection.execute(
        insert_or_ignore(notices)
        .values(
            call=NoticeCall.LOG_OUT.value,
            client=client_id,
            user_id=user_id,
            state=NoticeState.PENDING.value,
            attempts=0,
            next_attempt_at=now,
        )
        .on_conflict_do_nothing()
    )


def add_email_change(
    connection: Connection, client_id: int, user_id: int, *, previous: str, new: str, now: int
) -> None:
    """Queue call 3.10, in the transaction that changes the address. At most one may be pending per client."""
    connection.execute(
        insert(notices).values(
            call=NoticeCall.CHANGE_EMAIL.value,
            client=client_id,
            user_id=user_id,
            new_email=new,
            previous_email=previous,
            previous_email_key=email_key(previous),
            state=NoticeState.PENDING.value,
            attempts=0,
            next_attempt_at=now,
        )
    )


def latest_email_change(connection: Connection, client_id: int) -> EmailChange | None:
    """Return the client's latest change of address that cTrader was, or is to be, told of."""
    row = connection.execute(
        select(notices.c.new_email, notices.c.previous_email, notices.c.state, notices.c.last_error)
        .where(notices.c.client == client_id, notices.c.call == NoticeCall.CHANGE_EMAIL.value)
        .order_by(notices.c.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    return EmailChange(row.new_email, row.previous_email, NoticeState(row.state), row.last_error)


def holds_address(connection: Connection, email: str, *, other_than: int | None = None) -> bool:
    """Tell whether an address may have to be given back to a client whose change cTrader has not confirmed."""
    condition = (notices.c.state == NoticeState.PENDING.value) & (notices.c.previous_email_key == email_key(email))
    if other_than is not None:
        condition &= notices.c.client != other_than
    return bool(connection.execute(select(exists().where(condition))).scalar_one())


def due(connection: Connection, now: int) -> list[Notice]:
    """Return the calls whose time has come, the oldest first."""
    rows = connection.execute(
        select(
            notices.c.id,
            notices.c.call,
            notices.c.client,
            notices.c.user_id,
            notices.c.new_email,
            notices.c.attempts,
        )
        .where(notices.c.state == NoticeState.PENDING.value, notices.c.next_attempt_at <= now)
        .order_by(notices.c.id)
    )
    return [
        Notice(row.id, NoticeCall(row.call), row.client, row.user_id, row.new_email, row.attempts) for row in rows
    ]


def next_attempt_at(connection: Connection) -> int | None:
    """Return when the next call is due (epoch ms), or None if nothing waits."""
    earliest: int | None = connection.execute(
        select(func.min(notices.c.next_attempt_at)).where(notices.c.state == NoticeState.PENDING.value)
    ).scalar_one()
    return earliest


def mark_done(connection: Connection, notice: Notice) -> None:
    """The call succeeded."""
    _update(connection, notice, state=NoticeState.DONE.value, last_error=None)


def mark_retry(connection: Connection, notice: Notice, error: str, next_attempt: int) -> None:
    """The call failed for a passing reason and is due again at `next_attempt` (epoch ms)."""
    _update(connection, notice, last_error=error, next_attempt_at=next_attempt)


def mark_failed(connection: Connection, notice: Notice, error: str) -> None:
    """cTrader refused the call. A refused address is taken back, so that both sides say the same again."""
    _update(connection, notice, state=NoticeState.FAILED.value, last_error=error)
    if notice.call is NoticeCall.CHANGE_EMAIL:
        previous: str = connection.execute(
            select(notices.c.previous_email).where(notices.c.id == notice.id)
        ).scalar_one()
        # Nobody took the address meanwhile: `holds_address` reserved it.
        stored_clients.set_email(connection, notice.client_id, previous)


def _update(connection: Connection, notice: Notice, **values: object) -> None:
    connection.execute(
        update(notices).where(notices.c.id == notice.id).values(attempts=notices.c.attempts + 1, **values)
    )
