"""Money screens that are open, and what was submitted on them."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection, RowMapping, select, update
from sqlalchemy.dialects.sqlite import insert

from broker_reference.money import Action, PaymentState
from broker_reference.store import screen_sessions as stored_screens
from broker_reference.store.schema import accounts, payments, screen_sessions
from broker_reference.tokens import digest


@dataclass(frozen=True)
class Screen:
    """One open screen: whose, for which account, for which action and no other."""

    client_id: int
    account_id: int
    login: int
    action: Action


@dataclass(frozen=True)
class Payment:
    """One movement of money. `amount` is in units of the account's currency; times are epoch ms."""

    id: int
    account_id: int
    login: int
    external_id: str
    action: Action
    amount: Decimal
    state: PaymentState
    balance_history_id: int | None
    error_code: str | None
    last_error: str | None
    submitted_at: int


_COLUMNS = (
    payments.c.id,
    payments.c.account.label("account_id"),
    accounts.c.login,
    payments.c.external_id,
    payments.c.action,
    payments.c.amount,
    payments.c.state,
    payments.c.balance_history_id,
    payments.c.error_code,
    payments.c.last_error,
    payments.c.submitted_at,
)


def open_screen(
    connection: Connection, secret: str, client_id: int, account_id: int, action: Action, now: int
) -> None:
    """Store a fresh screen session."""
    stored_screens.add(connection, secret, client_id, action.value, now, account_id=account_id)


def screen(connection: Connection, secret: str, action: Action, now: int) -> Screen | None:
    """Return the open screen of that action behind a secret."""
    row = connection.execute(
        select(screen_sessions.c.client, screen_sessions.c.account, accounts.c.login)
        .select_from(screen_sessions.join(accounts, accounts.c.id == screen_sessions.c.account))
        .where(
            screen_sessions.c.digest == digest(secret),
            screen_sessions.c.action == action.value,
            screen_sessions.c.expires_at > now,
        )
    ).one_or_none()
    return None if row is None else Screen(row.client, row.account, row.login, action)


def begin(
    connection: Connection, on: Screen, nonce: str, external_id: str, amount: Decimal, now: int
) -> tuple[Payment, bool]:
    """Store a payment, before its call is made, or find the one this form was submitted for already.

    Returns the payment and whether it is new.
    """
    added = connection.execute(
        insert(payments)
        .values(
            account=on.account_id,
            form_nonce=digest(nonce),
            external_id=external_id,
            action=on.action.value,
            amount=str(amount),
            state=PaymentState.UNKNOWN.value,
            submitted_at=now,
        )
        .on_conflict_do_nothing(index_elements=["form_nonce"])
        .returning(payments.c.id)
    ).scalar_one_or_none()
    condition = payments.c.form_nonce == digest(nonce)
    row = connection.execute(select(*_COLUMNS).select_from(payments.join(accounts)).where(condition)).one()
    return _payment(row._mapping), added is not None


def mark_done(connection: Connection, payment_id: int, balance_history_id: int | None) -> None:
    """Call 3.5 succeeded."""
    _update(connection, payment_id, state=PaymentState.DONE.value, balance_history_id=balance_history_id)


def mark_refused(connection: Connection, payment_id: int, code: str, error: str) -> None:
    """Call 3.5 certainly moved nothing."""
    _update(connection, payment_id, state=PaymentState.REFUSED.value, error_code=code, last_error=error)


def mark_unknown(connection: Connection, payment_id: int, code: str, error: str) -> None:
    """Nobody knows whether call 3.5 moved the money."""
    _update(connection, payment_id, state=PaymentState.UNKNOWN.value, error_code=code, last_error=error)


def by_id(connection: Connection, payment_id: int) -> Payment:
    """Return a payment; it must exist."""
    condition = payments.c.id == payment_id
    row = connection.execute(select(*_COLUMNS).select_from(payments.join(accounts)).where(condition)).one()
    return _payment(row._mapping)


def of_client(connection: Connection, client_id: int, limit: int) -> list[Payment]:
    """Return the client's latest payments, newest first."""
    rows = connection.execute(
        select(*_COLUMNS)
        .select_from(payments.join(accounts))
        .where(accounts.c.client == client_id)
        .order_by(payments.c.id.desc())
        .limit(limit)
    )
    return [_payment(row._mapping) for row in rows]


def _payment(row: RowMapping) -> Payment:
    plain = dict(row)
    return Payment(
        **{
            **plain,
            "action": Action(plain["action"]),
            "amount": Decimal(plain["amount"]),
            "state": PaymentState(plain["state"]),
        }
    )


def _update(connection: Connection, payment_id: int, **values: object) -> None:
    connection.execute(update(payments).where(payments.c.id == payment_id).values(**values))
