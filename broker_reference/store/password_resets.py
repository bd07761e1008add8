"""Links by which a client may choose a new password without the old one, by digest."""

from sqlalchemy import Connection, insert, select, update

from broker_reference.store.schema import password_resets
from broker_reference.tokens import RESET_LIFETIME_MS, digest


def add(connection: Connection, token: str, client_id: int, now: int) -> None:
    """Store a fresh token."""
    connection.execute(
        insert(password_resets).values(digest=digest(token), client=client_id, expires_at=now + RESET_LIFETIME_MS)
    )


def holder(connection: Connection, token: str, now: int) -> int | None:
    """Return the client whose token this is; None if it was used, has expired or was never issued."""
    client_id: int | None = connection.execute(
        select(password_resets.c.client).where(
            password_resets.c.digest == digest(token),
            password_resets.c.used_at.is_(None),
            password_resets.c.expires_at > now,
        )
    ).scalar_one_or_none()
    return client_id


def use_up(connection: Connection, client_id: int, now: int) -> None:
    """Make every token of a client worthless."""
    connection.execute(
        update(password_resets)
        .where(password_resets.c.client == client_id, password_resets.c.used_at.is_(None))
        .values(used_at=now)
    )
