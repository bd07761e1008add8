"""Ribbons, the controls a broker puts into the application: the rules of call 3.9 as plain functions."""

from collections.abc import Callable
from typing import Any

from mock_ctrader import errors
from mock_ctrader.accounts import Link

Ribbon = dict[str, Any]


def check_ribbons(
    ribbons: list[Ribbon], user_id: int, broker_names: list[str], link: Callable[[int], Link | None]
) -> None:
    """May this user have these ribbons? Section 3.9.

    Raises:
        CTraderError: 400 `INVALID_REQUEST` unless the action has exactly one of its two addresses and the
            account is the user's; 400 `CH_PLANT_INVALID`; 404 `ENTITY_NOT_FOUND` for an unknown account.
    """
    for position, ribbon in enumerate(ribbons):
        where = f"rules.ribbons.{position}"
        if len({"urlExternal", "urlinApp"} & ribbon["action"].keys()) != 1:
            raise errors.invalid_request(f"{where}.action: exactly one of urlExternal and urlinApp is required")
        broker_name = ribbon.get("brokerName")
        if broker_name is not None and broker_name not in broker_names:
            raise errors.plant_invalid(broker_name, broker_names)
        account = ribbon.get("ctidTraderAccountId")
        if account is None:
            continue
        found = link(int(account))
        if found is None:
            raise errors.account_not_found(int(account))
        if found.user_id != user_id:
            raise errors.invalid_request(
                f"{where}.ctidTraderAccountId: {account} does not belong to userId {user_id}"
            )


def visible(ribbons: list[Ribbon], active_account: int | None, broker_name: str) -> list[Ribbon]:
    """What the application shows: ribbons of the active account, else of the broker, else of the user.

    The order is the documents' (section 3.9); a ribbon that is not enabled is never shown.
    """
    enabled = [ribbon for ribbon in ribbons if ribbon["enabled"]]
    account = str(active_account)
    of_account = [one for one in enabled if one.get("ctidTraderAccountId") == account]
    general = [one for one in enabled if one.get("ctidTraderAccountId") is None]
    of_broker = [one for one in general if one.get("brokerName") == broker_name]
    return of_account or of_broker or [one for one in general if one.get("brokerName") is None]
