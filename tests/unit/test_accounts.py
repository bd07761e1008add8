"""Trading accounts and links: sections 3.3 and 3.4."""

from typing import Any

import pytest

from mock_ctrader.accounts import Link, Trader, answer, check_group, check_link
from mock_ctrader.errors import CTraderError

HASH = "0cc175b9c0f1b6a831c399e269772661"
REQUIRED: dict[str, Any] = {
    "accessRights": "FULL_ACCESS",
    "accountType": "HEDGED",
    "depositCurrency": "EUR",
    "groupName": "Default",
    "leverageInCents": 3000,
}
OPTIONAL: dict[str, Any] = {
    "totalMarginCalculationType": "NET",
    "description": "text",
    "isLimitedRisk": True,
    "limitedRiskMarginCalculationStrategy": "ACCORDING_TO_GSL",
    "lastName": "Silva",
    "name": "Ines",
    "maxLeverage": 50_000,
    "sendOwnStatement": True,
    "sendStatementToBroker": True,
    "swapFree": True,
    "contactDetails": {
        "address": "Rua 1",
        "city": "Porto",
        "state": "P",
        "zipCode": "4000",
        "phone": "1",
        "email": "ines@example.net",
        "documentId": "D",
        "countryId": 620,
        "introducingBroker1": "IB-7Q2F",
        "introducingBroker2": "IB-2",
    },
}
ADDED = {
    "login",
    "brokerName",
    "balance",
    "bonus",
    "nonWithdrawableBonus",
    "equity",
    "freeMargin",
    "usedMargin",
    "cashEquity",
    "moneyDigits",
    "registrationTimestamp",
    "lastUpdateTimestamp",
    "lastConnectionTimestamp",
    "minEquityDaily",
    "maxEquityDaily",
}


def trader(**profile: Any) -> Trader:
    """An account with a profile."""
    return Trader(3, "BEST", HASH, 12345, REQUIRED | profile, 1_700_000_000_000)


def test_the_answer_has_every_key_even_if_little_was_given() -> None:
    shown = answer(trader())

    assert set(shown) == {*REQUIRED, *OPTIONAL, *ADDED}
    assert set(shown["contactDetails"]) == set(OPTIONAL["contactDetails"])
    assert None not in shown.values()
    assert None not in shown["contactDetails"].values()


def test_the_answer_repeats_what_was_given() -> None:
    shown = answer(trader(**OPTIONAL))

    assert {key: shown[key] for key in REQUIRED | OPTIONAL} == REQUIRED | OPTIONAL


def test_the_answer_keeps_the_password_to_itself() -> None:
    assert HASH not in str(answer(trader()))


def test_the_types_are_the_vendors() -> None:
    shown = answer(trader())
    text = {
        "contactDetails",
        "brokerName",
        "groupName",
        "accessRights",
        "accountType",
        "depositCurrency",
        "name",
        "lastName",
        "description",
        "totalMarginCalculationType",
        "limitedRiskMarginCalculationStrategy",
    }
    flags = {"swapFree", "isLimitedRisk", "sendOwnStatement", "sendStatementToBroker"}

    assert all(type(shown[key]) is bool for key in flags)
    assert all(type(value) is int for key, value in shown.items() if key not in text | flags)


def test_money_is_what_was_deposited() -> None:
    shown = answer(trader())

    assert {shown[key] for key in ("balance", "equity", "freeMargin", "cashEquity")} == {12345}
    assert shown["moneyDigits"] == 2
    assert shown["maxLeverage"] == shown["leverageInCents"]


def test_a_group_is_known_by_its_exact_name() -> None:
    check_group("Default", "Default")
    with pytest.raises(CTraderError, match="groupName") as refusal:
        check_group("default", "Default")
    assert (refusal.value.status, refusal.value.code) == (404, "TRADER_GROUP_NOT_FOUND")


@pytest.mark.parametrize("environment", ["demo", "live"])
def test_an_account_can_be_linked_with_its_hash_in_any_case(environment: str) -> None:
    check_link(trader(), HASH.upper(), environment, None)


@pytest.mark.parametrize(
    ("given", "environment", "existing", "refusal"),
    [
        (HASH, "test", None, (404, "CH_ENVIRONMENT_NOT_FOUND", "environmentName")),
        (HASH[::-1], "demo", None, (400, "WRONG_PASSWORD", "traderPasswordHash")),
        (HASH, "demo", Link(20, 1, 3, "demo"), (400, "CH_TRADER_ACCOUNT_ALREADY_LINKED", "traderLogin")),
        # who does not know the password does not learn that the account is linked
        (HASH[::-1], "demo", Link(20, 1, 3, "demo"), (400, "WRONG_PASSWORD", "traderPasswordHash")),
    ],
)
def test_a_link_that_is_refused(
    given: str, environment: str, existing: Link | None, refusal: tuple[int, str, str]
) -> None:
    with pytest.raises(CTraderError) as raised:
        check_link(trader(), given, environment, existing)
    error = raised.value
    assert (error.status, error.code, error.description.split(":")[0]) == refusal
    assert HASH not in error.description
