"""Clients: the broker's internal users and what is known of them in cTrader."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select, update
from sqlalchemy.dialects.sqlite import insert

from broker_reference.attributions import email_key
from broker_reference.store.schema import clients


@dataclass(frozen=True)
class Client:
    """One internal user. `user_id` is None before call 3.2 has answered; times are epoch milliseconds."""

    id: int
    email: str
    first_name: str
    last_name: str
    password_hash: str
    session_generation: int
    user_id: int | None
    agreed_at: int | None
    agreement_confirmed_at: int | None
    flow_started_at: int | None
    authorised_at: int | None
    language: str


_COLUMNS = (
    clients.c.id,
    clients.c.email,
    clients.c.first_name,
    clients.c.last_name,
    clients.c.password_hash,
    clients.c.session_generation,
    clients.c.user_id,
    clients.c.agreed_at,
    clients.c.agreement_confirmed_at,
    clients.c.flow_started_at,
    clients.c.authorised_at,
    clients.c.language,
)


def add(
    connection: Connection,
    *,
    email: str,
    first_name: str,
    last_name: str,
    password_hash: str,
    language: str,
    now: int,
) -> int | None:
    """Store a new client. Returns the internal id, or None if the address (in any spelling) is taken."""
    statement = (
        insert(clients)
        .values(
            email=email,
            email_key=email_key(email),
            first_name=first_name,
            last_name=last_name,
            password_hash=password_hash,
            language=language,
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=["email_key"])
        .returning(clients.c.id)
    )
    return connection.execute(statement).scalar_one_or_none()


def by_id(connection: Connection, client_id: int) -> Client | None:
    """Return the client with this internal id."""
    return _client(connection.execute(select(*_COLUMNS).where(clients.c.id == client_id)).one_or_none())


def existing(connection: Connection, client_id: int) -> Client:
    """Return the client with this internal id; it must exist."""
    client = by_id(connection, client_id)
    if client is None:
        raise LookupError(f"no client {client_id}")
    return client


def by_email(connection: Connection, email: str) -> Client | None:
    """Return the client with this address, compared case-insensitively."""
    return _client(
        connection.execute(select(*_COLUMNS).where(clients.c.email_key == email_key(email))).one_or_none()
    )


def by_user_id(connection: Connection, user_id: int) -> Client | None:
    """Return the client who is this user in cTrader."""
    return _client(connection.execute(select(*_COLUMNS).where(clients.c.user_id == user_id)).one_or_none())


def set_user_id(connection: Connection, client_id: int, user_id: int) -> None:
    """Remember internal user <-> userId (section 5.3 stage 7)."""
    connection.execute(update(clients).where(clients.c.id == client_id).values(user_id=user_id))


def set_email(connection: Connection, client_id: int, email: str) -> None:
    """Give the client another address. The caller has made sure, in this transaction, that it is free."""
    connection.execute(
        update(clients).where(clients.c.id == client_id).values(email=email, email_key=email_key(email))
    )


def set_password(connection: Connection, client_id: int, password_hash: str) -> None:
    """Give the client another password and end all website sessions begun before."""
    connection.execute(
        update(clients)
        .where(clients.c.id == client_id)
        .values(password_hash=password_hash, session_generation=clients.c.session_generation + 1)
    )


def mark_agreed(connection: Connection, client_id: int, now: int) -> None:
    """Remember that the client ticked the agreement; the first time counts."""
    connection.execute(
        update(clients).where(clients.c.id == client_id, clients.c.agreed_at.is_(None)).values(agreed_at=now)
    )


def mark_agreement_confirmed(connection: Connection, client_id: int, now: int) -> None:
    """Remember that call 3.13 succeeded."""
    connection.execute(update(clients).where(clients.c.id == client_id).values(agreement_confirmed_at=now))


def mark_flow_started(connection: Connection, client_id: int, now: int) -> None:
    """Remember that the client set out to open a trading account; the first time counts."""
    connection.execute(
        update(clients)
        .where(clients.c.id == client_id, clients.c.flow_started_at.is_(None))
        .values(flow_started_at=now)
    )


def mark_authorised(connection: Connection, client_id: int, now: int) -> None:
    """Remember the first successful call 4.2: flow 5.3 is complete."""
    connection.execute(
        update(clients)
        .where(clients.c.id == client_id, clients.c.authorised_at.is_(None))
        .values(authorised_at=now)
    )


def _client(row: Row[*tuple[Any, ...]] | None) -> Client | None:
    return None if row is None else Client(**row._mapping)
