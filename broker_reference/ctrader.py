"""Client of the calls the broker makes to cTrader (section 3): a method per call, one exception."""

import hashlib
import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError

from broker_reference.clock import monotonic_ms
from broker_reference.partners import Target
from broker_reference.settings import Settings

logger = logging.getLogger(__name__)

# Assumed: the vendor's document does not show the path of call 3.11 legibly; its siblings look like this.
USER_ID_BY_EMAIL_PATH = "/cid/oauth2/ctid/getUserId"
# Assumed likewise; call 3.12 mirrors call 4.5, which is POST /oauth2/logout.
LOG_OUT_PATH = "/cid/oauth2/ctid/logout"

EMAIL_ALREADY_EXISTS = "CH_EMAIL_ALREADY_EXISTS"
ACCOUNT_ALREADY_LINKED = "CH_TRADER_ACCOUNT_ALREADY_LINKED"
NOT_ENOUGH_MONEY = "NOT_ENOUGH_MONEY"
# Refusals of the manager; every other 403 may be one of the token (E-1, section 9).
_NO_PERMISSION = ("CH_INSUFFICIENT_PERMISSIONS", "NOT_ENOUGH_RIGHTS")

_TIMEOUT_S = (3.05, 10.0)  # to connect, between bytes of the answer
_HEADERS = {"Accept": "application/json"}
_LONGEST_ERROR_TEXT = 300
_LONGEST_WAIT_S = 3600
_UNEXPECTED_ANSWER = "UNEXPECTED_ANSWER"

_Json: TypeAlias = dict[str, Any]


class CTraderError(Exception):
    """A call failed.

    Attributes:
        call: number of the call in the vendor's document, e.g. ``3.6``.
        http_status: status of the answer, None if there was none.
        error_code: the vendor's code, or NO_ANSWER, or UNEXPECTED_ANSWER for a success lacking its content.
        description: text for people; never holds a token.
        sent: False if the request certainly never reached cTrader.
        retry_after_s: for how long cTrader asks to be left alone (Retry-After), in seconds; 0 if it does not say.
    """

    def __init__(
        self,
        call: str,
        http_status: int | None,
        error_code: str,
        description: str,
        *,
        sent: bool = True,
        retry_after_s: int = 0,
    ) -> None:
        self.call = call
        self.http_status = http_status
        self.error_code = error_code
        self.description = description
        self.sent = sent
        self.retry_after_s = retry_after_s
        status = "no answer" if http_status is None else f"HTTP {http_status}"
        super().__init__(f"call {call}: {status} {error_code}: {description}")

    @property
    def passing(self) -> bool:
        """Worth repeating unchanged: network trouble, an error of the server, the hourly limit, a spoilt token."""
        if self.http_status is None or self.http_status >= 500 or self.http_status == 429:
            return True
        return self.call == "3.1" and self.error_code == _UNEXPECTED_ANSWER


@dataclass(frozen=True)
class NewAccount:
    """What the broker decides about a trading account (call 3.3). `balance` is in hundredths."""

    email: str
    first_name: str
    last_name: str
    account_type: str
    deposit_currency: str
    leverage_in_cents: int
    balance: int
    password_md5: str
    introducing_broker: str | None


@dataclass(frozen=True)
class BalanceChange:
    """One movement of money (call 3.5). `amount` is positive, in units of the account's currency."""

    type: str
    amount: Decimal
    external_id: str


def md5_hex(password: str) -> str:
    """Return the hash the vendor's calls demand for manager and account passwords."""
    return hashlib.md5(password.encode(), usedforsecurity=False).hexdigest()


class CTrader:
    """The cTrader backend as this broker sees it. Safe to use from many threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._base = settings.ctrader_url.rstrip("/")
        self._sessions = threading.local()
        self._token: str | None = None
        self._token_lock = threading.Lock()

    def create_user(self, email: str, first_name: str, preferred_language: str) -> int:
        """Call 3.2: create the user. Returns `userId`."""
        body = {
            "brokerCrmName": self._settings.broker_crm_name,
            "email": email,
            "firstName": first_name,
            "preferredLanguage": preferred_language,
        }
        return _integer("3.2", self._call("3.2", "POST", "/cid/oauth2/ctid/create", body=body), "userId")

    def open_account(self, account: NewAccount) -> int:
        """Call 3.3: create a trading account. Returns `login`."""
        contact = {"email": account.email}
        if account.introducing_broker is not None:
            contact["introducingBroker1"] = account.introducing_broker
        body = {
            "accessRights": "FULL_ACCESS",
            "accountType": account.account_type,
            "balance": account.balance,
            "brokerName": self._settings.broker_name,
            "depositCurrency": account.deposit_currency,
            "groupName": self._settings.group_name,
            "hashedPassword": account.password_md5,
            "leverageInCents": account.leverage_in_cents,
            "totalMarginCalculationType": "MAX",
            "contactDetails": contact,
            "name": account.first_name,
            "lastName": account.last_name,
        }
        return _integer("3.3", self._call("3.3", "POST", "/v2/webserv/traders", body=body), "login")

    def link_account(self, login: int, password_md5: str, user_id: int) -> int:
        """Call 3.4: link a trading account to its user. Returns `ctidTraderAccountId`."""
        body = {
            "traderLogin": login,
            "traderPasswordHash": password_md5,
            "userId": user_id,
            "brokerName": self._settings.broker_name,
            "environmentName": self._settings.environment_name,
            "returnAccountDetails": True,
        }
        return _integer("3.4", self._call("3.4", "POST", "/cid/ctid/link", body=body), "ctidTraderAccountId")

    def set_partner_identifier(self, partner_id: str, target: Target) -> None:
        """Call 3.6: attach an identifier to a user or an account. Any 2xx, any body is a success (E-4)."""
        body = {
            "brokerCrmName": self._settings.broker_crm_name,
            "partnerId": partner_id,
            target.key: target.value,
        }
        self._call("3.6", "PUT", "/cid/oauth2/ctid/referral", body=body)

    def change_balance(self, login: int, change: BalanceChange) -> int | None:
        """Call 3.5: move money. Returns `balanceHistoryId`, None if a success came without it (E-27).

        The amount travels as a JSON number, as documented. Raises ValueError for an amount that a double does
        not hold to the last decimal.
        """
        amount = float(change.amount)
        if Decimal(repr(amount)) != change.amount:
            raise ValueError(f"amount {change.amount} has more digits than a double carries")
        body = {
            "login": login,
            "preciseAmount": amount,
            "type": change.type,
            "externalId": change.external_id,
        }
        answer = self._call("3.5", "POST", f"/v2/webserv/traders/{login}/changebalance", body=body)
        try:
            return _integer("3.5", answer, "balanceHistoryId")
        except CTraderError:
            # The status says that the money has moved; without the id it has moved all the same.
            logger.warning("call 3.5 %s succeeded without a usable balanceHistoryId", change.external_id)
            return None

    def change_email(self, user_id: int, new_email: str) -> None:
        """Call 3.10: tell cTrader a user's new address."""
        body = {"userId": user_id, "newEmail": new_email, "brokerCrmName": self._settings.broker_crm_name}
        self._call("3.10", "PUT", "/cid/oauth2/ctid/changeEmail", body=body)

    def log_out(self, user_id: int) -> None:
        """Call 3.12: drop all the user's sessions in all cTrader applications."""
        query = {"brokerCrmName": self._settings.broker_crm_name, "userId": str(user_id)}
        self._call("3.12", "POST", LOG_OUT_PATH, query=query)

    def user_id_by_email(self, email: str) -> int | None:
        """Call 3.11: look a user up. Returns None for the empty answer that means there is no such user."""
        query = {"brokerCrmName": self._settings.broker_crm_name, "email": email}
        answer = self._call("3.11", "GET", USER_ID_BY_EMAIL_PATH, query=query)
        return _integer("3.11", answer, "userId") if answer else None

    def accept_agreement(self, user_id: int) -> None:
        """Call 3.13: confirm that the user accepted the agreement."""
        query = {"brokerCrmName": self._settings.broker_crm_name, "userId": str(user_id)}
        self._call("3.13", "PUT", "/cid/oauth2/ctid/acceptAgreement", query=query)

    def _call(
        self,
        call: str,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: _Json | None = None,
    ) -> _Json:
        """Make one call; if the manager token is refused, fetch a new one and repeat once (E-1)."""
        token = self._manager_token(refused=None)
        try:
            return self._send(call, method, path, {**(query or {}), "token": token}, body)
        except CTraderError as error:
            if not _refuses_token(error):
                raise
        token = self._manager_token(refused=token)
        return self._send(call, method, path, {**(query or {}), "token": token}, body)

    def _manager_token(self, refused: str | None) -> str:
        """Return the cached manager token; fetch one (call 3.1) if there is none or it was refused."""
        with self._token_lock:
            if self._token is None or self._token == refused:
                self._token = None
                body = {
                    "login": self._settings.manager_login,
                    "hashedPassword": md5_hex(self._settings.manager_password),
                }
                answer = self._send("3.1", "POST", "/v2/webserv/managers/token", {}, body)
                token = answer.get("webservToken")
                if not isinstance(token, str) or not token or not token.isascii():
                    raise CTraderError("3.1", 200, _UNEXPECTED_ANSWER, "the answer carries no webservToken")
                self._token = token
            return self._token

    def _send(self, call: str, method: str, path: str, query: Mapping[str, str], body: _Json | None) -> _Json:
        started = monotonic_ms()
        try:
            response = self._session().request(
                method,
                self._base + path,
                params=query,
                json=body,
                headers=_HEADERS,
                timeout=_TIMEOUT_S,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            logger.warning("call %s no answer (%s) in %d ms", call, type(error).__name__, monotonic_ms() - started)
            # `from None`: the text of the original names the URL, and with it the manager token.
            raise CTraderError(
                call, None, "NO_ANSWER", type(error).__name__, sent=not _never_connected(error)
            ) from None
        logger.info("call %s status %d in %d ms", call, response.status_code, monotonic_ms() - started)
        answer = _object(response)
        if not 200 <= response.status_code < 300:
            code, text = (_printable(part, query) for part in _error_of(answer))
            wait = _retry_after_s(response)
            raise CTraderError(call, response.status_code, code, text, retry_after_s=wait)
        return answer

    def _session(self) -> requests.Session:
        """Return this thread's session: connections are reused, cookies are not shared between threads."""
        session: requests.Session | None = getattr(self._sessions, "session", None)
        if session is None:
            session = requests.Session()
            session.trust_env = False
            self._sessions.session = session
        return session


def _refuses_token(error: CTraderError) -> bool:
    """Tell whether a new manager token may help. Such a call was not carried out, so repeating it is safe."""
    return error.http_status == 401 or (error.http_status == 403 and error.error_code not in _NO_PERMISSION)


def _never_connected(error: requests.RequestException) -> bool:
    """Tell whether not even a connection came about, so that nothing can have happened at the other end."""
    cause = error.args[0] if error.args else None
    return isinstance(error, requests.ConnectTimeout) or (
        isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)
    )


def _retry_after_s(response: requests.Response) -> int:
    """Return the seconds of Retry-After, an hour at most, as the limit is hourly; a date counts as nothing."""
    value = response.headers.get("Retry-After", "")
    return min(int(value), _LONGEST_WAIT_S) if value.isascii() and value.isdigit() and len(value) < 10 else 0


def _object(response: requests.Response) -> _Json:
    """Return the JSON object of an answer; any other body counts as an empty object (E-4, E-27)."""
    try:
        answer = response.json()
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _error_of(answer: _Json) -> tuple[str, str]:
    """Read code and text from any of the three error forms in use (E-2)."""
    nested = answer.get("error")
    if isinstance(nested, dict):
        code, text = nested.get("errorCode"), nested.get("description")
    else:
        code, text = nested or answer.get("error_code"), answer.get("message")
    return str(code or "NO_ERROR_CODE"), str(text or "no description")


def _printable(text: str, query: Mapping[str, str]) -> str:
    """Make a stranger's text fit for one line of a log, a page and the database; the token never shows."""
    one_line = " ".join(text.encode("utf-8", "replace").decode().split())
    token = query.get("token")
    return (one_line.replace(token, "[token]") if token else one_line)[:_LONGEST_ERROR_TEXT]


def _integer(call: str, answer: _Json, key: str) -> int:
    """Return a positive integer of the answer; a numeric string counts (E-26)."""
    value = answer.get(key)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**63:
        raise CTraderError(call, 200, _UNEXPECTED_ANSWER, f"the answer carries no usable {key}")
    return value
