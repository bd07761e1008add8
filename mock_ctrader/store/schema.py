"""The tables. Every row but the sandbox itself belongs to one sandbox and goes with it."""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

metadata = MetaData()

# SQLite keeps these tables in the order of their key instead of beside an index: a request writes fewer pages.
_CLUSTERED: dict[str, Any] = {"sqlite_with_rowid": False}


def _owner(primary_key: bool = True) -> Column[str]:
    return Column("sandbox_id", String, ForeignKey("sandboxes.id", ondelete="CASCADE"), primary_key=primary_key)


sandboxes = Table(
    "sandboxes",
    metadata,
    Column("id", String, primary_key=True),
    Column("seed", String, nullable=False, unique=True),
    Column("broker_crm_name", String, nullable=False),
    Column("group_name", String, nullable=False),
    Column("crm_url", String, nullable=False),
    Column("crm_password", String, nullable=False),
    Column("login_url", String, nullable=False),
    Column("success_url", String, nullable=False),
    Column("strict", Boolean, nullable=False),
    Column("hourly_limit", BigInteger),
    Column("switches", JSON, nullable=False),
    Column("action_urls", JSON, nullable=False),
    Column("clock_offset_ms", BigInteger, nullable=False, server_default="0"),
    Column("created_at", BigInteger, nullable=False),
)

# The application's address holds the brokerName, so a name belongs to one sandbox of the server.
broker_names = Table(
    "broker_names",
    metadata,
    Column("name", String, primary_key=True),
    Column("position", Integer, nullable=False),
    _owner(primary_key=False),
    Index("broker_names_by_sandbox", "sandbox_id", "position"),
)

# Call 3.1 names no broker, so a manager's login belongs to one sandbox of the server.
managers = Table(
    "managers",
    metadata,
    Column("login", BigInteger, primary_key=True, autoincrement=False),
    Column("password", String, nullable=False),
    Column("disabled_broker_names", JSON, nullable=False),
    Column("position", Integer, nullable=False),
    _owner(primary_key=False),
    Index("managers_by_sandbox", "sandbox_id", "position"),
)

manager_tokens = Table(
    "manager_tokens",
    metadata,
    Column("token", String, primary_key=True),
    Column("login", BigInteger, nullable=False),
    _owner(primary_key=False),
    Index("manager_tokens_by_sandbox", "sandbox_id"),
)

# How many limited requests a manager token (or, at call 3.1, a manager's login) made in the hour it last made one.
request_counts = Table(
    "request_counts",
    metadata,
    _owner(),
    Column("subject", String, primary_key=True),
    Column("hour", BigInteger, nullable=False),
    Column("count", BigInteger, nullable=False),
)

# Faults that were planted; `times_left` is null where there is no limit.
faults = Table(
    "faults",
    metadata,
    _owner(),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("side", String, nullable=False),
    Column("call", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("phase", String, nullable=False),
    Column("seed", String, nullable=False),
    Column("times_left", BigInteger),
    Column("share", Float, nullable=False),
    Column("expires_at", BigInteger),
    Column("details", JSON, nullable=False),
    Column("seen", BigInteger, nullable=False),
    Column("fired", BigInteger, nullable=False),
)

counters = Table(
    "counters",
    metadata,
    _owner(),
    Column("name", String, primary_key=True),
    Column("value", BigInteger, nullable=False),
    **_CLUSTERED,
)

users = Table(
    "users",
    metadata,
    _owner(),
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("email", String, nullable=False),
    Column("email_key", String, nullable=False),
    Column("nickname", String, nullable=False),
    Column("nickname_key", String, nullable=False),
    Column("first_name", String),
    Column("preferred_language", String),
    Column("agreement_accepted", Boolean, nullable=False),
    Column("ribbons", JSON, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    UniqueConstraint("sandbox_id", "email_key"),
    UniqueConstraint("sandbox_id", "nickname_key"),
)

traders = Table(
    "traders",
    metadata,
    _owner(),
    Column("login", BigInteger, primary_key=True, autoincrement=False),
    Column("broker_name", String, nullable=False),
    Column("hashed_password", String, nullable=False),
    Column("balance", BigInteger, nullable=False),
    Column("bonus", BigInteger, nullable=False),
    Column("non_withdrawable_bonus", BigInteger, nullable=False),
    Column("profile", JSON, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Index("traders_by_registration", "sandbox_id", "created_at", "login"),
)

links = Table(
    "links",
    metadata,
    _owner(),
    Column("ctid_trader_account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("user_id", BigInteger, nullable=False),
    Column("login", BigInteger, nullable=False),
    Column("environment_name", String, nullable=False),
    UniqueConstraint("sandbox_id", "login"),
    Index("links_by_user", "sandbox_id", "user_id"),
)

# ctid_trader_account_id is 0 at user level: SQL's NULL would not be unique.
partner_records = Table(
    "partner_records",
    metadata,
    _owner(),
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("ctid_trader_account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("partner_id", String, nullable=False),
    Index("partner_records_by_identifier", "sandbox_id", "partner_id"),
    **_CLUSTERED,
)

# The token that a CRM gave at call 4.1, and which of the processes is asking for another one.
crm_tokens = Table(
    "crm_tokens",
    metadata,
    _owner(),
    Column("crm_url", String, primary_key=True),
    Column("token", String),
    Column("asker", String),
    Column("asked_until", BigInteger, nullable=False),
)

# One row per browser or device that runs the application; user_id is set while someone is signed in.
browsers = Table(
    "browsers",
    metadata,
    Column("id", String, primary_key=True),
    _owner(primary_key=False),
    Column("broker_name", String, nullable=False),
    Column("user_id", BigInteger),
    Column("last_user_id", BigInteger),
    Column("access_token", String),
    Column("inapp_token", String),
    Column("active_account", BigInteger),
    Column("opened_link", String),
    Column("known_partner_ids", JSON, nullable=False),
    Index("browsers_by_sandbox", "sandbox_id"),
)

events = Table(
    "events",
    metadata,
    _owner(),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", String, nullable=False),
    Column("title", String, nullable=False),
    Column("call", String),
    Column("direction", String),
    Column("method", String),
    Column("path", String),
    Column("status", Integer),
    Column("error_code", String),
    Column("user_id", BigInteger),
    Column("ctid_trader_account_id", BigInteger),
    Column("login", BigInteger),
    Column("partner_id", String),
    Column("email", String),
    Column("browser", String),
    Column("journey_id", String),
    Column("details", JSON, nullable=False),
    Column("violations", JSON, nullable=False),
    # the bytes of all events up to this one, those that were dropped included
    Column("total", BigInteger, nullable=False),
    Index("events_by_call", "sandbox_id", "call", "seq"),
    Index("events_by_user", "sandbox_id", "user_id", "seq"),
    Index("events_by_partner_id", "sandbox_id", "partner_id", "seq"),
    **_CLUSTERED,
)

# How far a journal has come: the number of its newest event, the bytes of all there were, and what was dropped.
journals = Table(
    "journals",
    metadata,
    _owner(),
    Column("last", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("dropped", BigInteger, nullable=False),
    Column("dropped_through", BigInteger, nullable=False),
    **_CLUSTERED,
)

journeys = Table(
    "journeys",
    metadata,
    _owner(),
    Column("id", String, primary_key=True),
    Column("flow", Integer, nullable=False),
    Column("level", String, nullable=False),
    Column("partner_email", String, nullable=False),
    Column("invited_email", String),
)
