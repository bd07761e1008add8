"""One SQLite file in WAL mode, and the two kinds of transaction the broker uses."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event, inspect
from sqlalchemy.engine import URL

from broker_reference.store.schema import metadata

_BUSY_TIMEOUT_S = 10
# Raised with every change of the tables. There is no migration: the reference broker keeps nobody's real data.
_SCHEMA_VERSION = 3


class UnknownVersion(Exception):
    """The file was written by another version of the broker."""


class Database:
    """The broker's database file; creates the tables if they are not there.

    Args:
        path: file to open or create. Never `:memory:`: threads would each see their own database.

    Raises UnknownVersion for a file with other tables.
    """

    def __init__(self, path: Path) -> None:
        self._engine = create_engine(
            URL.create("sqlite", database=str(path)),
            # isolation_level None: sqlite3 must not begin transactions on its own, `_begin` does.
            connect_args={"isolation_level": None, "timeout": _BUSY_TIMEOUT_S, "check_same_thread": False},
        )
        event.listen(self._engine, "connect", _configure)
        event.listen(self._engine, "begin", _begin)
        with self.write() as connection:
            version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
            is_new = not inspect(connection).get_table_names()
            if not is_new and version != _SCHEMA_VERSION:
                raise UnknownVersion(f"it is of version {version}, not {_SCHEMA_VERSION}")
            metadata.create_all(connection)
            connection.exec_driver_sql(f"PRAGMA user_version = {_SCHEMA_VERSION}")

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction that holds the write lock from the start: what it reads stays true."""
        with self._engine.connect() as connection:
            connection = connection.execution_options(immediate=True)
            with connection.begin():
                yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that sees one consistent state and blocks nobody."""
        with self._engine.connect() as connection, connection.begin():
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


def _configure(dbapi_connection: Any, _record: Any) -> None:
    cursor = dbapi_connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    # What was decided, an identifier above all, outlives a power cut. Not every SQLite is built with this default.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_S * 1000}")
    cursor.close()


def _begin(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
