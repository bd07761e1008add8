"""Where the state is kept: a SQLite file, or a PostgreSQL database."""

import sqlite3
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, OperationalError

POSTGRESQL = "postgresql+psycopg"
# How long a writer waits for the one before it, in milliseconds.
_BUSY_TIMEOUT_MS = 15_000
_CONNECT_SECONDS = 5
# Per process. A PostgreSQL server takes 100 connections unless told otherwise, and each is a process there.
_POSTGRESQL_CONNECTIONS = 10
_SQLITE_CONNECTIONS = 32


class StoreError(Exception):
    """The state cannot be kept there; the text says why and what to do, and holds no password."""


def shown(state: str | Path) -> str:
    """A file or URL without what must not be printed."""
    if not is_url(state):
        return str(state)
    url = _url(str(state))
    return URL.create(url.drivername, host=url.host, port=url.port, database=url.database).render_as_string()


def is_url(state: str | Path) -> bool:
    """Whether it is a URL rather than a file."""
    return "://" in str(state)


def check_url(state: str) -> None:
    """Raises: StoreError: not a URL of a database that the state can be in."""
    url = _url(state)
    if url.drivername not in (POSTGRESQL, "postgresql"):
        raise StoreError(
            f"{url.drivername}: no such database; there are {POSTGRESQL}://user:password@host/database, "
            "and a SQLite file by its path"
        )
    if not url.database:
        raise StoreError(f"the URL names no database: {POSTGRESQL}://user:password@host/database")


def engine_at(state: str | Path, throwaway: bool = False) -> Engine:
    """An engine for this file or URL; nothing is opened yet. A throwaway file is never waited for on the disk.

    Raises:
        StoreError: an unknown scheme, or the driver is not installed.
    """
    if not is_url(state):
        return _sqlite(Path(state), "OFF" if throwaway else "NORMAL")
    check_url(str(state))
    try:
        engine = create_engine(
            _url(str(state)).set(drivername=POSTGRESQL),
            pool_size=_POSTGRESQL_CONNECTIONS,
            max_overflow=0,
            pool_pre_ping=True,  # the server may have been restarted
            connect_args={"connect_timeout": _CONNECT_SECONDS},
        )
    except ImportError:
        raise StoreError(
            "PostgreSQL needs a driver that is not installed: pip install 'mock-ctrader[postgresql]'"
        ) from None
    event.listen(engine, "connect", _commit_without_waiting)
    return engine


def _url(state: str) -> URL:
    try:
        return make_url(state)
    except (ArgumentError, ValueError):
        # the reason would repeat parts of the URL, and so perhaps of its password
        text = f"not a URL of a database, which looks like {POSTGRESQL}://user:password@host/database"
        raise StoreError(text) from None


def _sqlite(path: Path, synchronous: str) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        pool_size=_SQLITE_CONNECTIONS,
        max_overflow=_SQLITE_CONNECTIONS,
        pool_use_lifo=True,  # the connection that wrote last still knows the pages it wrote
        connect_args={"check_same_thread": False},
    )
    event.listen(engine, "connect", partial(_configure, synchronous=synchronous))
    event.listen(engine, "begin", _begin)
    return engine


def _commit_without_waiting(connection: Any, _record: Any) -> None:
    # As SQLite with synchronous=NORMAL: a power failure may take the last moment, never a part of a transaction;
    # so may a crash of the database's server. That of a process of ours takes nothing.
    # Waiting for the disk would keep the next writer of the sandbox waiting too.
    connection.execute("SET synchronous_commit = off")
    connection.commit()


def _configure(connection: Any, _record: Any, synchronous: str) -> None:
    # The driver must not open transactions of its own: `_begin` decides how each one starts.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={_BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        f"synchronous={synchronous}",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    # said to the driver itself: on SQLAlchemy's way it costs more than the statement that follows
    driver = connection.connection.driver_connection
    assert driver is not None
    if driver.in_transaction:  # the writer's, which `OneWriter` began
        return
    try:
        driver.execute("BEGIN")
    except sqlite3.OperationalError as problem:
        raise OperationalError("BEGIN", None, problem) from problem
