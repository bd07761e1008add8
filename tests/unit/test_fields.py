"""Keys of a call: what is taken, and how a refusal names what was wrong (E-9, E-26)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_ctrader.backend import schemas
from mock_ctrader.errors import CTraderError

INT64 = 2**63 - 1
TARGET = {"brokerCrmName": "CRM", "partnerId": "IB-1", "userId": 7}
set_partner = schemas.SetPartner()

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=255))
def test_any_text_that_is_not_blank_is_a_partner_id(partner_id: str) -> None:
    if partner_id.strip():
        assert set_partner.read(TARGET | {"partnerId": partner_id})["partnerId"] == partner_id
    else:
        with pytest.raises(CTraderError, match="partnerId: must not be blank"):
            set_partner.read(TARGET | {"partnerId": partner_id})


@given(st.dictionaries(st.sampled_from([*TARGET, "ctidTraderAccountId", "x"]), json_values))
def test_whatever_comes_is_read_or_refused_by_name(given_keys: dict[str, Any]) -> None:
    known = {*TARGET, "ctidTraderAccountId"}
    outcome = _read(given_keys)
    if isinstance(outcome, CTraderError):
        assert (outcome.status, outcome.code) == (400, "INVALID_REQUEST")
        assert any(outcome.description.startswith(f"{key}: ") for key in known)
        assert outcome.description.encode()
    else:
        assert set(outcome) <= known
        ids = [outcome[key] for key in ("userId", "ctidTraderAccountId") if key in outcome]
        assert all(type(number) is int and 0 < number <= INT64 for number in ids)


def _read(given_keys: dict[str, Any]) -> dict[str, Any] | CTraderError:
    try:
        return set_partner.read(given_keys)
    except CTraderError as refusal:
        return refusal


@given(st.integers(1, 10**18 - 1))
def test_an_id_is_an_integer_or_its_digits(number: int) -> None:
    assert set_partner.read(TARGET | {"userId": number})["userId"] == number
    assert set_partner.read(TARGET | {"userId": str(number)})["userId"] == number


@pytest.mark.parametrize(
    "value", [0, -1, INT64 + 1, 1.0, True, "", " 7", "+7", "7.0", "0x7", "1e3", "٧", "7\n", [7], {"a": 7}]
)
def test_anything_else_is_no_id(value: Any) -> None:
    with pytest.raises(CTraderError, match=": userId: must be"):
        set_partner.read(TARGET | {"userId": value})


@pytest.mark.parametrize(("value", "read"), [(True, True), (False, False), ("true", True), ("false", False)])
def test_a_flag_is_true_or_false_or_the_word(value: Any, read: bool) -> None:
    keys = {"traderLogin": 1, "traderPasswordHash": "0" * 32, "userId": 7, "environmentName": "demo"}

    assert schemas.LinkAccount().read(keys | {"returnAccountDetails": value})["returnAccountDetails"] is read


@pytest.mark.parametrize("value", ["True", "yes", 1, 0, "", []])
def test_anything_else_is_no_flag(value: Any) -> None:
    keys = {"traderLogin": 1, "traderPasswordHash": "0" * 32, "userId": 7, "environmentName": "demo"}

    with pytest.raises(CTraderError, match=": returnAccountDetails: must be true or false"):
        schemas.LinkAccount().read(keys | {"returnAccountDetails": value})


def test_every_wrong_key_is_named_with_its_value() -> None:
    with pytest.raises(CTraderError) as refusal:
        set_partner.read({"partnerId": 7, "userId": "x"})

    assert sorted(refusal.value.description.split("; ")) == [
        "brokerCrmName: required, but missing",
        "partnerId: must be a string, got 7",
        "userId: must be an integer or its digits as a string, got 'x'",
    ]


def test_a_long_value_is_not_repeated_in_full() -> None:
    with pytest.raises(CTraderError) as refusal:
        set_partner.read(TARGET | {"partnerId": "x" * 5000})

    assert "5000" in refusal.value.description
    assert len(refusal.value.description) < 250


def test_a_password_is_not_repeated() -> None:
    keys = {"traderLogin": 1, "traderPasswordHash": "my-real-password", "userId": 7, "environmentName": "demo"}

    with pytest.raises(CTraderError) as refusal:
        schemas.LinkAccount().read(keys)
    assert "my-real-password" not in refusal.value.description


def test_unknown_keys_and_nulls_are_left_out() -> None:
    assert set_partner.read(TARGET | {"ctidTraderAccountId": None, "x": [1]}) == TARGET


def test_null_is_no_value_for_a_required_key() -> None:
    with pytest.raises(CTraderError, match="partnerId: required, but null"):
        set_partner.read(TARGET | {"partnerId": None})
