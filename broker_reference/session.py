"""Who is logged in: Flask-Login on a signed cookie that only this broker uses."""

from typing import cast

from flask import Flask, session
from flask_login import (  # type: ignore[import-untyped,unused-ignore]
    LoginManager,
    current_user,
    login_user,
    logout_user,
)

from broker_reference.context import broker
from broker_reference.store import clients as stored_clients
from broker_reference.store.clients import Client

# Cookies ignore ports, and the application that opens the screens may be served from the same host.
COOKIE_NAME = "broker_session"

_KEEP_LOGGED_IN = "keep_logged_in"


class _LoggedIn:
    """A client in the shape Flask-Login asks for."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, client: Client) -> None:
        self.client = client

    def get_id(self) -> str:
        return f"{self.client.id}.{self.client.session_generation}"


def init_app(app: Flask, *, over_tls: bool) -> None:
    """Attach session handling to the app. Browsers send a cookie that is `over_tls` over nothing else."""
    app.config.update(
        SESSION_COOKIE_NAME=COOKIE_NAME,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=over_tls,
    )
    manager = LoginManager(app)
    manager.user_loader(_load)


def log_in(client_id: int, *, keep_logged_in: bool) -> None:
    """Start a session of its own for a client: nothing of an earlier one survives, its CSRF token included.

    `keep_logged_in` is the client's choice on the screen; the next one-time token carries it.
    """
    session.clear()
    with broker().database.read() as connection:
        login_user(_LoggedIn(stored_clients.existing(connection, client_id)))
    session[_KEEP_LOGGED_IN] = keep_logged_in


def log_out() -> None:
    """End the session."""
    logout_user()
    session.clear()


def keeps_logged_in() -> bool:
    """Return whether "keep me logged in" was ticked when this session began."""
    return bool(session.get(_KEEP_LOGGED_IN, False))


def logged_in_client() -> Client | None:
    """Return the client of this session, read afresh in each request."""
    return cast(Client, current_user.client) if current_user.is_authenticated else None


def _load(stored_id: str) -> _LoggedIn | None:
    client_id, _, generation = stored_id.partition(".")
    with broker().database.read() as connection:
        client = stored_clients.by_id(connection, int(client_id))
    # A changed password ends the sessions begun with the old one.
    if client is None or generation != str(client.session_generation):
        return None
    return _LoggedIn(client)
