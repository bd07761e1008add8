"""Amounts of money, digit by digit."""

from decimal import Decimal

import pytest

from mock_ctrader.accounts import Trader
from mock_ctrader.balances import HIGHEST, Change, change_balance, change_bonus, scaled, units
from mock_ctrader.errors import CTraderError

TRADER = Trader(1, "BESTBROKER", "0" * 32, 10_050, {}, 0, bonus=20, non_withdrawable_bonus=30)


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("250.5", 25_050),
        ("0.1", 10),
        ("0.01", 1),
        ("0.29", 29),  # as a float times 100 this is 28.999999999999996
        ("1.10", 110),
        ("1.00000000", 100),
        ("1e3", 100_000),
        ("1E-2", 1),
        ("1.5" + "0" * 60, 150),
        ("90071992547409.93", 9_007_199_254_740_993),  # beyond what a float can tell from its neighbour
        ("90000000000000", HIGHEST),
        ("0.005", 1),
        ("1.005", 101),  # as a float this is below the half
        ("1.00499999", 100),
        ("10.12345678", 1_012),
        ("0.99999999", 100),
    ],
)
def test_units(amount: str, expected: int) -> None:
    assert units(Decimal(amount)) == expected


@pytest.mark.parametrize(
    "amount",
    [
        "0",
        "-0.0",
        "-1",
        "0.001",
        "0.00499999",
        "0.123456789",
        "0.00000001",
        "0.000000001",
        "1." + "0" * 40 + "1",  # an operation of the decimal module would round this to 1
        "1e30",
        "1e999999",
        "1e-999999",
    ],
)
def test_what_cannot_be_booked_is_refused(amount: str) -> None:
    with pytest.raises(CTraderError) as refused:
        units(Decimal(amount))
    assert (refused.value.status, refused.value.code) == (400, "CHANGE_BALANCE_BAD_AMOUNT")
    assert len(refused.value.description) < 200


@pytest.mark.parametrize("amount", [0, -1])
def test_the_legacy_amount_is_positive_too(amount: int) -> None:
    assert scaled(5) == 5
    with pytest.raises(CTraderError, match="CHANGE_BALANCE_BAD_AMOUNT"):
        scaled(amount)


@pytest.mark.parametrize(
    ("change", "balance", "frozen"),
    [
        (Change.DEPOSIT, 10_055, 30),
        (Change.WITHDRAW, 10_045, 30),
        (Change.DEPOSIT_BONUS, 10_050, 35),
        (Change.WITHDRAW_BONUS, 10_050, 25),
    ],
)
def test_each_change_moves_its_own_money(change: Change, balance: int, frozen: int) -> None:
    after = change_balance(TRADER, change, 5)
    assert (after.balance, after.non_withdrawable_bonus, after.bonus) == (balance, frozen, 20)


@pytest.mark.parametrize(("change", "held"), [(Change.WITHDRAW, 10_050), (Change.WITHDRAW_BONUS, 30)])
def test_everything_can_be_withdrawn_but_not_a_unit_more(change: Change, held: int) -> None:
    change_balance(TRADER, change, held)
    with pytest.raises(CTraderError, match="NOT_ENOUGH_MONEY"):
        change_balance(TRADER, change, held + 1)


def test_bonus_is_apart_from_money() -> None:
    assert change_bonus(TRADER, Change.DEPOSIT, 5).bonus == 25
    assert change_bonus(TRADER, Change.WITHDRAW, 20).bonus == 0
    with pytest.raises(CTraderError, match="NOT_ENOUGH_MONEY"):
        change_bonus(TRADER, Change.WITHDRAW, 21)


def test_an_account_has_an_upper_end() -> None:
    full = change_balance(TRADER, Change.DEPOSIT, HIGHEST - TRADER.balance)
    with pytest.raises(CTraderError, match="CHANGE_BALANCE_BAD_AMOUNT"):
        change_balance(full, Change.DEPOSIT, 1)
