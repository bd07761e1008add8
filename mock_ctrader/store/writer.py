"""The one connection of a SQLite file that writes.

SQLite has one writer at a time. Who waits for that in the database sleeps and asks again; a lock wakes the next
one, and one connection for all of them still knows the pages that it wrote.
"""

import sqlite3
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DatabaseError, OperationalError


class OneWriter:
    """A transaction of whoever has the turn: `with` begins it, and commits it or rolls it back.

    Begin and commit are said to the driver itself, which costs a tenth of SQLAlchemy's way; SQLAlchemy joins the
    transaction where one of its own statements is executed.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._turn = threading.Lock()
        self._connection: Connection | None = None
        self._driver: Any = None

    def __enter__(self) -> Connection:
        """Wait for the turn, and begin."""
        self._turn.acquire()
        try:
            if self._connection is None:
                self._connection = self._engine.connect()
                self._driver = self._connection.connection.driver_connection
            self._say("BEGIN IMMEDIATE", lambda: self._driver.execute("BEGIN IMMEDIATE"))
        except BaseException:
            self._give_up()
            self._turn.release()
            raise
        return self._connection

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commit, or roll back what an exception ended."""
        assert self._connection is not None
        try:
            joined = self._connection.get_transaction()
            if isinstance(problem, DatabaseError):
                self._give_up()
            elif kind is None:
                self._say("COMMIT", self._driver.commit if joined is None else joined.commit)
            else:
                self._say("ROLLBACK", self._driver.rollback if joined is None else joined.rollback)
        except BaseException:
            self._give_up()
            raise
        finally:
            self._turn.release()

    def close(self) -> None:
        """Give the connection back to the system."""
        with self._turn:
            self._give_up()

    def _give_up(self) -> None:
        """The next turn has a new connection; closing the old one rolls back what it was in the middle of."""
        broken, self._connection, self._driver = self._connection, None, None
        if broken is not None:
            broken.close()

    def _say(self, words: str, execute: Callable[[], Any]) -> None:
        try:
            execute()
        except sqlite3.OperationalError as problem:
            raise OperationalError(words, None, problem) from problem
