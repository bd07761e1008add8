"""The website's own registration: a client who is no user in cTrader yet (where flow 2 begins)."""

from http import HTTPStatus

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue

from broker_reference import session
from broker_reference.clients import EmailTaken
from broker_reference.context import broker
from broker_reference.presentation import text, to
from broker_reference.screens.forms import InvalidForm, read_new_client
from broker_reference.screens.too_many import complaint, remote_address, too_many
from broker_reference.throttle import TooManyTries

blueprint = Blueprint("registration", __name__)


@blueprint.get("/register")
def screen() -> ResponseReturnValue:
    """Show the form."""
    return _page({})


@blueprint.post("/register")
def register() -> ResponseReturnValue:
    """Create the client and let him or her in.

    How many register from one machine is not limited; how many clients one may learn of there is.
    """
    try:
        person = read_new_client(request.form)
        broker().login_throttle.check(person.email, remote_address())
        client_id = broker().clients.register(person)
    except InvalidForm as invalid:
        return _page(invalid.errors)
    except TooManyTries as refused:
        return too_many(_page({"email": complaint(refused)}), refused)
    except EmailTaken:
        broker().login_throttle.told_taken(remote_address())
        return _page({"email": text("form.registered")})
    session.log_in(client_id, keep_logged_in=False)
    return to("client_area.home")


def _page(errors: dict[str, str]) -> ResponseReturnValue:
    page = render_template("register.html", errors=errors, values=request.form)
    return make_response(page, HTTPStatus.BAD_REQUEST if errors else HTTPStatus.OK)
