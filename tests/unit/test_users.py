"""Nicknames and addresses: section 3.2."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_ctrader.errors import CTraderError
from mock_ctrader.users import NICKNAME_LIMIT, check_email, choose_nickname

VALID = re.compile(r"[A-Za-z0-9._-]{1,25}", re.ASCII)
anything = st.text(st.characters())


def nobody(_: str) -> bool:
    """No nickname is taken."""
    return False


def everybody(_: str) -> bool:
    """Every nickname is taken."""
    return True


@pytest.mark.parametrize("wanted", ["ines", "Ines.FX_1-a", "x", "x" * NICKNAME_LIMIT])
def test_a_wanted_nickname_that_is_valid_and_free_is_used(wanted: str) -> None:
    assert choose_nickname(wanted, "a@example.net", 7, nobody) == wanted


@pytest.mark.parametrize(
    "wanted", ["", " ", "two words", "x" * (NICKNAME_LIMIT + 1), "ínes", "a\n", "a@b", "\ud800", "٣"]
)
def test_a_wanted_nickname_that_is_invalid_becomes_one_of_the_user_id(wanted: str) -> None:
    assert choose_nickname(wanted, "a@example.net", 7, nobody) == "ctid7"


def test_a_wanted_nickname_that_is_taken_becomes_one_of_the_user_id() -> None:
    assert choose_nickname("ines", "a@example.net", 7, lambda name: name == "ines") == "ctid7"


@pytest.mark.parametrize(
    ("email", "nickname"),
    [
        ("ines.b-1_x@example.net", "ines.b-1_x"),
        ("ines+fx@example.net", "inesfx"),
        (f"{'x' * 30}@example.net", "x" * NICKNAME_LIMIT),
        ("Ínês@example.net", "ns"),
        ("+++@example.net", "ctid7"),
        ("Инес@example.net", "ctid7"),
        # a quoted local part may hold the sign; what stands before the first is enough
        ('"ines@home"@example.net', "ines"),
    ],
)
def test_without_a_wish_it_comes_from_the_address(email: str, nickname: str) -> None:
    assert choose_nickname(None, email, 7, nobody) == nickname


def test_without_a_wish_and_with_the_derived_one_taken_it_comes_from_the_user_id() -> None:
    assert choose_nickname(None, "ines@example.net", 7, lambda name: name == "ines") == "ctid7"


@given(st.none() | anything, anything, st.integers(1, 2**63 - 1), st.booleans())
def test_a_nickname_is_always_valid_and_never_an_error(
    wanted: str | None, email: str, user_id: int, taken: bool
) -> None:
    chosen = choose_nickname(wanted, email, user_id, everybody if taken else nobody)

    assert VALID.fullmatch(chosen)
    if taken:
        assert chosen == f"ctid{user_id}"


@pytest.mark.parametrize("email", ["x@privaterelay.appleid.com", "X@PrivateRelay.AppleID.Com"])
def test_an_apple_relay_address_is_refused(email: str) -> None:
    with pytest.raises(CTraderError) as refusal:
        check_email(email)
    error = refusal.value
    assert (error.status, error.code) == (400, "INVALID_REQUEST")
    assert error.description == f"email: {email!r} is an Apple relay address, which cannot be a user"


def test_a_refused_address_is_told_under_the_key_it_came_by() -> None:
    with pytest.raises(CTraderError, match="newEmail: 'x@"):
        check_email("x@privaterelay.appleid.com", "newEmail")


@pytest.mark.parametrize(
    "email", ["x@appleid.com", "privaterelay.appleid.com@example.net", "x@my-privaterelay.appleid.com"]
)
def test_any_other_address_is_not(email: str) -> None:
    check_email(email)
