"""What cTrader asks of the CRM: tokens for itself (call 4.1), exchange of one-time tokens (call 4.2)."""

import hmac
from dataclasses import dataclass

from broker_reference.clock import Clock
from broker_reference.ids import Ids
from broker_reference.outbox import Outbox
from broker_reference.partner_programme import PartnerProgramme
from broker_reference.settings import Settings
from broker_reference.store import attributions as stored_attributions
from broker_reference.store import clients as stored_clients
from broker_reference.store import tokens as stored_tokens
from broker_reference.store.database import Database
from broker_reference.tokens import ACCESS_PREFIX, CRM_API_PREFIX, ONE_TIME_PREFIX, Verdict, has_shape


@dataclass(frozen=True)
class Authorised:
    """The answer of call 4.2. `access_token` is there only if the user chose to stay logged in."""

    user_id: int
    access_token: str | None


class Authorisation:
    """Serves calls 4.1 and 4.2."""

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
            consumed = stored_tokens.consume_one_time(connection, code, now)
            if isinstance(consumed, Verdict):
                return consumed
            client = stored_clients.existing(connection, consumed.client_id)
            if client.user_id is None:
                raise LookupError(f"client {client.id} got a one-time token without being a user")
            stored_clients.mark_authorised(connection, client.id, now)
            stored_attributions.complete(connection, client.id, now)
            self._programme.settle_after_authorisation(connection, client.id)
            if consumed.keep_logged_in:
                access_token = ACCESS_PREFIX + self._ids.secret()
                stored_tokens.add_access(connection, access_token, client.id, now)
        self._outbox.wake()
        return Authorised(client.user_id, access_token)
