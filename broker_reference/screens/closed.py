"""What a user sees whose InApp screen does not open, or is over."""

from http import HTTPStatus

from flask import make_response, render_template
from flask.typing import ResponseReturnValue

from broker_reference.presentation import text
from broker_reference.tokens import Verdict

# The statuses of call 4.2 (E-20), for the same verdicts on the same kind of token.
CLOSED = {
    Verdict.NOT_OUR_SHAPE: (HTTPStatus.EXPECTATION_FAILED, "inapp.not_ours"),
    Verdict.NEVER_ISSUED: (HTTPStatus.NOT_FOUND, "inapp.used"),
    Verdict.ALREADY_USED: (HTTPStatus.NOT_FOUND, "inapp.used"),
    Verdict.EXPIRED: (HTTPStatus.GONE, "inapp.expired"),
}


def closed(title: str, status: HTTPStatus, message: str, **values: object) -> ResponseReturnValue:
    """Render the page that says why; `title` and `message` are keys of texts."""
    page = render_template("inapp_closed.html", title=text(title), message=text(message, **values))
    return make_response(page, status)
