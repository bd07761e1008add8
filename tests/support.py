"""What tests talk to the mock with: plain HTTP, nothing in-process."""

import hashlib
import itertools
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

import requests

T = TypeVar("T")
_numbers = itertools.count(1)
TIMEOUT = 30


def http() -> requests.Session:
    """A session that ignores the machine's proxies."""
    session = requests.Session()
    session.trust_env = False
    return session


def md5(text: str) -> str:
    """The hash in which managers' and accounts' passwords travel."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


class ControlApi:
    """The control API."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = http()

    def create(self, **values: Any) -> dict[str, Any]:
        """A new sandbox."""
        response = self.http.post(f"{self.url}/sandboxes", json=values, timeout=TIMEOUT)
        assert response.status_code == 201, response.text
        return response.json()

    def delete(self, sandbox_id: str) -> None:
        """Free a sandbox."""
        response = self.http.delete(f"{self.url}/sandboxes/{sandbox_id}", timeout=TIMEOUT)
        assert response.status_code == 204, response.text

    def change(self, sandbox_id: str, **values: Any) -> dict[str, Any]:
        """Change a sandbox."""
        response = self.http.patch(f"{self.url}/sandboxes/{sandbox_id}", json=values, timeout=TIMEOUT)
        assert response.status_code == 200, response.text
        return response.json()

    def events(self, sandbox_id: str) -> list[dict[str, Any]]:
        """The journal of a sandbox."""
        response = self.http.get(f"{self.url}/sandboxes/{sandbox_id}/journal", timeout=TIMEOUT)
        assert response.status_code == 200, response.text
        return response.json()["events"]

    def journeys(self, sandbox_id: str) -> list[dict[str, Any]]:
        """The journeys of a sandbox."""
        response = self.http.get(f"{self.url}/sandboxes/{sandbox_id}/journeys", timeout=TIMEOUT)
        assert response.status_code == 200, response.text
        return response.json()["journeys"]


class Broker:
    """A broker's backend calling cTrader; every call returns the raw response."""

    PASSWORD = "account-password"

    def __init__(self, base_url: str, sandbox: dict[str, Any]) -> None:
        self.base_url = base_url
        self.sandbox = sandbox
        self.crm_name: str = sandbox["brokerCrmName"]
        self.http = http()
        self._token: str | None = None

    @property
    def token(self) -> str:
        """The manager token (3.1), asked for once."""
        if self._token is None:
            self._token = self.further_token()
        return self._token

    def further_token(self) -> str:
        """3.1"""
        keys = {
            "login": self.sandbox["managerLogin"],
            "hashedPassword": md5(self.sandbox["managerPassword"]),
        }
        response = self.post("/v2/webserv/managers/token", keys, token=None)
        assert response.status_code == 200, response.text
        return str(response.json()["webservToken"])

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        query: dict[str, Any] | None = None,
        *,
        token: str | None = "",
        headers: dict[str, str] | None = None,
        data: bytes | None = None,
    ) -> requests.Response:
        """Any request; `token` "" means the broker's own, None means none."""
        params = dict(query or {})
        if token is not None:
            params["token"] = token or self.token
        return self.http.request(
            method,
            self.base_url + path,
            params=params,
            json=body,
            data=data,
            headers=headers,
            timeout=TIMEOUT,
        )

    def post(self, path: str, body: Any, **options: Any) -> requests.Response:
        """A POST with a JSON body."""
        return self.call("POST", path, body, **options)

    def create_user(self, email: str | None = None, **keys: Any) -> requests.Response:
        """3.2"""
        address = email or f"user.{next(_numbers)}@example.net"
        return self.post("/cid/oauth2/ctid/create", {"brokerCrmName": self.crm_name, "email": address, **keys})

    def create_trader(self, **keys: Any) -> requests.Response:
        """3.3"""
        body = {
            "accessRights": "FULL_ACCESS",
            "accountType": "HEDGED",
            "balance": 0,
            "brokerName": self.sandbox["brokerNames"][0],
            "depositCurrency": "EUR",
            "groupName": self.sandbox["groupName"],
            "hashedPassword": md5(self.PASSWORD),
            "leverageInCents": 3000,
            "totalMarginCalculationType": "MAX",
        }
        return self.post("/v2/webserv/traders", body | keys)

    def link_account(self, user_id: int, login: int, **keys: Any) -> requests.Response:
        """3.4"""
        body = {
            "traderLogin": login,
            "traderPasswordHash": md5(self.PASSWORD),
            "userId": user_id,
            "brokerName": self.sandbox["brokerNames"][0],
            "environmentName": "demo",
            "returnAccountDetails": True,
        }
        return self.post("/cid/ctid/link", body | keys)

    def set_partner(self, **keys: Any) -> requests.Response:
        """3.6"""
        return self.call("PUT", "/cid/oauth2/ctid/referral", {"brokerCrmName": self.crm_name, **keys})

    def read_partner(self, **query: Any) -> requests.Response:
        """3.7"""
        return self.call("GET", "/cid/oauth2/ctid/referral", query={"brokerCrmName": self.crm_name, **query})

    def delete_partner(self, **query: Any) -> requests.Response:
        """3.8"""
        return self.call("DELETE", "/cid/oauth2/ctid/referral", query={"brokerCrmName": self.crm_name, **query})

    def read_user_id(self, email: str, **query: Any) -> requests.Response:
        """3.11"""
        given = {"brokerCrmName": self.crm_name, "email": email, **query}
        return self.call("GET", "/cid/oauth2/ctid/getUserId", query=given)

    def confirm_agreement(self, user_id: int) -> requests.Response:
        """3.13"""
        query = {"brokerCrmName": self.crm_name, "userId": user_id}
        return self.call("PUT", "/cid/oauth2/ctid/acceptAgreement", query=query)

    def new_user(self, **keys: Any) -> int:
        """A user that exists; its userId."""
        response = self.create_user(**keys)
        assert response.status_code == 201, response.text
        return int(response.json()["userId"])

    def new_account(self, user_id: int) -> int:
        """An account linked to a user; its ctidTraderAccountId."""
        trader = self.create_trader()
        assert trader.status_code == 201, trader.text
        response = self.link_account(user_id, trader.json()["login"])
        assert response.status_code == 200, response.text
        return int(response.json()["ctidTraderAccountId"])


def eventually(probe: Callable[[], T], what: str, seconds: float = 10.0) -> T:
    """The first true answer of a probe; fails if none comes before the deadline."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not (found := probe()):
        assert time.monotonic() < deadline, f"waited {seconds} s in vain: {what}"
        pause.wait(0.02)
    return found
