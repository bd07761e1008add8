"""Whether the server lives, whether it can work, and its metrics."""

from collections.abc import Callable, Iterable

from flask import Blueprint, Response
from sqlalchemy.exc import SQLAlchemyError

from mock_ctrader.errors import CTraderError
from mock_ctrader.metrics import Metrics
from mock_ctrader.store import Store, sandboxes

ALIVE = "/healthz"
# flow, level, state, and how many stages there are of these
Stages = Iterable[tuple[int, str, str, int]]
_HINT = "404 Not Found: GET /metrics; it is there once you: pip install 'mock-ctrader[metrics]'\n"


def alive() -> Response:
    """The answer of a server that lives."""
    return _text("ok\n")


def blueprint(store: Store) -> Blueprint:
    """`/healthz` and `/readyz`, which tell nobody anything."""
    pages = Blueprint("health", __name__)

    pages.add_url_rule(ALIVE, view_func=alive)

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


def metrics_blueprint(metrics: Metrics | None, stages: Callable[[], Stages]) -> Blueprint:
    """`/metrics`.

    Args:
        metrics: what was counted; None if the extra is not installed.
        stages: the stages of the newest journeys, asked for each time metrics are read.
    """
    pages = Blueprint("metrics", __name__)

    @pages.errorhandler(CTraderError)
    def refuse(refusal: CTraderError) -> Response:
        return _text(f"{refusal.code}: {refusal.description}\n", refusal.status)

    @pages.get("/metrics")
    def show_metrics() -> Response:
        if metrics is None:
            return _text(_HINT, 404)
        from mock_ctrader import metrics_text

        return Response(
            metrics_text.text(metrics, stages), content_type="text/plain; version=0.0.4; charset=utf-8"
        )

    return pages


def _text(text: str, status: int = 200) -> Response:
    return Response(text, status, content_type="text/plain; charset=utf-8")
