"""Home of the client area: who I am, my accounts, who brought me."""

from dataclasses import dataclass

from flask import Blueprint, Response, jsonify, render_template
from flask.typing import ResponseReturnValue

from broker_reference.client_area.access import current_client, require_client
from broker_reference.context import broker
from broker_reference.store import accounts as stored_accounts
from broker_reference.store import attributions as stored_attributions
from broker_reference.store import notices as stored_notices
from broker_reference.store.accounts import Account
from broker_reference.store.attributions import Attribution
from broker_reference.store.clients import Client
from broker_reference.store.notices import EmailChange

blueprint = Blueprint("client_area", __name__)
blueprint.before_request(require_client)


@dataclass(frozen=True)
class _Me:
    client: Client
    accounts: list[Account]
    attribution: Attribution | None
    email_change: EmailChange | None


@blueprint.get("/area")
def home() -> ResponseReturnValue:
    """Show the home page."""
    return render_template("area.html", me=_me())


@blueprint.get("/area/me.json")
def me_json() -> Response:
    """Answer the home page's facts. Accounts are those linked to the user, the first one first."""
    me = _me()
    accounts = [
        {
            "login": account.login,
            "ctidTraderAccountId": account.ctid_trader_account_id,
            "environmentName": account.environment_name,
        }
        for account in me.accounts
    ]
    return jsonify(
        email=me.client.email,
        firstName=me.client.first_name,
        lastName=me.client.last_name,
        userId=me.client.user_id,
        accounts=accounts,
        attribution={
            "state": "none" if me.attribution is None else me.attribution.state.value,
            "partnerId": None if me.attribution is None else me.attribution.partner_id,
        },
        emailChange=None
        if me.email_change is None
        else {
            "newEmail": me.email_change.new_email,
            "previousEmail": me.email_change.previous_email,
            "state": me.email_change.state.value,
            "error": me.email_change.last_error,
        },
    )


def _me() -> _Me:
    client = current_client()
    with broker().database.read() as connection:
        accounts = stored_accounts.linked_of_client(connection, client.id)
        attribution = stored_attributions.of_client(connection, client.id)
        email_change = stored_notices.latest_email_change(connection, client.id)
    return _Me(client, accounts, attribution, email_change)
