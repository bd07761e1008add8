"""What the two database engines say in different words."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from sqlalchemy import Engine, Executable, text

# Any number, as long as nobody else in the database uses it.
_SERVER_LOCK = 2_309_036


class Upsert:
    """An INSERT that changes the row that is there already, in every engine's own words."""

    def __init__(self, table: Any, build: Callable[[Any], Any]) -> None:
        """Args: build: makes the statement from an INSERT into `table` that knows `on_conflict_do_update`."""
        self._table, self._build = table, build
        self._by_engine: dict[str, Any] = {}

    def words(self, engine: str) -> Any:
        """The statement for "sqlite" or "postgresql"."""
        if engine not in self._by_engine:
            # an engine's dialect takes a while to import, and a state has one engine
            insert = import_module(f"sqlalchemy.dialects.{engine}").insert
            self._by_engine[engine] = self._build(insert(self._table))
        return self._by_engine[engine]


def replacing(table: Any, keys: list[str]) -> Upsert:
    """Keep a row, or replace everything but the keys of the one that is there."""
    changed = [column.name for column in table.c if column.name not in keys]

    def build(insert: Any) -> Any:
        return insert.on_conflict_do_update(
            index_elements=keys, set_={name: insert.excluded[name] for name in changed}
        )

    return Upsert(table, build)


def lock_server(engine: str) -> Executable | None:
    """Waits until no other writer looks at more than one sandbox; SQLite has one writer anyway."""
    if engine == "sqlite":
        return None
    return text(f"SELECT pg_advisory_xact_lock({_SERVER_LOCK})")


def readers(engine: Engine) -> Engine:
    """The same engine for transactions that only read: each sees one moment, however many statements it has."""
    if engine.name == "sqlite":
        return engine  # every transaction of SQLite does
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
