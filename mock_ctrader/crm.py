"""The client for calls 4.x: cTrader's backend speaking to the broker's CRM.

`crmApiToken` lasts until the server is started again (section 4.1); it is kept where every process of the server
finds it. On 403 the client authenticates once and repeats the call once (E-25). No transaction is open while the
broker is being spoken to.
"""

import threading
from dataclasses import dataclass
from typing import Any, TypeGuard
from urllib.parse import quote, urlencode

from mock_ctrader import ids
from mock_ctrader.clock import Clock
from mock_ctrader.outgoing import Outgoing
from mock_ctrader.outgoing_faults import Reply
from mock_ctrader.sandboxes import Sandbox
from mock_ctrader.store import Store, crm_tokens
from mock_ctrader.store.crm_tokens import Kept
from mock_ctrader.texts import can_be_kept

# How long a process that asks for a token is waited for, and how often it is looked whether it has one.
_ASKING_MS = 30_000
_LOOK_SECONDS = 0.05

_TITLES = {
    "4.1": "Authenticate at the CRM",
    "4.2": "Exchange the one-time token",
    "4.3": "Check the access token",
    "4.4": "Ask for a one-time token",
    "4.5": "Log the user out",
}


class CrmError(Exception):
    """The broker's CRM refused, could not be reached, or answered something that cannot be used."""

    def __init__(self, call: str, description: str, status: int | None = None) -> None:
        super().__init__(f"{call}: {description}")
        self.call = call
        self.description = description
        self.status = status


@dataclass(frozen=True, slots=True)
class CrmIdentity:
    """Who signed in, as calls 4.2 and 4.3 say. `access_token` only if the user wanted to stay logged in."""

    user_id: int
    access_token: str | None
    inapp_token: str | None


class CrmClient:
    """Speaks to the CRM of any sandbox; safe to share between threads, and to have in several processes."""

    def __init__(self, store: Store, outgoing: Outgoing, clock: Clock) -> None:
        self._store = store
        self._outgoing = outgoing
        self._clock = clock
        self._name = ids.random_token()
        self._locks: dict[tuple[str, str], threading.Lock] = {}

    def exchange_one_time_token(self, sandbox: Sandbox, code: str) -> CrmIdentity:
        """Call 4.2: who does this one-time token belong to?

        Raises:
            CrmError: with the CRM's status if it answered, naming what was wrong.
        """
        return _identity("4.2", self._authorised(sandbox, "4.2", "/oauth2/onetime/authorize", {"code": code}))

    def check_access_token(self, sandbox: Sandbox, access_token: str) -> CrmIdentity:
        """Call 4.3: is this stored token still good, and whose is it?

        Raises:
            CrmError: as above; 404, 410 and 417 are the CRM's verdict on the token (E-25).
        """
        body = {"accessToken": access_token}
        return _identity("4.3", self._authorised(sandbox, "4.3", "/oauth2/authorize", body))

    def generate_one_time_token(self, sandbox: Sandbox, user_id: int, inapp_token: str | None) -> str:
        """Call 4.4: a one-time token for an InApp action. `inapp_token` goes along if the CRM gave one.

        Raises:
            CrmError: as above.
        """
        query = {} if inapp_token is None else {"inappToken": inapp_token}
        reply = self._authorised(sandbox, "4.4", "/oauth2/onetime/generate", {"userId": user_id}, query)
        token = _accepted("4.4", reply).get("token")
        if not _is_text(token):
            raise CrmError("4.4", "token: must be a non-empty string", reply.status)
        return token

    def log_out(self, sandbox: Sandbox, user_id: int, access_token: str) -> None:
        """Call 4.5: the user logged out of an application. Only for sessions with an access token (E-21).

        Raises:
            CrmError: as above; any 2xx is a success, whatever its body (E-27).
        """
        query = {"userId": str(user_id), "accessToken": access_token}
        reply = self._authorised(sandbox, "4.5", "/oauth2/logout", None, query)
        if reply.status is None or not 200 <= reply.status < 300:
            raise _refusal("4.5", reply)

    def _authorised(
        self,
        sandbox: Sandbox,
        call: str,
        path: str,
        body: dict[str, Any] | None,
        query: dict[str, str] | None = None,
    ) -> Reply:
        token = self._crm_api_token(sandbox, refused=None)
        reply = self._post(sandbox, call, path, body, {**(query or {}), "crmApiToken": token})
        if reply.status == 403:
            token = self._crm_api_token(sandbox, refused=token)
            reply = self._post(sandbox, call, path, body, {**(query or {}), "crmApiToken": token})
        return reply

    def _crm_api_token(self, sandbox: Sandbox, refused: str | None) -> str:
        """The token kept for a CRM, or a new one by call 4.1 if there is none but the refused one.

        One thread of one process at a time asks: a CRM may keep exactly one token valid, so two that ask at once
        would take each other's away. The token belongs to the CRM's address; another address is another CRM.
        """
        key = (sandbox.id, sandbox.crm_url)
        with self._locks.setdefault(key, threading.Lock()):
            while True:
                kept = self._kept(key, refused)
                if kept.token is not None:
                    return kept.token
                if kept.asker == self._name:  # nobody else in this process: the lock is this thread's
                    return self._authenticate(sandbox)
                self._clock.pause(_LOOK_SECONDS)  # another process asks

    def _kept(self, key: tuple[str, str], refused: str | None) -> Kept:
        """A token that is not the refused one, or who is to ask for it: perhaps this process."""
        now = self._clock.now_ms()
        with self._store.read() as transaction:
            kept = crm_tokens.find(transaction, *key)
        if kept.settled(refused, now):
            return kept
        claim = Kept(asker=self._name, asked_until=now + _ASKING_MS)
        with self._store.write(key[0]) as transaction:
            return crm_tokens.find_or_claim(transaction, *key, refused, claim, now)

    def _authenticate(self, sandbox: Sandbox) -> str:
        """Call 4.1; keeps the token it gets."""
        try:
            token = self._ask(sandbox)
        except CrmError:
            with self._store.write(sandbox.id) as transaction:
                crm_tokens.give_up(transaction, sandbox.id, sandbox.crm_url, self._name)
            raise
        with self._store.write(sandbox.id) as transaction:
            crm_tokens.put(transaction, sandbox.id, sandbox.crm_url, Kept(token))
        return token

    def _ask(self, sandbox: Sandbox) -> str:
        reply = self._post(sandbox, "4.1", "/oauth2/crmApiToken", {"password": sandbox.crm_password}, {})
        token = _accepted("4.1", reply).get("crmApiToken")
        if not _is_text(token):
            raise CrmError("4.1", "crmApiToken: must be a non-empty string", reply.status)
        return token

    def _post(
        self, sandbox: Sandbox, call: str, path: str, body: dict[str, Any] | None, query: dict[str, str]
    ) -> Reply:
        url = sandbox.crm_url.rstrip("/") + path
        if query:
            url += "?" + urlencode(query, quote_via=quote)
        return self._outgoing.post(sandbox.id, call, _TITLES[call], url, body, contract_path=path)


def _identity(call: str, reply: Reply) -> CrmIdentity:
    body = _accepted(call, reply)
    user_id = body.get("userId")
    if isinstance(user_id, str) and user_id.isascii() and user_id.isdigit() and len(user_id) < 19:
        user_id = int(user_id)
    if type(user_id) is not int or not 0 < user_id < 2**63:
        raise CrmError(call, f"userId: must be an integer of 64 bits, got {ascii(user_id)[:80]}", reply.status)
    access_token, inapp_token = body.get("accessToken"), body.get("inappToken")
    return CrmIdentity(
        user_id,
        access_token if _is_text(access_token) else None,
        inapp_token if _is_text(inapp_token) else None,
    )


def _accepted(call: str, reply: Reply) -> dict[str, Any]:
    if not reply.succeeded:
        raise _refusal(call, reply)
    if not isinstance(reply.body, dict):
        raise CrmError(call, "the CRM's answer is not a JSON object", reply.status)
    return reply.body


def _refusal(call: str, reply: Reply) -> CrmError:
    if reply.status is None or 200 <= reply.status < 300:
        return CrmError(call, reply.problem or "no answer", reply.status)
    return CrmError(call, f"the CRM answered {reply.status} {_error_name(reply.body)}".rstrip(), reply.status)


def _error_name(body: Any) -> str:
    """The code of an error in any of the three forms brokers use (E-2)."""
    if not isinstance(body, dict):
        return ""
    error = body.get("error", body.get("error_code", ""))
    if isinstance(error, dict):
        error = error.get("errorCode", "")
    return str(error)[:100].encode("ascii", "backslashreplace").decode()


def _is_text(value: Any) -> TypeGuard[str]:
    """A non-empty string that can be sent and kept."""
    return isinstance(value, str) and bool(value) and can_be_kept(value)
