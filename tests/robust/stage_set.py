"""A mock, and a reference broker that can be killed and comes back with its database."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from mock_ctrader.processes import BrokerProcess, MockProcess
from tests.robust import tree
from tests.support import TIMEOUT, Broker, ControlApi, eventually


class StageSet:
    """One sandbox with its broker.

    Args:
        mock: a running mock.
        database: the broker's file.
        clock_control: whether the broker's clock can be moved.
    """

    def __init__(self, mock: MockProcess, database: Path, *, clock_control: bool = False) -> None:
        self.database = database
        self._clock_control = clock_control
        self.control = ControlApi(mock.ready["controlUrl"])
        self.mock_url: str = mock.ready["baseUrl"]
        self.sandbox = self.control.create()
        self.backend = Broker(self.mock_url, self.sandbox)
        self._faults = f"{self.control.url}/sandboxes/{self.sandbox['id']}/faults"
        self._process: BrokerProcess | None = None
        self.start()

    def start(self, ctrader_url: str = "") -> None:
        """Start the broker on its database; the sandbox learns its address.

        Args:
            ctrader_url: where it is told cTrader is, if not where the mock is.
        """
        environment = {"BROKER_REFERENCE_DATABASE": str(self.database)}
        if self._clock_control:
            environment["BROKER_REFERENCE_CLOCK_CONTROL"] = "1"
        self._process = BrokerProcess.start(ctrader_url or self.mock_url, self.sandbox, environment=environment)
        self.control.change(self.sandbox["id"], **self._process.sandbox_urls())

    @property
    def broker(self) -> BrokerProcess:
        """The broker's process."""
        assert self._process is not None
        return self._process

    @property
    def url(self) -> str:
        """Where the broker is now."""
        return str(self.broker.ready["brokerUrl"])

    def kill(self) -> None:
        """SIGKILL for the broker."""
        pid = self.broker.pid
        tree.kill(pid)
        eventually(lambda: not tree.lives(pid), "the broker is gone")
        self.broker.stop()

    def plant(self, **keys: Any) -> None:
        """Plant a fault."""
        response = self.control.http.post(self._faults, json=keys, timeout=TIMEOUT)
        assert response.status_code == 201, response.text

    def pull_faults(self) -> None:
        """No more faults."""
        assert self.control.http.delete(self._faults, timeout=TIMEOUT).status_code == 204

    def fault_fired(self, number: int | None = None) -> None:
        """Wait until a planted fault, this one or any, has hit something."""

        def fired() -> bool:
            planted = self.control.http.get(self._faults, timeout=TIMEOUT).json()["faults"]
            return any(one["fired"] for one in planted if number in (None, one["id"]))

        eventually(fired, "the planted fault hits", 20)

    def calls(self, number: str, *statuses: int) -> list[dict[str, Any]]:
        """The journal's exchanges of one call, of all statuses or of these."""
        events = self.control.events(self.sandbox["id"])
        return [e for e in events if e.get("call") == number and (not statuses or e.get("status") in statuses)]

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock of the broker's database: it can read, and not write."""
        with closing(sqlite3.connect(self.database, isolation_level=None)) as file:
            file.execute("BEGIN IMMEDIATE")
            yield
            file.execute("ROLLBACK")

    def rows(self, statement: str, *values: object) -> list[Any]:
        """Look into the broker's database."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as file:
            return file.execute(statement, values).fetchall()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.broker.stop()
        self.control.delete(self.sandbox["id"])
