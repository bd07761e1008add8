"""Whether the server lives, whether it can work, and its metrics."""

from collections.abc import Callable

from flask import Blueprint, Response
from sqlalchemy.exc import SQLAlchemyError

from mock_ctrader.errors import CTraderError
from mock_ctrader.store import Store, sandboxes

_HINT = "404 Not Found: GET /metrics; it is there once you: pip install 'mock-ctrader[metrics]'\n"


def blueprint(store: Store) -> Blueprint:
    """`/healthz` and `/readyz`, which tell nobody anything."""
    pages = Blueprint("health", __name__)

    @pages.get("/healthz")
    def healthz() -> Response:
        return _text("ok\n")

    @pages.get("/readyz")
    def readyz() -> Response:
        """Ready is a server whose store answers."""
        try:
            with store.read() as transaction:
                sandboxes.only_one(transaction)
        except SQLAlchemyError as problem:
            return _text(f"the store does not answer: {type(problem).__name__}\n", 503)
        return _text("ok\n")

    return pages


def metrics_blueprint(metrics: Callable[[], bytes] | None) -> Blueprint:
    """`/metrics`.

    Args:
        metrics: their text; None if the extra is not installed.
    """
    pages = Blueprint("metrics", __name__)

    @pages.errorhandler(CTraderError)
    def refuse(refusal: CTraderError) -> Response:
        return _text(f"{refusal.code}: {refusal.description}\n", refusal.status)

    @pages.get("/metrics")
    def show_metrics() -> Response:
        if metrics is None:
            return _text(_HINT, 404)
        return Response(metrics(), content_type="text/plain; version=0.0.4; charset=utf-8")

    return pages


def _text(text: str, status: int = 200) -> Response:
    return Response(text, status, content_type="text/plain; charset=utf-8")
