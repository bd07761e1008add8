"""Errors as people and as programs see them."""

import logging
from http import HTTPStatus

from flask import Flask, Response, jsonify, make_response, render_template, request
from werkzeug.exceptions import HTTPException

logger = logging.getLogger(__name__)

_NAMES = {
    HTTPStatus.BAD_REQUEST: "INVALID_REQUEST",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "BODY_TOO_LARGE",
    HTTPStatus.INTERNAL_SERVER_ERROR: "INTERNAL_ERROR",
}


class ApiError(Exception):
    """An error answered as JSON in the form documented for the CRM's answers (E-2)."""

    def __init__(self, status: HTTPStatus, error: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error = error
        self.message = message


def init_app(app: Flask) -> None:
    """Attach the error handlers to the app."""
    app.register_error_handler(ApiError, _answer_api_error)
    app.register_error_handler(HTTPException, _answer_http_error)
    app.register_error_handler(Exception, _answer_crash)


def _answer_api_error(error: ApiError) -> Response:
    return _json(error.status, error.error, error.message)


def _answer_http_error(error: HTTPException) -> Response:
    original = error.get_response()
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    answer = _answer(status, error.description or status.phrase)
    if "Allow" in original.headers:
        answer.headers["Allow"] = original.headers["Allow"]
    return answer


def _answer_crash(error: Exception) -> Response:
    logger.exception("%s %s crashed", request.method, request.path, exc_info=error)
    return _answer(HTTPStatus.INTERNAL_SERVER_ERROR, "The broker made a mistake. It has been logged.")


def _answer(status: HTTPStatus, message: str) -> Response:
    if request.path.startswith(("/oauth2/", "/webhooks/")) or request.path.endswith(".json"):
        return _json(status, _NAMES.get(status, status.name), message)
    page = render_template("error.html", title=status.phrase, message=message)
    return make_response(page, status)


def _json(status: HTTPStatus, error: str, message: str) -> Response:
    return make_response(jsonify(error=error, message=message, code=int(status)), status)
