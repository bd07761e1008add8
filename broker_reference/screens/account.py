"""The account opening screen (section 5.3 stages 9 to 13)."""

from http import HTTPStatus

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue

from broker_reference import session
from broker_reference.context import broker
from broker_reference.ctrader import CTraderError
from broker_reference.presentation import text, to, to_application
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


def account_page(
    *, errors: dict[str, str] | None = None, trouble: Trouble | None = None, **further: str
) -> ResponseReturnValue:
    """Render the account opening screen, perhaps with what went wrong; its button is also the retry.

    Args:
        further: `secret` and `nonce` of the form for a further account.
    """
    page = render_template(
        "account_further.html" if further else "account_create.html",
        errors=errors or {},
        trouble=trouble,
        values=request.form,
        currencies=[(currency, currency) for currency in DEPOSIT_CURRENCIES],
        leverages=[(leverage, f"1:{leverage}") for leverage in LEVERAGES],
        account_types=[(value, text(key)) for value, key in ACCOUNT_TYPES.items()],
        **further,
    )
    if trouble is not None:
        return make_response(page, trouble.status)
    return make_response(page, HTTPStatus.BAD_REQUEST if errors else HTTPStatus.OK)


@blueprint.get("/account/create")
def screen() -> ResponseReturnValue:
    """Show the form; who has an account has no business here."""
    client = session.logged_in_client()
    if client is None:
        return to("entrance.screen")
    if broker().user_creation.has_linked_account(client.id):
        return to("client_area.home")
    return account_page()


@blueprint.post("/account/create")
def create() -> ResponseReturnValue:
    """Open and link the account, or find it opened, and end on the success URL with a one-time token."""
    client = session.logged_in_client()
    if client is None:
        return to("entrance.screen")
    creation = broker().user_creation
    try:
        wishes = read_account_wishes(request.form)
        broker().clients.continue_flow(client.id)
        creation.open_account(client.id, wishes)
    except InvalidForm as invalid:
        return account_page(errors=invalid.errors)
    except (CTraderError, UserTaken) as error:
        return account_page(trouble=describe(error))
    return to_application(creation.success_url(client.id, keep_logged_in=session.keeps_logged_in()))
