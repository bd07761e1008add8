"""InApp screens on which a further trading account is opened."""

from sqlalchemy import Connection, delete, insert, select

from broker_reference.store.schema import screen_sessions
from broker_reference.tokens import SCREEN_LIFETIME_MS, digest

_ACTION = "new_account"


def open_screen(connection: Connection, secret: str, client_id: int, now: int) -> None:
    """Store a fresh screen session, and drop those whose time is over."""
    connection.execute(delete(screen_sessions).where(screen_sessions.c.expires_at <= now))
    connection.execute(
        insert(screen_sessions).values(
            digest=digest(secret), client=client_id, action=_ACTION, expires_at=now + SCREEN_LIFETIME_MS
        )
    )


def client_of(connection: Connection, secret: str, now: int) -> int | None:
    """Return whose open screen is behind a secret."""
    client_id: int | None = connection.execute(
        select(screen_sessions.c.client).where(
            screen_sessions.c.digest == digest(secret),
            screen_sessions.c.action == _ACTION,
            screen_sessions.c.expires_at > now,
        )
    ).scalar_one_or_none()
    return client_id
