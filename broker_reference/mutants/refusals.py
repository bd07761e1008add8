"""Defects of who may ask the broker, and of how it says no: cases 6.1.1 to 6.1.4."""

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import Request, jsonify, make_response, request

from broker_reference.authorisation import Authorisation, Authorised
from broker_reference.context import broker
from broker_reference.crm_api import routes
from broker_reference.errors import ApiError
from broker_reference.mutants.register import instead_of, mutant
from broker_reference.tokens import Verdict

_EXCHANGE, _CHECK, _GENERATE = "/oauth2/onetime/authorize", "/oauth2/authorize", "/oauth2/onetime/generate"
_KINDS = ("made-up", "missing", "empty")
_BAD_42 = tuple(f"crm-api/6.1.2-an-exchange-with-an-invalid-crmapitoken-is-refused/{kind}" for kind in _KINDS)
_BAD_43 = tuple(f"crm-api/6.1.3-a-check-with-an-invalid-crmapitoken-is-refused/{kind}" for kind in _KINDS)
_BAD_44 = tuple(
    f"crm-api/6.1.4-a-request-for-a-one-time-token-with-an-invalid-crmapitoken-is-refused/{kind}"
    for kind in _KINDS
)
_VALID = "crm-api/6.1.[1234]-*valid-one-time-token-is-exchanged"
_WRONG = "crm-api/6.1.1-a-wrong-password-is-refused"
_RIGHT = "crm-api/6.1.1-the-right-password-is-answered-with-a-crmapitoken"
_INVALID = "crm-api/6.1.2-an-invalid-one-time-token-is-refused/"
_NO_JSON = "crm-api/4.x-a-call-whose-body-is-no-json-is-refused/"
_NO_KEY = "crm-api/4.x-a-call-without-its-required-key-is-refused/"
_ONCE = "crm-api/4.2-a-one-time-token-is-good-for-one-exchange-only"


def _open(path: str, also_if: Callable[[], bool] = lambda: True) -> None:
    """Let anybody make one call."""

    @instead_of(routes, "_require_ctrader")
    def require(original: Any) -> None:
        if request.path != path or not also_if():
            original()


@mutant(_WRONG, duty="crm-refuses-password", played=(_RIGHT, "crm-api/4.x-a-call*"))
def any_password_gets_a_crm_token() -> None:
    """Call 4.1 takes any password."""

    @instead_of(Authorisation, "crm_api_token")
    def crm_api_token(original: Any, self: Authorisation, _: str) -> Any:
        return original(self, self._password.decode())


@mutant(_WRONG, duty="crm-refuses-password", played=(_RIGHT, *_BAD_43))
def wrong_password_answered_401() -> None:
    """Call 4.1 answers a wrong password with 401."""

    @instead_of(routes, "_auth_failure")
    def auth_failure(original: Any, message: str) -> Any:
        if "password" in message:
            return ApiError(HTTPStatus.UNAUTHORIZED, "UNAUTHORIZED", message)
        return original(message)


@mutant(_RIGHT, duty="crm-authenticates", also=("crm-api/*",), played=(_WRONG,))
def right_password_refused() -> None:
    """Call 4.1 refuses the password that was agreed."""

    @instead_of(Authorisation, "crm_api_token")
    def crm_api_token(*_: Any) -> None:
        return


@mutant(*_BAD_42, duty="ot-token-bad-crm-token", played=(_VALID, *_BAD_43, *_BAD_44))
def exchange_open_to_all() -> None:
    """Call 4.2 does not look at the crmApiToken."""
    _open(_EXCHANGE)


@mutant(*_BAD_43, duty="access-token-bad-crm-token", played=(_VALID, *_BAD_42, *_BAD_44))
def check_open_to_all() -> None:
    """Call 4.3 does not look at the crmApiToken."""
    _open(_CHECK)


@mutant(*_BAD_44, duty="ot-token-generate-bad-crm-token", played=(_VALID, *_BAD_42, *_BAD_43))
def generate_open_to_all() -> None:
    """Call 4.4 does not look at the crmApiToken."""
    _open(_GENERATE)


@mutant(*_BAD_43[1:], duty="access-token-bad-crm-token", played=(_BAD_43[0], *_BAD_42))
def missing_crm_token_accepted() -> None:
    """Call 4.3 checks a crmApiToken only if there is one."""
    _open(_CHECK, lambda: not request.args.get("crmApiToken"))


@mutant(*_BAD_42, *_BAD_43, *_BAD_44, duty="refusal-status", played=(_WRONG, _RIGHT))
def bad_crm_token_answered_401() -> None:
    """An invalid crmApiToken is answered with 401."""

    @instead_of(routes, "_auth_failure")
    def auth_failure(original: Any, message: str) -> Any:
        if "crmApiToken" in message:
            return ApiError(HTTPStatus.UNAUTHORIZED, "UNAUTHORIZED", message)
        return original(message)


@mutant(*_BAD_42, duty="ot-token-survives-refusal", verdict="warn", played=(_VALID, _ONCE))
def token_used_up_before_the_crm_token_is_checked() -> None:
    """Call 4.2 uses the one-time token up before it looks at the crmApiToken."""

    @instead_of(routes, "_require_ctrader")
    def require(original: Any) -> None:
        try:
            original()
        except ApiError:
            code = (request.get_json(silent=True) or {}).get("code")
            if request.path == _EXCHANGE and isinstance(code, str):
                broker().authorisation.exchange(code)
            raise


@mutant(_ONCE, duty="ot-token-single-use", played=(_VALID, f"{_INVALID}*"))
def refusal_tells_the_user_id() -> None:
    """The refusal of a one-time token that was used already tells whose it was."""
    known: dict[str, int] = {}

    @instead_of(Authorisation, "exchange")
    def exchange(original: Any, self: Authorisation, code: str) -> Any:
        outcome = original(self, code)
        if isinstance(outcome, Authorised):
            known[code] = outcome.user_id
        return outcome

    @instead_of(routes, "_authorised")
    def authorised(original: Any, outcome: Any, kind: str) -> Any:
        code = (request.get_json(silent=True) or {}).get("code")
        if outcome is Verdict.ALREADY_USED and code in known:
            return make_response(jsonify(error="NOT_FOUND", userId=known[code]), HTTPStatus.NOT_FOUND)
        return original(outcome, kind)


@mutant(
    f"{_INVALID}made-up",
    f"{_INVALID}very-long",
    f"{_INVALID}an-accesstoken",
    f"{_INVALID}the-crmapitoken",
    duty="ot-token-invalid-status",
    verdict="warn",
    also=(_ONCE,),
    played=(_VALID,),
)
def invalid_token_answered_400() -> None:
    """A one-time token that was never issued is answered with 400."""
    bad = (HTTPStatus.BAD_REQUEST, "INVALID_REQUEST", "not a")
    routes._REFUSALS.update(
        dict.fromkeys((Verdict.NOT_OUR_SHAPE, Verdict.NEVER_ISSUED, Verdict.ALREADY_USED), bad)
    )


@mutant(f"{_NO_JSON}4.2", duty="crm-refuses-malformed", played=(f"{_NO_JSON}*", f"{_NO_KEY}*", _VALID))
def broken_json_crashes() -> None:
    """Call 4.2 crashes on a body that is no JSON."""

    @instead_of(routes, "json_object")
    def json_object(original: Any, asked: Request) -> Any:
        return json.loads(asked.get_data()) if asked.path == _EXCHANGE else original(asked)


@mutant(f"{_NO_KEY}4.3/accesstoken", duty="crm-refuses-malformed", played=(f"{_NO_KEY}*", f"{_NO_JSON}*"))
def missing_key_crashes() -> None:
    """Call 4.3 crashes on a body without its key."""

    @instead_of(routes, "required_string")
    def required_string(original: Any, body: Any, key: str) -> Any:
        return body[key] if request.path == _CHECK else original(body, key)


@mutant(f"{_NO_KEY}4.4/userid", duty="crm-malformed-status", verdict="warn", played=(f"{_NO_KEY}*",))
def missing_user_answered_404() -> None:
    """Call 4.4 without a userId is answered as one for an unknown user."""

    @instead_of(routes, "required_id")
    def required_id(original: Any, values: Any, key: str) -> Any:
        if key not in values:
            raise ApiError(HTTPStatus.NOT_FOUND, "NOT_FOUND", "no such user")
        return original(values, key)


@mutant(
    "crm-api/4.x-requests-made-up-from-the-contract-never-make-the-broker-fail/4.4",
    duty="crm-no-server-error",
    verdict="warn",
    played=(f"{_NO_KEY}*",),
)
def odd_user_id_crashes() -> None:
    """Call 4.4 crashes on a userId that is no number."""

    @instead_of(routes, "required_id")
    def required_id(original: Any, values: Any, key: str) -> int:
        return int(values[key]) if key in values else original(values, key)
