"""The inspector over HTTP: `/` and `/inspector/...`. Pages are HTML, and streams of the parts that change."""

from collections.abc import Callable

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from mock_ctrader import ids
from mock_ctrader.control import schemas
from mock_ctrader.errors import CTraderError
from mock_ctrader.evidence.sequence import stylesheet
from mock_ctrader.flows import STAGES_PER_FLOW
from mock_ctrader.inspector import journeys_page, sandboxes_page
from mock_ctrader.inspector.controls_page import Controls
from mock_ctrader.inspector.exchanges_page import ExchangesPage, Filters
from mock_ctrader.inspector.reading import Reader
from mock_ctrader.inspector.rendering import render
from mock_ctrader.live import POLL_MS, Live, last_seen, message
from mock_ctrader.page_headers import CLOSED, harden_all
from mock_ctrader.texts import printable

SIGN_IN = "/inspector/sign-in"


def blueprint(
    reader: Reader,
    exchanges: ExchangesPage,
    controls: Controls,
    live: Live,
    sign_in: Callable[[str], AnyResponse],
) -> Blueprint:
    """The pages of one server. `sign_in` lets in a browser that shows the control token."""
    pages = Blueprint("inspector", __name__)
    harden_all(pages, CLOSED)

    @pages.errorhandler(CTraderError)
    def refuse(refusal: CTraderError) -> Response:
        if refusal.status == 401:
            return _html(render("sign_in.html", problem=None), 401)
        page = render("problem.html", status=refusal.status, problem=refusal.description)
        return _html(page, refusal.status)

    @pages.post(SIGN_IN)
    def show_token() -> AnyResponse:
        try:
            return sign_in(request.form.get("token", "").strip())
        except CTraderError as refusal:
            return _html(render("sign_in.html", problem=refusal.description), refusal.status)

    @pages.get("/")
    def sandboxes() -> Response:
        return _html(sandboxes_page.page(reader, _number("skip"), None))

    @pages.post("/inspector/sandboxes")
    def new_sandbox() -> AnyResponse:
        try:
            given = schemas.NewSandbox().read(_form())
            return redirect(f"/inspector/{reader.control.create(given).id}/setup", 303)
        except CTraderError as refusal:
            return _html(sandboxes_page.page(reader, None, refusal.description), refusal.status)

    @pages.get("/inspector/live")
    def live_sandboxes() -> Response:
        """The list is asked for again and again instead of holding a stream: it is about all sandboxes."""
        parts = sandboxes_page.live_parts(reader, _number("skip"))
        mark = ids.fingerprint(parts)
        changed = request.headers.get("Last-Event-ID") != mark
        told = message(mark, parts) if changed else f"id: {mark}\n\n"
        return Response(f"retry: {POLL_MS}\n\n{told}", content_type="text/event-stream")

    @pages.get("/inspector/sequence.css")
    def sequence_css() -> Response:
        return Response(stylesheet(), content_type="text/css; charset=utf-8")

    @pages.get("/inspector/<sandbox_id>/")
    def journeys(sandbox_id: str) -> Response:
        return _html(journeys_page.page(reader, sandbox_id, request.args.get("journey"), _stage()))

    @pages.get("/inspector/<sandbox_id>/live/journeys")
    def live_journeys(sandbox_id: str) -> Response:
        reader.control.find(sandbox_id)
        journey, stage = request.args.get("journey"), _stage()
        return live.stream_anew(
            sandbox_id,
            last_seen(),
            lambda: journeys_page.live_parts(reader, sandbox_id, journey, stage),
        )

    @pages.get("/inspector/<sandbox_id>/exchanges")
    def all_exchanges(sandbox_id: str) -> Response:
        return _html(exchanges.page(sandbox_id, Filters.of(request.args.to_dict()), _number("before")))

    @pages.get("/inspector/<sandbox_id>/live/exchanges")
    def live_exchanges(sandbox_id: str) -> Response:
        reader.control.find(sandbox_id)
        filters = Filters.of(request.args.to_dict())
        return live.stream_anew(sandbox_id, last_seen(), lambda: exchanges.live_parts(sandbox_id, filters, None))

    @pages.get("/inspector/<sandbox_id>/exchanges/<int:seq>")
    def exchange(sandbox_id: str, seq: int) -> Response:
        return _html(exchanges.detail(sandbox_id, min(seq, 2**62)))

    @pages.get("/inspector/<sandbox_id>/setup")
    def setup(sandbox_id: str) -> Response:
        sandbox = reader.control.find(sandbox_id)
        values = {"sandbox": sandbox, "base_url": reader.control.base_url}
        return _html(render("setup.html", here="setup", live=None, **values))

    @pages.get("/inspector/<sandbox_id>/controls")
    def show_controls(sandbox_id: str) -> Response:
        return _html(controls.page(sandbox_id, {}, None, request.args.get("done")))

    @pages.post("/inspector/<sandbox_id>/controls/<action>")
    def act(sandbox_id: str, action: str) -> AnyResponse:
        given = _form()
        try:
            target = controls.act(sandbox_id, action, given)
        except CTraderError as refusal:
            if refusal.status == 404:
                raise
            return _html(controls.page(sandbox_id, given, refusal.description, None), refusal.status)
        return redirect(target, 303)

    return pages


def _html(text: str, status: int = 200) -> Response:
    return Response(printable(text), status, content_type="text/html; charset=utf-8")


def _form() -> dict[str, str]:
    """What was filled in; a field left empty is a key left out."""
    return {key: value.strip() for key, value in request.form.items() if value.strip()}


def _number(name: str) -> int | None:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _stage() -> int | None:
    number = _number("stage")
    return number if number is not None and 1 <= number <= STAGES_PER_FLOW else None
