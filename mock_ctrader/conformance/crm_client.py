"""cTrader's side of the calls 4.x, made by the harness itself, with right and with wrong values (section 4)."""

from dataclasses import dataclass
from typing import Any

import requests

from mock_ctrader.clock import SystemClock
from mock_ctrader.conformance.adapter import Unreachable
from mock_ctrader.conformance.throttling import Patience
from mock_ctrader.conformance.trace import Trace
from mock_ctrader.conformance.unanswered import why_unanswered

PATHS = {
    "4.1": "/oauth2/crmApiToken",
    "4.2": "/oauth2/onetime/authorize",
    "4.3": "/oauth2/authorize",
    "4.4": "/oauth2/onetime/generate",
    "4.5": "/oauth2/logout",
}
# what a call answers on success: a refusal must hold none of it
_GIVEN = ("crmApiToken", "userId", "accessToken", "inappToken", "token")
_TIMEOUT = (5.0, 20.0)


@dataclass(frozen=True, slots=True)
class CrmAnswer:
    """What the broker answered. `keys` are those of a JSON object, empty for anything else; `is_page`: HTML."""

    status: int
    keys: dict[str, Any]
    exchange: dict[str, Any]
    is_page: bool = False

    @property
    def succeeded(self) -> bool:
        """Whether it is a 2xx."""
        return 200 <= self.status < 300

    def leaks(self, *names: str) -> list[str]:
        """Which of the keys a success would have are in it."""
        return [name for name in names or _GIVEN if self.keys.get(name) not in (None, "")]

    def describe(self) -> str:
        """Status, error code and keys, for reports; no values of secrets."""
        error = self.keys.get("error")
        code = error.get("errorCode") if isinstance(error, dict) else error or self.keys.get("error_code")
        given = ", ".join(self.leaks())
        return f"{self.status}" + (f" {code}" if code else "") + (f" with {given}" if given else "")


class CrmClient:
    """Makes calls 4.x to one broker; every exchange is traced."""

    def __init__(self, crm_url: str, password: str, trace: Trace) -> None:
        self.base = crm_url.rstrip("/")
        self._password = password
        self.trace = trace
        self._http = requests.Session()
        self._http.trust_env = False
        self._http.headers["Connection"] = "close"
        self._clock = SystemClock()

    def authenticate(self, password: str | None = None) -> CrmAnswer:
        """Call 4.1; with the password of the settings unless told otherwise."""
        return self.ask("4.1", {"password": self._password if password is None else password})

    def token(self) -> str:
        """A fresh crmApiToken, "" if the broker gives none."""
        return str(self.authenticate().keys.get("crmApiToken") or "")

    def exchange(self, code: str, crm_api_token: str | None) -> CrmAnswer:
        """Call 4.2; without the query parameter if the crmApiToken is None."""
        return self.ask("4.2", {"code": code}, crmApiToken=crm_api_token)

    def check(self, access_token: str, crm_api_token: str | None) -> CrmAnswer:
        """Call 4.3."""
        return self.ask("4.3", {"accessToken": access_token}, crmApiToken=crm_api_token)

    def generate(self, user_id: int, crm_api_token: str | None, inapp_token: str | None) -> CrmAnswer:
        """Call 4.4; without the query parameter if the inappToken is None."""
        return self.ask("4.4", {"userId": user_id}, crmApiToken=crm_api_token, inappToken=inapp_token)

    def log_out(self, user_id: int, access_token: str, crm_api_token: str) -> CrmAnswer:
        """Call 4.5, which has no body."""
        return self.ask("4.5", None, crmApiToken=crm_api_token, userId=str(user_id), accessToken=access_token)

    def ask(self, call: str, body: Any, **query: str | None) -> CrmAnswer:
        """Any call with any body: a dict is sent as JSON, text as it is, None not at all.

        Raises: Unreachable: there was no answer. Throttled: it was 429, however long one waited.
        """
        patience = Patience(f"POST {self.base}{PATHS[call]}")
        while True:
            answer, retry_after = self._once(call, body, query)
            if not patience.again(answer.status, retry_after):
                return answer

    def _once(self, call: str, body: Any, query: dict[str, str | None]) -> tuple[CrmAnswer, str | None]:
        """One request: what was answered, and its Retry-After."""
        url = self.base + PATHS[call]
        given = {name: value for name, value in query.items() if value is not None}
        data = body.encode() if isinstance(body, str) else None
        prepared = self._http.prepare_request(
            requests.Request(
                "POST",
                url,
                params=given,
                json=body if data is None else None,
                data=data,
                headers={"Accept": "application/json", "Content-Type": "application/json"},
            )
        )
        began = self._clock.monotonic()
        try:
            response = self._http.send(prepared, timeout=_TIMEOUT, allow_redirects=False)
        except requests.RequestException as problem:
            self.trace.add("POST", str(prepared.url), body, None, None, call=call)
            raise Unreachable(f"call {call} to {url}: {why_unanswered(problem)}") from problem
        keys = _keys(response)
        exchange = self.trace.add(
            "POST",
            str(prepared.url),
            body,
            response.status_code,
            keys if keys or not response.content else response.text,
            call=call,
            title=f"{call} by the harness",
            milliseconds=round((self._clock.monotonic() - began) * 1000),
        )
        is_page = "html" in response.headers.get("Content-Type", "")
        return CrmAnswer(response.status_code, keys, exchange, is_page), response.headers.get("Retry-After")


def _keys(response: requests.Response) -> dict[str, Any]:
    try:
        found = response.json()
    except requests.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
