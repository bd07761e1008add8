"""Tokens the broker has minted, by digest."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from broker_reference.store.schema import access_tokens, crm_api_tokens, one_time_tokens
from broker_reference.tokens import (
    CRM_API_LIFETIME_MS,
    ONE_TIME_LIFETIME_MS,
    Verdict,
    digest,
    verdict_on_unusable,
)


@dataclass(frozen=True)
class Consumed:
    """A one-time token that was valid until this moment."""

    client_id: int
    keep_logged_in: bool


def add_one_time(connection: Connection, token: str, client_id: int, *, keep_logged_in: bool, now: int) -> None:
    """Store a fresh one-time token; it lives one minute."""
    connection.execute(
        insert(one_time_tokens).values(
            digest=digest(token),
            client=client_id,
            keep_logged_in=keep_logged_in,
            expires_at=now + ONE_TIME_LIFETIME_MS,
        )
    )


def consume_one_time(connection: Connection, token: str, now: int) -> Consumed | Verdict:
    """Use a one-time token up. One statement tests and marks it, so of many at once exactly one succeeds."""
    row = connection.execute(
        update(one_time_tokens)
        .where(
            one_time_tokens.c.digest == digest(token),
            one_time_tokens.c.used_at.is_(None),
            one_time_tokens.c.expires_at > now,
        )
        .values(used_at=now)
        .returning(one_time_tokens.c.client, one_time_tokens.c.keep_logged_in)
    ).one_or_none()
    if row is not None:
        return Consumed(client_id=row.client, keep_logged_in=row.keep_logged_in)
    stored = connection.execute(
        select(one_time_tokens.c.expires_at, one_time_tokens.c.used_at).where(
            one_time_tokens.c.digest == digest(token)
        )
    ).one_or_none()
    return (
        verdict_on_unusable(None, None)
        if stored is None
        else verdict_on_unusable(stored.expires_at, stored.used_at)
    )


def add_crm_api(connection: Connection, token: str, now: int) -> None:
    """Store a fresh crmApiToken beside those still valid, and drop the expired ones."""
    connection.execute(delete(crm_api_tokens).where(crm_api_tokens.c.expires_at <= now))
    connection.execute(insert(crm_api_tokens).values(digest=digest(token), expires_at=now + CRM_API_LIFETIME_MS))


def crm_api_is_valid(connection: Connection, token: str, now: int) -> bool:
    """Tell whether a crmApiToken was issued and has not expired."""
    found = connection.execute(
        select(crm_api_tokens.c.digest).where(
            crm_api_tokens.c.digest == digest(token), crm_api_tokens.c.expires_at > now
        )
    )
    return found.one_or_none() is not None


def add_access(connection: Connection, token: str, client_id: int, now: int) -> None:
    """Store a fresh accessToken of a client who chose to stay logged in."""
    connection.execute(insert(access_tokens).values(digest=digest(token), client=client_id, issued_at=now))
