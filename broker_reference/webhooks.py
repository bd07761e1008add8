"""Webhooks of cTrader Invite (section C): cTrader tells the broker who invited whom, and who registered."""

import hmac
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, jsonify, make_response, request

from broker_reference.context import broker
from broker_reference.crm_api.bodies import json_object, optional_id, require_json, required_id, required_string
from broker_reference.errors import ApiError
from broker_reference.store.invitations import AnnouncedUser, Invitation

blueprint = Blueprint("webhooks", __name__, url_prefix="/webhooks/ctrader")


def attribution() -> Response:
    """C.1: an invited trader belongs to a partner. Answers the partner's identifier and what came of it."""
    body = _authorised_body()
    invitation = Invitation(
        invited_user_id=required_id(body, "invitedUserId"),
        partner_user_id=required_id(body, "partnerUserId"),
        broker_name=_broker_name(body),
        announced_partner_id=_optional_string(body, "brokerPartnerId"),
    )
    if invitation.invited_user_id == invitation.partner_user_id:
        raise _bad("partnerUserId", "must be another user than invitedUserId")  # E-15
    answer = broker().invitations.attribute(invitation)
    told = {"brokerResult": answer.result.value}
    if answer.partner_id is not None:
        told["brokerPartnerId"] = answer.partner_id
    return jsonify(told)


def new_user() -> Response:
    """C.3: a user registered. `partnerUserId` is documented as required, yet nobody invited most users."""
    body = _authorised_body()
    user = AnnouncedUser(
        user_id=required_id(body, "userId"),
        broker_name=_broker_name(body),
        email=required_string(body, "email"),
        partner_user_id=optional_id(body, "partnerUserId"),
    )
    if not _storable(user.email):
        raise _bad("email", "must be text")
    broker().invitations.record_user(user)
    return make_response("", HTTPStatus.OK)


def _authorised_body() -> dict[str, Any]:
    require_json(request)
    # Read first: a body that is too large is refused whoever sends it.
    request.get_data()
    expected = broker().settings.webhook_authorization.encode()
    given = request.headers.get("Authorization", "").encode("utf-8", "surrogatepass")
    # Nothing configured means nobody was given a value to send.
    if not expected or not hmac.compare_digest(given, expected):
        raise ApiError(HTTPStatus.UNAUTHORIZED, "UNAUTHORIZED", "the Authorization header is missing or wrong")
    return json_object(request)


def _broker_name(body: dict[str, Any]) -> str:
    name = required_string(body, "brokerName")
    if name != broker().settings.broker_name:  # exact and case-sensitive, section 2.3
        raise _bad("brokerName", f"{name[:40]!a} is not a broker served here")
    return name


def _optional_string(body: dict[str, Any], key: str) -> str | None:
    value = body.get(key)
    if value is not None and not (isinstance(value, str) and _storable(value)):
        raise _bad(key, "must be text")
    return value


def _storable(text: str) -> bool:
    """JSON may carry half a surrogate pair, which no database takes."""
    return text.encode("utf-8", "ignore").decode() == text


def _bad(key: str, message: str) -> ApiError:
    return ApiError(HTTPStatus.BAD_REQUEST, "INVALID_REQUEST", f"{key}: {message}")


# No automatic OPTIONS: every method but POST is answered 405.
for _path, _view in (("/attribution", attribution), ("/new-user", new_user)):
    blueprint.add_url_rule(_path, view_func=_view, methods=["POST"], provide_automatic_options=False)
