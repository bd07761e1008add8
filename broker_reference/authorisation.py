"""What cTrader asks of the CRM: a token for itself; users' sessions opened, resumed, used and ended."""

import hmac
from dataclasses import dataclass
from enum import Enum

from sqlalchemy import Connection

from broker_reference.clock import Clock
from broker_reference.ids import Ids
from broker_reference.outbox import Outbox
from broker_reference.partner_programme import PartnerProgramme
from broker_reference.settings import Settings
from broker_reference.store import attributions as stored_attributions
from broker_reference.store import clients as stored_clients
from broker_reference.store import tokens as stored_tokens
from broker_reference.store.database import Database
from broker_reference.tokens import (
    ACCESS_PREFIX,
    CRM_API_PREFIX,
    INAPP_PREFIX,
    ONE_TIME_PREFIX,
    OneTimePurpose,
    Verdict,
    has_shape,
)


@dataclass(frozen=True)
class Authorised:
    """The answer of calls 4.2 and 4.3.

    `access_token` comes from 4.2 only, and only if the user chose to stay logged in. `inapp_token` belongs to the
    session that begins here; call 4.4 has to bring it along.
    """

    user_id: int
    inapp_token: str
    access_token: str | None = None


class NoInAppToken(Enum):
    """Why call 4.4 got no one-time token."""

    UNKNOWN_USER = "no such user"
    WRONG_INAPP_TOKEN = "inappToken is missing, or not one of this user's sessions"  # noqa: S105 - a message


class Authorisation:
    """Serves calls 4.1 to 4.5."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        programme: PartnerProgramme,
        outbox: Outbox,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._password = settings.crm_password.encode()
        self._database = database
        self._programme = programme
        self._outbox = outbox
        self._clock = clock
        self._ids = ids

    def crm_api_token(self, password: str) -> str | None:
        """Call 4.1: mint a crmApiToken valid for seven days. Returns None on a wrong password."""
        # surrogatepass: JSON may carry half a surrogate pair, which is a wrong password and not a crash.
        if not hmac.compare_digest(password.encode("utf-8", "surrogatepass"), self._password):
            return None
        token = CRM_API_PREFIX + self._ids.secret()
        with self._database.write() as connection:
            stored_tokens.add_crm_api(connection, token, self._clock.now_ms())
        return token

    def is_ctrader(self, crm_api_token: str) -> bool:
        """Tell whether a crmApiToken is valid."""
        if not has_shape(CRM_API_PREFIX, crm_api_token):
            return False
        with self._database.read() as connection:
            return stored_tokens.crm_api_is_valid(connection, crm_api_token, self._clock.now_ms())

    def exchange(self, code: str) -> Authorised | Verdict:
        """Call 4.2: consume a one-time token; the first time, this completes flow 5.3.

        In one transaction the token is used up, a pending attribution becomes visible (E-12) and a partner
        registration put off until now is settled. Returns the verdict if the token is not valid.
        """
        if not has_shape(ONE_TIME_PREFIX, code):
            return Verdict.NOT_OUR_SHAPE
        now = self._clock.now_ms()
        access_token: str | None = None
        with self._database.write() as connection:
            consumed = stored_tokens.consume_one_time(connection, code, OneTimePurpose.ENTRY, now)
            if isinstance(consumed, Verdict):
                return consumed
            client_id = consumed.client_id
            user_id = _user_id(connection, client_id)
            stored_clients.mark_authorised(connection, client_id, now)
            stored_attributions.complete(connection, client_id, now)
            self._programme.settle_after_authorisation(connection, client_id)
            if consumed.keep_logged_in:
                access_token = ACCESS_PREFIX + self._ids.secret()
                stored_tokens.add_access(connection, access_token, client_id, now)
            inapp_token = self._inapp_token(connection, client_id, access_token)
        self._outbox.wake()
        return Authorised(user_id, inapp_token, access_token)

    def resume(self, access_token: str) -> Authorised | Verdict:
        """Call 4.3: let a user in again by accessToken, any number of times.

        Returns the verdict if the token is not good.
        """
        if not has_shape(ACCESS_PREFIX, access_token):
            return Verdict.NOT_OUR_SHAPE
        with self._database.write() as connection:
            holder = stored_tokens.access_holder(connection, access_token, self._clock.now_ms())
            if isinstance(holder, Verdict):
                return holder
            inapp_token = self._inapp_token(connection, holder, access_token)
            return Authorised(_user_id(connection, holder), inapp_token)

    def inapp_one_time_token(self, user_id: int, inapp_token: str) -> str | NoInAppToken:
        """Call 4.4: mint the one-time token that opens one InApp screen for a user.

        Args:
            user_id: whose screen it is.
            inapp_token: as returned by 4.2 or 4.3; empty if the call brought none.
        """
        now = self._clock.now_ms()
        token = ONE_TIME_PREFIX + self._ids.secret()
        with self._database.write() as connection:
            client = stored_clients.by_user_id(connection, user_id)
            if client is None:
                return NoInAppToken.UNKNOWN_USER
            # Every success of 4.2 returns an inappToken, so who has had one must show it. Who has not, need not.
            right = has_shape(INAPP_PREFIX, inapp_token) and stored_tokens.inapp_is_valid(
                connection, inapp_token, client.id, now
            )
            if not right and (inapp_token or client.authorised_at is not None):
                return NoInAppToken.WRONG_INAPP_TOKEN
            stored_tokens.add_one_time(
                connection, token, client.id, OneTimePurpose.INAPP, keep_logged_in=False, now=now
            )
        return token

    def end_session(self, user_id: int, access_token: str) -> Verdict | None:
        """Call 4.5: end the session of one accessToken. Returns the verdict if there is no such session."""
        if not has_shape(ACCESS_PREFIX, access_token):
            return Verdict.NOT_OUR_SHAPE
        with self._database.write() as connection:
            holder = stored_tokens.access_holder(connection, access_token, self._clock.now_ms())
            if isinstance(holder, Verdict):
                return holder
            if _user_id(connection, holder) != user_id:
                return Verdict.NEVER_ISSUED  # not to this user
            stored_tokens.revoke_access(connection, access_token)
        return None

    def _inapp_token(self, connection: Connection, client_id: int, access_token: str | None) -> str:
        token = INAPP_PREFIX + self._ids.secret()
        stored_tokens.add_inapp(connection, token, client_id, access_token, self._clock.now_ms())
        return token


def _user_id(connection: Connection, client_id: int) -> int:
    client = stored_clients.existing(connection, client_id)
    if client.user_id is None:
        raise LookupError(f"client {client.id} holds a token without being a user")
    return client.user_id
