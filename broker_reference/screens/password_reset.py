"""Reset of a forgotten password: ask for the link, choose a new password, be logged in (cases 6.2.7, 6.3.9)."""

from http import HTTPStatus
from urllib.parse import urlencode

from flask import Blueprint, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from broker_reference.context import broker
from broker_reference.password_reset import Letter, LinkOver
from broker_reference.presentation import parameters, text
from broker_reference.screens.forms import InvalidForm, read_address, read_chosen_password, ticked
from broker_reference.screens.letting_in import let_in
from broker_reference.screens.too_many import complaint, remote_address, too_many
from broker_reference.store import clients as stored_clients
from broker_reference.throttle import TooManyTries
from broker_reference.tokens import RESET_LIFETIME_MS

blueprint = Blueprint("password_reset", __name__)

_MINUTES = RESET_LIFETIME_MS // 60_000


@blueprint.get("/auth/reset")
def screen() -> ResponseReturnValue:
    """Ask for the address."""
    return _page("reset.html")


@blueprint.post("/auth/reset")
def send() -> ResponseReturnValue:
    """Mail the link if the address is known; the answer, and the limit of tries, are the same if it is not."""
    try:
        email = read_address(request.form)
        broker().mail_throttle.take(email, remote_address())
    except InvalidForm as invalid:
        return _page("reset.html", errors=invalid.errors)
    except TooManyTries as refused:
        return too_many(_page("reset.html", errors={"email": complaint(refused)}), refused)
    broker().password_reset.send_link(email, _link, _letter)
    return _page("reset_sent.html", email=email)


@blueprint.get("/auth/new-password")
def new_password() -> ResponseReturnValue:
    """Show the form behind the link of the mail. Showing it does not use the link up."""
    token = parameters().get("token") or ""
    if not broker().password_reset.is_open(token):
        return _over()
    return _page("reset_new.html", reset_token=token)


@blueprint.post("/auth/new-password")
def save() -> ResponseReturnValue:
    """Set the password and let the client in: to where a log-in on the first screen would have led."""
    token = request.form.get("reset_token", "")
    try:
        client_id = broker().password_reset.complete(token, read_chosen_password(request.form))
    except InvalidForm as invalid:
        return _page("reset_new.html", errors=invalid.errors, reset_token=token)
    except LinkOver:
        return _over()
    with broker().database.read() as connection:
        client = stored_clients.existing(connection, client_id)
    return let_in(client, keep_logged_in=ticked(request.form, "keep_me_logged_in"))


def _link(token: str) -> str:
    query = parameters().without("token").encoded()
    address = f"{broker().url}{url_for('password_reset.new_password')}?{urlencode({'token': token})}"
    return f"{address}&{query}" if query else address


def _letter(first_name: str, link: str) -> Letter:
    settings = broker().settings
    return Letter(
        text("mail.reset_subject", broker=settings.broker_name),
        text(
            "mail.reset_text", first_name=first_name, link=link, minutes=_MINUTES, legal_name=settings.legal_name
        ),
    )


def _over() -> ResponseReturnValue:
    return make_response(render_template("reset_over.html", minutes=_MINUTES), HTTPStatus.GONE)


def _page(template: str, errors: dict[str, str] | None = None, **facts: str) -> ResponseReturnValue:
    page = render_template(template, errors=errors or {}, values=request.form, minutes=_MINUTES, **facts)
    return make_response(page, HTTPStatus.BAD_REQUEST if errors else HTTPStatus.OK)
