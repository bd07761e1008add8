"""The database and its transactions."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Delete, Insert, Select, Update, bindparam, select
from sqlalchemy.exc import DatabaseError, OperationalError

from mock_ctrader import errors
from mock_ctrader.store import dialect, schema, version
from mock_ctrader.store.address import StoreError, engine_at, is_url, shown
from mock_ctrader.store.dialect import Upsert
from mock_ctrader.store.prepared import Driver, Prepared
from mock_ctrader.store.writer import OneWriter

# How many different answers of a query are remembered.
_REMEMBERED = 1_000

T = TypeVar("T")
Row = dict[str, Any]

# Built once: every request counts at least its journal entry.
_COUNT_UP = Prepared(
    Upsert(
        schema.counters,
        lambda insert: insert.on_conflict_do_update(
            index_elements=["sandbox_id", "name"], set_={"value": schema.counters.c.value + 1}
        ).returning(schema.counters.c.value),
    ).words
)
_SANDBOX = select(schema.sandboxes.c.id).where(schema.sandboxes.c.id == bindparam("id"))
_HOLD = Prepared(_SANDBOX.with_for_update(key_share=True))


class Transaction:
    """One open transaction. Everything in it happens, or nothing does.

    Writers of one sandbox come one after another, whichever process they are in. SQLite has one writer at a time
    anyway. On PostgreSQL a writer holds the sandbox's row to its end, and whatever it read before it did so may
    have changed: hold first, then read, then write.
    """

    def __init__(self, connection: Connection, writes: bool) -> None:
        self._connection = connection
        self._engine = connection.dialect.name
        self._driver = Driver(connection.dialect, connection.connection.cursor())
        self.writes = writes

    def run(self, statement: Insert | Update | Delete | Upsert | Prepared, values: Any = None) -> int:
        """Execute a change; returns the number of rows it touched."""
        if isinstance(statement, Prepared):
            return statement.count(self._driver, values)
        return self._connection.execute(self._words(statement), values).rowcount

    def scalar(self, statement: Upsert, values: dict[str, Any]) -> Any:
        """Execute a change that tells one value of the row it left."""
        return self._connection.execute(self._words(statement), values).scalar_one()

    def one(self, statement: Select[Any] | Prepared, values: dict[str, Any] | None = None) -> Row | None:
        """The first row of a query, or None."""
        rows = self.all(statement, values)
        return rows[0] if rows else None

    def all(self, statement: Select[Any] | Prepared, values: dict[str, Any] | None = None) -> list[Row]:
        """Every row of a query."""
        if isinstance(statement, Prepared):
            return statement.rows(self._driver, values or {})
        found = self._connection.execute(statement, values or {})
        names = list(found.keys())
        return [dict(zip(names, row, strict=True)) for row in found]

    def remembered(
        self, statement: Prepared, values: dict[str, Any], memory: dict[str, T], make: Callable[[list[Row]], T]
    ) -> T:
        """What `make` makes of the rows of a query, made anew only where such rows were not met before.

        The query is asked each time, so that a change is never missed, whichever process made it.
        """
        raw = statement.raw_rows(self._driver, values)
        key = repr(raw)
        if key not in memory:
            if len(memory) >= _REMEMBERED:
                memory.clear()
            memory[key] = make(statement.converted(self._driver, raw))
        return memory[key]

    def holds(self, sandbox_id: str) -> bool:
        """Wait until no other writer is in this sandbox; whether it is still there."""
        return self.one(_HOLD, {"id": sandbox_id}) is not None

    def hold_server(self) -> None:
        """Wait until no other writer is at what belongs to no single sandbox, such as the names they share."""
        if (statement := dialect.lock_server(self._engine)) is not None:
            self._connection.execute(statement)

    @contextmanager
    def part(self) -> Iterator[None]:
        """A part that is undone by an exception of its own, without undoing what came before it."""
        with self._connection.begin_nested():
            yield

    def next_number(self, sandbox_id: str, name: str) -> int:
        """Count a sandbox's named counter up by one and return it: 1, 2, 3, ... never twice."""
        counted = _COUNT_UP.rows(self._driver, {"sandbox_id": sandbox_id, "name": name, "value": 1})
        return int(counted[0]["value"])

    def _words(self, statement: Any) -> Any:
        return statement.words(self._engine) if isinstance(statement, Upsert) else statement


class Store:
    """The mock's state in one SQLite file (WAL mode) or one PostgreSQL database, for any number of processes."""

    def __init__(self, state: str | Path, throwaway: bool = False) -> None:
        """Open the file or database, and make its tables if it is empty.

        Args:
            state: a path, or a URL `postgresql+psycopg://user:password@host/database`.
            throwaway: a file that need not outlive a loss of power; a killed process costs nothing all the same.

        Raises:
            StoreError: it cannot be opened or written, or another version or program wrote it.
        """
        engine = engine_at(state, throwaway)
        self._engine = engine
        self._readers = dialect.readers(engine)
        self._writer = OneWriter(engine) if engine.name == "sqlite" else None
        try:
            with self.write() as transaction:
                transaction.hold_server()
                version.establish(transaction._connection, shown(state))
        except DatabaseError as problem:
            self.close()
            raise unusable(state, problem) from None
        except StoreError:
            self.close()
            raise

    @contextmanager
    def write(self, sandbox_id: str | None = None) -> Iterator[Transaction]:
        """A transaction that may change things: committed at the end, rolled back on any exception.

        Args:
            sandbox_id: the sandbox to hold from the start; without it the transaction holds what it writes to
                itself (`Transaction.holds`, and the look-ups of `sandboxes`, which hold what they find).

        Raises:
            CTraderError: 404 `SANDBOX_NOT_FOUND`: it was freed meanwhile.
        """
        with self._writer or self._engine.begin() as connection:
            transaction = Transaction(connection, writes=True)
            if sandbox_id is not None and not transaction.holds(sandbox_id):
                raise errors.sandbox_not_found(sandbox_id)
            yield transaction

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A consistent view that changes nothing and waits for nobody."""
        with self._readers.connect() as connection, connection.begin():
            yield Transaction(connection, writes=False)

    def close(self) -> None:
        """Give all connections back to the system."""
        if self._writer is not None:
            self._writer.close()
        self._engine.dispose()


def unusable(state: str | Path, problem: DatabaseError) -> StoreError:
    """What to say of a state that a database's error stands in the way of."""
    if is_url(state):
        trouble = "cannot be reached" if isinstance(problem, OperationalError) else "cannot be used"
        return StoreError(f"{shown(state)}: {trouble} ({_reason(problem)})")
    return StoreError(
        f"{state}: cannot be used ({_reason(problem)}); free some space, or name a file that this user may write, "
        "in a folder that this user may write"
    )


def _reason(problem: DatabaseError) -> str:
    """The first line of what the driver says; it names host and user, never the password."""
    return str(problem.orig).strip().split("\n")[0]
