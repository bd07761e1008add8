"""A browser without pictures: follows redirects, keeps cookies, fills in forms as a person would."""

import json as json_module
import re
import threading
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from bs4 import Tag

from mock_ctrader.clock import SystemClock
from mock_ctrader.conformance import forms
from mock_ctrader.conformance.adapter import AdapterError, Unreachable
from mock_ctrader.conformance.adapters.finders import Document
from mock_ctrader.conformance.throttling import Patience
from mock_ctrader.conformance.trace import Trace, masked_url, veiled_text
from mock_ctrader.conformance.unanswered import why_unanswered

_TIMEOUT = (5.0, 20.0)
_HOPS = 20
_LONGEST_REFRESH = 10.0
_AGENT = "Mozilla/5.0 (X11; Linux x86_64) mock-ctrader"
_PAGE, _DATA = "text/html,application/xhtml+xml,*/*;q=0.8", "application/json, text/plain;q=0.9, */*;q=0.8"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_SCRIPTED = re.compile(
    r"""location(?:\.href)?\s*=\s*(["'])(?P<set>.+?)\1|location\.(?:assign|replace)\(\s*(["'])(?P<call>.+?)\3"""
)
_REFRESH = re.compile(r"""^\s*([\d.]+)\s*(?:[;,]\s*(?:url\s*=\s*)?["']?(.*?)["']?\s*)?$""", re.IGNORECASE)

Stop = Callable[[str], bool]


class Page(Document):
    """Where the browser ended up; without a status it stopped before opening the address."""

    @property
    def content(self) -> Tag:
        """The page as HTML."""
        return self.html

    def describe(self) -> str:
        """What a person would see, in short, without secrets."""
        if self.status is None:
            return f"stopped before {masked_url(self.url)}"
        alert = None if self.json is not None else self.html.select_one('[role="alert"], .error, .problem')
        # white space of a page is not seen
        shown = self.text if self.json is not None else " ".join((alert or self.html).get_text(" ").split())
        return f"{self.status} at {masked_url(self.url)}: {veiled_text(shown[:300])}"


class Browser:
    """One person's browser."""

    def __init__(
        self,
        stop_before: str | Stop | None = None,
        *,
        trace: Trace | None = None,
    ) -> None:
        """Args:
        stop_before: an address that is returned instead of opened (the success URL), or a test for such.
        trace: takes every exchange.
        """
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["User-Agent"] = _AGENT
        # a run plays many people; a small server must not keep a connection open for each of them
        self._session.headers["Connection"] = "close"
        self.stop: Stop = (
            is_page(stop_before) if isinstance(stop_before, str) else stop_before or (lambda _: False)
        )
        self._trace = trace
        self._at: str | None = None

    def open(self, url: str, headers: Mapping[str, str] | None = None) -> Page:
        """Open an address and follow redirects."""
        return self._follow("GET", url, {"Accept": _PAGE, **(headers or {})})

    def request(
        self,
        method: str,
        url: str,
        *,
        json: Any = None,
        fields: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Page:
        """Send what a script of the page would: JSON, url-encoded fields, or nothing."""
        return self._follow(method, url, {"Accept": _DATA, **(headers or {})}, json=json, data=fields)

    def get_json(self, url: str) -> tuple[int, object]:
        """Ask for JSON with this browser's cookies; no redirect is followed."""
        response = self._exchange("GET", url, {"Accept": "application/json"})
        return response.status_code, _page(response, {}).json

    def submit(
        self,
        page: Page,
        values: Mapping[str, Any],
        action: str | None = None,
        *,
        form: str | None = None,
        button: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Page:
        """Submit a form of a page: its own fields stay as the page filled them in, unless `values` names them.

        Args:
            page: a page this browser opened.
            values: what the person types and ticks.
            action: the form whose address ends so.
            form: a CSS selector for the form; by default the first one that has all the fields.
            button: a CSS selector for the button.

        Raises:
            AdapterError: no such form on the page.
        """
        select = f'form[action$="{action}"]' if action else form
        try:
            chosen = forms.find_form(page.html, forms.required_names(values), select)
            sent = forms.fill_in(chosen, page.url, values, button)
        except AdapterError as problem:
            raise AdapterError(f"{problem} (page {page.describe()})") from None
        sending = {"Accept": _PAGE, "Referer": page.url, **(headers or {})}
        if sent.method == "GET":
            return self._follow("GET", sent.url, sending, params=sent.fields)
        if sent.multipart:
            parts = [(name, (None, text)) for name, text in sent.fields]
            return self._follow(sent.method, sent.url, sending, files=parts)
        return self._follow(sent.method, sent.url, sending, data=sent.fields)

    def _follow(self, method: str, url: str, headers: Mapping[str, str], **body: Any) -> Page:
        for _ in range(_HOPS):
            if self.stop(url):
                return Page("", url)
            response = self._exchange(method, url, headers, **body)
            if response.is_redirect:
                headers = {"Accept": headers["Accept"]} | _same_origin_headers(headers, url, response)
                url = urljoin(url, response.headers["Location"])
                if response.status_code in (301, 302, 303):
                    method, body = "GET", {}
                continue
            self._at = url
            page = _page(response, self._session.cookies.get_dict())
            target = self._led_on(page)
            if target is None:
                return page
            method, url, headers, body = "GET", target, {"Accept": _PAGE}, {}
        raise AdapterError(f"more than {_HOPS} redirects, the last to {masked_url(url)}")

    def _led_on(self, page: Page) -> str | None:
        """Where the page itself sends the browser: by a refresh, or by a script to where the browser stops."""
        if "html" not in page.headers.get("Content-Type", "html"):
            return None
        for tag in page.html.select('meta[http-equiv="refresh" i]'):
            wanted = _REFRESH.match(str(tag.get("content", "")))
            if wanted is None or float(wanted[1]) > _LONGEST_REFRESH:
                continue
            target = str(urljoin(page.url, wanted[2] or page.url))
            if not self.stop(target):
                threading.Event().wait(float(wanted[1]))
            return target
        for script in page.html.select("script:not([src])"):
            for found in _SCRIPTED.finditer(script.get_text()):
                target = urljoin(page.url, _unescaped(found["set"] or found["call"]))
                if self.stop(target):
                    return target
        return None

    def _exchange(self, method: str, url: str, headers: Mapping[str, str], **body: Any) -> requests.Response:
        patience = Patience(f"{method} {url.partition('?')[0]}")
        while True:
            response = self._once(method, url, headers, **body)
            if not patience.again(response.status_code, response.headers.get("Retry-After")):
                return response

    def _once(self, method: str, url: str, headers: Mapping[str, str], **body: Any) -> requests.Response:
        clock = SystemClock()
        started = clock.monotonic()
        sending = dict(headers)
        if method != "GET":
            sending.setdefault("Origin", origin(self._at or url))
        try:
            response = self._session.request(
                method, url, headers=sending, timeout=_TIMEOUT, allow_redirects=False, **body
            )
        except requests.RequestException as problem:
            self._keep(method, url, body, None, type(problem).__name__, clock.monotonic() - started)
            raise Unreachable(f"{method} {masked_url(url)}: {why_unanswered(problem)}") from None
        except (ValueError, UnicodeError) as problem:
            raise AdapterError(f"{method} {masked_url(url)}: cannot be sent ({problem})") from None
        if urlsplit(url).hostname in _LOOPBACK:
            # browsers send secure cookies to this machine without TLS, too
            for cookie in self._session.cookies:
                cookie.secure = False
        if response.is_redirect:
            received: Any = f"redirect to {masked_url(urljoin(url, response.headers['Location']))}"
        else:
            page = _page(response, {})
            received = page.text if page.json is None else page.json
        sent_url = response.request.url or url
        self._keep(method, sent_url, body, response.status_code, received, clock.monotonic() - started)
        return response

    def _keep(self, method: str, url: str, body: Any, status: int | None, received: Any, seconds: float) -> None:
        if self._trace is None:
            return
        sent = body.get("json") if body.get("json") is not None else body.get("data") or body.get("files")
        if isinstance(sent, list):
            sent = {name: text[1] if isinstance(text, tuple) else text for name, text in sent}
        milliseconds = round(seconds * 1000)
        self._trace.add(method, url, sent, status, received, milliseconds=milliseconds)


def is_page(address: str) -> Stop:
    """A test whether a URL is this address, whatever its query."""
    wanted = _place(address)
    return lambda url: _place(url) == wanted


def origin(url: str) -> str:
    """Scheme, host and port."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _place(url: str) -> tuple[str, str | None, int | None, str]:
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, parts.hostname, port, parts.path.rstrip("/")


def _page(response: requests.Response, cookies: Mapping[str, str]) -> Page:
    if "charset" not in response.headers.get("Content-Type", ""):
        response.encoding = "utf-8"
    return Page(response.text, response.url, response.status_code, response.headers, cookies)


def _same_origin_headers(headers: Mapping[str, str], url: str, response: requests.Response) -> dict[str, str]:
    """What a redirect keeps: nothing that authorises leaves the origin."""
    target = urljoin(url, response.headers["Location"])
    return dict(headers) if origin(target) == origin(url) else {}


def _unescaped(text: str) -> str:
    """A literal of JavaScript, as the script sees it."""
    try:
        return str(json_module.loads(f'"{text}"'))
    except ValueError:
        return text.replace("\\/", "/").replace("\\u0026", "&").replace("\\x26", "&")
