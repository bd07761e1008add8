"""Wiring only: builds the server from its parts."""

import json
import logging
import os
from difflib import get_close_matches

from flask import Flask, Response, request
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from mock_ctrader import outgoing_faults
from mock_ctrader.application import routes as application_routes
from mock_ctrader.application.sessions import Sessions
from mock_ctrader.application.sharing import Sharing
from mock_ctrader.backend.calls import CALLS
from mock_ctrader.backend.fast_lane import FastLane
from mock_ctrader.backend.gateway import Gateway
from mock_ctrader.clock import SystemClock
from mock_ctrader.contract import Contract
from mock_ctrader.control import faults as control_faults
from mock_ctrader.control import index
from mock_ctrader.control import invite as control_invite
from mock_ctrader.control import routes as control_routes
from mock_ctrader.control.service import Control
from mock_ctrader.crm import CrmClient
from mock_ctrader.errors import CTraderError
from mock_ctrader.invite.dispatcher import Dispatcher
from mock_ctrader.journal import Bounds, Journal
from mock_ctrader.outgoing import Outgoing
from mock_ctrader.settings import SETTINGS_VARIABLE, Settings
from mock_ctrader.store import Store, crm_tokens

_log = logging.getLogger(__name__)
# A vendor call is a few hundred bytes; what is over this is refused with 413.
_BODY_LIMIT = 1_048_576


def prepare(settings: Settings) -> None:
    """What happens once, before any process serves: the state is opened, the ready sandbox put in place.

    Raises:
        StoreError: the state cannot be kept there.
        CTraderError: 409 `SANDBOX_CONFLICT`: a kept sandbox has a value that the ready one is to have.
    """
    store, clock = Store(settings.state), SystemClock()
    try:
        Control(store, Journal(store, clock), clock, settings.base_url).create_ready(settings.sandbox)
        with store.write() as transaction:
            crm_tokens.forget(transaction)
    finally:
        store.close()


def create_app(settings: Settings) -> Flask:
    """The server as a WSGI application; `prepare` goes before."""
    clock = SystemClock()
    store = Store(settings.state)
    journal = Journal(store, clock, Bounds(settings.journal_limit, settings.journal_bytes))
    contract = Contract()
    controls = Control(store, journal, clock, settings.base_url)
    outgoing = Outgoing(journal, contract, clock, outgoing_faults.taker(store, clock))
    dispatcher = Dispatcher(store, outgoing, clock)
    dispatcher.start()
    sessions = Sessions(store, journal, CrmClient(store, outgoing, clock), dispatcher, clock)
    sharing = Sharing(store, journal)

    app = Flask("mock_ctrader")
    app.config["MAX_CONTENT_LENGTH"] = _BODY_LIMIT
    gateway = Gateway(store, journal, contract, clock)
    app.register_blueprint(gateway.blueprint(CALLS))
    app.wsgi_app = FastLane(app, gateway.fixed(CALLS))  # type: ignore[method-assign]
    app.register_blueprint(application_routes.blueprint(sessions, sharing, store, settings.base_url))
    app.register_blueprint(index.blueprint(controls))
    app.register_blueprint(control_routes.blueprint(controls))
    app.register_blueprint(control_invite.blueprint(store, dispatcher, clock))
    app.register_blueprint(control_faults.blueprint(store, clock))
    app.add_url_rule("/healthz", "healthz", lambda: Response("ok\n", content_type="text/plain"))
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(CTraderError, _refused)
    app.register_error_handler(OperationalError, _no_state)
    return app


def worker_app() -> Flask:
    """The application of a worker process, which finds its settings in the environment."""
    return create_app(Settings.from_json(os.environ[SETTINGS_VARIABLE]))


def _http_error(problem: HTTPException) -> Response:
    """Unknown path, wrong method, oversize body: plain HTTP errors, with a word of help."""
    answer = Response(status=problem.code or 500, content_type="text/plain; charset=utf-8")
    for name, value in problem.get_headers():
        if name.lower() == "allow":
            answer.headers[name] = value
    if problem.code == 413:
        return _refused(CTraderError(413, "INVALID_REQUEST", f"body: longer than {_BODY_LIMIT} bytes"))
    answer.set_data(f"{problem.code} {problem.name}: {request.method} {request.path}{_hint()}\n")
    return answer


def _refused(refusal: CTraderError) -> Response:
    """What no blueprint answers itself, such as a sandbox that is freed while a request for it is under way."""
    return Response(json.dumps(refusal.envelope()), refusal.status, content_type="application/json")


def _no_state(problem: OperationalError) -> Response:
    """The database is gone, or busy for too long: nothing was changed, and it may be there again in a moment."""
    _log.error("the state cannot be reached: %s", problem.orig)
    return Response(
        "503 the mock cannot reach the database of its state; see its log\n", 503, content_type="text/plain"
    )


def _hint() -> str:
    close = get_close_matches(request.path, [call.path for call in CALLS], n=1, cutoff=0.7)
    methods = sorted({call.method for call in CALLS if close and call.path == close[0]})
    return f"; did you mean {'|'.join(methods)} {close[0]}?" if close else ""
