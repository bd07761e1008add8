"""Entrance check of the client area."""

from http import HTTPStatus

from flask import request
from flask.typing import ResponseReturnValue

from broker_reference import session
from broker_reference.errors import ApiError
from broker_reference.presentation import to_login_of_website
from broker_reference.store.clients import Client


def require_client() -> ResponseReturnValue | None:
    """Before each request: send strangers to the login screen, programs get 401."""
    if session.logged_in_client() is not None:
        return None
    if request.path.endswith(".json"):
        raise ApiError(HTTPStatus.UNAUTHORIZED, "UNAUTHORIZED", "log in first")
    return to_login_of_website()


def current_client() -> Client:
    """Return the client of this request; `require_client` has run."""
    client = session.logged_in_client()
    if client is None:
        raise ApiError(HTTPStatus.UNAUTHORIZED, "UNAUTHORIZED", "log in first")
    return client
