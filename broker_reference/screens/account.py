"""The account opening screen (section 5.3 stages 9 to 13)."""

from http import HTTPStatus

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from broker_reference import session
from broker_reference.context import broker
from broker_reference.ctrader import CTraderError
from broker_reference.screen_parameters import ScreenParameters
from broker_reference.screens.forms import (
    ACCOUNT_TYPES,
    DEPOSIT_CURRENCIES,
    LEVERAGES,
    InvalidForm,
    read_account_wishes,
)
from broker_reference.screens.trouble import Trouble, describe
from broker_reference.user_creation import UserTaken

blueprint = Blueprint("account", __name__)


def to_account_screen(parameters: ScreenParameters) -> ResponseReturnValue:
    """Redirect to the account opening screen; language, theme and campaign data ride along."""
    query = parameters.after_entrance()
    return redirect(url_for("account.screen") + (f"?{query}" if query else ""), HTTPStatus.SEE_OTHER)


def account_page(
    parameters: ScreenParameters, *, errors: dict[str, str] | None = None, trouble: Trouble | None = None
) -> ResponseReturnValue:
    """Render the account opening screen, perhaps with what went wrong; its button is also the retry."""
    page = render_template(
        "account_create.html",
        parameters=parameters,
        errors=errors or {},
        trouble=trouble,
        values=request.form,
        currencies=DEPOSIT_CURRENCIES,
        leverages=LEVERAGES,
        account_types=ACCOUNT_TYPES,
    )
    if trouble is not None:
        return make_response(page, trouble.status)
    return make_response(page, HTTPStatus.BAD_REQUEST if errors else HTTPStatus.OK)


@blueprint.get("/account/create")
def screen() -> ResponseReturnValue:
    """Show the form; who has an account has no business here."""
    parameters = ScreenParameters.parse(request.query_string.decode("utf-8", "replace"))
    client = session.logged_in_client()
    if client is None:
        return _to_login(parameters)
    if broker().user_creation.has_linked_account(client.id):
        return redirect(url_for("client_area.home"), HTTPStatus.SEE_OTHER)
    return account_page(parameters)


@blueprint.post("/account/create")
def create() -> ResponseReturnValue:
    """Open and link the account, or find it opened, and end on the success URL with a one-time token."""
    parameters = ScreenParameters.parse(request.form.get("parameters", ""))
    client = session.logged_in_client()
    if client is None:
        return _to_login(parameters)
    creation = broker().user_creation
    try:
        wishes = read_account_wishes(request.form)
        broker().clients.continue_flow(client.id)
        creation.open_account(client.id, wishes)
    except InvalidForm as invalid:
        return account_page(parameters, errors=invalid.errors)
    except (CTraderError, UserTaken) as error:
        return account_page(parameters, trouble=describe(error))
    url = creation.success_url(client.id, keep_logged_in=session.keeps_logged_in())
    return redirect(url, HTTPStatus.SEE_OTHER)


def _to_login(parameters: ScreenParameters) -> ResponseReturnValue:
    query = parameters.after_entrance()
    return redirect(url_for("entrance.screen") + (f"?{query}" if query else ""), HTTPStatus.SEE_OTHER)
