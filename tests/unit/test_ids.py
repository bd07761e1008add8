"""Ids, tokens and fingerprints."""

import uuid
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_ctrader import ids

KINDS = ("user", "trader", "link")
SEEDED: dict[str, Callable[[str], object]] = {
    "sandbox id": ids.sandbox_id,
    "suffix": ids.suffix,
    "manager login": ids.manager_login,
    "password": lambda seed: ids.secret(seed, "manager"),
    "token": lambda seed: ids.uuid_token(seed, "manager-token", 1),
    "user id": lambda seed: ids.number(seed, "user", 1),
}


@pytest.mark.parametrize("name", SEEDED)
def test_same_seed_same_value_other_seed_other_value(name: str) -> None:
    make = SEEDED[name]

    assert make("a") == make("a")
    assert len({make(f"seed {number}") for number in range(50)}) == 50


def test_secrets_of_one_seed_differ_by_purpose() -> None:
    assert ids.secret("a", "crm") != ids.secret("a", "manager")


def test_tokens_differ_by_number_and_look_like_uuids() -> None:
    tokens = {ids.uuid_token("a", "manager-token", number) for number in range(100)}

    assert len(tokens) == 100
    assert all(uuid.UUID(token).version == 4 for token in tokens)


@given(st.text(st.characters(codec="utf-8"), min_size=1), st.integers(1, 100_000))
def test_ids_of_different_kinds_never_meet(seed: str, nth: int) -> None:
    ranges = {kind: (ids.number(seed, kind, 1), ids.number(seed, kind, nth)) for kind in KINDS}

    for kind, (first, last) in ranges.items():
        assert last == first + nth - 1
        for other, (other_first, other_last) in ranges.items():
            assert kind == other or last < other_first or other_last < first


@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_numbers_fit_where_the_vendor_has_integers(seed: str) -> None:
    assert 0 < ids.manager_login(seed) < 2**31 - 1
    assert all(0 < ids.number(seed, kind, 1) < 2**31 - 1 for kind in KINDS)


@pytest.mark.parametrize("make", [ids.random_seed, ids.random_token])
def test_chance_never_repeats_itself(make: Callable[[], str]) -> None:
    made = {make() for _ in range(100)}

    assert len(made) == 100
    assert all(len(value) >= 32 for value in made)


@given(st.text(), st.text())
def test_fingerprints_tell_tokens_apart_and_say_nothing(one: str, other: str) -> None:
    assert (ids.fingerprint(one) == ids.fingerprint(other)) is (one == other)
    assert len(ids.fingerprint(one)) == 8
