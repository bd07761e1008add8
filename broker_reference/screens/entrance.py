"""The login/signup screen: two faces behind one URL (sections 5.2 to 5.4, 5.8 stage 13)."""

from http import HTTPStatus

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from broker_reference import session
from broker_reference.clients import WrongPassword
from broker_reference.context import broker
from broker_reference.ctrader import CTraderError
from broker_reference.screen_parameters import ScreenParameters
from broker_reference.screens.account import account_page, to_account_screen
from broker_reference.screens.forms import InvalidForm, read_credentials, read_new_client, ticked
from broker_reference.screens.trouble import describe
from broker_reference.user_creation import UserTaken

blueprint = Blueprint("entrance", __name__)


@blueprint.get("/auth/login")
def screen() -> ResponseReturnValue:
    """Show the face that the parameters ask for."""
    parameters = ScreenParameters.parse(request.query_string.decode("utf-8", "replace"))
    return _page(parameters, signup=parameters.shows_signup)


@blueprint.post("/auth/signup")
def sign_up() -> ResponseReturnValue:
    """Create the client and the user (section 5.3 stages 4 to 8), then go on to account opening."""
    parameters = _submitted_parameters()
    try:
        person = read_new_client(request.form)
        client_id = broker().clients.sign_up(
            person,
            partner_id=request.form.get("partner_id") or None,
            agreed=ticked(request.form, "accept_agreement"),
        )
    except InvalidForm as invalid:
        return _page(parameters, signup=True, errors=invalid.errors)
    except WrongPassword:
        taken = {"email": "This address is registered already, with another password. Correct it or log in."}
        return _page(parameters, signup=True, errors=taken)
    session.log_in(client_id, keep_logged_in=ticked(request.form, "keep_me_logged_in"))
    return _create_user_and_go_on(client_id, parameters)


@blueprint.post("/auth/login")
def log_in() -> ResponseReturnValue:
    """Let a client in: to the application if that opened the screen, else to the client area.

    Who has no trading account yet goes on with user creation where it stopped. A client of the website who
    logs in there, and never set out to open an account, is left alone.
    """
    parameters = _submitted_parameters()
    try:
        credentials = read_credentials(request.form)
        client = broker().clients.recognise(credentials.email, credentials.password)
    except InvalidForm as invalid:
        return _page(parameters, signup=False, errors=invalid.errors)
    except WrongPassword:
        return _page(parameters, signup=False, errors={"password": "Address and password do not match."})
    keep_logged_in = ticked(request.form, "keep_me_logged_in")
    session.log_in(client.id, keep_logged_in=keep_logged_in)
    creation = broker().user_creation
    if creation.has_linked_account(client.id):
        if parameters.opened_by_app:
            return redirect(creation.success_url(client.id, keep_logged_in=keep_logged_in), HTTPStatus.SEE_OTHER)
        return redirect(url_for("client_area.home"), HTTPStatus.SEE_OTHER)
    if client.flow_started_at is None and not parameters.opened_by_app:
        return redirect(url_for("client_area.home"), HTTPStatus.SEE_OTHER)
    broker().clients.continue_flow(client.id)
    return _create_user_and_go_on(client.id, parameters)


@blueprint.post("/logout")
def log_out() -> ResponseReturnValue:
    """End the session of the website, and those in all cTrader applications (call 3.12)."""
    client = session.logged_in_client()
    if client is not None:
        broker().profile.log_out(client.id)
    session.log_out()
    return redirect(url_for("entrance.screen"), HTTPStatus.SEE_OTHER)


def _create_user_and_go_on(client_id: int, parameters: ScreenParameters) -> ResponseReturnValue:
    try:
        broker().user_creation.ensure_user(client_id)
    except (CTraderError, UserTaken) as error:
        return account_page(parameters, trouble=describe(error))
    return to_account_screen(parameters)


def _submitted_parameters() -> ScreenParameters:
    """Return the parameters the screen was opened with; its forms carry them in a hidden field."""
    return ScreenParameters.parse(request.form.get("parameters", ""))


def _page(
    parameters: ScreenParameters, *, signup: bool, errors: dict[str, str] | None = None
) -> ResponseReturnValue:
    page = render_template(
        "signup.html" if signup else "login.html",
        parameters=parameters,
        partner_id=request.form.get("partner_id", parameters.partner_id or ""),
        errors=errors or {},
        values=request.form,
    )
    return make_response(page, HTTPStatus.BAD_REQUEST if errors else HTTPStatus.OK)
