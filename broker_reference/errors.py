"""Errors as people and as programs see them."""

import logging
from http import HTTPStatus

from flask import Flask, Response, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError  # type: ignore[import-untyped,unused-ignore]
from werkzeug.exceptions import HTTPException

from broker_reference.presentation import text

logger = logging.getLogger(__name__)

_NAMES = {
    HTTPStatus.BAD_REQUEST: "INVALID_REQUEST",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "BODY_TOO_LARGE",
    HTTPStatus.INTERNAL_SERVER_ERROR: "INTERNAL_ERROR",
}
# Statuses with a text of their own.
_TOLD = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.INTERNAL_SERVER_ERROR,
)


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
    answer = _answer(status, _message(error, status))
    if "Allow" in original.headers:
        answer.headers["Allow"] = original.headers["Allow"]
    return answer


def _answer_crash(error: Exception) -> Response:
    logger.exception("%s %a crashed", request.method, request.path, exc_info=error)
    return _answer(HTTPStatus.INTERNAL_SERVER_ERROR, text("error.500"))


def _message(error: HTTPException, status: HTTPStatus) -> str:
    """Return what the broker's own code said, else its text for that status: the framework speaks English only."""
    if isinstance(error, CSRFError):
        return text("error.csrf")
    if error.description and error.description != type(error).description:
        return error.description
    return text(f"error.{int(status)}" if status in _TOLD else "error.other")


def _answer(status: HTTPStatus, message: str) -> Response:
    if request.path.startswith(("/oauth2/", "/webhooks/", "/operator/")) or request.path.endswith(".json"):
        return _json(status, _NAMES.get(status, status.name), message)
    title = text(f"error.title_{int(status)}" if status in _TOLD else "error.title_other")
    page = render_template("error.html", title=title, message=message)
    return make_response(page, status)


def _json(status: HTTPStatus, error: str, message: str) -> Response:
    return make_response(jsonify(error=error, message=message, code=int(status)), status)
