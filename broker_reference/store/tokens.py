"""Tokens the broker has minted, by digest."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from broker_reference.store.schema import (
    access_tokens,
    crm_api_tokens,
    inapp_tokens,
    one_time_tokens,
    screen_sessions,
)
from broker_reference.tokens import (
    ACCESS_LIFETIME_MS,
    CRM_API_LIFETIME_MS,
    ONE_TIME_LIFETIME_MS,
    OneTimePurpose,
    Verdict,
    digest,
    verdict_on_access,
    verdict_on_unusable,
)


@dataclass(frozen=True)
class Consumed:
    """A one-time token that was valid until this moment."""

    client_id: int
    keep_logged_in: bool


def add_one_time(
    connection: Connection,
    token: str,
    client_id: int,
    purpose: OneTimePurpose,
    *,
    keep_logged_in: bool,
    now: int,
) -> None:
    """Store a fresh one-time token; it lives one minute."""
    connection.execute(
        insert(one_time_tokens).values(
            digest=digest(token),
            client=client_id,
            purpose=purpose.value,
            keep_logged_in=keep_logged_in,
            expires_at=now + ONE_TIME_LIFETIME_MS,
        )
    )


def consume_one_time(connection: Connection, token: str, purpose: OneTimePurpose, now: int) -> Consumed | Verdict:
    """Use a one-time token up. One statement tests and marks it, so of many at once exactly one succeeds.

    A token minted for another purpose counts as never issued, and stays good for its own.
    """
    is_this_one = (one_time_tokens.c.digest == digest(token)) & (one_time_tokens.c.purpose == purpose.value)
    row = connection.execute(
        update(one_time_tokens)
        .where(is_this_one, one_time_tokens.c.used_at.is_(None), one_time_tokens.c.expires_at > now)
        .values(used_at=now)
        .returning(one_time_tokens.c.client, one_time_tokens.c.keep_logged_in)
    ).one_or_none()
    if row is not None:
        return Consumed(client_id=row.client, keep_logged_in=row.keep_logged_in)
    stored = connection.execute(
        select(one_time_tokens.c.expires_at, one_time_tokens.c.used_at).where(is_this_one)
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


def access_holder(connection: Connection, token: str, now: int) -> int | Verdict:
    """Return the client an accessToken was issued to, or why it is worth nothing."""
    row = connection.execute(
        select(access_tokens.c.client, access_tokens.c.issued_at).where(access_tokens.c.digest == digest(token))
    ).one_or_none()
    verdict = verdict_on_access(None if row is None else row.issued_at, now)
    if verdict is not None or row is None:
        return verdict or Verdict.NEVER_ISSUED
    client_id: int = row.client
    return client_id


def revoke_access(connection: Connection, token: str) -> None:
    """Forget an accessToken and, with it, the inappTokens of its session."""
    connection.execute(delete(access_tokens).where(access_tokens.c.digest == digest(token)))


def add_inapp(connection: Connection, token: str, client_id: int, access_token: str | None, now: int) -> None:
    """Store a fresh inappToken beside those still valid, and drop the client's expired ones."""
    connection.execute(
        delete(inapp_tokens).where(inapp_tokens.c.client == client_id, inapp_tokens.c.expires_at <= now)
    )
    connection.execute(
        insert(inapp_tokens).values(
            digest=digest(token),
            client=client_id,
            access_token=None if access_token is None else digest(access_token),
            expires_at=now + ACCESS_LIFETIME_MS,
        )
    )


def inapp_is_valid(connection: Connection, token: str, client_id: int, now: int) -> bool:
    """Tell whether an inappToken was issued to this client and neither revoked nor expired."""
    found = connection.execute(
        select(inapp_tokens.c.digest).where(
            inapp_tokens.c.digest == digest(token),
            inapp_tokens.c.client == client_id,
            inapp_tokens.c.expires_at > now,
        )
    )
    return found.one_or_none() is not None


def revoke_all(connection: Connection, client_id: int, now: int) -> None:
    """Make everything worthless that could bring the client back in without a password."""
    connection.execute(delete(inapp_tokens).where(inapp_tokens.c.client == client_id))
    connection.execute(delete(access_tokens).where(access_tokens.c.client == client_id))
    connection.execute(delete(screen_sessions).where(screen_sessions.c.client == client_id))
    connection.execute(
        update(one_time_tokens)
        .where(one_time_tokens.c.client == client_id, one_time_tokens.c.used_at.is_(None))
        .values(used_at=now)
    )
