"""The database file and its transactions."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Delete, Insert, Select, Update, create_engine, event
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.sql.dml import ReturningInsert

from mock_ctrader.store import invite_schema, schema
from mock_ctrader.store.prepared import Prepared

# How long a writer waits for the one before it, in milliseconds.
_BUSY_TIMEOUT_MS = 15_000

# How many different answers of a query are remembered.
_REMEMBERED = 1_000

T = TypeVar("T")
Row = Mapping[str, Any]


# Built once: every request counts at least its journal entry.
_COUNT_UP = Prepared(
    insert(schema.counters)
    .on_conflict_do_update(index_elements=["sandbox_id", "name"], set_={"value": schema.counters.c.value + 1})
    .returning(schema.counters.c.value)
)


class Transaction:
    """One open transaction. Everything in it happens, or nothing does."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def run(self, statement: Insert | Update | Delete | Prepared, values: Any = None) -> int:
        """Execute a change; returns the number of rows it touched."""
        if isinstance(statement, Prepared):
            return statement.count(self._connection, values)
        return self._connection.execute(statement, values).rowcount

    def scalar(self, statement: ReturningInsert[Any], values: dict[str, Any]) -> Any:
        """Execute a change that tells one value of the row it left."""
        return self._connection.execute(statement, values).scalar_one()

    def one(self, statement: Select[Any] | Prepared, values: dict[str, Any] | None = None) -> Row | None:
        """The first row of a query, or None."""
        if isinstance(statement, Prepared):
            return next(iter(statement.rows(self._connection, values or {})), None)
        return self._connection.execute(statement, values or {}).mappings().first()

    def all(self, statement: Select[Any] | Prepared, values: dict[str, Any] | None = None) -> Sequence[Row]:
        """Every row of a query."""
        if isinstance(statement, Prepared):
            return statement.rows(self._connection, values or {})
        return list(self._connection.execute(statement, values or {}).mappings())

    def remembered(
        self,
        statements: Sequence[Prepared],
        values: dict[str, Any],
        memory: dict[str, T],
        make: Callable[..., T],
    ) -> T:
        """What `make` makes of the rows of some queries, made anew only where such rows were not met before.

        The queries are asked each time, so that a change is never missed, whichever process made it.
        """
        raw = [statement.raw_rows(self._connection, values) for statement in statements]
        key = repr(raw)
        if key not in memory:
            if len(memory) >= _REMEMBERED:
                memory.clear()
            found = zip(statements, raw, strict=True)
            memory[key] = make(*(statement.converted(self._connection, rows) for statement, rows in found))
        return memory[key]

    @contextmanager
    def part(self) -> Iterator[None]:
        """A part that is undone by an exception of its own, without undoing what came before it."""
        with self._connection.begin_nested():
            yield

    def next_number(self, sandbox_id: str, name: str) -> int:
        """Count a sandbox's named counter up by one and return it: 1, 2, 3, ... never twice."""
        counted = _COUNT_UP.rows(self._connection, {"sandbox_id": sandbox_id, "name": name, "value": 1})
        return int(counted[0]["value"])


class Store:
    """The mock's state in one SQLite file (WAL mode, one connection per thread at a time)."""

    def __init__(self, path: Path) -> None:
        """Open or create the file at `path`.

        Raises:
            sqlalchemy.exc.OperationalError: the file cannot be opened or written.
        """
        self.path = path
        self._engine = create_engine(
            f"sqlite:///{path}", pool_size=32, max_overflow=32, connect_args={"check_same_thread": False}
        )
        event.listen(self._engine, "connect", _configure)
        event.listen(self._engine, "begin", _begin)
        with self.write() as transaction:
            invite_schema.metadata.create_all(transaction._connection)

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """A transaction that may change things: committed at the end, rolled back on any exception."""
        with self._engine.connect().execution_options(writes=True) as connection, connection.begin():
            yield Transaction(connection)

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A consistent view that changes nothing and waits for nobody."""
        with self._engine.connect() as connection, connection.begin():
            yield Transaction(connection)

    def close(self) -> None:
        """Give all connections back to the system."""
        self._engine.dispose()


def _configure(connection: Any, _record: Any) -> None:
    # The driver must not open transactions of its own: `_begin` decides how each one starts.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        f"busy_timeout={_BUSY_TIMEOUT_MS}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    # A writer takes the lock at once: upgrading a reader later would fail under concurrency.
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
