"""InApp screens that are open: what the secret of a form stands for, until its time is over."""

from sqlalchemy import Connection, delete, insert

from broker_reference.store.schema import screen_sessions
from broker_reference.tokens import SCREEN_LIFETIME_MS, digest


def add(
    connection: Connection, secret: str, client_id: int, action: str, now: int, *, account_id: int | None = None
) -> None:
    """Store a fresh screen session, and drop those whose time is over.

    Args:
        action: what the screen is for; one opened for something else does not count.
        now: epoch milliseconds.
        account_id: the account whose money it moves; None on the screen that opens an account.
    """
    connection.execute(delete(screen_sessions).where(screen_sessions.c.expires_at <= now))
    connection.execute(
        insert(screen_sessions).values(
            digest=digest(secret),
            client=client_id,
            account=account_id,
            action=action,
            expires_at=now + SCREEN_LIFETIME_MS,
        )
    )
