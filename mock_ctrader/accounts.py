"""Trading accounts and their links to users: the rules of calls 3.3 and 3.4 and their sisters."""

import hmac
from dataclasses import dataclass, replace
from typing import Any

from mock_ctrader import errors
from mock_ctrader.sandboxes import ENVIRONMENT_NAMES

# Balance-like integers count units of 10^-MONEY_DIGITS: sections 2.1 and 3.3.
MONEY_DIGITS = 2

CONTACT_KEYS = (
    "address",
    "city",
    "state",
    "zipCode",
    "phone",
    "email",
    "documentId",
    "introducingBroker1",
    "introducingBroker2",
)


@dataclass(frozen=True, slots=True)
class Trader:
    """A trading account. `profile` keeps what call 3.3 was given, under the vendor's keys."""

    login: int
    broker_name: str
    hashed_password: str
    balance: int
    profile: dict[str, Any]
    created_at: int
    bonus: int = 0
    non_withdrawable_bonus: int = 0
    updated_at: int = 0


@dataclass(frozen=True, slots=True)
class Link:
    """The tie between one user and one trading account; its id is the `ctidTraderAccountId`."""

    ctid_trader_account_id: int
    user_id: int
    login: int
    environment_name: str


def check_group(group_name: str, known: str) -> None:
    """Raises: CTraderError: 404 `TRADER_GROUP_NOT_FOUND` (section 3.3)."""
    if group_name != known:
        raise errors.group_not_found(group_name, known)


def check_link(trader: Trader, password_hash: str, environment_name: str, existing: Link | None) -> None:
    """May this account be linked now? Section 3.4.

    Raises:
        CTraderError: 404 `CH_ENVIRONMENT_NOT_FOUND`, 400 `WRONG_PASSWORD`, 400
            `CH_TRADER_ACCOUNT_ALREADY_LINKED`.
    """
    if environment_name not in ENVIRONMENT_NAMES:
        raise errors.environment_not_found(environment_name, ENVIRONMENT_NAMES)
    # surrogatepass: half a surrogate pair is a wrong password and not a crash
    given, wanted = (
        one.lower().encode("utf-8", "surrogatepass") for one in (password_hash, trader.hashed_password)
    )
    if not hmac.compare_digest(given, wanted):
        raise errors.wrong_password(trader.login)
    if existing is not None:
        raise errors.already_linked(trader.login)


# What a change of an account can change (WebServices); its currency, type, money and password it cannot.
_CHANGEABLE = (
    "accessRights",
    "contactDetails",
    "description",
    "groupName",
    "isLimitedRisk",
    "lastName",
    "leverageInCents",
    "limitedRiskMarginCalculationStrategy",
    "maxLeverage",
    "name",
    "sendOwnStatement",
    "sendStatementToBroker",
    "swapFree",
    "totalMarginCalculationType",
)
# Without a documented default: left out of a whole change, they stay as they are (our inference).
_WITHOUT_DEFAULT = {"accessRights", "groupName", "leverageInCents", "totalMarginCalculationType"}


def changed(trader: Trader, given: dict[str, Any], whole: bool) -> Trader:
    """The account after a change.

    Args:
        given: the keys of the call.
        whole: whether keys left out go back to their defaults (PUT) or stay as they are (PATCH).
    """
    profile = dict(trader.profile)
    for key in _CHANGEABLE:
        if key in given:
            profile[key] = _merged(profile, given, key, whole)
        elif whole and key not in _WITHOUT_DEFAULT:
            profile.pop(key, None)
    return replace(trader, profile=profile, broker_name=given.get("brokerName", trader.broker_name))


def _merged(profile: dict[str, Any], given: dict[str, Any], key: str, whole: bool) -> Any:
    if key == "contactDetails" and not whole:
        return (profile.get(key) or {}) | given[key]
    return given[key]


# The one account group of a sandbox has this number.
GROUP_ID = 1


def answer(trader: Trader) -> dict[str, Any]:
    """The answer of call 3.3: every key of the section, even when zero, since clients stop on a missing one.

    The mock knows no positions: equity is the money and the bonuses, all of it free (our inference).
    """
    given = trader.profile
    equity = trader.balance + trader.bonus + trader.non_withdrawable_bonus
    contact = given.get("contactDetails") or {}
    leverage = given["leverageInCents"]
    return {
        "login": trader.login,
        "brokerName": trader.broker_name,
        "groupName": given["groupName"],
        "accessRights": given["accessRights"],
        "accountType": given["accountType"],
        "depositCurrency": given["depositCurrency"],
        "leverageInCents": leverage,
        "maxLeverage": given.get("maxLeverage") or leverage,
        "totalMarginCalculationType": given.get("totalMarginCalculationType") or "MAX",
        "name": given.get("name") or "",
        "lastName": given.get("lastName") or "",
        "description": given.get("description") or "",
        "swapFree": bool(given.get("swapFree")),
        "isLimitedRisk": bool(given.get("isLimitedRisk")),
        "limitedRiskMarginCalculationStrategy": given.get("limitedRiskMarginCalculationStrategy")
        or "ACCORDING_TO_LEVERAGE",
        "sendOwnStatement": bool(given.get("sendOwnStatement")),
        "sendStatementToBroker": bool(given.get("sendStatementToBroker")),
        "contactDetails": {key: contact.get(key) or "" for key in CONTACT_KEYS}
        | {"countryId": contact.get("countryId") or 0},
        "balance": trader.balance,
        "bonus": trader.bonus,
        "nonWithdrawableBonus": trader.non_withdrawable_bonus,
        "equity": equity,
        "freeMargin": equity,
        "usedMargin": 0,
        "cashEquity": trader.balance,
        "minEquityDaily": equity,
        "maxEquityDaily": equity,
        "moneyDigits": MONEY_DIGITS,
        "registrationTimestamp": trader.created_at,
        "lastUpdateTimestamp": trader.updated_at or trader.created_at,
        "lastConnectionTimestamp": 0,
    }
