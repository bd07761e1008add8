"""Takes the body of every request in before anything else is done: whole, or not at all.

The server (granian) hands a request over when its headers are there, has no time-out for the rest, and hands a
body that broke off over as if it had ended. So a body is read before the store's lock is taken; only so many may
be under way at once, that clients which never finish leave threads for everybody else; one that is shorter
than announced is refused, and so is one that is too long without having been announced.
"""

import json
import threading
from collections.abc import Callable

from flask import Flask, Request, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from mock_ctrader.errors import CTraderError

_PATIENCE = 1.0  # seconds to wait for a place


def take_bodies_in(app: Flask, places: int) -> Callable[[Request], Response | None]:
    """Attach it to an application.

    Args:
        places: how many bodies may be under way at once; fewer than the server has threads.

    Returns:
        What takes in the body of a request that goes past the application's own way, or refuses it.
    """
    free = threading.BoundedSemaphore(places)

    @app.before_request
    def of_this_request() -> Response | None:
        return take_in(request)

    def take_in(request: Request) -> Response | None:
        announced, most = request.content_length, request.max_content_length
        if not announced and "Transfer-Encoding" not in request.headers:
            return None
        if not free.acquire(timeout=_PATIENCE):
            return _refused(
                CTraderError(503, "UNKNOWN_ERROR", f"body: {places} others are not finished yet, try again")
            )
        try:
            came = len(request.get_data())
            # of a body whose length was not announced, no more than the limit is read, and nobody is told
            goes_on = announced is None and came == most and bool(request.environ["wsgi.input"].read(1))
        except RequestEntityTooLarge:
            return None  # said when its turn comes, after what is checked before the body
        finally:
            free.release()
        if goes_on:
            return _refused(CTraderError(413, "INVALID_REQUEST", f"body: longer than {most} bytes"))
        if announced is not None and came != announced:
            return _refused(
                CTraderError(400, "INVALID_REQUEST", f"body: {announced} bytes were announced, {came} came")
            )
        return None

    return take_in


def _refused(refusal: CTraderError) -> Response:
    answer = Response(json.dumps(refusal.envelope()), refusal.status, content_type="application/json")
    answer.headers["Connection"] = "close"
    return answer
