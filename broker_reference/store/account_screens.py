"""InApp screens on which a further trading account is opened."""

from sqlalchemy import Connection, select

from broker_reference.store import screen_sessions as stored_screens
from broker_reference.store.schema import screen_sessions
from broker_reference.tokens import digest

_ACTION = "new_account"


def open_screen(connection: Connection, secret: str, client_id: int, now: int) -> None:
    """Store a fresh screen session."""
    stored_screens.add(connection, secret, client_id, _ACTION, now)


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
