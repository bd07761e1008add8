"""Opening one more trading account (case 6.3.6): from the application by one-time token, or in the client area."""

from http import HTTPStatus

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from broker_reference import session
from broker_reference.context import broker
from broker_reference.ctrader import CTraderError
from broker_reference.presentation import parameters, to, to_application, to_login_of_website
from broker_reference.screens.account import account_page
from broker_reference.screens.closed import CLOSED, closed
from broker_reference.screens.forms import InvalidForm, read_account_wishes
from broker_reference.screens.trouble import describe
from broker_reference.tokens import Verdict
from broker_reference.user_creation import UnknownForm, UserTaken

blueprint = Blueprint("further_account", __name__)

_TITLE = "account.further_title"


@blueprint.get("/account/new")
def screen() -> ResponseReturnValue:
    """Show the form: to the user of a one-time token, or to who is logged in to the client area."""
    token = parameters().get("token")
    if token is not None:
        secret = broker().account_screens.open_screen(token)
        if isinstance(secret, Verdict):
            return closed(_TITLE, *CLOSED[secret])
        return account_page(secret=secret, nonce=broker().user_creation.nonce())
    client = session.logged_in_client()
    if client is None:
        return to_login_of_website()
    if not broker().user_creation.has_linked_account(client.id):
        return to("account.screen")
    return account_page(secret="", nonce=broker().user_creation.nonce())


@blueprint.post("/account/new")
def create() -> ResponseReturnValue:
    """Open and link the account once per form; end on the success URL, or back in the client area.

    The success URL carries no token: nobody logs in by opening an account.
    """
    secret, nonce = request.form.get("screen", ""), request.form.get("nonce", "")
    client_id = _client_id(secret)
    if client_id is None:
        return closed(_TITLE, HTTPStatus.GONE, "inapp.over") if secret else to_login_of_website()
    try:
        wishes = read_account_wishes(request.form)
        account = broker().user_creation.open_further_account(client_id, wishes, nonce)
    except InvalidForm as invalid:
        return account_page(errors=invalid.errors, secret=secret, nonce=nonce)
    except UnknownForm:
        return closed(_TITLE, HTTPStatus.GONE, "inapp.over")
    except (CTraderError, UserTaken) as error:
        return account_page(trouble=describe(error), secret=secret, nonce=nonce)
    if secret:
        return to_application(broker().user_creation.finished_url(account.login))
    return to("client_area.home")


def _client_id(secret: str) -> int | None:
    """Return whose form this is: of the screen its secret stands for or, without one, of the session."""
    if secret:
        return broker().account_screens.client_of(secret)
    client = session.logged_in_client()
    return None if client is None else client.id
