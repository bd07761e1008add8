"""The application over HTTP: JSON for programs, HTML for people, at `/app/{brokerName}/`.

Not vendor paths: the real application speaks a proprietary protocol (E-23).
"""

import json
from collections.abc import Callable
from urllib.parse import quote

from flask import Blueprint, Response, redirect, render_template, request

from mock_ctrader import links
from mock_ctrader.application.service import Application
from mock_ctrader.crm import CrmError
from mock_ctrader.links import LINK_KINDS
from mock_ctrader.sandboxes import Sandbox, app_url
from mock_ctrader.store import Store, sandboxes
from mock_ctrader.store.browsers import Browser

_COOKIE = "mock_ctrader_browser"
_TARGET_LIMIT = 100


def blueprint(application: Application, store: Store, base_url: str) -> Blueprint:
    """The application's pages and JSON."""
    pages = Blueprint("application", __name__, url_prefix="/app/<broker_name>", template_folder="templates")
    visits = _Visits(application, store, base_url)

    @pages.get("/", defaults={"path": ""})
    @pages.get("/<path:path>")
    def open_page(broker_name: str, path: str) -> Response:
        def page(visit: "_Visit") -> Response:
            if not links.is_deep_link(path):
                return visit.problem(404, "NOT_FOUND", f"{path}: the application has no such page")
            query = request.query_string.decode("latin-1")
            shared = path or links.PARTNER_ID in dict(links.query_pairs(query))
            if visit.browser.user_id is None and shared:
                url = application.open_link(visit.sandbox, visit.browser, path, query)
                return visit.keep(redirect(url, 302))
            return visit.home(200, opened=path or None)

        return visits.run(broker_name, page)

    @pages.get("/sign-in")
    def sign_in(broker_name: str) -> Response:
        def page(visit: "_Visit") -> Response:
            pairs = links.query_pairs(request.query_string.decode("latin-1"))
            first_login = dict(pairs).get("firstLogin", "false") == "true"
            url = application.open_sign_in(visit.sandbox, visit.browser, first_login, pairs)
            return visit.keep(redirect(url, 302))

        return visits.run(broker_name, page)

    @pages.get("/success")
    def success(broker_name: str) -> Response:
        def page(visit: "_Visit") -> Response:
            token = request.args.get("token", "")
            if not token:
                return visit.problem(400, "INVALID_REQUEST", "token: required, but missing from the success URL")
            try:
                visit.browser = application.complete_sign_in(visit.sandbox, visit.browser, token)
            except CrmError as failure:
                return visit.problem(502, "SIGN_IN_FAILED", f"call {failure}")
            if _wants_json():
                return visit.home(200)
            return visit.keep(redirect(f"{visit.url}/{visit.browser.opened_link or ''}", 303))

        return visits.run(broker_name, page)

    @pages.get("/me")
    def me(broker_name: str) -> Response:
        return visits.run(broker_name, lambda visit: visit.home(200))

    @pages.post("/links")
    def share(broker_name: str) -> Response:
        def page(visit: "_Visit") -> Response:
            given = _given()
            if visit.browser.user_id is None:
                return visit.problem(401, "NOT_SIGNED_IN", "sign in to share a link")
            kind = LINK_KINDS.get(str(given.get("kind", "")))
            if kind is None:
                return visit.problem(
                    400,
                    "INVALID_REQUEST",
                    f"kind: must be one of {', '.join(LINK_KINDS)}, got {given.get('kind')!r}",
                )
            target = given.get("target") or kind.example
            if target is not None and not (isinstance(target, str | int) and len(str(target)) <= _TARGET_LIMIT):
                return visit.problem(
                    400, "INVALID_REQUEST", f"target: must be a text of up to {_TARGET_LIMIT} characters"
                )
            path = kind.path.format(links.encode(str(target or ""))).split("?")[0]
            if not kind.pattern.fullmatch(path):
                return visit.problem(
                    400, "INVALID_REQUEST", f"target: {target!r} is not what a {kind.name} link names"
                )
            shared = application.share(
                visit.sandbox, visit.browser, visit.url, kind, None if target is None else str(target)
            )
            if _wants_json():
                return visit.json(201, {"kind": shared.kind, "link": shared.link, "partnerId": shared.partner_id})
            return visit.home(201, shared=shared.link)

        return visits.run(broker_name, page)

    @pages.post("/active-account")
    def choose_account(broker_name: str) -> Response:
        def page(visit: "_Visit") -> Response:
            wanted = str(_given().get("ctidTraderAccountId", ""))
            if not (wanted.isascii() and wanted.isdigit() and len(wanted) < 19) or not application.choose_account(
                visit.sandbox, visit.browser, int(wanted)
            ):
                return visit.problem(
                    400, "INVALID_REQUEST", f"ctidTraderAccountId: {wanted!r} is not your account"
                )
            return visit.keep(redirect(f"{visit.url}/", 303))

        return visits.run(broker_name, page)

    @pages.post("/sign-out")
    def sign_out(broker_name: str) -> Response:
        def page(visit: "_Visit") -> Response:
            application.sign_out(visit.browser)
            return visit.keep(redirect(f"{visit.url}/", 303))

        return visits.run(broker_name, page)

    return pages


class _Visits:
    """Finds out whose application is visited, and by which browser."""

    def __init__(self, application: Application, store: Store, base_url: str) -> None:
        self._application = application
        self._store = store
        self._base_url = base_url

    def run(self, broker_name: str, page: "Callable[[_Visit], Response]") -> Response:
        with self._store.read() as transaction:
            sandbox = sandboxes.by_broker_name(transaction, broker_name)
        if sandbox is None:
            return _problem(
                404, "CH_BROKER_NOT_FOUND", f"brokerName: no broker {broker_name!r} on this server", None
            )
        browser = self._application.browser(sandbox, broker_name, request.cookies.get(_COOKIE))
        return page(_Visit(self._application, sandbox, browser, app_url(self._base_url, broker_name)))


class _Visit:
    """One request to one broker's application by one browser."""

    def __init__(self, application: Application, sandbox: Sandbox, browser: Browser, url: str) -> None:
        self._application = application
        self.sandbox = sandbox
        self.browser = browser
        self.url = url

    def home(self, status: int, shared: str | None = None, opened: str | None = None) -> Response:
        profile = self._application.profile(self.sandbox, self.browser)
        if _wants_json():
            return self.json(status, profile)
        page = render_template(
            "application.html",
            broker_name=self.browser.broker_name,
            url=self.url,
            profile=profile,
            kinds=LINK_KINDS.values(),
            shared=shared,
            opened=opened,
        )
        return self.keep(Response(page, status))

    def json(self, status: int, body: dict[str, object]) -> Response:
        return self.keep(Response(json.dumps(body), status, content_type="application/json"))

    def problem(self, status: int, code: str, description: str) -> Response:
        return self.keep(_problem(status, code, description, self.url))

    def keep(self, response: object) -> Response:
        assert isinstance(response, Response)
        response.set_cookie(
            _COOKIE,
            self.browser.id,
            path=f"/app/{quote(self.browser.broker_name)}",
            httponly=True,
            samesite="Lax",
        )
        return response


def _problem(status: int, code: str, description: str, url: str | None) -> Response:
    if _wants_json():
        body = {"error": {"errorCode": code, "description": description}}
        return Response(json.dumps(body), status, content_type="application/json")
    return Response(render_template("problem.html", description=description, url=url), status)


def _wants_json() -> bool:
    accept = request.accept_mimetypes
    return accept["application/json"] > accept["text/html"]


def _given() -> dict[str, object]:
    if request.is_json:
        parsed = request.get_json(silent=True)
        return parsed if isinstance(parsed, dict) else {}
    return dict(request.form)
