"""Targets and records: sections 3.6 to 3.8."""

import pytest

from mock_ctrader.accounts import Link
from mock_ctrader.errors import CTraderError
from mock_ctrader.flows import Level
from mock_ctrader.partners import (
    PartnerRecord,
    Target,
    check_unique,
    effective_partner_id,
    require_an_id,
    resolve_target,
)

LINK = Link(ctid_trader_account_id=20, user_id=1, login=3, environment_name="demo")
USER, ACCOUNT = Target(1), Target(1, 20)
# client code knows the first words
NO_USER_9 = "Can't find user with id=9 (userId)"
NO_ACCOUNT_21 = "Can't find trader account with id=21 (ctidTraderAccountId)"


def test_the_level_follows_from_the_account() -> None:
    assert (USER.level, ACCOUNT.level) == (Level.USER, Level.ACCOUNT)


def test_call_36_answers_with_one_id() -> None:
    assert USER.answer() == {"userId": 1}
    assert ACCOUNT.answer() == {"ctidTraderAccountId": 20}


def test_call_37_answers_with_the_account_only_at_its_level() -> None:
    assert PartnerRecord(USER, "IB").answer() == {"userId": 1, "partnerId": "IB"}
    assert PartnerRecord(ACCOUNT, "IB").answer() == {"userId": 1, "ctidTraderAccountId": 20, "partnerId": "IB"}


@pytest.mark.parametrize("ids", [(1, None), (None, 20), (1, 20)])
def test_one_id_is_enough(ids: tuple[int | None, int | None]) -> None:
    require_an_id(*ids)


def test_no_id_is_not() -> None:
    with pytest.raises(CTraderError) as refusal:
        require_an_id(None, None)
    error = refusal.value
    assert (error.status, error.code) == (400, "INVALID_REQUEST")
    assert error.description == "userId, ctidTraderAccountId: at least one of the two is required"


@pytest.mark.parametrize(
    ("user_id", "user_exists", "account", "link", "target"),
    [
        (1, True, None, None, USER),
        (None, False, 20, LINK, ACCOUNT),
        (1, True, 20, LINK, ACCOUNT),
    ],
)
def test_ids_that_name_a_target(
    user_id: int | None, user_exists: bool, account: int | None, link: Link | None, target: Target
) -> None:
    assert resolve_target(user_id, user_exists, account, link) == target


@pytest.mark.parametrize(
    ("user_id", "user_exists", "account", "link", "refusal"),
    [
        (9, False, None, None, (404, "ENTITY_NOT_FOUND", NO_USER_9)),
        (9, False, 20, LINK, (404, "ENTITY_NOT_FOUND", NO_USER_9)),
        (9, False, 21, None, (404, "ENTITY_NOT_FOUND", NO_USER_9)),
        (None, False, 21, None, (404, "ENTITY_NOT_FOUND", NO_ACCOUNT_21)),
        (1, True, 21, None, (404, "ENTITY_NOT_FOUND", NO_ACCOUNT_21)),
        (2, True, 20, LINK, (400, "INVALID_REQUEST", "ctidTraderAccountId: 20 does not belong to userId 2")),
        (
            None,
            False,
            None,
            None,
            (400, "INVALID_REQUEST", "userId: required when ctidTraderAccountId is not given"),
        ),
    ],
)
def test_ids_that_name_none(
    user_id: int | None, user_exists: bool, account: int | None, link: Link | None, refusal: tuple[int, str, str]
) -> None:
    with pytest.raises(CTraderError) as raised:
        resolve_target(user_id, user_exists, account, link)
    error = raised.value
    assert (error.status, error.code, error.description) == refusal


@pytest.mark.parametrize("holders", [set(), {1}])
@pytest.mark.parametrize("target", [USER, ACCOUNT])
def test_a_user_and_the_user_s_accounts_may_share_an_identifier(target: Target, holders: set[int]) -> None:
    check_unique("IB", target, holders)


@pytest.mark.parametrize("holders", [{2}, {1, 2}])
@pytest.mark.parametrize("target", [USER, ACCOUNT])
def test_an_identifier_of_another_user_is_refused(target: Target, holders: set[int]) -> None:
    with pytest.raises(CTraderError) as refusal:
        check_unique("IB", target, holders)
    error = refusal.value
    assert (error.status, error.code) == (400, "INVALID_REQUEST")
    assert error.description == "partnerId: 'IB' is already the identifier of another user"


class TestEffective:
    """Which identifier a link carries: section B."""

    OF_USER = PartnerRecord(USER, "IB-USER")
    OF_ACCOUNT = PartnerRecord(ACCOUNT, "IB-ACC")

    @pytest.mark.parametrize(
        ("records", "active", "expected"),
        [
            ([], None, None),
            ([], 20, None),
            ([OF_USER], None, "IB-USER"),
            ([OF_USER], 20, "IB-USER"),
            ([OF_ACCOUNT], 20, "IB-ACC"),
            ([OF_ACCOUNT], 21, None),
            ([OF_ACCOUNT], None, None),
            ([OF_USER, OF_ACCOUNT], 20, "IB-ACC"),
            ([OF_USER, OF_ACCOUNT], 21, "IB-USER"),
            ([OF_USER, OF_ACCOUNT], None, "IB-USER"),
        ],
    )
    def test_account_first_then_user(
        self, records: list[PartnerRecord], active: int | None, expected: str | None
    ) -> None:
        assert effective_partner_id(records, active) == expected
        assert effective_partner_id(records[::-1], active) == expected
