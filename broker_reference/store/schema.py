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
    # Raised by one to end all website sessions begun before.
    Column("session_generation", Integer, nullable=False, server_default="0"),
    # Stage 7 of flow 5.3: internal user <-> userId. Unique, so two clients never share one user in cTrader.
    Column("user_id", BigInteger, unique=True),
    Column("agreed_at", BigInteger),
    Column("agreement_confirmed_at", BigInteger),
    Column("flow_started_at", BigInteger),
    Column("authorised_at", BigInteger),
    # What the screens spoke when the client came; cTrader is told as preferredLanguage (call 3.2).
    Column("language", String, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("client", ForeignKey("clients.id"), nullable=False),
    # What was submitted to open it. Unique, so a repeated submit can never store a second one.
    Column("opened_by", String, nullable=False, unique=True),
    Column("login", BigInteger, nullable=False),
    Column("environment_name", String, nullable=False),
    # Needed between calls 3.3 and 3.4 only; erased when the account is linked.
    Column("password_md5", String),
    Column("ctid_trader_account_id", BigInteger, unique=True),
    Column("opened_at", BigInteger, nullable=False),
    Column("linked_at", BigInteger),
    UniqueConstraint("login", "environment_name"),
)
Index("accounts_of_client", accounts.c.client)

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
    Column("purpose", String, CheckConstraint("purpose IN ('website', 'ctrader', 'invite')"), nullable=False),
    Column("minted_at", BigInteger, nullable=False),
    # When another took its place; it still resolves (E-7).
    Column("replaced_at", BigInteger),
)
# Whatever is submitted twice, call 3.6 is never made with two identifiers for one thing.
Index(
    "one_identifier_in_use",
    identifiers.c.partner,
    identifiers.c.level,
    identifiers.c.purpose,
    unique=True,
    sqlite_where=identifiers.c.replaced_at.is_(None),
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
    Column("source", String, CheckConstraint("source IN ('partner_id', 'invite')"), nullable=False),
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
    Column("purpose", String, CheckConstraint("purpose IN ('entry', 'inapp')"), nullable=False),
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
Index("access_tokens_of_client", access_tokens.c.client)

inapp_tokens = Table(
    "inapp_tokens",
    metadata,
    Column("digest", String, primary_key=True),
    Column("client", ForeignKey("clients.id"), nullable=False),
    # The session it belongs to; none if the client did not choose to stay logged in.
    Column("access_token", ForeignKey("access_tokens.digest", ondelete="CASCADE"), index=True),
    Column("expires_at", BigInteger, nullable=False),
)
Index("inapp_tokens_of_client", inapp_tokens.c.client)

screen_sessions = Table(
    "screen_sessions",
    metadata,
    Column("digest", String, primary_key=True),
    Column("client", ForeignKey("clients.id"), nullable=False),
    # None on the screen that opens an account.
    Column("account", ForeignKey("accounts.id")),
    Column(
        "action", String, CheckConstraint("action IN ('deposit', 'withdrawal', 'new_account')"), nullable=False
    ),
    Column("expires_at", BigInteger, nullable=False),
    CheckConstraint("(account IS NULL) = (action = 'new_account')"),
)

payments = Table(
    "payments",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account", ForeignKey("accounts.id"), nullable=False, index=True),
    # One form can move money once, however often it is submitted.
    Column("form_nonce", String, nullable=False, unique=True),
    Column("external_id", String, nullable=False, unique=True),
    Column("action", String, CheckConstraint("action IN ('deposit', 'withdrawal')"), nullable=False),
    Column("amount", String, nullable=False),
    Column("state", String, CheckConstraint("state IN ('unknown', 'done', 'refused')"), nullable=False),
    Column("balance_history_id", BigInteger),
    Column("error_code", String),
    Column("last_error", String),
    Column("submitted_at", BigInteger, nullable=False),
)

# What cTrader must be told about a user: call 3.10 (with both addresses) or 3.12 (without).
notices = Table(
    "notices",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("call", String, CheckConstraint("call IN ('3.10', '3.12')"), nullable=False),
    Column("client", ForeignKey("clients.id"), nullable=False),
    Column("user_id", BigInteger, nullable=False),
    Column("new_email", String),
    Column("previous_email", String),
    Column("previous_email_key", String),
    Column("state", String, CheckConstraint("state IN ('pending', 'done', 'failed')"), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", BigInteger, nullable=False),
    Column("last_error", String),
    CheckConstraint("call != '3.10' OR (new_email IS NOT NULL AND previous_email IS NOT NULL)"),
)
Index("notices_due", notices.c.state, notices.c.next_attempt_at)
# One at a time: a second change of address waits until cTrader has answered to the first.
Index(
    "one_pending_notice",
    notices.c.client,
    notices.c.call,
    unique=True,
    sqlite_where=notices.c.state == "pending",
)

password_resets = Table(
    "password_resets",
    metadata,
    Column("digest", String, primary_key=True),
    Column("client", ForeignKey("clients.id"), nullable=False, index=True),
    Column("expires_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
)

# What the broker has mailed. A real broker hands mails to a mail server instead of keeping them.
mails = Table(
    "mails",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("recipient", String, nullable=False),
    Column("recipient_key", String, nullable=False, index=True),
    Column("subject", String, nullable=False),
    Column("text", String, nullable=False),
    Column("link", String, nullable=False),
    Column("sent_at", BigInteger, nullable=False),
)

# The latest word of cTrader Invite on each invited trader (section C.1).
invitations = Table(
    "invitations",
    metadata,
    Column("invited_user_id", BigInteger, primary_key=True),
    Column("broker_name", String, primary_key=True),
    Column("partner_user_id", BigInteger, nullable=False, index=True),
    Column("announced_partner_id", String),
    Column("state", String, CheckConstraint("state IN ('pending', 'settled')"), nullable=False),
    Column("received_at", BigInteger, nullable=False),
)

# Users cTrader told us about (section C.3).
announced_users = Table(
    "announced_users",
    metadata,
    Column("user_id", BigInteger, primary_key=True),
    Column("broker_name", String, primary_key=True),
    Column("email", String, nullable=False),
    Column("partner_user_id", BigInteger),
    Column("received_at", BigInteger, nullable=False),
)
