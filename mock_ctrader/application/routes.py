"""The application over HTTP: JSON for programs, HTML for people, at `/app/{brokerName}/`.

Not vendor paths: the real application speaks a proprietary protocol (E-23).
"""

from flask import Blueprint, Response, request

from mock_ctrader import links
from mock_ctrader.application.look import Look
from mock_ctrader.application.sessions import Sessions
from mock_ctrader.application.sharing import Sharing
from mock_ctrader.application.visits import Visit, Visits, given, given_number, wants_json
from mock_ctrader.application.visits import refuse as refused
from mock_ctrader.crm import CrmError
from mock_ctrader.errors import CTraderError
from mock_ctrader.invites import USERNAME
from mock_ctrader.journal import Event, Journal
from mock_ctrader.links import LINK_KINDS
from mock_ctrader.live import Live, last_seen
from mock_ctrader.page_headers import APPLICATION, harden_all
from mock_ctrader.sandboxes import ACTIONS
from mock_ctrader.store import Store

_TARGET_LIMIT = 100


def blueprint(
    sessions: Sessions, sharing: Sharing, journal: Journal, live: Live, store: Store, base_url: str
) -> Blueprint:
    """The application's pages and JSON."""
    pages = Blueprint("application", __name__, url_prefix="/app/<broker_name>", template_folder="templates")
    visits = Visits(sessions, sharing, journal, store, base_url)

    harden_all(pages, APPLICATION)

    @pages.errorhandler(CTraderError)
    def refuse(refusal: CTraderError) -> Response:
        """Another site's request: the page says no more than that."""
        return refused(refusal)

    @pages.get("/", defaults={"path": ""})
    @pages.get("/<path:path>")
    def open_page(broker_name: str, path: str) -> Response:
        def page(visit: Visit) -> Response:
            if not links.is_deep_link(path):
                return visit.problem(404, "NOT_FOUND", f"{path}: the application has no such page")
            carried = dict(links.query_pairs(_query()))
            shared = path or links.PARTNER_ID in carried or USERNAME in carried
            if visit.browser.user_id is None and shared:
                opened = links.join_path(path)
                return visit.go(sharing.open_link(visit.sandbox, visit.browser, opened, _query(), visit.look), 302)
            return visit.home(200, opened=path or None)

        return visits.run(broker_name, page)

    @pages.get("/launch")
    def launch(broker_name: str) -> Response:
        """5.3 stages 1-3 and 5.5: sign in by the stored token, else open the broker's screen."""

        def page(visit: Visit) -> Response:
            pairs = visit.look.beside(links.query_pairs(_query()))
            try:
                signed_in = sessions.launch(visit.sandbox, visit.browser)
            except CrmError as failure:
                return _failed(visit, "SIGN_IN_FAILED", failure)
            if signed_in is None:
                first_login = visit.browser.last_user_id is None
                return visit.go(sessions.open_sign_in(visit.sandbox, visit.browser, first_login, pairs), 302)
            visit.browser = signed_in
            return visit.home(200) if wants_json() else visit.go(f"{visit.url}/")

        return visits.run(broker_name, page)

    @pages.get("/sign-in")
    def sign_in(broker_name: str) -> Response:
        def page(visit: Visit) -> Response:
            pairs = visit.look.beside(links.query_pairs(_query()))
            first_login = dict(pairs).get("firstLogin", "false") == "true"
            return visit.go(sessions.open_sign_in(visit.sandbox, visit.browser, first_login, pairs), 302)

        return visits.run(broker_name, page)

    @pages.get("/success")
    def success(broker_name: str) -> Response:
        """The success URL: with a token after a sign-in, without one after an InApp action (5.1)."""

        def page(visit: Visit) -> Response:
            if "token" not in request.args and visit.browser.user_id is not None:
                return visit.home(200) if wants_json() else visit.go(f"{visit.url}/")
            return _exchange(visit, f"{visit.url}/{visit.browser.opened_link or ''}")

        return visits.run(broker_name, page)

    @pages.get("/info")
    def embedded(broker_name: str) -> Response:
        """5.6: the client area opened cTrader Web with a one-time token."""

        def page(visit: Visit) -> Response:
            visit.look = Look.of(dict(visit.look.pairs()) | request.args.to_dict())
            return _exchange(visit, f"{visit.url}/", request.args.get("acc", request.args.get("account", "")))

        return visits.run(broker_name, page)

    def _exchange(visit: Visit, target: str, login: str = "") -> Response:
        token = request.args.get("token", "")
        if not token:
            return visit.problem(400, "INVALID_REQUEST", "token: required, but missing from the URL")
        try:
            visit.browser = sessions.complete_sign_in(visit.sandbox, visit.browser, token)
        except CrmError as failure:
            return _failed(visit, "SIGN_IN_FAILED", failure)
        if login.isascii() and login.isdigit() and len(login) < 19:
            visit.browser = sessions.choose_login(visit.sandbox, visit.browser, int(login))
        return visit.home(200) if wants_json() else visit.go(target)

    @pages.get("/me")
    def me(broker_name: str) -> Response:
        return visits.run(broker_name, lambda visit: visit.home(200))

    @pages.post("/links")
    def share(broker_name: str) -> Response:
        def page(visit: Visit) -> Response:
            if visit.browser.user_id is None:
                return visit.problem(401, "NOT_SIGNED_IN", "sign in to share a link")
            name = given().get("kind")
            kind = LINK_KINDS.get(str(name))
            if kind is None:
                names = ", ".join(LINK_KINDS)
                return visit.problem(400, "INVALID_REQUEST", f"kind: must be one of {names}, got {name!r}")
            target = given().get("target") or kind.example
            if not isinstance(target, str | int | None) or len(str(target)) > _TARGET_LIMIT:
                limit = f"target: must be a text of up to {_TARGET_LIMIT} characters"
                return visit.problem(400, "INVALID_REQUEST", limit)
            if not links.names_target(kind, str(target or "")):
                wrong = f"target: {target!r} is not what a {kind.name} link names"
                return visit.problem(400, "INVALID_REQUEST", wrong)
            text = None if target is None else str(target)
            shared = sharing.share(visit.sandbox, visit.browser, visit.url, kind, text)
            if wants_json():
                body = {"kind": shared.kind, "link": shared.link, "partnerId": shared.partner_id}
                return visit.json(201, body)
            return visit.home(201, shared=shared)

        return visits.run(broker_name, page)

    @pages.post("/actions")
    def act(broker_name: str) -> Response:
        """5.7: an InApp action on the active account, or on the account named."""

        def page(visit: Visit) -> Response:
            if visit.browser.user_id is None:
                return visit.problem(401, "NOT_SIGNED_IN", "sign in to use an InApp action")
            action = str(given().get("action"))
            if action not in ACTIONS:
                wrong = f"action: must be one of {', '.join(ACTIONS)}, got {given().get('action')!r}"
                return visit.problem(400, "INVALID_REQUEST", wrong)
            accounts = sharing.profile(visit.sandbox, visit.browser, visit.url)["accounts"]
            wanted = given_number("account")
            mine = [one for one in accounts if (one["login"] == wanted if wanted else one["active"])]
            if not mine:
                return visit.problem(400, "INVALID_REQUEST", f"account: {wanted or 'none'} is not your account")
            try:
                url = sessions.start_action(
                    visit.sandbox, visit.browser, action, mine[0]["login"], visit.look.pairs()
                )
            except CrmError as failure:
                return _failed(visit, "ACTION_FAILED", failure)
            return visit.go(url)

        return visits.run(broker_name, page)

    @pages.post("/active-account")
    def choose_account(broker_name: str) -> Response:
        def page(visit: Visit) -> Response:
            wanted = given_number("ctidTraderAccountId")
            if wanted is None or not sessions.choose_account(visit.sandbox, visit.browser, wanted):
                shown = given().get("ctidTraderAccountId")
                return visit.problem(400, "INVALID_REQUEST", f"ctidTraderAccountId: {shown!r} is not your account")
            return visit.go(f"{visit.url}/")

        return visits.run(broker_name, page)

    @pages.post("/look")
    def choose_look(broker_name: str) -> Response:
        """Language and theme of this device's application and of the screens it opens."""

        def page(visit: Visit) -> Response:
            visit.look = Look.of({name: str(value) for name, value in given().items()})
            return visit.go(f"{visit.url}/")

        return visits.run(broker_name, page)

    @pages.get("/live")
    def follow(broker_name: str) -> Response:
        """Server-sent events: something changed that the page of whoever is signed in shows."""

        def page(visit: Visit) -> Response:
            if visit.browser.user_id is None:
                return visit.keep(Response(status=204))  # an EventSource then stops asking
            after = last_seen()

            def tell(events: list[Event]) -> str | None:
                return "changed" if sharing.concerns(visit.sandbox, visit.browser, events) else None

            return live.stream(visit.sandbox.id, after, tell)

        return visits.run(broker_name, page)

    @pages.post("/close")
    def close(broker_name: str) -> Response:
        def page(visit: Visit) -> Response:
            sessions.close(visit.sandbox, visit.browser)
            return visit.go(f"{visit.url}/")

        return visits.run(broker_name, page)

    @pages.post("/sign-out")
    def sign_out(broker_name: str) -> Response:
        def page(visit: Visit) -> Response:
            sessions.sign_out(visit.sandbox, visit.browser)
            return visit.go(f"{visit.url}/")

        return visits.run(broker_name, page)

    return pages


def _failed(visit: Visit, code: str, failure: CrmError) -> Response:
    # A CRM that asks for patience is no CRM that refuses: whoever pressed the button is asked for it in turn.
    return visit.problem(429 if failure.status == 429 else 502, code, f"call {failure}")


def _query() -> str:
    # latin-1 keeps every byte of a query that is not UTF-8
    return request.query_string.decode("latin-1")
