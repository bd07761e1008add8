"""Money on trading accounts: the rules of call 3.5 and of the change of bonus, in exact arithmetic."""

from dataclasses import replace
from decimal import Decimal
from enum import StrEnum

from mock_ctrader import errors
from mock_ctrader.accounts import MONEY_DIGITS, Trader

# Section 3.5: up to eight decimals, for currencies that have them.
_DECIMALS = 8
# Money is kept in 64 bits; no account of a mock comes near.
HIGHEST = 9_000_000_000_000_000


class Change(StrEnum):
    """The `type` of call 3.5."""

    DEPOSIT = "DEPOSIT"
    WITHDRAW = "WITHDRAW"
    DEPOSIT_BONUS = "DEPOSIT_NONWITHDRAWABLE_BONUS"
    WITHDRAW_BONUS = "WITHDRAW_NONWITHDRAWABLE_BONUS"


def units(amount: Decimal) -> int:
    """An amount of money in units of 10^-MONEY_DIGITS.

    Section 3.5 allows up to eight decimals whatever the currency has, so what is finer than the currency is
    rounded, half a unit upwards, on the digits themselves. How the vendor rounds is not published.

    Raises:
        CTraderError: 400 `CHANGE_BALANCE_BAD_AMOUNT` for zero, less than zero, less than half a unit, more than
            eight decimals, too much.
    """
    if amount <= 0:
        raise errors.bad_amount("preciseAmount", f"must be more than 0, got {_shown(amount)}")
    if amount.adjusted() > len(str(HIGHEST)):
        raise errors.bad_amount("preciseAmount", f"more than an account can hold: {_shown(amount)}")
    digits, decimals = _plain(amount)
    if decimals > _DECIMALS:
        raise errors.bad_amount("preciseAmount", f"at most {_DECIMALS} decimals, got {_shown(amount)}")
    if decimals <= MONEY_DIGITS:
        return digits * int(10 ** (MONEY_DIGITS - decimals))
    finer = int(10 ** (decimals - MONEY_DIGITS))
    whole, rest = divmod(digits, finer)
    rounded = whole + (1 if 2 * rest >= finer else 0)
    if rounded == 0:
        raise errors.bad_amount("preciseAmount", f"less than the currency can hold: {_shown(amount)}")
    return rounded


def scaled(amount: int) -> int:
    """The legacy `amount`, which is in units already (client code).

    Raises:
        CTraderError: 400 `CHANGE_BALANCE_BAD_AMOUNT` unless it is more than zero.
    """
    if amount <= 0:
        raise errors.bad_amount("amount", f"must be more than 0, got {amount}")
    return amount


def change_balance(trader: Trader, change: Change, amount: int) -> Trader:
    """The account after call 3.5; `amount` in units.

    Raises:
        CTraderError: 400 `NOT_ENOUGH_MONEY`; 400 `CHANGE_BALANCE_BAD_AMOUNT` beyond what an account can hold.
    """
    match change:
        case Change.DEPOSIT:
            return replace(trader, balance=_add(trader.balance, amount))
        case Change.WITHDRAW:
            return replace(trader, balance=_take(trader, trader.balance, amount))
        case Change.DEPOSIT_BONUS:
            return replace(trader, non_withdrawable_bonus=_add(trader.non_withdrawable_bonus, amount))
        case Change.WITHDRAW_BONUS:
            return replace(trader, non_withdrawable_bonus=_take(trader, trader.non_withdrawable_bonus, amount))


def change_bonus(trader: Trader, change: Change, amount: int) -> Trader:
    """The account after a change of its bonus; `amount` in units. Raises: as `change_balance`."""
    if change is Change.DEPOSIT:
        return replace(trader, bonus=_add(trader.bonus, amount))
    return replace(trader, bonus=_take(trader, trader.bonus, amount))


def _add(held: int, amount: int) -> int:
    if held + amount > HIGHEST:
        raise errors.bad_amount("preciseAmount", "more than an account can hold")
    return held + amount


def _take(trader: Trader, held: int, amount: int) -> int:
    if amount > held:
        raise errors.not_enough_money(trader.login, held, amount)
    return held - amount


def _plain(amount: Decimal) -> tuple[int, int]:
    """An amount as digits and how many of them are decimals, none of them idle: 1.50 is (15, 1).

    Done on the digits: an operation of `decimal` would round a long number to the context's precision.
    """
    _, digits, exponent = amount.as_tuple()
    assert isinstance(exponent, int)
    text = "".join(map(str, digits))
    needed = text.rstrip("0")
    exponent += len(text) - len(needed)
    if exponent < -_DECIMALS:
        return 0, -exponent  # refused for its decimals, whatever its digits are
    return int(needed) * int(10 ** max(0, exponent)), max(0, -exponent)


def _shown(amount: Decimal) -> str:
    text = str(amount)
    return text if len(text) <= 40 else text[:40] + "..."
