"""A browser without pictures: follows redirects, keeps cookies, fills in forms as a person would."""

from dataclasses import dataclass
from urllib.parse import urljoin

import requests
from bs4 import BeautifulSoup, Tag

from mock_ctrader.conformance.adapter import AdapterError

_TIMEOUT = (5.0, 20.0)
_REDIRECTS = 10


@dataclass(frozen=True, slots=True)
class Page:
    """Where the browser ended up; without a status it stopped before opening the address."""

    url: str
    status: int | None
    content: BeautifulSoup

    def describe(self) -> str:
        """What a person would see, in short."""
        alert = self.content.select_one('[role="alert"], .error, .problem')
        text = (alert or self.content).get_text(" ", strip=True)
        return f"{self.status} at {self.url}: {text[:300]}"


class Browser:
    """One person's browser."""

    def __init__(self, stop_before: str | None = None) -> None:
        """Args: stop_before: an address that is returned instead of opened (the success URL)."""
        self._session = requests.Session()
        self._session.trust_env = False
        self._stop_before = stop_before

    def open(self, url: str) -> Page:
        """Open an address and follow redirects."""
        return self._follow("GET", url, None)

    def get_json(self, url: str) -> tuple[int, object]:
        """Ask for JSON with this browser's cookies; no redirect is followed."""
        response = self._session.get(
            url, headers={"Accept": "application/json"}, timeout=_TIMEOUT, allow_redirects=False
        )
        try:
            return response.status_code, response.json()
        except requests.JSONDecodeError:
            return response.status_code, None

    def submit(self, page: Page, values: dict[str, str], action: str | None = None) -> Page:
        """Submit a form of a page: its own fields stay as the page filled them in, unless `values` names them.

        Args:
            page: a page this browser opened.
            values: what the person types and ticks.
            action: the form whose address ends so; by default the first one that has all the fields.

        Raises:
            AdapterError: no such form on the page.
        """
        form = _find_form(page, values, action)
        filled = _prefilled(form) | values
        method = str(form.get("method", "get")).upper()
        return self._follow(method, urljoin(page.url, str(form.get("action") or page.url)), filled)

    def _follow(self, method: str, url: str, data: dict[str, str] | None) -> Page:
        for _ in range(_REDIRECTS):
            if self._stop_before is not None and url.split("?", 1)[0] == self._stop_before.split("?", 1)[0]:
                return Page(url, None, BeautifulSoup("", "html.parser"))
            try:
                response = self._session.request(
                    method,
                    url,
                    data=data if method == "POST" else None,
                    params=data if method == "GET" else None,
                    headers={"Accept": "text/html"},
                    timeout=_TIMEOUT,
                    allow_redirects=False,
                )
            except requests.RequestException as problem:
                raise AdapterError(f"{method} {url}: {type(problem).__name__}") from problem
            if not response.is_redirect:
                return Page(url, response.status_code, BeautifulSoup(response.content, "html.parser"))
            url = urljoin(url, response.headers["Location"])
            if response.status_code in (301, 302, 303):
                method, data = "GET", None
        raise AdapterError(f"more than {_REDIRECTS} redirects, the last to {url}")


def _find_form(page: Page, values: dict[str, str], action: str | None) -> Tag:
    for form in page.content.find_all("form"):
        if not isinstance(form, Tag):
            continue
        names = {field.get("name") for field in form.select("input, select, textarea")}
        if values.keys() <= names and (action is None or str(form.get("action", "")).endswith(action)):
            return form
    wanted = ", ".join(values) or f"action {action}"
    raise AdapterError(f"no form with {wanted} on the page {page.describe()}")


def _prefilled(form: Tag) -> dict[str, str]:
    filled: dict[str, str] = {}
    for field in form.select("input[name], textarea[name]"):
        if field.get("type") in ("checkbox", "radio") and not field.has_attr("checked"):
            continue
        if field.get("type") not in ("submit", "button", "image"):
            filled[str(field["name"])] = str(field.get("value") or field.get_text())
    for choice in form.select("select[name]"):
        option = choice.select_one("option[selected]") or choice.select_one("option")
        if option is not None:
            filled[str(choice["name"])] = str(option.get("value", option.get_text()))
    return filled
