"""A person's browser or device that runs the application."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from tests.support import TIMEOUT, http

JSON = {"Accept": "application/json"}
HTML = {"Accept": "text/html"}


class Visitor:
    """Visits one broker's application; redirects are shown, not followed."""

    def __init__(self, app_url: str) -> None:
        self.app_url = app_url
        self.http = http()

    def get(self, address: str, headers: dict[str, str] = JSON) -> requests.Response:
        """GET a path below the application, or a whole URL."""
        url = address if address.startswith("http") else f"{self.app_url}{address}"
        return self.http.get(url, headers=headers, allow_redirects=False, timeout=TIMEOUT)

    def post(
        self, path: str, body: Any = None, headers: dict[str, str] = JSON, **options: Any
    ) -> requests.Response:
        """POST to a path below the application."""
        url = f"{self.app_url}{path}"
        return self.http.post(url, json=body, headers=headers, allow_redirects=False, timeout=TIMEOUT, **options)

    def sign_in(self, one_time_token: str) -> requests.Response:
        """See the success URL with a one-time token."""
        return self.http.get(
            f"{self.app_url}/success",
            params={"token": one_time_token},
            headers=JSON,
            allow_redirects=False,
            timeout=TIMEOUT,
        )

    def me(self) -> dict[str, Any]:
        """What the application shows."""
        response = self.get("/me")
        assert response.status_code == 200, response.text
        return response.json()

    def share(self, kind: str, target: Any = None) -> dict[str, Any]:
        """Ask for a link."""
        response = self.post("/links", {"kind": kind, "target": target})
        assert response.status_code == 201, response.text
        return response.json()

    def screen(self, address: str) -> str:
        """The URL of the broker's screen that an address leads to."""
        response = self.get(address)
        assert response.status_code == 302, response.text
        return response.headers["Location"]


def short(value: Any) -> str:
    """A value as part of a test's name."""
    return ascii(value)[:30]


def parameters(url: str) -> list[tuple[str, str]]:
    """The decoded query of a URL, in order."""
    return parse_qsl(urlsplit(url).query, keep_blank_values=True)
