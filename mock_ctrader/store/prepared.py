"""Statements of the hot path: SQLAlchemy puts each into words once, then they go straight to the driver.

Executing a Core statement costs ten times what SQLite needs to run it; a request that executes six of them feels
that.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement

Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Driver:
    """What a transaction's statements go to: the driver's cursor, and the dialect that it speaks."""

    dialect: Dialect
    cursor: Any


class Prepared:
    """A statement whose values are all named parameters."""

    def __init__(self, statement: ClauseElement | Callable[[str], ClauseElement]) -> None:
        """Args: statement: as it is, or what to execute on an engine of the given name."""
        self._statement = statement
        self._words: dict[str, _Words] = {}

    def rows(self, driver: Driver, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Execute it; every row it returns."""
        words = self._execute(driver, values)
        return words.named(driver.cursor.fetchall())

    def raw_rows(self, driver: Driver, values: Mapping[str, Any]) -> list[Any]:
        """Execute it; every row it returns, as the driver has them: to be compared, not to be read."""
        self._execute(driver, values)
        return list(driver.cursor.fetchall())

    def count(self, driver: Driver, values: Mapping[str, Any]) -> int:
        """Execute a change; the number of rows it touched."""
        self._execute(driver, values)
        return int(driver.cursor.rowcount)

    def converted(self, driver: Driver, rows: list[Any]) -> list[dict[str, Any]]:
        """What `rows` makes of the `raw_rows` of the same execution."""
        return self._words[driver.dialect.name].named(rows)

    def _execute(self, driver: Driver, values: Mapping[str, Any]) -> "_Words":
        words = self._words.get(driver.dialect.name) or self._put(driver.dialect)
        try:
            driver.cursor.execute(words.text, words.bind(values))
        except driver.dialect.loaded_dbapi.Error as problem:
            # as SQLAlchemy says it; without the values, which may be secrets
            error = driver.dialect.loaded_dbapi.Error
            raise DBAPIError.instance(
                words.text, None, problem, error, hide_parameters=True, dialect=driver.dialect
            ) from problem
        return words

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
        names = compiled.bind_names
        self._fixed = {names[bind]: bind.value for bind in names if not bind.required}
        into = {names[bind]: bind.type.dialect_impl(dialect).bind_processor(dialect) for bind in names}
        self._by_name = compiled.positiontup is None
        self._order = list(into) if compiled.positiontup is None else compiled.positiontup
        self._into: list[tuple[int, Convert]] = [
            (place, convert) for place, name in enumerate(self._order) if (convert := into[name]) is not None
        ]
        returned = list(getattr(statement, "exported_columns", []))
        self._columns = [column.name for column in returned]
        out = {
            column.name: column.type.dialect_impl(dialect).result_processor(dialect, None) for column in returned
        }
        self._out: list[tuple[str, Convert]] = [(name, one) for name, one in out.items() if one is not None]

    def bind(self, values: Mapping[str, Any]) -> Any:
        """The parameters in the driver's form."""
        if self._fixed:
            values = {**self._fixed, **values}
        given = [values[name] for name in self._order]
        for place, convert in self._into:
            given[place] = convert(given[place])
        return dict(zip(self._order, given, strict=True)) if self._by_name else given

    def named(self, rows: list[Any]) -> list[dict[str, Any]]:
        """Rows under their columns' names."""
        found = [dict(zip(self._columns, row, strict=True)) for row in rows]
        for row in found:
            for name, convert in self._out:
                row[name] = convert(row[name])
        return found
