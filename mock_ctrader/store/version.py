"""Which tables a state has, so that one of another version is refused before anything is read from it wrongly."""

import hashlib
from importlib.metadata import version

from sqlalchemy import Column, Connection, MetaData, String, Table, insert, inspect, select

from mock_ctrader.store import spread
from mock_ctrader.store.address import StoreError
from mock_ctrader.store.invite_schema import metadata

# One row, in a table that belongs to no sandbox. `fingerprint` tells one set of tables from another, `written_by`
# is the release that made them.
_made = Table(
    "mock_ctrader_state",
    MetaData(),
    Column("fingerprint", String, primary_key=True),
    Column("written_by", String, nullable=False),
)


def fingerprint() -> str:
    """Twelve characters that change with any table, column, type or key."""
    lines = [
        f"{table.name} {column.name} {column.type!r} {column.nullable} {column.primary_key}"
        for table in metadata.sorted_tables
        for column in table.c
    ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]


def establish(connection: Connection, place: str) -> None:
    """Make the tables in an empty database; otherwise see that they are ours and of this version.

    Raises:
        StoreError: they are not.
    """
    there = set(inspect(connection).get_table_names())
    ours = there & {_made.name, *metadata.tables}
    if not ours:
        metadata.create_all(connection)
        _made.create(connection)
        spread.tell(connection)
        connection.execute(insert(_made).values(fingerprint=fingerprint(), written_by=version("mock-ctrader")))
        return
    made = connection.execute(select(_made)).mappings().first() if _made.name in ours else None
    if made is None:
        raise StoreError(
            f"{place}: has tables named {', '.join(sorted(ours))} that this version of mock-ctrader did not "
            "make; start with a new file or an empty database"
        )
    if made["fingerprint"] != fingerprint():
        raise StoreError(
            f"{place}: written by another version of mock-ctrader ({made['written_by']}, tables "
            f"{made['fingerprint']}; here are {version('mock-ctrader')}, {fingerprint()}); "
            "start with a new file or an empty database, or use the version that wrote it"
        )
    spread.tell(connection)  # a file that was written before there was this
