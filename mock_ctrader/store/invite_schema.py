"""The tables of cTrader Invite."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table

from mock_ctrader.store.schema import metadata as metadata


def _owner() -> Column[str]:
    return Column("sandbox_id", String, ForeignKey("sandboxes.id", ondelete="CASCADE"), primary_key=True)


invite_settings = Table(
    "invite_settings",
    metadata,
    _owner(),
    Column("attribution_url", String),
    Column("new_user_url", String),
    Column("authorization", String),
    Column("held", Boolean, nullable=False),
)

registrations = Table(
    "registrations",
    metadata,
    _owner(),
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("broker_name", String, nullable=False),
    Column("registered_at", BigInteger, nullable=False),
    Column("partner_user_id", BigInteger),
    Column("invited_at", BigInteger),
    Column("broker_partner_id", String),
    Index("registrations_by_partner", "sandbox_id", "partner_user_id"),
)

deliveries = Table(
    "deliveries",
    metadata,
    _owner(),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String, nullable=False),
    Column("payload", JSON, nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", BigInteger, nullable=False),
    Column("sender", String),
    Column("status", Integer),
    Column("problem", String),
    Column("answer", JSON),
    Index("deliveries_due", "state", "next_at"),
)
