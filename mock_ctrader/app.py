"""Wiring only: builds the server from its parts."""

import json
import logging
import os
from difflib import get_close_matches
from functools import partial
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, request
from sqlalchemy.exc import DatabaseError
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from mock_ctrader import health, outgoing_faults
from mock_ctrader.access_log import AccessLog
from mock_ctrader.backend.calls import CALLS
from mock_ctrader.backend.fast_lane import FastLane
from mock_ctrader.backend.gateway import Gateway
from mock_ctrader.clock import SystemClock
from mock_ctrader.contract import Contract
from mock_ctrader.control.keeper import Keeper, shown_sandbox
from mock_ctrader.errors import CTraderError
from mock_ctrader.intake import take_bodies_in
from mock_ctrader.invite.dispatcher import Dispatcher
from mock_ctrader.journal import Bounds, Journal
from mock_ctrader.later import Later
from mock_ctrader.metrics import Metrics
from mock_ctrader.observing import ObservedJournal
from mock_ctrader.outgoing import Outgoing
from mock_ctrader.processes import end_with_parent
from mock_ctrader.serving import BODIES_AT_ONCE
from mock_ctrader.settings import SETTINGS_VARIABLE, Settings
from mock_ctrader.store import Store, crm_tokens
from mock_ctrader.store.engine import unusable

logger = logging.getLogger(__name__)

# A vendor call is a few hundred bytes; what is over this is refused with 413.
_BODY_LIMIT = 1_048_576


def prepare_state(settings: Settings) -> dict[str, Any]:
    """What happens once, before any process serves: the state is opened, the ready sandbox put in place.

    Returns:
        The ready sandbox, as the control API shows it.

    Raises:
        StoreError: the state cannot be kept there.
        CTraderError: 409 `SANDBOX_CONFLICT`: a kept sandbox has a value that the ready one is to have.
    """
    store, clock = Store(settings.state, settings.throwaway), SystemClock()
    try:
        sandbox = Keeper(store, Journal(store, clock), clock, settings.base_url).create_ready(settings.sandbox)
        with store.write() as transaction:
            crm_tokens.forget(transaction)
    except DatabaseError as problem:
        raise unusable(settings.state, problem) from None
    finally:
        store.close()
    return shown_sandbox(sandbox, settings.base_url)


def create_app(settings: Settings) -> Flask:
    """The whole server as a WSGI application; `prepare_state` goes before."""
    app, later = _served(settings)
    later.finish()
    return app


def worker_app() -> Flask:
    """The application of a worker process, which finds its settings in the environment.

    It serves vendor calls. Everything else is imported and added when it is first asked for.
    """
    end_with_parent()
    return _served(Settings.from_json(os.environ[SETTINGS_VARIABLE]))[0]


def _served(settings: Settings) -> tuple[Flask, Later]:
    """The server, and what finishes it."""
    clock = SystemClock()
    bounds = Bounds(settings.journal_limit, settings.journal_bytes)
    metrics = Metrics() if find_spec("prometheus_client") is not None else None
    access_log = AccessLog(clock) if settings.access_log else None
    make_store = Store if metrics is None else partial(metrics.timed_store, clock)
    store = make_store(settings.state, settings.throwaway)
    listeners = [one.note for one in (metrics, access_log) if one is not None]
    journal = ObservedJournal(store, clock, listeners, bounds) if listeners else Journal(store, clock, bounds)
    contract = Contract()
    outgoing = Outgoing(journal, contract, clock, outgoing_faults.taker(store, clock))
    dispatcher = Dispatcher(store, outgoing, clock)
    dispatcher.start()

    app = Flask("mock_ctrader")
    app.config["MAX_CONTENT_LENGTH"] = _BODY_LIMIT
    take_in = take_bodies_in(app, BODIES_AT_ONCE)
    gateway = Gateway(store, journal, contract, clock)
    app.register_blueprint(gateway.blueprint(CALLS))
    app.register_blueprint(health.blueprint(store))

    def finish() -> None:
        from mock_ctrader import surfaces

        surfaces.add(app, surfaces.Parts(settings, clock, store, journal, outgoing, dispatcher, metrics))

    later = Later(app.wsgi_app, finish)
    app.wsgi_app = later  # type: ignore[method-assign]
    if access_log is None:
        takes = gateway.fixed(CALLS) | {("GET", health.ALIVE): lambda _: health.alive()}
        app.wsgi_app = FastLane(app, takes, take_in)  # type: ignore[method-assign]
    else:
        access_log.watch(app)  # which times requests on Flask's own way
    app.after_request(_stay_here)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(CTraderError, _refused)
    app.register_error_handler(DatabaseError, _store_error)
    return app, later


def _stay_here(response: Response) -> Response:
    """A path that is put right by a redirect stays on this server, whatever the request called it by."""
    if isinstance(request.routing_exception, RequestRedirect):
        right = urlsplit(request.routing_exception.new_url)
        path = "/" + right.path.lstrip("/")  # two slashes would name a host
        response.headers["Location"] = right._replace(scheme="", netloc="", path=path).geturl()
        response.set_data(b"")  # it repeats the address
    return response


def _http_error(problem: HTTPException) -> Response:
    """Unknown path, wrong method, oversize body: plain HTTP errors, with a word of help."""
    answer = Response(status=problem.code or 500, content_type="text/plain; charset=utf-8")
    answer.headers["X-Content-Type-Options"] = "nosniff"  # it repeats the path
    for name, value in problem.get_headers():
        if name.lower() == "allow":
            answer.headers[name] = value
    if problem.code == 413:
        refused = _refused(CTraderError(413, "INVALID_REQUEST", f"body: longer than {_BODY_LIMIT} bytes"))
        # the server ends a connection whose body was not read to its end; the client must know
        refused.headers["Connection"] = "close"
        return refused
    answer.set_data(f"{problem.code} {problem.name}: {request.method} {request.path}{_hint()}\n")
    return answer


def _refused(refusal: CTraderError) -> Response:
    """What no blueprint answers itself, such as a sandbox that is freed while a request for it is under way."""
    return Response(json.dumps(refusal.envelope()), refusal.status, content_type="application/json")


def _store_error(problem: DatabaseError) -> Response:
    """No space, no permission, a lock held for too long: rolled back, so it may be tried again."""
    logger.error("%s %a: the state file could not be used: %s", request.method, request.path, problem.orig)
    refusal = CTraderError(503, "UNKNOWN_ERROR", f"nothing was changed, the state file says: {problem.orig}")
    return Response(json.dumps(refusal.envelope()), 503, content_type="application/json")


def _hint() -> str:
    close = get_close_matches(request.path, [call.path for call in CALLS], n=1, cutoff=0.7)
    methods = sorted({call.method for call in CALLS if close and call.path == close[0]})
    return f"; did you mean {'|'.join(methods)} {close[0]}?" if close else ""
