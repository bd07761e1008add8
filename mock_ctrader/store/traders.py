"""One sandbox's trading accounts and their links to users, inside one transaction."""

from typing import Any

from sqlalchemy import BindParameter, bindparam, delete, insert, select, update

from mock_ctrader.accounts import Link, Trader
from mock_ctrader.store import schema
from mock_ctrader.store.engine import Row, Transaction
from mock_ctrader.store.prepared import Prepared

_t, _l, _p, _b = schema.traders, schema.links, schema.partner_records, schema.browsers
_HERE: BindParameter[str] = bindparam("here")
_TRADER = Prepared(select(_t).where(_t.c.sandbox_id == _HERE, _t.c.login == bindparam("login")))
_TRADERS = (
    select(_t)
    .where(_t.c.sandbox_id == _HERE, _t.c.created_at >= bindparam("start"), _t.c.created_at < bindparam("end"))
    .order_by(_t.c.created_at.desc(), _t.c.login.desc())
)
_LINK = Prepared(select(_l).where(_l.c.sandbox_id == _HERE, _l.c.ctid_trader_account_id == bindparam("id")))
_LINK_OF_TRADER = Prepared(select(_l).where(_l.c.sandbox_id == _HERE, _l.c.login == bindparam("login")))
_LINKS_OF_USER = Prepared(
    select(_l)
    .where(_l.c.sandbox_id == _HERE, _l.c.user_id == bindparam("user_id"))
    .order_by(_l.c.ctid_trader_account_id)
)


class TradersOfSandbox:
    """What the rules may ask of, and leave in, the accounts of one sandbox."""

    def __init__(self, transaction: Transaction, sandbox_id: str) -> None:
        self.transaction = transaction
        self._sandbox_id = sandbox_id

    def _one(self, statement: Any, **values: Any) -> Row | None:
        return self.transaction.one(statement, {"here": self._sandbox_id, **values})

    def trader(self, login: int) -> Trader | None:
        """The trading account with this login."""
        row = self._one(_TRADER, login=login)
        return None if row is None else _trader(row)

    def traders(self, start: int, end: int, limit: int) -> list[Trader]:
        """Accounts registered from `start` until before `end` (epoch milliseconds), latest first."""
        values = {"here": self._sandbox_id, "start": start, "end": end}
        return [_trader(row) for row in self.transaction.all(_TRADERS.limit(limit), values)]

    def add_trader(self, trader: Trader) -> None:
        """Keep a new trading account."""
        self.transaction.run(insert(_t).values(sandbox_id=self._sandbox_id, **_columns(trader)))

    def save_trader(self, trader: Trader) -> None:
        """Keep what changed in a trading account."""
        self.transaction.run(update(_t).where(self._here(_t, trader.login)).values(**_columns(trader)))

    def delete_trader(self, login: int) -> None:
        """Delete a trading account with its link and what hangs on the link."""
        link = self.link_of_trader(login)
        if link is not None:
            number = link.ctid_trader_account_id
            for table in (_p, _l):
                linked = (table.c.sandbox_id == self._sandbox_id) & (table.c.ctid_trader_account_id == number)
                self.transaction.run(delete(table).where(linked))
            active = (_b.c.sandbox_id == self._sandbox_id) & (_b.c.active_account == number)
            self.transaction.run(update(_b).where(active).values(active_account=None))
        self.transaction.run(delete(_t).where(self._here(_t, login)))

    def _here(self, table: Any, login: int) -> Any:
        return (table.c.sandbox_id == self._sandbox_id) & (table.c.login == login)

    def link(self, ctid_trader_account_id: int) -> Link | None:
        """The link with this id."""
        return _link(self._one(_LINK, id=ctid_trader_account_id))

    def link_of_trader(self, login: int) -> Link | None:
        """The link of a trading account: it has at most one."""
        return _link(self._one(_LINK_OF_TRADER, login=login))

    def links_of_user(self, user_id: int) -> list[Link]:
        """Every account of a user, first linked first."""
        rows = self.transaction.all(_LINKS_OF_USER, {"here": self._sandbox_id, "user_id": user_id})
        return [link for row in rows if (link := _link(row)) is not None]

    def add_link(self, link: Link) -> None:
        """Keep a new link."""
        self.transaction.run(
            insert(_l).values(
                sandbox_id=self._sandbox_id,
                ctid_trader_account_id=link.ctid_trader_account_id,
                user_id=link.user_id,
                login=link.login,
                environment_name=link.environment_name,
            )
        )


def _columns(trader: Trader) -> dict[str, Any]:
    return {
        "login": trader.login,
        "broker_name": trader.broker_name,
        "hashed_password": trader.hashed_password,
        "balance": trader.balance,
        "bonus": trader.bonus,
        "non_withdrawable_bonus": trader.non_withdrawable_bonus,
        "profile": trader.profile,
        "created_at": trader.created_at,
        "updated_at": trader.updated_at,
    }


def _trader(row: Row) -> Trader:
    return Trader(**{key: value for key, value in row.items() if key != "sandbox_id"})


def _link(row: Row | None) -> Link | None:
    if row is None:
        return None
    return Link(row["ctid_trader_account_id"], row["user_id"], row["login"], row["environment_name"])
