"""What is kept of journals in memory is what the store has, however it came about."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mock_ctrader.clock import SystemClock
from mock_ctrader.control.histories import Histories
from mock_ctrader.control.service import Control
from mock_ctrader.journal import Bounds, Event, Journal, Kind
from mock_ctrader.store import Store

GIVEN = {"seed": "histories"}


class World:
    """A store with one sandbox, written by a journal that may be another process's."""

    def __init__(self, state: str, bounds: Bounds) -> None:
        self.store = Store(state)
        self.journal = Journal(self.store, SystemClock(), bounds)
        self.control = Control(self.store, self.journal, SystemClock(), "http://127.0.0.1:1")
        self.sandbox_id = self.control.create(GIVEN).id
        self.histories = Histories(Journal(self.store, SystemClock(), bounds))

    def happen(self, *titles: str, sandbox_id: str = "") -> None:
        """Write events."""
        for title in titles:
            self.journal.record(sandbox_id or self.sandbox_id, Event(kind=Kind.ACT, title=title))

    def told(self, sandbox_id: str = "") -> list[str]:
        """The titles in the history, which must be those of the journal."""
        here = sandbox_id or self.sandbox_id
        found = self.histories.of(here).events
        assert found == self.journal.read(here)
        return [event.title for event in found]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(str(tmp_path / "state.db"), Bounds(events=5))
    yield made
    made.store.close()


def test_what_is_new_is_added(world: World) -> None:
    assert world.told() == []
    world.happen("a", "b")
    assert world.told() == ["a", "b"]
    world.happen("c")
    assert world.told() == ["a", "b", "c"]


def test_it_is_the_same_object_while_nothing_happens(world: World) -> None:
    world.happen("a")
    first = world.histories.of(world.sandbox_id)
    assert world.histories.of(world.sandbox_id) is first
    world.happen("b")
    assert world.histories.of(world.sandbox_id) is not first
    assert [event.title for event in first.events] == ["a"]


def test_what_the_journal_dropped_is_not_told(world: World) -> None:
    world.happen(*"abcd")
    assert world.told() == list("abcd")
    world.happen(*"efg")
    assert world.told() == list("cdefg")
    world.happen(*"hijklmnop")
    assert world.told() == list("lmnop")


def test_a_reset_is_seen(world: World) -> None:
    world.happen("a", "b")
    assert world.told() == ["a", "b"]
    world.control.reset(world.sandbox_id)
    assert world.told() == ["the sandbox was reset"]


def test_a_sandbox_made_again_has_a_history_of_its_own(world: World) -> None:
    world.happen("a", "b")
    assert world.told() == ["a", "b"]
    world.control.delete(world.sandbox_id)
    assert world.told() == []
    assert world.control.create(GIVEN).id == world.sandbox_id
    world.happen("c", "d", "e")
    assert world.told() == ["c", "d", "e"]


def test_a_sandbox_made_again_between_two_looks_has_a_history_of_its_own(world: World) -> None:
    world.happen("a", "b")
    assert world.told() == ["a", "b"]
    world.control.delete(world.sandbox_id)
    world.control.create(GIVEN)
    world.happen("c", "d", "e")
    assert world.told() == ["c", "d", "e"]


def test_sandboxes_that_nobody_looked_at_for_long_are_forgotten(world: World) -> None:
    other = world.control.create({"seed": "other"}).id
    world.happen("a", "b")
    world.happen("c", "d", sandbox_id=other)
    small = Histories(world.journal, most=3)
    first = small.of(world.sandbox_id)
    second = small.of(other)

    assert small.of(other) is second
    assert small.of(world.sandbox_id) is not first
