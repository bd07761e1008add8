"""The way of a vendor call with a fixed path: past what Flask does for a request in general.

Routing, contexts, a session and signals are half of what such a call costs; none of them means anything to it.
Whatever is not a plain success goes back to Flask, which knows how the server answers it.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from flask import Flask, Request, Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

Take = Callable[[Request], Response]


class FastLane:
    """WSGI middleware around an application of Flask."""

    def __init__(
        self, app: Flask, takes: dict[tuple[str, str], Take], take_in: Callable[[Request], Response | None]
    ) -> None:
        """Args: takes: what answers a request, by method and path. take_in: reads its body, or refuses it."""
        self._take_in = take_in
        self._app = app
        self._whole = app.wsgi_app
        self._takes = takes

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request."""
        take = self._takes.get((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
        if take is None:
            return self._whole(environ, start_response)
        request = self._app.request_class(environ)
        request.max_content_length = self._app.config["MAX_CONTENT_LENGTH"]
        try:
            response = self._take_in(request) or take(request)
        except Exception as problem:  # noqa: BLE001 - Flask answers it, or logs it and answers 500
            response = self._answer_to(problem, environ)
        if not response.is_sequence:
            return response(environ, start_response)
        # what is there as a whole needs nothing more put into its headers
        start_response(response.status, response.headers.to_wsgi_list())
        return [response.get_data()]

    def _answer_to(self, problem: Exception, environ: "WSGIEnvironment") -> Response:
        with self._app.request_context(environ):
            try:
                return self._app.make_response(self._app.handle_user_exception(problem))
            except Exception as unknown:  # noqa: BLE001
                return self._app.handle_exception(unknown)
