"""Calls 3.3 and 3.4: new trading accounts and their links to users; their sisters are in `traders`."""

from typing import Any

from mock_ctrader import accounts, errors
from mock_ctrader.accounts import Link, Trader
from mock_ctrader.backend.answers import Answer
from mock_ctrader.clock import Clock
from mock_ctrader.sandboxes import check_broker_name
from mock_ctrader.store.world import World
from mock_ctrader.users import check_email


def create_trader(world: World, keys: dict[str, Any], clock: Clock) -> Answer:
    """3.3: create a trading account.

    Raises: CTraderError: 400 `CH_PLANT_INVALID`, 400 `INVALID_REQUEST` for an Apple relay address, 403
        `CH_INSUFFICIENT_PERMISSIONS`, 404 `TRADER_GROUP_NOT_FOUND`.
    """
    broker_name = check_broker_name(world.sandbox, keys.pop("brokerName", None))
    accounts.check_group(keys["groupName"], world.sandbox.group_name)
    check_contact(keys)
    now = clock.now_ms()
    trader = Trader(
        login=world.next_id("trader"),
        broker_name=broker_name,
        hashed_password=keys.pop("hashedPassword"),
        balance=keys.pop("balance"),
        profile=keys,
        created_at=now,
        updated_at=now,
    )
    world.add_trader(trader)
    return Answer(201, accounts.answer(trader))


def check_contact(keys: dict[str, Any]) -> None:
    """An Apple relay address is refused wherever it comes in: section 7.1."""
    check_email(keys.get("contactDetails", {}).get("email", ""), "contactDetails.email")


def link_account(world: World, keys: dict[str, Any], _clock: Clock) -> Answer:
    """3.4: link a trading account to a user; the body is empty unless details are asked for.

    Raises: CTraderError: 404 `TRADER_NOT_FOUND`, `ENTITY_NOT_FOUND`, `CH_ENVIRONMENT_NOT_FOUND`; 400
        `CH_PLANT_INVALID`, `WRONG_PASSWORD`, `CH_TRADER_ACCOUNT_ALREADY_LINKED`; 403.
    """
    check_broker_name(world.sandbox, keys.get("brokerName"))
    trader = world.trader(keys["traderLogin"])
    if trader is None:
        raise errors.trader_not_found(keys["traderLogin"])
    if world.user(keys["userId"]) is None:
        raise errors.user_not_found(keys["userId"])
    accounts.check_link(
        trader, keys["traderPasswordHash"], keys["environmentName"], world.link_of_trader(trader.login)
    )
    link = Link(world.next_id("link"), keys["userId"], trader.login, keys["environmentName"])
    world.add_link(link)
    if not keys.get("returnAccountDetails", False):
        return Answer(200, ctid_trader_account_id=link.ctid_trader_account_id)
    return Answer(200, {"ctidTraderAccountId": link.ctid_trader_account_id})
