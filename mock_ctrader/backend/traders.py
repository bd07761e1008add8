"""Call 3.5 and the sister calls of 3.3 that brokers' CRMs use: reading, changing and deleting accounts."""

from dataclasses import replace
from typing import Any

from mock_ctrader import accounts, balances, errors
from mock_ctrader.accounts import Trader
from mock_ctrader.backend.answers import Answer
from mock_ctrader.backend.trading import check_contact
from mock_ctrader.balances import Change
from mock_ctrader.clock import Clock
from mock_ctrader.sandboxes import check_broker_name, check_permissions
from mock_ctrader.store.world import World

# The vendor's chunk is 100,000 accounts; `hasMore` and the next `to` work the same with fewer (WS 4.3).
_CHUNK = 10_000
_END_OF_TIME = 2**62


def change_balance(world: World, keys: dict[str, Any], clock: Clock) -> Answer:
    """3.5: deposit or withdraw money or non-withdrawable bonus.

    Raises: CTraderError: 404 `TRADER_NOT_FOUND`; 400 `CHANGE_BALANCE_BAD_AMOUNT`, `NOT_ENOUGH_MONEY`.
    """
    trader = _known(world, keys["login"])
    changed = balances.change_balance(trader, Change(keys["type"]), _units(keys))
    _save(world, changed, clock)
    return Answer(200, {"balanceHistoryId": world.next_id("balanceHistory")})


def change_bonus(world: World, keys: dict[str, Any], clock: Clock) -> Answer:
    """WS 4.10: give or take bonus. Raises: CTraderError: as 3.5."""
    trader = _known(world, keys["login"])
    _save(world, balances.change_bonus(trader, Change(keys["type"]), _units(keys)), clock)
    return Answer(200, {"bonusHistoryId": world.next_id("bonusHistory")})


def read_trader(world: World, keys: dict[str, Any], _clock: Clock) -> Answer:
    """WS 4.2: one account. Raises: CTraderError: 404 `TRADER_NOT_FOUND`."""
    return Answer(200, accounts.answer(_known(world, keys["login"])))


def list_traders(world: World, keys: dict[str, Any], _clock: Clock) -> Answer:
    """WS 4.3: accounts by the time of their registration, latest first; `fields` leaves out the other keys."""
    check_permissions(world.sandbox)
    found = world.traders(keys.get("from", 0), keys.get("to", _END_OF_TIME), _CHUNK + 1)
    if keys.get("groupId", accounts.GROUP_ID) != accounts.GROUP_ID:
        found = []
    answers = [accounts.answer(trader) for trader in found[:_CHUNK]]
    if "fields" in keys:
        # the form is an array of strings, which clients write with and without brackets and quotes
        wanted = {name.strip(" \"'[]") for name in keys["fields"].split(",")}
        answers = [{key: value for key, value in one.items() if key in wanted} for one in answers]
    return Answer(200, {"trader": answers, "hasMore": len(found) > _CHUNK})


def put_trader(world: World, keys: dict[str, Any], clock: Clock) -> Answer:
    """WS 4.5.1: change an account; keys left out go back to their defaults. Raises: CTraderError: as 3.3."""
    return _change(world, keys, clock, whole=True)


def patch_trader(world: World, keys: dict[str, Any], clock: Clock) -> Answer:
    """WS 4.5.2: change some keys of an account. Raises: CTraderError: as 3.3."""
    return _change(world, keys, clock, whole=False)


def delete_trader(world: World, keys: dict[str, Any], _clock: Clock) -> Answer:
    """WS 4.6: delete an account with its link, whatever money it has (the documents name no condition)."""
    trader = _known(world, keys["login"])
    world.delete_trader(trader.login)
    return Answer(204)


def list_groups(world: World, _keys: dict[str, Any], _clock: Clock) -> Answer:
    """WS 4.11: the account groups; a sandbox has one."""
    check_permissions(world.sandbox)
    group = {"id": accounts.GROUP_ID, "name": world.sandbox.group_name, "description": ""}
    return Answer(200, {"traderGroup": [group]})


def change_password(world: World, keys: dict[str, Any], clock: Clock) -> Answer:
    """WS 4.8: another password for an account. Raises: CTraderError: 404 `TRADER_NOT_FOUND`."""
    trader = _known(world, keys["login"])
    _save(world, replace(trader, hashed_password=keys["hashedPassword"]), clock)
    return Answer(204)


def _change(world: World, keys: dict[str, Any], clock: Clock, whole: bool) -> Answer:
    trader = _known(world, keys["login"])
    check_contact(keys)
    if "brokerName" in keys:
        check_broker_name(world.sandbox, keys["brokerName"])
    if "groupName" in keys:
        accounts.check_group(keys["groupName"], world.sandbox.group_name)
    _save(world, accounts.changed(trader, keys, whole), clock)
    return Answer(204)


def _known(world: World, login: int) -> Trader:
    check_permissions(world.sandbox)
    trader = world.trader(login)
    if trader is None:
        raise errors.trader_not_found(login, "login")
    return trader


def _units(keys: dict[str, Any]) -> int:
    """`preciseAmount`, or the legacy `amount` where a client sends that alone."""
    if "preciseAmount" in keys:
        return balances.units(keys["preciseAmount"])
    if "amount" in keys:
        return balances.scaled(keys["amount"])
    raise errors.invalid_request("preciseAmount: required, but missing")


def _save(world: World, trader: Trader, clock: Clock) -> None:
    world.save_trader(replace(trader, updated_at=clock.now_ms()))
