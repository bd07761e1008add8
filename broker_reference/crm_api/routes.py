"""Calls 4.1 and 4.2."""

from http import HTTPStatus

from flask import Blueprint, Response, jsonify, request

from broker_reference.context import broker
from broker_reference.crm_api.bodies import json_object, require_json, required_string
from broker_reference.errors import ApiError
from broker_reference.tokens import Verdict

blueprint = Blueprint("crm_api", __name__, url_prefix="/oauth2")

# E-20. The same answer for "never issued" and "used" tells a guesser nothing.
_REFUSALS = {
    Verdict.NOT_OUR_SHAPE: (
        HTTPStatus.EXPECTATION_FAILED,
        "CID_NON_EXISTED_TOKEN",
        "this is not a one-time token",
    ),
    Verdict.NEVER_ISSUED: (HTTPStatus.NOT_FOUND, "NOT_FOUND", "no such one-time token"),
    Verdict.ALREADY_USED: (HTTPStatus.NOT_FOUND, "NOT_FOUND", "no such one-time token"),
    Verdict.EXPIRED: (HTTPStatus.GONE, "CID_TOKEN_EXPIRED", "the one-time token is older than a minute"),
}


def crm_api_token() -> Response:
    """Call 4.1: cTrader shows its password and gets a crmApiToken."""
    require_json(request)
    token = broker().authorisation.crm_api_token(required_string(json_object(request), "password"))
    if token is None:
        raise _auth_failure("wrong password")
    return jsonify(crmApiToken=token)


def authorize_one_time() -> Response:
    """Call 4.2: cTrader exchanges a one-time token for the user behind it."""
    require_json(request)
    # The body is read before the token is judged: one that is too large is refused whoever sends it.
    request.get_data()
    if not broker().authorisation.is_ctrader(request.args.get("crmApiToken", "")):
        raise _auth_failure("crmApiToken is missing, unknown or expired")
    outcome = broker().authorisation.exchange(required_string(json_object(request), "code"))
    if isinstance(outcome, Verdict):
        raise ApiError(*_REFUSALS[outcome])
    answer: dict[str, int | str] = {"userId": outcome.user_id}
    if outcome.access_token is not None:
        answer["accessToken"] = outcome.access_token
    return jsonify(answer)


def _auth_failure(message: str) -> ApiError:
    return ApiError(HTTPStatus.FORBIDDEN, "CH_CLIENT_AUTH_FAILURE", message)


# No automatic OPTIONS: every method but POST is answered 405.
for _path, _view in (("/crmApiToken", crm_api_token), ("/onetime/authorize", authorize_one_time)):
    blueprint.add_url_rule(_path, view_func=_view, methods=["POST"], provide_automatic_options=False)
