"""What somebody is told who tried too often, and from where a request comes."""

from http import HTTPStatus

from flask import Response, make_response, request
from flask.typing import ResponseReturnValue

from broker_reference.presentation import text
from broker_reference.throttle import TooManyTries


def remote_address() -> str:
    """Return the address of the machine that sent this request."""
    return request.remote_addr or ""


def complaint(refused: TooManyTries) -> str:
    """Return what is said beside the field."""
    return text("form.too_many", minutes=refused.minutes)


def too_many(page: ResponseReturnValue, refused: TooManyTries) -> Response:
    """Return the page as the answer to one try too many; programs find in it when to come again."""
    answer = make_response(page)
    answer.status_code = HTTPStatus.TOO_MANY_REQUESTS
    answer.headers["Retry-After"] = str(refused.seconds)
    return answer
