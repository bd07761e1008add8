"""Defects of the tokens the broker mints: cases 6.1.2 to 6.1.7."""

import threading
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, select, update

from broker_reference import authorisation
from broker_reference.authorisation import Authorisation, Authorised
from broker_reference.mutants.register import instead_of, mutant
from broker_reference.store import tokens as stored_tokens
from broker_reference.store.schema import clients, one_time_tokens
from broker_reference.store.tokens import Consumed
from broker_reference.tokens import INAPP_PREFIX, ONE_TIME_PREFIX, Verdict, digest
from broker_reference.user_creation import UserCreation

_ONCE = "crm-api/4.2-a-one-time-token-is-good-for-one-exchange-only"
_AT_ONCE = f"{_ONCE}-also-at-the-same-moment"
_LOG_INS = "crm-api/6.1.5-each-log-in-gets-a-new-one-time-token"
_TWO_USERS = "crm-api/6.1.6-two-users-get-different-one-time-tokens"
_EXPIRES = "crm-api/6.1.7-a-one-time-token-expires-after-one-minute"
_EXCHANGED = "crm-api/6.1.2-a-valid-one-time-token-is-exchanged"
_CHECKED = "crm-api/6.1.3-a-valid-accesstoken-is-accepted-time-and-again"
_WEEK = "crm-api/4.1-a-crmapitoken-is-valid-for-at-least-a-week"
_GENERATED = "crm-api/6.1.4-a-one-time-token-for-an-inapp-action-is-generated"
_HALF_A_SECOND = 0.5


@mutant(
    "crm-api/4.1-every-crmapitoken-is-a-new-one",
    duty="crm-token-not-repeated",
    played=("crm-api/6.1.1*", _EXCHANGED, "crm-api/4.x-a-call*"),
)
def one_crm_token_for_ever() -> None:
    """Call 4.1 answers with the same crmApiToken every time."""
    minted: list[Any] = []

    @instead_of(Authorisation, "crm_api_token")
    def crm_api_token(original: Any, self: Authorisation, password: str) -> Any:
        token = original(self, password)
        if token is not None:
            minted.append(token)
        return token and minted[0]


@mutant(_WEEK, duty="crm-token-lasts", played=(_EXPIRES, "crm-api/6.1.1*", _GENERATED))
def crm_token_lives_an_hour() -> None:
    """A crmApiToken expires after an hour."""
    vars(stored_tokens)["CRM_API_LIFETIME_MS"] = 3_600_000


@mutant(_EXCHANGED, duty="access-token-issued", verdict="warn", played=("crm-api/6.1.1*", _ONCE, _GENERATED))
def access_token_never_issued() -> None:
    """Call 4.2 gives no accessToken, also to a user who stays logged in."""

    @instead_of(Authorisation, "exchange")
    def exchange(original: Any, self: Authorisation, code: str) -> Any:
        outcome = original(self, code)
        return replace(outcome, access_token=None) if isinstance(outcome, Authorised) else outcome


@mutant(_ONCE, _AT_ONCE, duty="ot-token-single-use", played=(_EXCHANGED, _EXPIRES, _LOG_INS, _TWO_USERS))
def token_good_until_it_expires() -> None:
    """A one-time token can be exchanged any number of times."""

    @instead_of(stored_tokens, "consume_one_time")
    def consume(original: Any, connection: Connection, token: str, *rest: Any) -> Any:
        consumed = original(connection, token, *rest)
        if isinstance(consumed, Consumed):
            mine = one_time_tokens.c.digest == digest(token)
            connection.execute(update(one_time_tokens).where(mine).values(used_at=None))
        return consumed


@mutant(_AT_ONCE, duty="ot-token-single-use", played=(_ONCE, _EXCHANGED, _EXPIRES))
def token_looked_at_before_it_is_used() -> None:
    """A one-time token is looked at and used up in two steps, between which others can look at it."""
    looked = threading.local()

    @instead_of(Authorisation, "exchange")
    def exchange(original: Any, self: Authorisation, code: str) -> Any:
        with self._database.read() as connection:
            used = connection.execute(
                select(one_time_tokens.c.used_at).where(one_time_tokens.c.digest == digest(code))
            ).scalar_one_or_none()
        if used is not None or not code.startswith(ONE_TIME_PREFIX):
            return original(self, code)
        threading.Event().wait(_HALF_A_SECOND)  # as long as a slow database may take
        looked.unused = digest(code)
        try:
            return original(self, code)
        finally:
            looked.unused = ""

    @instead_of(stored_tokens, "consume_one_time")
    def consume(original: Any, connection: Connection, token: str, *rest: Any) -> Any:
        mine = one_time_tokens.c.digest == digest(token)
        if digest(token) == getattr(looked, "unused", ""):
            connection.execute(update(one_time_tokens).where(mine).values(used_at=None))
        return original(connection, token, *rest)


@mutant(_LOG_INS, duty="ot-token-new-each-time", played=(_TWO_USERS, _EXCHANGED, _ONCE))
def same_token_at_every_log_in() -> None:
    """A user gets the one-time token of the first log-in again and again."""
    minted: dict[int, str] = {}

    @instead_of(UserCreation, "_one_time_token")
    def one_time_token(original: Any, self: UserCreation, client_id: int, **named: Any) -> str:
        if client_id not in minted:
            minted[client_id] = original(self, client_id, **named)
        return minted[client_id]


@mutant(_TWO_USERS, duty="ot-token-per-user", played=(_LOG_INS, _EXCHANGED, _ONCE))
def token_shared_by_two_users() -> None:
    """A one-time token that nobody has used yet is given to the next user too."""
    latest: list[tuple[int, str]] = []

    @instead_of(UserCreation, "_one_time_token")
    def one_time_token(original: Any, self: UserCreation, client_id: int, **named: Any) -> Any:
        if latest and latest[0][0] != client_id and _is_unused(self, latest[0][1]):
            return latest[0][1]
        latest[:] = [(client_id, original(self, client_id, **named))]
        return latest[0][1]

    def _is_unused(creation: UserCreation, token: str) -> bool:
        with creation._database.read() as connection:
            used = select(one_time_tokens.c.used_at).where(one_time_tokens.c.digest == digest(token))
            return connection.execute(used).scalar_one_or_none() is None


@mutant(_EXPIRES, duty="ot-token-expires", played=(_ONCE, _WEEK))
def token_lives_ten_minutes() -> None:
    """A one-time token is good for ten minutes."""
    vars(stored_tokens)["ONE_TIME_LIFETIME_MS"] = 600_000


@mutant(_EXCHANGED, duty="ot-token-exchanged", also=(_LOG_INS, _TWO_USERS, _CHECKED))
def internal_id_as_user_id() -> None:
    """Calls 4.2 and 4.3 answer with the broker's own number of the client."""

    @instead_of(authorisation, "_user_id")
    def user_id(_: Any, __: Connection, client_id: int) -> int:
        return client_id


@mutant(_EXCHANGED, _CHECKED, duty="crm-contract", verdict="warn", also=(_LOG_INS, _TWO_USERS), played=(_ONCE,))
def user_id_as_text_in_answers() -> None:
    """Calls 4.2 and 4.3 answer with the userId as a text."""

    @instead_of(authorisation, "_user_id")
    def user_id(original: Any, *arguments: Any) -> str:
        return str(original(*arguments))


@mutant(_CHECKED, duty="access-token-checked", played=("crm-api/6.1.3-an-invalid*", "crm-api/4.5*"))
def access_token_good_once() -> None:
    """An accessToken can be checked once."""

    @instead_of(Authorisation, "resume")
    def resume(original: Any, self: Authorisation, access_token: str) -> Any:
        outcome = original(self, access_token)
        if not isinstance(outcome, Verdict):
            with self._database.write() as connection:
                stored_tokens.revoke_access(connection, access_token)
        return outcome


@mutant(
    *(f"crm-api/6.1.3-an-invalid-accesstoken-is-refused/{kind}" for kind in ("made-up", "very-long")),
    duty="access-token-invalid",
    also=("crm-api/6.1.3-an-invalid-accesstoken-is-refused/*", "crm-api/4.5*"),
    played=(_CHECKED, _EXCHANGED),
)
def unknown_access_token_accepted() -> None:
    """An accessToken that was never issued signs the first user in."""

    @instead_of(Authorisation, "resume")
    def resume(original: Any, self: Authorisation, access_token: str) -> Any:
        outcome = original(self, access_token)
        if not isinstance(outcome, Verdict):
            return outcome
        with self._database.read() as connection:
            user_id = connection.execute(select(clients.c.user_id).where(clients.c.user_id.is_not(None))).scalar()
        return Authorised(user_id or 1, "ia_planted")


@mutant("crm-api/4.5-a-log-out-revokes-the-accesstoken", duty="logout-taken", verdict="warn", played=(_CHECKED,))
def log_out_ignored() -> None:
    """Call 4.5 is answered, and the accessToken goes on working."""

    @instead_of(Authorisation, "end_session")
    def end_session(*_: Any) -> None:
        return


@mutant(
    "crm-api/6.1.4-no-one-time-token-for-a-user-the-broker-does-not-know",
    duty="ot-token-unknown-user",
    played=(_GENERATED, "crm-api/4.4*"),
)
def unknown_user_gets_a_token() -> None:
    """Call 4.4 answers with a token for a userId that no client has."""

    @instead_of(Authorisation, "inapp_one_time_token")
    def inapp(original: Any, self: Authorisation, user_id: int, inapp_token: str) -> Any:
        outcome = original(self, user_id, inapp_token)
        unknown = outcome is authorisation.NoInAppToken.UNKNOWN_USER
        return ONE_TIME_PREFIX + self._ids.secret() if unknown else outcome


@mutant(
    *(f"crm-api/4.4-an-inapptoken-that-was-issued-is-checked/{kind}" for kind in ("made-up", "missing")),
    duty="inapp-token-checked",
    played=(_GENERATED, "crm-api/6.1.4-no*"),
)
def inapp_token_not_checked() -> None:
    """Call 4.4 does not look at the inappToken."""

    @instead_of(stored_tokens, "inapp_is_valid")
    def inapp_is_valid(*_: Any) -> bool:
        return True

    @instead_of(authorisation, "has_shape")
    def has_shape(original: Any, prefix: str, value: str) -> Any:
        return prefix == INAPP_PREFIX or original(prefix, value)


@mutant(_ONCE, duty="ot-token-single-use", also=("crm-api/6.1.2-an-invalid*",), played=(_EXCHANGED,))
def first_user_for_any_token() -> None:
    """A one-time token that is not good signs the first user in."""

    @instead_of(Authorisation, "exchange")
    def exchange(original: Any, self: Authorisation, code: str) -> Any:
        outcome = original(self, code)
        if not isinstance(outcome, Verdict):
            return outcome
        with self._database.read() as connection:
            user_id = connection.execute(select(clients.c.user_id).where(clients.c.user_id.is_not(None))).scalar()
        return replace(Authorised(1, "ia_planted"), user_id=user_id or 1)
