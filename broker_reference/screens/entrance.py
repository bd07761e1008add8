"""The login/signup screen: two faces behind one URL (sections 5.2 to 5.4, 5.8 stage 13)."""

from http import HTTPStatus

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue

from broker_reference import session
from broker_reference.clients import WrongPassword
from broker_reference.context import broker
from broker_reference.presentation import parameters, text, to_login_of_website
from broker_reference.screens.forms import InvalidForm, read_credentials, read_new_client, ticked
from broker_reference.screens.letting_in import create_user_and_go_on, let_in
from broker_reference.screens.too_many import complaint, remote_address, too_many
from broker_reference.throttle import TooManyTries

blueprint = Blueprint("entrance", __name__)


@blueprint.get("/auth/login")
def screen() -> ResponseReturnValue:
    """Show the face that the parameters ask for."""
    return _page(signup=parameters().shows_signup)


@blueprint.post("/auth/signup")
def sign_up() -> ResponseReturnValue:
    """Create the client and the user (section 5.3 stages 4 to 8), then go on to account opening."""
    try:
        person = read_new_client(request.form)
        broker().login_throttle.check(person.email, remote_address())
        client_id = broker().clients.sign_up(
            person,
            partner_id=request.form.get("partner_id") or None,
            agreed=ticked(request.form, "accept_agreement"),
        )
    except InvalidForm as invalid:
        return _page(signup=True, errors=invalid.errors)
    except WrongPassword:
        broker().login_throttle.failed(person.email, remote_address())
        return _page(signup=True, errors={"email": text("form.other_password")})
    except TooManyTries as refused:
        return too_many(_page(signup=True, errors={"email": complaint(refused)}), refused)
    session.log_in(client_id, keep_logged_in=ticked(request.form, "keep_me_logged_in"))
    return create_user_and_go_on(client_id)


@blueprint.post("/auth/login")
def log_in() -> ResponseReturnValue:
    """Let a client in by e-mail address and password."""
    try:
        credentials = read_credentials(request.form)
        broker().login_throttle.check(credentials.email, remote_address())
        client = broker().clients.recognise(credentials.email, credentials.password)
    except InvalidForm as invalid:
        return _page(signup=False, errors=invalid.errors)
    except WrongPassword:
        broker().login_throttle.failed(credentials.email, remote_address())
        return _page(signup=False, errors={"password": text("form.mismatch")})
    except TooManyTries as refused:
        return too_many(_page(signup=False, errors={"password": complaint(refused)}), refused)
    broker().login_throttle.succeeded(credentials.email)
    return let_in(client, keep_logged_in=ticked(request.form, "keep_me_logged_in"))


@blueprint.post("/logout")
def log_out() -> ResponseReturnValue:
    """End the session of the website, and those in all cTrader applications (call 3.12)."""
    client = session.logged_in_client()
    if client is not None:
        broker().profile.log_out(client.id)
    session.log_out()
    return to_login_of_website()


def _page(*, signup: bool, errors: dict[str, str] | None = None) -> ResponseReturnValue:
    page = render_template(
        "signup.html" if signup else "login.html",
        partner_id=request.form.get("partner_id", parameters().partner_id or ""),
        errors=errors or {},
        values=request.form,
    )
    return make_response(page, HTTPStatus.BAD_REQUEST if errors else HTTPStatus.OK)
