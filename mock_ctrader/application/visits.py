"""One request to one broker's application by one browser, answered as JSON or as a page."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from flask import Response, redirect, render_template, request

from mock_ctrader.application import look
from mock_ctrader.application.look import Look
from mock_ctrader.application.qr import qr_svg
from mock_ctrader.application.sessions import Sessions
from mock_ctrader.application.sharing import SharedLink, Sharing
from mock_ctrader.backend.parsing import parse_object
from mock_ctrader.errors import CTraderError
from mock_ctrader.journal import Journal
from mock_ctrader.links import LINK_KINDS
from mock_ctrader.sandboxes import Sandbox, app_url
from mock_ctrader.store import Store, sandboxes
from mock_ctrader.store.browsers import Browser

_COOKIE = "mock_ctrader_browser"


class Visit:
    """Who visits which application."""

    def __init__(
        self, sharing: Sharing, journal: Journal, sandbox: Sandbox, browser: Browser, url: str, look: Look
    ) -> None:
        self._sharing = sharing
        self._journal = journal
        self.sandbox = sandbox
        self.browser = browser
        self.url = url
        self.look = look

    def home(self, status: int, shared: SharedLink | None = None, opened: str | None = None) -> Response:
        """The application's one page: profile, accounts, sharing."""
        # before the profile: what happens in between is told by the stream
        newest = self._journal.newest(self.sandbox.id)
        profile = self._sharing.profile(self.sandbox, self.browser, self.url)
        if wants_json():
            return self.json(status, profile)
        page = render_template(
            "application/home.html",
            broker_name=self.browser.broker_name,
            url=self.url,
            profile=profile,
            keeps_token=self.browser.access_token is not None,
            kinds=LINK_KINDS.values(),
            shared=shared,
            qr=None if shared is None else qr_svg(shared.link),
            opened=opened,
            newest=newest,
            look=self.look,
            languages=look.LANGUAGES,
            themes=look.THEMES,
        )
        return self.keep(Response(page, status))

    def json(self, status: int, body: dict[str, Any]) -> Response:
        """A JSON answer."""
        return self.keep(Response(json.dumps(body), status, content_type="application/json"))

    def problem(self, status: int, code: str, description: str) -> Response:
        """A refusal, as JSON or as a page with the way back."""
        return self.keep(_problem(status, code, description, self.browser.broker_name, self.url, self.look))

    def go(self, url: str, status: int = 303) -> Response:
        """A redirect."""
        return self.keep(redirect(url, status))

    def keep(self, response: Any) -> Response:
        """The response, with the cookie by which the browser is known again."""
        assert isinstance(response, Response)
        kept = {_COOKIE: self.browser.id}
        if self.look.cookie != request.cookies.get(look.COOKIE, ""):
            kept[look.COOKIE] = self.look.cookie
        path, over_tls = f"/app/{quote(self.browser.broker_name)}", self.url.startswith("https:")
        for name, value in kept.items():
            response.set_cookie(name, value, path=path, httponly=True, samesite="Lax", secure=over_tls)
        return response


class Visits:
    """Finds out whose application is visited, and by which browser."""

    def __init__(
        self, sessions: Sessions, sharing: Sharing, journal: Journal, store: Store, base_url: str
    ) -> None:
        self._sessions = sessions
        self._sharing = sharing
        self._journal = journal
        self._store = store
        self._base_url = base_url

    def run(self, broker_name: str, page: Callable[[Visit], Response]) -> Response:
        """Answer one request; an unknown brokerName is refused."""
        chosen = Look.kept(request.cookies.get(look.COOKIE, ""))
        with self._store.read() as transaction:
            sandbox = sandboxes.by_broker_name(transaction, broker_name)
        if sandbox is None:
            description = f"brokerName: no broker {broker_name!r} on this server"
            return _problem(404, "CH_BROKER_NOT_FOUND", description, broker_name, None, chosen)
        browser = self._sessions.browser(sandbox, broker_name, request.cookies.get(_COOKIE))
        url = app_url(self._base_url, broker_name)
        return page(Visit(self._sharing, self._journal, sandbox, browser, url, chosen))


def refuse(refusal: CTraderError) -> Response:
    """A request that is nobody's visit, such as one from another site."""
    return _problem(refusal.status, refusal.code, refusal.description, "", None, Look())


def _problem(
    status: int, code: str, description: str, broker_name: str, url: str | None, chosen: Look
) -> Response:
    if wants_json():
        body = {"error": {"errorCode": code, "description": description}}
        return Response(json.dumps(body), status, content_type="application/json")
    page = render_template(
        "application/problem.html",
        broker_name=broker_name,
        description=description,
        url=url,
        look=chosen,
        profile={"signedIn": False},
    )
    return Response(page, status)


def wants_json() -> bool:
    """Whether the client likes JSON better than a page."""
    accept = request.accept_mimetypes
    return accept["application/json"] > accept["text/html"]


def given() -> dict[str, Any]:
    """What was posted, as JSON or as a form."""
    if not request.is_json:
        return dict(request.form)
    try:
        return parse_object(request.get_data())
    except CTraderError:
        return {}  # what is missing from it is what the answer then names


def given_number(key: str) -> int | None:
    """A posted number of up to 18 digits, or None."""
    text = str(given().get(key, ""))
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
