"""The client's own data: change of address and of password (screens of section 6)."""

from http import HTTPStatus

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue

from broker_reference import session
from broker_reference.client_area.access import current_client, require_client
from broker_reference.clients import EmailTaken, WrongPassword
from broker_reference.context import broker
from broker_reference.presentation import text, to
from broker_reference.profile import ChangePending
from broker_reference.screens.forms import InvalidForm, read_new_email, read_new_password
from broker_reference.screens.too_many import complaint, remote_address, too_many
from broker_reference.throttle import TooManyTries

blueprint = Blueprint("profile", __name__)
blueprint.before_request(require_client)


@blueprint.get("/area/email")
def email() -> ResponseReturnValue:
    """Show the change of address, and how the latest one fared."""
    return _page("email.html", {})


@blueprint.post("/area/email")
def change_email() -> ResponseReturnValue:
    """Change the address here; cTrader is told by the outbox (call 3.10)."""
    client = current_client()
    try:
        wanted = read_new_email(request.form)
        broker().login_throttle.check(client.email, remote_address())
        broker().profile.change_email(client.id, wanted.email, wanted.password)
    except InvalidForm as invalid:
        return _page("email.html", invalid.errors)
    except WrongPassword:
        broker().login_throttle.failed(client.email, remote_address())
        return _page("email.html", {"password": text("form.wrong_password")})
    except TooManyTries as refused:
        return too_many(_page("email.html", {"password": complaint(refused)}), refused)
    except EmailTaken:
        broker().login_throttle.told_taken(remote_address())
        return _page("email.html", {"email": text("form.taken")})
    except ChangePending:
        return _page("email.html", {"email": text("form.change_pending")})
    return to("profile.email")


@blueprint.get("/area/password")
def password() -> ResponseReturnValue:
    """Show the change of password."""
    return _page("password.html", {})


@blueprint.post("/area/password")
def change_password() -> ResponseReturnValue:
    """Change the password. All other sessions end; this one begins anew."""
    client, keep_logged_in = current_client(), session.keeps_logged_in()
    try:
        wanted = read_new_password(request.form)
        broker().login_throttle.check(client.email, remote_address())
        broker().profile.change_password(client.id, wanted.current, wanted.new)
    except InvalidForm as invalid:
        return _page("password.html", invalid.errors)
    except WrongPassword:
        broker().login_throttle.failed(client.email, remote_address())
        return _page("password.html", {"current_password": text("form.wrong_password")})
    except TooManyTries as refused:
        return too_many(_page("password.html", {"current_password": complaint(refused)}), refused)
    broker().login_throttle.succeeded(client.email)
    session.log_in(client.id, keep_logged_in=keep_logged_in)
    return to("client_area.home")


def _page(template: str, errors: dict[str, str]) -> ResponseReturnValue:
    client = current_client()
    page = render_template(
        template,
        client=client,
        change=broker().profile.latest_email_change(client.id),
        errors=errors,
        values=request.form,
    )
    return make_response(page, HTTPStatus.BAD_REQUEST if errors else HTTPStatus.OK)
