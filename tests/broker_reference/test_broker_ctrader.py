"""The client of section 3: what it makes of any answer (rulings E-2, E-4, E-27)."""

from decimal import Decimal
from typing import Any

import pytest
from broker_fakes import FakeCTrader
from flask import Response, jsonify, make_response

from broker_reference.ctrader import BalanceChange, CTrader, CTraderError
from broker_reference.partners import Target
from broker_reference.settings import Settings

CHANGE = BalanceChange("DEPOSIT", Decimal("1.50"), "TX-1")
FORMS: dict[str, Any] = {
    "nested": lambda code: {"error": {"errorCode": code, "description": "why"}},
    "flat": lambda code: {"error": code, "message": "why", "code": 400},
    "seen in code": lambda code: {"error_code": code, "message": "why"},
}


@pytest.fixture
def client(settings: Settings) -> CTrader:
    return CTrader(settings)


@pytest.mark.parametrize("form", FORMS)
def test_error_is_read_in_every_form(client: CTrader, ctrader: FakeCTrader, form: str) -> None:
    def answer(status: int, code: str) -> Response:
        return make_response(jsonify(FORMS[form](code)), status)

    ctrader.error_form = answer
    ctrader.misbehave("3.5", 400, "NOT_ENOUGH_MONEY")
    with pytest.raises(CTraderError) as caught:
        client.change_balance(7, CHANGE)
    error = caught.value
    assert (error.http_status, error.error_code, error.description) == (400, "NOT_ENOUGH_MONEY", "why")
    assert error.sent
    assert not error.passing


@pytest.mark.parametrize("body", ["", "{}", "[]", "null", "ok", "<xml/>", "[[[", '{"balanceHistoryId": "x"}'])
@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_success_is_a_success(client: CTrader, ctrader: FakeCTrader, status: int, body: str) -> None:
    ctrader.error_form = lambda status, _code: make_response("" if status == 204 else body, status)
    for number in ("3.5", "3.6", "3.10", "3.12", "3.13"):
        ctrader.misbehave(number, status)
    assert client.change_balance(7, CHANGE) is None
    client.set_partner_identifier("IB-1", Target("userId", 7))
    client.change_email(7, "a@example.net")
    client.log_out(7)
    client.accept_agreement(7)


@pytest.mark.parametrize("status", [301, 400, 404, 500])
def test_unreadable_error_is_an_error(client: CTrader, ctrader: FakeCTrader, status: int) -> None:
    ctrader.error_form = lambda status, _code: make_response("<html>", status)
    ctrader.misbehave("3.12", status)
    with pytest.raises(CTraderError, match="NO_ERROR_CODE"):
        client.log_out(7)


@pytest.mark.parametrize("code", ["CH_CLIENT_AUTH_FAILURE", "WHATEVER", ""])
def test_403_is_a_refused_token_too(client: CTrader, ctrader: FakeCTrader, code: str) -> None:
    """E-1: the mock answers 401, a real cTrader may answer 403."""
    ctrader.misbehave("3.12", 403, code)
    client.log_out(7)

    assert [call.number for call in ctrader.calls] == ["3.1", "3.12", "3.1", "3.12"]


@pytest.mark.parametrize("code", ["CH_INSUFFICIENT_PERMISSIONS", "NOT_ENOUGH_RIGHTS"])
def test_403_for_lack_of_permission_is_final(client: CTrader, ctrader: FakeCTrader, code: str) -> None:
    ctrader.misbehave("3.12", 403, code)
    with pytest.raises(CTraderError, match=code):
        client.log_out(7)

    assert [call.number for call in ctrader.calls] == ["3.1", "3.12"]


def test_numeric_string_is_an_id(client: CTrader, ctrader: FakeCTrader) -> None:
    ctrader.error_form = lambda status, _code: make_response(jsonify(balanceHistoryId="771204"), status)
    ctrader.misbehave("3.5", 200)
    assert client.change_balance(7, CHANGE) == 771204


def test_amount_beyond_a_double_is_never_rounded(client: CTrader, ctrader: FakeCTrader) -> None:
    with pytest.raises(ValueError, match="more digits"):
        client.change_balance(7, BalanceChange("DEPOSIT", Decimal("12345678901234567.89"), "TX-1"))
    assert not ctrader.calls
