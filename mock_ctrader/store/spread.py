"""What SQLite is told of how the events of a journal are spread.

A query by user or identifier has an index. But events lie in the order of their numbers, and unless told otherwise
SQLite expects little of an index, and walks over the whole journal instead. Its own `ANALYZE` would learn of the
few events that there are at first.
"""

from sqlalchemy import Connection, text

# Rows of a table, then how many are alike in the first column of an index, in the first two, and so on. A sandbox
# of a hundred thousand events, a tenth of them of each call, and ten of each person.
_SPREAD = {
    "events": "1000000 100000 1",
    "events_by_call": "1000000 100000 10000 1",
    "events_by_user": "1000000 100000 10 1",
    "events_by_partner_id": "1000000 100000 10 1",
}
_KNOWN = text("SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_stat1'")
_TELL = text("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('events', :idx, :stat)")


def tell(connection: Connection) -> None:
    """Tell it, unless it was told; who connects from now on knows it. Other databases find out themselves."""
    if connection.dialect.name != "sqlite" or connection.execute(_KNOWN).scalar_one():
        return
    connection.execute(text("ANALYZE sqlite_master"))  # makes the table for it
    connection.execute(_TELL, [{"idx": index, "stat": stat} for index, stat in _SPREAD.items()])
