"""Calls 4.1 to 4.5."""

from http import HTTPStatus

from flask import Blueprint, Response, jsonify, make_response, request

from broker_reference.authorisation import Authorised, NoInAppToken
from broker_reference.context import broker
from broker_reference.crm_api.bodies import json_object, require_json, required_id, required_string
from broker_reference.errors import ApiError
from broker_reference.tokens import Verdict

blueprint = Blueprint("crm_api", __name__, url_prefix="/oauth2")

# E-20; for access tokens by analogy (see `verdict_on_access`). The same answer for "never issued" and "used" or
# "revoked" tells a guesser nothing.
_REFUSALS = {
    Verdict.NOT_OUR_SHAPE: (HTTPStatus.EXPECTATION_FAILED, "CID_NON_EXISTED_TOKEN", "this is not a"),
    Verdict.NEVER_ISSUED: (HTTPStatus.NOT_FOUND, "NOT_FOUND", "no such"),
    Verdict.ALREADY_USED: (HTTPStatus.NOT_FOUND, "NOT_FOUND", "no such"),
    Verdict.EXPIRED: (HTTPStatus.GONE, "CID_TOKEN_EXPIRED", "too old, this"),
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
    _require_ctrader()
    outcome = broker().authorisation.exchange(required_string(json_object(request), "code"))
    return _authorised(outcome, "one-time token")


def authorize() -> Response:
    """Call 4.3: cTrader lets a user in again by accessToken."""
    require_json(request)
    _require_ctrader()
    outcome = broker().authorisation.resume(required_string(json_object(request), "accessToken"))
    return _authorised(outcome, "access token")


def generate_one_time() -> Response:
    """Call 4.4: cTrader asks for the one-time token that opens an InApp screen."""
    require_json(request)
    _require_ctrader()
    user_id = required_id(json_object(request), "userId")
    token = broker().authorisation.inapp_one_time_token(user_id, request.args.get("inappToken", ""))
    if token is NoInAppToken.UNKNOWN_USER:
        raise ApiError(HTTPStatus.NOT_FOUND, "NOT_FOUND", token.value)
    if isinstance(token, NoInAppToken):
        raise _auth_failure(token.value)
    return jsonify(token=token)


def log_out() -> Response:
    """Call 4.5: the user has logged out of an application; the session of that accessToken is over."""
    _require_ctrader()
    user_id, access_token = required_id(request.args, "userId"), required_string(request.args, "accessToken")
    verdict = broker().authorisation.end_session(user_id, access_token)
    if verdict is not None:
        raise _refusal(verdict, "access token")
    return make_response("", HTTPStatus.OK)


def _require_ctrader() -> None:
    # The body is read before the token is judged: one that is too large is refused whoever sends it.
    request.get_data()
    if not broker().authorisation.is_ctrader(request.args.get("crmApiToken", "")):
        raise _auth_failure("crmApiToken is missing, unknown or expired")


def _authorised(outcome: Authorised | Verdict, kind: str) -> Response:
    if isinstance(outcome, Verdict):
        raise _refusal(outcome, kind)
    answer: dict[str, int | str] = {"userId": outcome.user_id, "inappToken": outcome.inapp_token}
    if outcome.access_token is not None:
        answer["accessToken"] = outcome.access_token
    return jsonify(answer)


def _refusal(verdict: Verdict, kind: str) -> ApiError:
    status, code, words = _REFUSALS[verdict]
    return ApiError(status, code, f"{words} {kind}")


def _auth_failure(message: str) -> ApiError:
    return ApiError(HTTPStatus.FORBIDDEN, "CH_CLIENT_AUTH_FAILURE", message)


# No automatic OPTIONS: every method but POST is answered 405.
for _path, _view in (
    ("/crmApiToken", crm_api_token),
    ("/onetime/authorize", authorize_one_time),
    ("/authorize", authorize),
    ("/onetime/generate", generate_one_time),
    ("/logout", log_out),
):
    blueprint.add_url_rule(_path, view_func=_view, methods=["POST"], provide_automatic_options=False)
