"""What a sandbox keeps of users and their sessions."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mock_ctrader.sandboxes import new_sandbox
from mock_ctrader.store import Store, Transaction, browsers, sandboxes
from mock_ctrader.store.browsers import Browser
from mock_ctrader.store.world import World
from mock_ctrader.users import User


@pytest.fixture
def transaction(tmp_path: Path) -> Iterator[Transaction]:
    store = Store(tmp_path / "state.db")
    with store.write() as opened:
        yield opened
    store.close()


@pytest.fixture
def world(transaction: Transaction) -> World:
    sandbox = new_sandbox({"seed": "a"}, "http://127.0.0.1:1")
    sandboxes.add(transaction, sandbox, 0)
    made = World(transaction, sandbox)
    for user_id in (1, 2):
        made.add_user(User(user_id, f"u{user_id}@example.net", f"u{user_id}", None, None, False, 0))
    return made


def test_logging_out_ends_every_session_of_one_user(transaction: Transaction, world: World) -> None:
    here = world.sandbox.id
    for name, user_id in (("web", 1), ("phone", 1), ("other", 2), ("nobody", None)):
        browser = Browser(
            name,
            "B",
            user_id=user_id,
            access_token="at" if user_id else None,
            active_account=5 if user_id else None,
            known_partner_ids={"user": "IB"} if user_id else {},
        )
        browsers.add(transaction, here, browser)
    world.drop_sessions(1)
    after = {name: browsers.find(transaction, here, name) for name in ("web", "phone", "other", "nobody")}
    for name in ("web", "phone", "nobody"):
        browser = after[name]
        assert browser is not None
        assert (browser.user_id, browser.access_token, browser.active_account) == (None, None, None)
        assert browser.known_partner_ids == {}
    assert after["other"] is not None
    assert (after["other"].user_id, after["other"].access_token) == (2, "at")


def test_ribbons_are_replaced_as_a_whole(world: World) -> None:
    assert world.ribbons(1) == world.ribbons(99) == []
    world.put_ribbons(1, [{"title": "a"}, {"title": "b"}])
    world.put_ribbons(1, [{"title": "c"}])
    assert (world.ribbons(1), world.ribbons(2)) == ([{"title": "c"}], [])


def test_the_same_hour_counts_on_and_the_next_starts_anew(transaction: Transaction, world: World) -> None:
    here = world.sandbox.id
    counted = [sandboxes.count_request(transaction, here, "token", hour) for hour in (7, 7, 7, 8, 8)]
    assert counted == [1, 2, 3, 1, 2]
    assert sandboxes.count_request(transaction, here, "another", 8) == 1
