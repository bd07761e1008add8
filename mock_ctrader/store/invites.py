"""cTrader Invite in the store: who invited whom, and the webhooks on their way."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, func, insert, select, update

from mock_ctrader.invites import Delivery, DeliveryState, InviteSettings, Registration, WebhookKind
from mock_ctrader.store import schema
from mock_ctrader.store.dialect import replacing
from mock_ctrader.store.engine import Row, Transaction
from mock_ctrader.store.invite_schema import deliveries, invite_settings, registrations
from mock_ctrader.texts import can_be_kept

_d, _r, _s = deliveries, registrations, invite_settings
# What is to be sent now or later: what nobody sends, and what a sender has left that is no more.
_OPEN = _d.c.state.in_([DeliveryState.PENDING.value, DeliveryState.SENDING.value]) & _d.c.sandbox_id.not_in(
    select(_s.c.sandbox_id).where(_s.c.held)
)
_PUT_SETTINGS = replacing(_s, ["sandbox_id"])
_PUT_REGISTRATION = replacing(_r, ["sandbox_id", "user_id"])


def settings(transaction: Transaction, sandbox_id: str) -> InviteSettings:
    """The sandbox's webhook settings."""
    row = transaction.one(select(_s).where(_s.c.sandbox_id == sandbox_id))
    if row is None:
        return InviteSettings()
    return InviteSettings(row["attribution_url"], row["new_user_url"], row["authorization"], row["held"])


def put_settings(transaction: Transaction, sandbox_id: str, given: InviteSettings) -> None:
    """Replace the sandbox's webhook settings."""
    transaction.run(_PUT_SETTINGS, {"sandbox_id": sandbox_id, **asdict(given)})


def user_named(transaction: Transaction, sandbox_id: str, username: str) -> int | None:
    """The user with this cTrader username."""
    if not can_be_kept(username):
        return None
    users = schema.users
    row = transaction.one(
        select(users.c.user_id).where(
            users.c.sandbox_id == sandbox_id, users.c.nickname_key == username.casefold()
        )
    )
    return None if row is None else int(row["user_id"])


def registration(transaction: Transaction, sandbox_id: str, user_id: int) -> Registration | None:
    """The registration of one user."""
    row = transaction.one(select(_r).where(_r.c.sandbox_id == sandbox_id, _r.c.user_id == user_id))
    return None if row is None else _registration(row)


def put_registration(transaction: Transaction, sandbox_id: str, given: Registration) -> None:
    """Keep or replace a registration."""
    transaction.run(_PUT_REGISTRATION, {"sandbox_id": sandbox_id, **asdict(given)})


def partner_id_of(transaction: Transaction, sandbox_id: str, partner_user_id: int) -> str | None:
    """The identifier the CRM gave a partner in an earlier answer."""
    row = transaction.one(
        select(_r.c.broker_partner_id)
        .where(
            _r.c.sandbox_id == sandbox_id,
            _r.c.partner_user_id == partner_user_id,
            _r.c.broker_partner_id.is_not(None),
        )
        .order_by(_r.c.invited_at.desc())
        .limit(1)
    )
    return None if row is None else str(row["broker_partner_id"])


def invited(transaction: Transaction, sandbox_id: str, since: int, limit: int, skip: int) -> list[Registration]:
    """Invited traders, first invited first (C.2)."""
    statement = (
        select(_r)
        .where(_r.c.sandbox_id == sandbox_id, _r.c.partner_user_id.is_not(None), _r.c.invited_at >= since)
        .order_by(_r.c.invited_at, _r.c.user_id)
    )
    return [_registration(row) for row in transaction.all(statement.limit(limit).offset(skip))]


def registered(
    transaction: Transaction, sandbox_id: str, since: int, limit: int, skip: int
) -> list[tuple[Registration, str]]:
    """Registered users with their addresses, first registered first (C.4)."""
    users = schema.users
    statement = (
        select(_r, users.c.email)
        .join(users, (users.c.sandbox_id == _r.c.sandbox_id) & (users.c.user_id == _r.c.user_id))
        .where(_r.c.sandbox_id == sandbox_id, _r.c.registered_at >= since)
        .order_by(_r.c.registered_at, _r.c.user_id)
    )
    return [(_registration(row), row["email"]) for row in transaction.all(statement.limit(limit).offset(skip))]


def queue(transaction: Transaction, sandbox_id: str, kind: WebhookKind, payload: dict[str, Any], now: int) -> int:
    """A new delivery, due at once; returns its number."""
    number = transaction.next_number(sandbox_id, "delivery")
    transaction.run(
        insert(_d).values(
            sandbox_id=sandbox_id,
            id=number,
            kind=kind.value,
            payload=payload,
            state=DeliveryState.PENDING.value,
            attempts=0,
            next_at=now,
        )
    )
    return number


def claim(transaction: Transaction, now: int, sender: str, until: int) -> tuple[str, Delivery] | None:
    """Take the next due delivery of any sandbox that does not hold its webhooks back.

    Args:
        now: epoch milliseconds.
        sender: who sends it; nobody else does.
        until: epoch milliseconds at which it is due again, unless the sender says that it is still at it.
    """
    row = transaction.one(
        select(_d)
        .where(_OPEN, _d.c.next_at <= now)
        .order_by(_d.c.next_at, _d.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if row is None:
        return None
    save(transaction, row["sandbox_id"], row["id"], state=DeliveryState.SENDING, sender=sender, next_at=until)
    return row["sandbox_id"], _delivery(row)


def next_due(transaction: Transaction) -> int | None:
    """When the next delivery is due, in epoch milliseconds."""
    row = transaction.one(select(func.min(_d.c.next_at).label("at")).where(_OPEN))
    return None if row is None else row["at"]


def is_sending(transaction: Transaction, sender: str) -> bool:
    """Whether this sender has deliveries on their way."""
    return transaction.one(select(_d.c.id).where(_sent_by(sender)).limit(1)) is not None


def still_sending(transaction: Transaction, sender: str, until: int) -> None:
    """This sender is at work on what it claimed."""
    transaction.run(update(_d).where(_sent_by(sender)).values(next_at=until))


def conclude(transaction: Transaction, sandbox_id: str, number: int, sender: str, **changes: Any) -> bool:
    """Keep how a sender's attempt ended; False if the delivery is another's by now."""
    mine = _sent_by(sender) & (_d.c.sandbox_id == sandbox_id) & (_d.c.id == number)
    return transaction.run(update(_d).where(mine).values(sender=None, **changes)) == 1


def _sent_by(sender: str) -> ColumnElement[bool]:
    return (_d.c.state == DeliveryState.SENDING.value) & (_d.c.sender == sender)


def hasten(transaction: Transaction, sandbox_id: str, milliseconds: int) -> None:
    """Make what waits for its next attempt due that much earlier: the sandbox's clock was advanced."""
    waiting = (_d.c.sandbox_id == sandbox_id) & (_d.c.state == DeliveryState.PENDING.value)
    transaction.run(update(_d).where(waiting).values(next_at=_d.c.next_at - milliseconds))


def save(transaction: Transaction, sandbox_id: str, number: int, **changes: Any) -> None:
    """Keep what changed in a delivery."""
    transaction.run(update(_d).where(_d.c.sandbox_id == sandbox_id, _d.c.id == number).values(**changes))


def find(transaction: Transaction, sandbox_id: str, number: int) -> Delivery | None:
    """One delivery."""
    row = transaction.one(select(_d).where(_d.c.sandbox_id == sandbox_id, _d.c.id == number))
    return None if row is None else _delivery(row)


def after(transaction: Transaction, sandbox_id: str, number: int, limit: int) -> list[Delivery]:
    """Deliveries after a number, in order."""
    statement = select(_d).where(_d.c.sandbox_id == sandbox_id, _d.c.id > number).order_by(_d.c.id).limit(limit)
    return [_delivery(row) for row in transaction.all(statement)]


def _registration(row: Row) -> Registration:
    return Registration(
        user_id=row["user_id"],
        broker_name=row["broker_name"],
        registered_at=row["registered_at"],
        partner_user_id=row["partner_user_id"],
        invited_at=row["invited_at"],
        broker_partner_id=row["broker_partner_id"],
    )


def _delivery(row: Row) -> Delivery:
    return Delivery(
        id=row["id"],
        kind=WebhookKind(row["kind"]),
        payload=row["payload"],
        state=DeliveryState(row["state"]),
        attempts=row["attempts"],
        next_at=row["next_at"],
        status=row["status"],
        problem=row["problem"],
        answer=row["answer"],
    )
