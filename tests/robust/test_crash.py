"""The short variant of `make crash`, and proof that its accounting notices what it is there for."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mock_ctrader.processes import MockProcess
from tests.robust import crash, tree
from tests.robust.accounting import half_applied, journal, lost, reused
from tests.robust.load import Client, Trail
from tests.support import Broker, ControlApi, eventually

pytestmark = pytest.mark.xdist_group("robust")
TABLES = ("users", "traders", "links", "partner_records", "events")


def test_killed_in_the_middle_of_its_work(tmp_path: Path) -> None:
    figures = crash.run(4, tmp_path / "state.db")

    assert figures.clean, "\n".join(figures.lines())
    assert figures.kills == 4
    assert figures.acknowledged > 4 * 20
    assert 0 <= figures.done_unanswered <= figures.in_doubt


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, list[Trail], Broker, ControlApi]]:
    """A mock that a client has worked with, its file and the client's ledger."""
    state = tmp_path_factory.mktemp("worked") / "state.db"
    with MockProcess.start("--state", str(state)) as mock:
        broker = Broker(mock.ready["baseUrl"], mock.ready["sandbox"])
        client = Client(broker, "one", lambda: None)
        for nth in range(4):
            client._one_user(nth)
        yield state, client.trails, broker, ControlApi(mock.ready["controlUrl"])


def complaints(worked: tuple[Path, list[Trail], Broker, ControlApi]) -> list[str]:
    state, trails, broker, control = worked
    events = journal(control, broker.sandbox["id"])
    return [*lost(broker, trails), *half_applied(events, state), *reused(events)]


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE users SET email = 'x' || email WHERE user_id = (SELECT max(user_id) FROM users)",
        "DELETE FROM traders WHERE login = (SELECT max(login) FROM traders)",
        "UPDATE links SET user_id = user_id + 1 WHERE login = (SELECT max(login) FROM links)",
        "DELETE FROM partner_records WHERE ctid_trader_account_id > 0",
        "UPDATE partner_records SET partner_id = 'IB-OTHER' WHERE ctid_trader_account_id = 0",
        "DELETE FROM events WHERE seq = 3",
        "UPDATE events SET user_id = (SELECT min(user_id) FROM users) WHERE call = '3.2'",
    ],
)
def test_the_accounting_notices(worked: tuple[Path, list[Trail], Broker, ControlApi], damage: str) -> None:
    state = worked[0]
    assert complaints(worked) == []
    with closing(sqlite3.connect(state, isolation_level=None)) as file:
        kept = {table: file.execute(f"SELECT * FROM {table}").fetchall() for table in TABLES}
        assert file.execute(damage).rowcount > 0
        try:
            assert complaints(worked)
        finally:
            for table, rows in kept.items():  # the journal has grown meanwhile: nothing is deleted
                marks = ", ".join("?" * len(rows[0]))
                file.executemany(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", rows)
    assert complaints(worked) == []


def test_no_process_outlives_the_one_that_started_it() -> None:
    with MockProcess.start() as mock:
        worker = tree.worker_of(mock.pid)
        tree.kill(mock.pid)
        eventually(lambda: not tree.lives(worker), "the worker ends")
