"""Tables of the broker's database. Times are epoch milliseconds; a `client` is an internal user."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

metadata = MetaData()

meta = Table("meta", metadata, Column("key", String, primary_key=True), Column("value", String, nullable=False))

clients = Table(
    "clients",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("email", String, nullable=False),
    Column("email_key", String, nullable=False, unique=True),
    Column("first_name", String, nullable=False),
    Column("last_name", String, nullable=False),
    Column("password_hash", String, nullable=False),
    # Stage 7 of flow 5.3: internal user <-> userId. Unique, so two clients never share one user in cTrader.
    Column("user_id", BigInteger, unique=True),
    Column("agreed_at", BigInteger),
    Column("agreement_confirmed_at", BigInteger),
    Column("flow_started_at", BigInteger),
    Column("authorised_at", BigInteger),
    Column("created_at", BigInteger, nullable=False),
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", Integer, primary_key=True),
    # One account per client: a repeated submit can never store a second one.
    Column("client", ForeignKey("clients.id"), nullable=False, unique=True),
    Column("login", BigInteger, nullable=False),
    Column("environment_name", String, nullable=False),
    # Needed between calls 3.3 and 3.4 only; erased when the account is linked.
    Column("password_md5", String),
    Column("ctid_trader_account_id", BigInteger, unique=True),
    Column("opened_at", BigInteger, nullable=False),
    Column("linked_at", BigInteger),
    UniqueConstraint("login", "environment_name"),
)

partners = Table(
    "partners",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("client", ForeignKey("clients.id"), nullable=False, unique=True),
    Column("level", String, CheckConstraint("level IN ('user', 'account')"), nullable=False),
    Column("since", BigInteger, nullable=False),
)

partner_applications = Table(
    "partner_applications",
    metadata,
    Column("client", ForeignKey("clients.id"), primary_key=True),
    Column("level", String, CheckConstraint("level IN ('user', 'account')"), nullable=False),
    Column("applied_at", BigInteger, nullable=False),
)

identifiers = Table(
    "identifiers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("partner", ForeignKey("partners.id"), nullable=False),
    Column("identifier", String, nullable=False, unique=True),
    Column("level", String, CheckConstraint("level IN ('user', 'account')"), nullable=False),
    Column("purpose", String, CheckConstraint("purpose IN ('website', 'ctrader')"), nullable=False),
    Column("minted_at", BigInteger, nullable=False),
    # Whatever is submitted twice, call 3.6 is never made with two identifiers for one thing.
    UniqueConstraint("partner", "level", "purpose"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("identifier", ForeignKey("identifiers.id"), primary_key=True),
    Column("target_key", String, nullable=False),
    Column("target_value", BigInteger, nullable=False),
    Column("state", String, CheckConstraint("state IN ('pending', 'set', 'failed')"), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", BigInteger, nullable=False),
    Column("last_error", String),
)
Index("outbox_due", outbox.c.state, outbox.c.next_attempt_at)

attributions = Table(
    "attributions",
    metadata,
    # One row per client: the first attribution wins (E-13).
    Column("client", ForeignKey("clients.id"), primary_key=True),
    Column("partner_id", String, nullable=False),
    Column("identifier", ForeignKey("identifiers.id")),
    Column("partner_client", ForeignKey("clients.id")),
    Column("state", String, CheckConstraint("state IN ('pending', 'attributed', 'refused')"), nullable=False),
    Column("refusal", String),
    Column("recorded_at", BigInteger, nullable=False),
    Column("attributed_at", BigInteger),
)
Index(
    "attributions_of_partner",
    attributions.c.partner_client,
    attributions.c.state,
    attributions.c.attributed_at.desc(),
    attributions.c.client.desc(),
)

one_time_tokens = Table(
    "one_time_tokens",
    metadata,
    Column("digest", String, primary_key=True),
    Column("client", ForeignKey("clients.id"), nullable=False),
    Column("keep_logged_in", Boolean, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
)

crm_api_tokens = Table(
    "crm_api_tokens",
    metadata,
    Column("digest", String, primary_key=True),
    Column("expires_at", BigInteger, nullable=False),
)

access_tokens = Table(
    "access_tokens",
    metadata,
    Column("digest", String, primary_key=True),
    Column("client", ForeignKey("clients.id"), nullable=False),
    Column("issued_at", BigInteger, nullable=False),
)
