"""Sandboxes that are given no seed never conflict by chance."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mock_ctrader import ids
from mock_ctrader.clock import SystemClock
from mock_ctrader.control.service import Control
from mock_ctrader.errors import CTraderError
from mock_ctrader.journal import Journal
from mock_ctrader.store import Store


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    store, clock = Store(tmp_path / "state.db"), SystemClock()
    yield Control(store, Journal(store, clock), clock, "http://127.0.0.1:1")
    store.close()


def test_a_seed_whose_name_is_taken_is_followed_by_another(
    control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = iter(["one", "one", "two"])
    monkeypatch.setattr(ids, "random_seed", lambda: next(drawn))
    assert [control.create({}).seed, control.create({}).seed] == ["one", "two"]


def test_a_name_or_seed_that_was_asked_for_is_refused(control: Control) -> None:
    control.create({"brokerNames": ["NORTHWIND"], "seed": "one"})
    for given in ({"brokerNames": ["NORTHWIND"]}, {"seed": "one"}):
        with pytest.raises(CTraderError, match="SANDBOX_CONFLICT"):
            control.create(given)
