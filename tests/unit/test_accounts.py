"""Trading accounts and links: sections 3.3 and 3.4."""

from dataclasses import replace
from typing import Any

import pytest

from mock_ctrader.accounts import CONTACT_KEYS, Link, Trader, answer, changed, check_group, check_link
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
    with pytest.raises(CTraderError, match="groupName: no group 'default'; this plant has 'Default'") as refusal:
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
        ("\ud800", "demo", None, (400, "WRONG_PASSWORD", "traderPasswordHash")),
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
    assert ("'test'" if environment == "test" else "trader 3") in error.description
    assert HASH not in error.description


def test_what_was_not_given_has_a_neutral_value() -> None:
    shown = answer(trader())

    assert shown["totalMarginCalculationType"] == "MAX"
    assert shown["limitedRiskMarginCalculationStrategy"] == "ACCORDING_TO_LEVERAGE"
    assert [shown[key] for key in ("name", "lastName", "description")] == ["", "", ""]
    assert [shown[key] for key in ("usedMargin", "lastConnectionTimestamp")] == [0, 0]
    assert shown["contactDetails"] == dict.fromkeys(CONTACT_KEYS, "") | {"countryId": 0}


def test_equity_is_the_money_and_both_bonuses() -> None:
    shown = answer(replace(trader(), bonus=300, non_withdrawable_bonus=20))

    assert (shown["balance"], shown["bonus"], shown["nonWithdrawableBonus"]) == (12345, 300, 20)
    assert {shown[key] for key in ("equity", "freeMargin", "minEquityDaily", "maxEquityDaily")} == {12665}
    assert shown["cashEquity"] == 12345


def test_an_account_was_last_updated_when_it_was_changed_or_made() -> None:
    made = trader()

    assert answer(made)["lastUpdateTimestamp"] == answer(made)["registrationTimestamp"] == made.created_at
    assert answer(replace(made, updated_at=1_800_000_000_000))["lastUpdateTimestamp"] == 1_800_000_000_000


class TestChange:
    """WebServices: PUT is a whole change, PATCH a partial one."""

    FULL = trader(**OPTIONAL)
    # without a documented default they stay, even if a whole change leaves them out
    STAYING = ("accessRights", "groupName", "leverageInCents", "totalMarginCalculationType")
    FIXED = ("accountType", "depositCurrency")

    def test_a_partial_change_leaves_everything_else_as_it_was(self) -> None:
        after = changed(self.FULL, {"name": "Rui", "swapFree": False}, whole=False)

        assert after == replace(self.FULL, profile=self.FULL.profile | {"name": "Rui", "swapFree": False})

    def test_a_whole_change_resets_what_it_leaves_out(self) -> None:
        after = changed(self.FULL, {"name": "Rui"}, whole=True)

        assert after.profile == {key: self.FULL.profile[key] for key in (*self.STAYING, *self.FIXED)} | {
            "name": "Rui"
        }

    def test_a_whole_change_of_an_account_with_little_is_no_error(self) -> None:
        assert changed(trader(), {}, whole=True) == trader()

    @pytest.mark.parametrize("whole", [True, False])
    def test_every_changeable_key_is_changed(self, whole: bool) -> None:
        given = {key: f"new {key}" for key in REQUIRED | OPTIONAL if key not in (*self.FIXED, "contactDetails")}
        after = changed(self.FULL, given, whole)

        assert {key: after.profile[key] for key in given} == given

    @pytest.mark.parametrize("whole", [True, False])
    def test_currency_type_money_and_password_stay(self, whole: bool) -> None:
        given = {
            "accountType": "NETTED",
            "depositCurrency": "USD",
            "balance": 1,
            "hashedPassword": "x",
            "login": 9,
        }
        after = changed(self.FULL, given, whole)

        assert (after.balance, after.hashed_password) == (12345, HASH)
        assert (after.profile["accountType"], after.profile["depositCurrency"]) == ("HEDGED", "EUR")
        assert not {"balance", "hashedPassword"} & set(after.profile)

    @pytest.mark.parametrize(("given", "broker"), [({}, "BEST"), ({"brokerName": "WHITE"}, "WHITE")])
    def test_an_account_can_move_to_another_broker(self, given: dict[str, Any], broker: str) -> None:
        assert changed(self.FULL, given, whole=False).broker_name == broker

    def test_contact_details_are_merged_by_a_partial_change_and_replaced_by_a_whole_one(self) -> None:
        given = {"contactDetails": {"city": "Lisboa"}}

        merged = changed(self.FULL, given, whole=False).profile["contactDetails"]
        assert merged == OPTIONAL["contactDetails"] | {"city": "Lisboa"}
        assert changed(self.FULL, given, whole=True).profile["contactDetails"] == {"city": "Lisboa"}
        assert changed(trader(), given, whole=False).profile["contactDetails"] == {"city": "Lisboa"}

    def test_the_account_before_the_change_is_left_alone(self) -> None:
        before = trader(**OPTIONAL)
        changed(before, {"name": "Rui"}, whole=True)

        assert before == self.FULL
