"""The harness's two ways into the mock: the control API, and the application as its users see it."""

import hashlib
import os
from typing import Any
from urllib.parse import urlsplit

import requests

from mock_ctrader import ids
from mock_ctrader.conformance.throttling import TOO_MANY_REQUESTS, throttled
from mock_ctrader.settings import CONTROL_TOKEN_VARIABLE

_TIMEOUT = (5.0, 40.0)


class MockError(Exception):
    """The mock refused something the harness asked of it: an error of ours, never the broker's."""


def control_headers() -> dict[str, str]:
    """What a request to the control API carries beside its body: the control token of the environment, if any.

    Never send it elsewhere: the mock's other paths do not ask for it, and a broker must not have it.
    """
    token = os.environ.get(CONTROL_TOKEN_VARIABLE)
    return {"Authorization": f"Bearer {token}"} if token else {}


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.headers["Accept"] = "application/json"
    session.headers["Connection"] = "close"
    return session


class ControlClient:
    """One sandbox, through the control API."""

    def __init__(self, mock_url: str, sandbox_id: str) -> None:
        self._base = f"{mock_url}/control/sandboxes/{sandbox_id}"
        self._http = _session()
        self._http.headers.update(control_headers())

    def sandbox(self) -> dict[str, Any]:
        """The sandbox's values."""
        return self._ask("GET", "")

    def announce(self, flow: int, level: str, partner_email: str, invited_email: str) -> str:
        """Declare a journey; returns its id."""
        body = {"flow": flow, "level": level, "partnerEmail": partner_email, "invitedEmail": invited_email}
        return str(self._ask("POST", "/journeys", json=body)["id"])

    def journey(self, journey_id: str) -> dict[str, Any]:
        """A journey with its 18 stages."""
        return self._ask("GET", f"/journeys/{journey_id}")

    def journeys(self) -> list[dict[str, Any]]:
        """Every journey of the sandbox."""
        return list(self._ask("GET", "/journeys")["journeys"])

    def report(self, journey_id: str, stage: int, **facts: Any) -> None:
        """Tell the journal what an adapter saw inside the broker."""
        self._ask("POST", f"/journeys/{journey_id}/reports", json={"stage": stage, "facts": facts})

    def events(self, after: int = 0, wait: int = 0, call: str | None = None) -> list[dict[str, Any]]:
        """Journal events after a sequence number; waits up to `wait` seconds for the first."""
        asked = {"after": after, "wait": wait, "limit": 1000, **({"call": call} if call else {})}
        found = self._ask("GET", "/journal", params=asked)
        return list(found["events"])

    def all_events(self, after: int = 0, call: str | None = None) -> list[dict[str, Any]]:
        """Every journal event after a sequence number, oldest first."""
        found: list[dict[str, Any]] = []
        while events := self.events(after, call=call):
            found += events
            after = int(events[-1]["seq"])
        return found

    def last_event(self) -> int:
        """The sequence number of the newest event."""
        events = self.all_events()
        return int(events[-1]["seq"]) if events else 0

    def lookup(self, email: str) -> dict[str, str]:
        """What cTrader knows of a person: user_id, and login and ctid_trader_account_id of the newest account."""
        users = [
            str(event["user_id"])
            for call in ("3.2", "3.11")
            for event in self.all_events(call=call)
            if event.get("status") in (200, 201)
            and str(event.get("email")).casefold() == email.casefold()
            and "user_id" in event
        ]
        if not users:
            return {}
        links = [
            event
            for event in self.all_events(call="3.4")
            if event.get("status") == 200 and str(event.get("user_id")) == users[-1]
        ]
        keys = ("login", "ctid_trader_account_id")
        newest = {key: str(links[-1][key]) for key in keys if key in links[-1]} if links else {}
        return {"user_id": users[-1], **newest}

    def plant(self, call: str, kind: str, **values: Any) -> None:
        """Plant a fault: what is to go wrong with which call (see the control API's document)."""
        self._ask("POST", "/faults", json={"call": call, "kind": kind, **values})

    def pull_faults(self) -> None:
        """Remove every planted fault."""
        self._ask("DELETE", "/faults")

    def _ask(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        try:
            response = self._http.request(method, self._base + path, timeout=_TIMEOUT, **options)
        except requests.RequestException as problem:
            raise MockError(f"{method} {self._base}{path}: {type(problem).__name__}") from problem
        if not response.ok:
            raise MockError(f"{method} {self._base}{path} answered {response.status_code}: {response.text[:300]}")
        answer: dict[str, Any] = response.json() if response.content else {}
        return answer


class ManagerClient:
    """The broker's manager, for reading back what the broker set: calls 3.1 and 3.7."""

    def __init__(self, mock_url: str, sandbox: dict[str, Any]) -> None:
        self._mock_url = mock_url
        self._sandbox = sandbox
        self._http = _session()

    def partner_id(self, user_id: int, ctid_trader_account_id: int | None) -> str | None:
        """Call 3.7: the identifier of an account if one is given, else of the user; None if nothing is set."""
        query: dict[str, str | int] = {
            "token": self._token(),
            "brokerCrmName": self._sandbox["brokerCrmName"],
            **(
                {"userId": user_id}
                if ctid_trader_account_id is None
                else {"ctidTraderAccountId": ctid_trader_account_id}
            ),
        }
        response = self._http.get(f"{self._mock_url}/cid/oauth2/ctid/referral", params=query, timeout=_TIMEOUT)
        if not response.ok:
            raise MockError(f"call 3.7 answered {response.status_code}")
        return str(response.json()["partnerId"]) if response.content else None

    def _token(self) -> str:
        hashed = hashlib.md5(self._sandbox["managerPassword"].encode(), usedforsecurity=False).hexdigest()
        body = {"login": self._sandbox["managerLogin"], "hashedPassword": hashed}
        response = self._http.post(f"{self._mock_url}/v2/webserv/managers/token", json=body, timeout=_TIMEOUT)
        return str(response.json()["webservToken"])


class AppClient:
    """One person's browser in the cTrader application.

    What makes cTrader call the broker (4.x) raises `Throttled` if the broker answers that call 429.
    """

    def __init__(self, app_url: str) -> None:
        self._url = app_url
        self._http = _session()

    @property
    def fingerprint(self) -> str | None:
        """How the journal names this browser."""
        cookie = self._http.cookies.get("mock_ctrader_browser")
        return None if cookie is None else ids.fingerprint(cookie)

    def open_sign_in(self, first_login: bool) -> str:
        """Ask for the sign-in; returns the URL of the broker's screen that opens."""
        return self._redirect(f"{self._url}/sign-in", {"firstLogin": str(first_login).lower()})

    def open_link(self, link: str) -> str:
        """Open a shared link without a session; returns the URL of the broker's screen that opens."""
        return self._redirect(link, None)

    def _redirect(self, url: str, params: dict[str, str] | None) -> str:
        response = self._http.get(url, params=params, timeout=_TIMEOUT, allow_redirects=False)
        if response.status_code != 302:
            raise MockError(f"GET {url} answered {response.status_code}: {response.text[:300]}")
        return response.headers["Location"]

    def finish(self, success_url: str) -> tuple[bool, dict[str, Any]]:
        """See the success URL, wherever it leads, and sign in with the one-time token it carries.

        Returns:
            Whether the sign-in worked, and the application's answer.
        """
        query = urlsplit(success_url).query
        response = self._get(f"success?{query}")
        return response.ok, response.json()

    def open_info(self, address: str) -> tuple[bool, dict[str, Any]]:
        """cTrader Web as the client area opens it (flow 5.6), wherever the address leads; as `finish`."""
        query = urlsplit(address).query
        response = self._get(f"info?{query}")
        return response.ok, response.json() if response.content else {}

    def launch(self) -> str:
        """Launch the application; the URL of the broker's screen, or "" if a stored token signed the user in."""
        response = self._get("launch")
        if response.status_code == 200:
            return ""
        if response.status_code != 302:
            raise MockError(f"launching the application answered {response.status_code}: {response.text[:300]}")
        return response.headers["Location"]

    def start_action(self, action: str) -> str:
        """Start an InApp action on the active account; the URL of the broker's screen."""
        response = self.post("actions", action=action)
        if response.status_code != 303:
            raise MockError(f"starting a {action} answered {response.status_code}: {response.text[:300]}")
        return response.headers["Location"]

    def post(self, path: str, **body: Any) -> requests.Response:
        """Press a button of the application."""
        return _judgeable(
            self._http.post(f"{self._url}/{path}", json=body, timeout=_TIMEOUT, allow_redirects=False)
        )

    def _get(self, path: str) -> requests.Response:
        return _judgeable(self._http.get(f"{self._url}/{path}", timeout=_TIMEOUT, allow_redirects=False))

    def profile(self) -> dict[str, Any]:
        """What the application shows its user."""
        profile: dict[str, Any] = self._http.get(f"{self._url}/me", timeout=_TIMEOUT).json()
        return profile

    def share(self, kind: str, target: str | None = None) -> dict[str, Any]:
        """Ask for a link."""
        response = self._http.post(
            f"{self._url}/links",
            json={"kind": kind, "target": target},
            timeout=_TIMEOUT,
            allow_redirects=False,
        )
        if response.status_code != 201:
            raise MockError(f"sharing a {kind} link answered {response.status_code}: {response.text[:300]}")
        answer: dict[str, Any] = response.json()
        return answer


def _judgeable(response: requests.Response) -> requests.Response:
    """The application's answer, unless it passes on that the broker throttles calls 4.x."""
    if response.status_code == TOO_MANY_REQUESTS:
        call = str(response.json()["error"]["description"]).partition(":")[0]
        raise throttled(f"{call} of cTrader")
    return response
