"""Facts about the database itself: the secret key that signs this broker's session cookies."""

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from broker_reference.store.schema import meta


def secret_key(connection: Connection, candidate: str) -> str:
    """Return the database's secret key; on first use `candidate` becomes it."""
    connection.execute(insert(meta).values(key="secret_key", value=candidate).on_conflict_do_nothing())
    return str(connection.execute(select(meta.c.value).where(meta.c.key == "secret_key")).scalar_one())
