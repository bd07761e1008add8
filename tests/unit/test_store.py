"""What the store does with texts that no database takes, with what is gone, and with more than it remembers."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mock_ctrader.errors import CTraderError
from mock_ctrader.sandboxes import Sandbox, new_sandbox
from mock_ctrader.store import Store, Transaction, browsers, invites, sandboxes
from mock_ctrader.store import engine as engine_module

HALF_A_PAIR = "a\ud800"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "state.db")
    yield made
    made.close()


@pytest.fixture
def sandbox(store: Store) -> Sandbox:
    made = new_sandbox({"seed": "a"}, "http://127.0.0.1:1")
    with store.write() as transaction:
        sandboxes.add(transaction, made, 0)
    return made


@pytest.mark.parametrize(
    "look",
    [
        lambda transaction, _: sandboxes.find(transaction, HALF_A_PAIR),
        lambda transaction, _: sandboxes.by_token(transaction, HALF_A_PAIR),
        lambda transaction, _: sandboxes.by_broker_name(transaction, HALF_A_PAIR),
        lambda transaction, here: browsers.find(transaction, here, HALF_A_PAIR),
        lambda transaction, here: invites.user_named(transaction, here, HALF_A_PAIR),
    ],
    ids=["sandbox", "token", "brokerName", "browser", "username"],
)
def test_a_name_that_no_database_takes_names_nothing(
    store: Store, sandbox: Sandbox, look: Callable[[Transaction, str], object]
) -> None:
    # without the check the driver raises, and the request is answered 500
    with store.read() as transaction:
        assert look(transaction, sandbox.id) is None


def test_a_sandbox_that_is_gone_cannot_be_written_to(store: Store) -> None:
    with pytest.raises(CTraderError) as refused, store.write("gone"):
        pytest.fail("nothing is done in a sandbox that is not there")

    assert (refused.value.status, refused.value.code) == (404, "SANDBOX_NOT_FOUND")


def test_memory_has_an_end(store: Store, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "_REMEMBERED", 3)
    memory: dict[str, int] = {}
    sizes = []
    with store.read() as transaction:
        for number in range(7):
            statement: Any = _Answering([(number,)])
            assert transaction.remembered(statement, {}, memory, lambda found: found[0][0]) == number
            sizes.append(len(memory))

    assert sizes == [1, 2, 3, 1, 2, 3, 1]


class _Answering:
    """In the place of a prepared query."""

    def __init__(self, rows: list[tuple[int]]) -> None:
        self._rows = rows

    def raw_rows(self, _connection: object, _values: object) -> list[tuple[int]]:
        return self._rows

    def converted(self, _connection: object, rows: list[tuple[int]]) -> list[tuple[int]]:
        return rows
