"""Partner page: join the programme, see identifiers and links (section 5.8, stages 1 to 4)."""

import re
from enum import StrEnum
from http import HTTPStatus
from typing import Any, TypeVar

from flask import Blueprint, Response, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue

from broker_reference.client_area.access import current_client, require_client
from broker_reference.context import broker
from broker_reference.partner_programme import (
    Membership,
    NotReplaceable,
    UnusableAccount,
    is_replaceable,
    state_word,
)
from broker_reference.partners import Level, Mode, ModeRequired, Step, referral_link
from broker_reference.presentation import quoted, text, to
from broker_reference.store import accounts as stored_accounts

blueprint = Blueprint("partner", __name__)
blueprint.before_request(require_client)

_ACCOUNT = re.compile("[1-9][0-9]{0,17}")
_Choice = TypeVar("_Choice", bound=StrEnum)


@blueprint.get("/area/partner")
def page() -> ResponseReturnValue:
    """Show the partner page."""
    return _page({})


@blueprint.post("/area/partner")
def register() -> ResponseReturnValue:
    """Join the programme, or repeat a refused call to cTrader; submitting twice changes nothing."""
    level = _chosen(Level, "level")
    if level is None:
        return _page({"level": text("form.level")})
    account = request.form.get("account", "")
    try:
        step = broker().programme.register(current_client().id, level, _chosen(Mode, "mode"), _login(account))
    except ModeRequired:
        return _page({"mode": text("form.mode")})
    except UnusableAccount:
        return _page({"account": text("form.account", value=quoted(account))})
    leads_on = step in (Step.REMEMBER_APPLICATION, Step.LEAD_INTO_USER_CREATION)
    return to("account.screen" if leads_on else "partner.page")


@blueprint.post("/area/partner/identifier")
def change_identifier() -> ResponseReturnValue:
    """Give the partner another identifier in the place of one in use; submitting twice changes it once."""
    partner_id = request.form.get("partner_id", "")
    try:
        broker().programme.change_identifier(current_client().id, partner_id)
    except NotReplaceable:
        return _page({"partner_id": text("form.identifier", value=quoted(partner_id))})
    return to("partner.page")


@blueprint.get("/area/partner.json")
def partner_json() -> Response:
    """Answer the client's standing in the programme; the newest identifier is the current one."""
    return jsonify(partner=_standing(broker().programme.membership(current_client().id)))


def _standing(membership: Membership) -> dict[str, Any] | None:
    if membership.partner is None and membership.application is None:
        return None
    identifiers = [
        {
            "partnerId": identifier.identifier,
            "level": identifier.level.value,
            "referralLink": referral_link(broker().url, identifier.identifier),
            "current": position == 0 and membership.application is None,
            "state": state_word(identifier),
        }
        for position, identifier in enumerate(membership.identifiers)
    ]
    if membership.application is not None:
        return {
            "level": membership.application.value,
            "partnerId": None,
            "referralLink": None,
            "state": "waiting_for_user_creation",
            "identifiers": identifiers,
        }
    current = identifiers[0]
    return {key: current[key] for key in ("level", "partnerId", "referralLink", "state")} | {
        "identifiers": identifiers
    }


def _login(typed: str) -> int | None:
    """Return the account chosen for the account level; None leaves the choice to the broker.

    Raises UnusableAccount for what is no account number.
    """
    if not typed:
        return None
    if _ACCOUNT.fullmatch(typed) is None:
        raise UnusableAccount
    return int(typed)


def _chosen(choices: type[_Choice], field: str) -> _Choice | None:
    value = request.form.get(field, "")
    return choices(value) if value in list(choices) else None


def _page(errors: dict[str, str]) -> ResponseReturnValue:
    client = current_client()
    membership = broker().programme.membership(client.id)
    with broker().database.read() as connection:
        accounts = stored_accounts.linked_of_client(connection, client.id)
    usable = [account for account in accounts if account.ctid_trader_account_id is not None]
    page = render_template(
        "partner.html",
        standing=_standing(membership),
        membership=membership,
        replaceable=[is_replaceable(identifier, membership.identifiers) for identifier in membership.identifiers],
        accounts=[(account.login, text("account.number", login=account.login)) for account in usable],
        needs_mode=client.user_id is None or not usable,
        errors=errors,
        values=request.form,
    )
    return make_response(page, HTTPStatus.BAD_REQUEST if errors else HTTPStatus.OK)
