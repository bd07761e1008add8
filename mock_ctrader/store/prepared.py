"""Statements of the hot path: SQLAlchemy puts each into words once, then they go straight to the driver.

Executing a Core statement costs ten times what SQLite needs to run it; a request that executes seven of them
feels that. The connection, its pool and its transaction stay SQLAlchemy's.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from sqlalchemy import Connection, Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement

Convert = Callable[[Any], Any]
T = TypeVar("T")


class Prepared:
    """A statement whose values are all named parameters."""

    def __init__(self, statement: ClauseElement | Callable[[str], ClauseElement]) -> None:
        """Args: statement: as it is, or what to execute on an engine of the given name."""
        self._statement = statement
        self._words: dict[str, _Words] = {}

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Execute it; every row it returns."""
        return self._execute(connection, values, _Words.read)

    def raw_rows(self, connection: Connection, values: Mapping[str, Any]) -> list[Any]:
        """Execute it; every row it returns, as the driver has them: to be compared, not to be read."""
        return self._execute(connection, values, lambda _, cursor: cursor.fetchall())

    def count(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """Execute a change; the number of rows it touched."""
        return self._execute(connection, values, lambda _, cursor: int(cursor.rowcount))

    def converted(self, connection: Connection, rows: list[Any]) -> list[dict[str, Any]]:
        """What `rows` makes of the `raw_rows` of the same execution."""
        return self._words[connection.dialect.name].named(rows)

    def _execute(
        self, connection: Connection, values: Mapping[str, Any], result: Callable[["_Words", Any], T]
    ) -> T:
        dialect = connection.dialect
        words = self._words.get(dialect.name) or self._put(dialect)
        cursor: Any = connection.connection.cursor()
        try:
            cursor.execute(words.text, words.bind(values))
            return result(words, cursor)
        except dialect.loaded_dbapi.Error as problem:
            # as SQLAlchemy says it; without the values, which may be secrets
            raise DBAPIError.instance(
                words.text, None, problem, dialect.loaded_dbapi.Error, hide_parameters=True, dialect=dialect
            ) from problem
        finally:
            cursor.close()

    def _put(self, dialect: Dialect) -> "_Words":
        statement = (
            self._statement if isinstance(self._statement, ClauseElement) else self._statement(dialect.name)
        )
        words = self._words[dialect.name] = _Words(statement, dialect)
        return words


class _Words:
    """A statement as one driver takes it, with what its values go through on their way in and out."""

    def __init__(self, statement: ClauseElement, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)
        self.text = str(compiled)
        self._order = compiled.positiontup
        names = compiled.bind_names
        self._fixed = {names[bind]: bind.value for bind in names if not bind.required}
        into = {names[bind]: bind.type.dialect_impl(dialect).bind_processor(dialect) for bind in names}
        self._into: list[tuple[str, Convert]] = [(name, one) for name, one in into.items() if one is not None]
        returned = list(getattr(statement, "exported_columns", []))
        self._columns = [column.name for column in returned]
        out = {
            column.name: column.type.dialect_impl(dialect).result_processor(dialect, None) for column in returned
        }
        self._out: list[tuple[str, Convert]] = [(name, one) for name, one in out.items() if one is not None]

    def bind(self, values: Mapping[str, Any]) -> Any:
        """The parameters in the driver's form."""
        given = {**self._fixed, **values}
        for name, convert in self._into:
            given[name] = convert(given[name])
        return given if self._order is None else [given[name] for name in self._order]

    def read(self, cursor: Any) -> list[dict[str, Any]]:
        """The rows of what was executed, under their columns' names."""
        return self.named(cursor.fetchall())

    def named(self, rows: list[Any]) -> list[dict[str, Any]]:
        """Rows under their columns' names."""
        found = [dict(zip(self._columns, row, strict=True)) for row in rows]
        for row in found:
            for name, convert in self._out:
                row[name] = convert(row[name])
        return found
