"""The client for calls 4.x: cTrader's backend speaking to the broker's CRM.

`crmApiToken` is kept in memory only (section 4.1), so it is asked for again after a restart. On 403 the client
authenticates once and repeats the call once (E-25). No transaction is open while the broker is being spoken to.
"""

import json
import threading
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import requests
from urllib3.exceptions import HTTPError

from mock_ctrader.clock import Clock
from mock_ctrader.contract import Contract
from mock_ctrader.journal import Direction, Journal, exchange
from mock_ctrader.sandboxes import Sandbox

# Connect and read time-outs, in seconds; the vendor publishes none.
_TIMEOUT = (3.0, 10.0)
_BODY_LIMIT = 1_000_000
_TITLES = {"4.1": "Authenticate at the CRM", "4.2": "Exchange the one-time token"}


class CrmError(Exception):
    """The broker's CRM refused, could not be reached, or answered something that cannot be used."""

    def __init__(self, call: str, description: str, status: int | None = None) -> None:
        super().__init__(f"{call}: {description}")
        self.call = call
        self.description = description
        self.status = status


@dataclass(frozen=True, slots=True)
class CrmIdentity:
    """Who signed in, as call 4.2 says."""

    user_id: int
    access_token: str | None


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    body: Any


class CrmClient:
    """Speaks to the CRM of any sandbox; safe to share between threads."""

    def __init__(self, journal: Journal, contract: Contract, clock: Clock) -> None:
        self._journal = journal
        self._contract = contract
        self._clock = clock
        self._tokens: dict[tuple[str, str], str] = {}
        self._local = threading.local()

    def exchange_one_time_token(self, sandbox: Sandbox, code: str) -> CrmIdentity:
        """Call 4.2: who does this one-time token belong to?

        Raises:
            CrmError: with the CRM's status if it answered, naming what was wrong.
        """
        reply = self._authorised(sandbox, "4.2", "/oauth2/onetime/authorize", {"code": code})
        body = _accepted("4.2", reply)
        user_id = body.get("userId")
        if isinstance(user_id, str) and user_id.isascii() and user_id.isdigit():
            user_id = int(user_id)
        if type(user_id) is not int:
            raise CrmError("4.2", f"userId: must be an integer, got {user_id!r}", reply.status)
        access_token = body.get("accessToken")
        return CrmIdentity(user_id, access_token if isinstance(access_token, str) else None)

    def _authorised(self, sandbox: Sandbox, call: str, path: str, body: dict[str, Any]) -> _Reply:
        # The token belongs to the CRM's address: another address is another CRM.
        key = (sandbox.id, sandbox.crm_url)
        token = self._tokens.get(key)
        fresh = token is None
        if token is None:
            token = self._authenticate(sandbox)
        reply = self._post(sandbox, call, path, body, token)
        if reply.status == 403 and not fresh:
            token = self._authenticate(sandbox)
            reply = self._post(sandbox, call, path, body, token)
        return reply

    def _authenticate(self, sandbox: Sandbox) -> str:
        """Call 4.1; keeps the token it gets."""
        reply = self._post(sandbox, "4.1", "/oauth2/crmApiToken", {"password": sandbox.crm_password}, None)
        token = _accepted("4.1", reply).get("crmApiToken")
        if not isinstance(token, str) or not token:
            raise CrmError("4.1", "crmApiToken: must be a non-empty string", reply.status)
        self._tokens[(sandbox.id, sandbox.crm_url)] = token
        return token

    def _post(self, sandbox: Sandbox, call: str, path: str, body: dict[str, Any], token: str | None) -> _Reply:
        query = "" if token is None else f"crmApiToken={quote(token, safe='')}"
        url = sandbox.crm_url.rstrip("/") + path + (f"?{query}" if query else "")
        started = self._clock.monotonic()
        status: int | None = None
        parsed: Any = None
        problem: str | None = None
        try:
            with self._session().post(
                url, json=body, timeout=_TIMEOUT, allow_redirects=False, stream=True
            ) as response:
                status = response.status_code
                parsed, problem = _read(response)
        except (requests.RequestException, HTTPError) as failure:
            problem = f"{sandbox.crm_url} could not be reached: {_cause(failure)}"
        milliseconds = round((self._clock.monotonic() - started) * 1000)
        event = exchange(
            call,
            Direction.CTRADER_TO_BROKER,
            "POST",
            urlsplit(sandbox.crm_url).path.rstrip("/") + path,
            query,
            body,
            status,
            parsed,
            title=f"{call} {_TITLES[call]}",
            details={"milliseconds": milliseconds, **({"problem": problem} if problem else {})},
        )
        given = {} if token is None else {"crmApiToken": token}
        event.violations = self._contract.check("broker", "POST", path, given, body, status, parsed)
        self._journal.record(sandbox.id, event)
        if status is None or (problem and 200 <= status < 300):
            raise CrmError(call, problem or "no answer", status)
        return _Reply(status, parsed)

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
            # Proxies and netrc of the machine have no business between the mock and the broker under test.
            self._local.session.trust_env = False
            self._local.session.headers["Accept"] = "application/json"
        session: requests.Session = self._local.session
        return session


def _read(response: requests.Response) -> tuple[Any, str | None]:
    """The JSON of an answer, or None and what is wrong with it."""
    content = response.raw.read(_BODY_LIMIT + 1, decode_content=True)
    if len(content) > _BODY_LIMIT:
        return None, f"the answer is longer than {_BODY_LIMIT} bytes"
    if not content:
        return None, None
    try:
        return json.loads(content), None
    except (ValueError, RecursionError):
        return None, "the answer is not JSON"


def _accepted(call: str, reply: _Reply) -> dict[str, Any]:
    if not 200 <= reply.status < 300:
        raise CrmError(call, f"the CRM answered {reply.status} {_error_name(reply.body)}".rstrip(), reply.status)
    if not isinstance(reply.body, dict):
        raise CrmError(call, "the CRM's answer is not a JSON object", reply.status)
    return reply.body


def _error_name(body: Any) -> str:
    """The code of an error in any of the three forms brokers use (E-2)."""
    if not isinstance(body, dict):
        return ""
    error = body.get("error", body.get("error_code", ""))
    if isinstance(error, dict):
        error = error.get("errorCode", "")
    return str(error)[:100]


def _cause(failure: Exception) -> str:
    """The kind of failure; its text would repeat the URL, and with it the crmApiToken."""
    return type(failure).__name__
