"""Partner page: join the programme, see identifiers and links (section 5.8, stages 1 to 4)."""

from enum import StrEnum
from http import HTTPStatus
from typing import Any, TypeVar

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from broker_reference.client_area.access import current_client, require_client
from broker_reference.context import broker
from broker_reference.partner_programme import Membership, state_word
from broker_reference.partners import Level, Mode, ModeRequired, Step, referral_link
from broker_reference.store import accounts as stored_accounts

blueprint = Blueprint("partner", __name__)
blueprint.before_request(require_client)

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
        return _page({"level": "Choose one of the two levels."})
    try:
        step = broker().programme.register(current_client().id, level, _chosen(Mode, "mode"))
    except ModeRequired:
        return _page({"mode": "You have no trading account yet: choose how to go on."})
    leads_on = step in (Step.REMEMBER_APPLICATION, Step.LEAD_INTO_USER_CREATION)
    return redirect(url_for("account.screen" if leads_on else "partner.page"), HTTPStatus.SEE_OTHER)


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


def _chosen(choices: type[_Choice], field: str) -> _Choice | None:
    value = request.form.get(field, "")
    return choices(value) if value in list(choices) else None


def _page(errors: dict[str, str]) -> ResponseReturnValue:
    client = current_client()
    membership = broker().programme.membership(client.id)
    with broker().database.read() as connection:
        account = stored_accounts.of_client(connection, client.id)
    page = render_template(
        "partner.html",
        standing=_standing(membership),
        membership=membership,
        needs_mode=client.user_id is None or account is None or account.ctid_trader_account_id is None,
        errors=errors,
        values=request.form,
    )
    return make_response(page, HTTPStatus.BAD_REQUEST if errors else HTTPStatus.OK)
