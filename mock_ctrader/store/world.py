"""One sandbox inside one transaction: users, trading accounts, links and partner records."""

from typing import Any

from sqlalchemy import BindParameter, RowMapping, bindparam, delete, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from mock_ctrader import ids
from mock_ctrader.accounts import Link, Trader
from mock_ctrader.partners import PartnerRecord, Target
from mock_ctrader.sandboxes import Sandbox
from mock_ctrader.store import schema
from mock_ctrader.store.engine import Transaction
from mock_ctrader.users import User

_u, _t, _l, _p = schema.users, schema.traders, schema.links, schema.partner_records
_HERE: BindParameter[str] = bindparam("here")
_USER = select(_u).where(_u.c.sandbox_id == _HERE, _u.c.user_id == bindparam("user_id"))
_USER_BY_EMAIL = select(_u).where(_u.c.sandbox_id == _HERE, _u.c.email_key == bindparam("key"))
_NICKNAME = select(_u.c.user_id).where(_u.c.sandbox_id == _HERE, _u.c.nickname_key == bindparam("key"))
_TRADER = select(_t).where(_t.c.sandbox_id == _HERE, _t.c.login == bindparam("login"))
_LINK = select(_l).where(_l.c.sandbox_id == _HERE, _l.c.ctid_trader_account_id == bindparam("id"))
_LINK_OF_TRADER = select(_l).where(_l.c.sandbox_id == _HERE, _l.c.login == bindparam("login"))
_LINKS_OF_USER = (
    select(_l)
    .where(_l.c.sandbox_id == _HERE, _l.c.user_id == bindparam("user_id"))
    .order_by(_l.c.ctid_trader_account_id)
)
_RECORDS_OF_USER = (
    select(_p)
    .where(_p.c.sandbox_id == _HERE, _p.c.user_id == bindparam("user_id"))
    .order_by(_p.c.ctid_trader_account_id)
)
_RECORD = select(_p).where(
    _p.c.sandbox_id == _HERE,
    _p.c.user_id == bindparam("user_id"),
    _p.c.ctid_trader_account_id == bindparam("ctid_trader_account_id"),
)
_PUT_RECORD = upsert(_p)
_PUT_RECORD = _PUT_RECORD.on_conflict_do_update(
    index_elements=["sandbox_id", "user_id", "ctid_trader_account_id"],
    set_={"partner_id": _PUT_RECORD.excluded.partner_id},
)
_DELETE_RECORD = delete(_p).where(
    _p.c.sandbox_id == _HERE,
    _p.c.user_id == bindparam("owner"),
    _p.c.ctid_trader_account_id == bindparam("account"),
)


class World:
    """What the rules may ask of, and leave in, one sandbox."""

    def __init__(self, transaction: Transaction, sandbox: Sandbox) -> None:
        self.transaction = transaction
        self.sandbox = sandbox

    def _one(self, statement: Any, **values: Any) -> RowMapping | None:
        return self.transaction.one(statement, {"here": self.sandbox.id, **values})

    def next_id(self, kind: str) -> int:
        """The next id of a kind ("user", "trader", "link"); never handed out twice."""
        return ids.number(self.sandbox.seed, kind, self.transaction.next_number(self.sandbox.id, kind))

    # users

    def user(self, user_id: int) -> User | None:
        """The user with this id."""
        return _user(self._one(_USER, user_id=user_id))

    def user_by_email(self, email: str) -> User | None:
        """The user with this address, whatever its letters' case."""
        return _user(self._one(_USER_BY_EMAIL, key=email.casefold()))

    def nickname_taken(self, nickname: str) -> bool:
        """Whether another user has this nickname."""
        return self._one(_NICKNAME, key=nickname.casefold()) is not None

    def add_user(self, user: User) -> None:
        """Keep a new user."""
        self.transaction.run(
            insert(_u).values(
                sandbox_id=self.sandbox.id,
                user_id=user.user_id,
                email=user.email,
                email_key=user.email.casefold(),
                nickname=user.nickname,
                nickname_key=user.nickname.casefold(),
                first_name=user.first_name,
                preferred_language=user.preferred_language,
                agreement_accepted=user.agreement_accepted,
                created_at=user.created_at,
            )
        )

    def accept_agreement(self, user_id: int) -> None:
        """Note that the user agreed (call 3.13)."""
        here = (_u.c.sandbox_id == self.sandbox.id) & (_u.c.user_id == user_id)
        self.transaction.run(update(_u).where(here).values(agreement_accepted=True))

    # trading accounts and links

    def trader(self, login: int) -> Trader | None:
        """The trading account with this login."""
        row = self._one(_TRADER, login=login)
        if row is None:
            return None
        return Trader(
            row["login"],
            row["broker_name"],
            row["hashed_password"],
            row["balance"],
            row["profile"],
            row["created_at"],
        )

    def add_trader(self, trader: Trader) -> None:
        """Keep a new trading account."""
        self.transaction.run(
            insert(_t).values(
                sandbox_id=self.sandbox.id,
                login=trader.login,
                broker_name=trader.broker_name,
                hashed_password=trader.hashed_password,
                balance=trader.balance,
                profile=trader.profile,
                created_at=trader.created_at,
            )
        )

    def link(self, ctid_trader_account_id: int) -> Link | None:
        """The link with this id."""
        return _link(self._one(_LINK, id=ctid_trader_account_id))

    def link_of_trader(self, login: int) -> Link | None:
        """The link of a trading account: it has at most one."""
        return _link(self._one(_LINK_OF_TRADER, login=login))

    def links_of_user(self, user_id: int) -> list[Link]:
        """Every account of a user, first linked first."""
        rows = self.transaction.all(_LINKS_OF_USER, {"here": self.sandbox.id, "user_id": user_id})
        return [link for row in rows if (link := _link(row)) is not None]

    def add_link(self, link: Link) -> None:
        """Keep a new link."""
        self.transaction.run(
            insert(_l).values(
                sandbox_id=self.sandbox.id,
                ctid_trader_account_id=link.ctid_trader_account_id,
                user_id=link.user_id,
                login=link.login,
                environment_name=link.environment_name,
            )
        )

    # partner records

    def partner_record(self, target: Target) -> PartnerRecord | None:
        """The record of exactly this target."""
        row = self._one(_RECORD, user_id=target.user_id, ctid_trader_account_id=target.ctid_trader_account_id or 0)
        return None if row is None else PartnerRecord(target, row["partner_id"])

    def partner_records_of(self, user_id: int) -> list[PartnerRecord]:
        """The user's own record and those of the user's accounts."""
        rows = self.transaction.all(_RECORDS_OF_USER, {"here": self.sandbox.id, "user_id": user_id})
        return [
            PartnerRecord(Target(user_id, row["ctid_trader_account_id"] or None), row["partner_id"])
            for row in rows
        ]

    def put_partner_record(self, record: PartnerRecord) -> None:
        """Set or overwrite (E-7)."""
        self.transaction.run(
            _PUT_RECORD,
            {
                "sandbox_id": self.sandbox.id,
                "user_id": record.target.user_id,
                "ctid_trader_account_id": record.target.ctid_trader_account_id or 0,
                "partner_id": record.partner_id,
            },
        )

    def delete_partner_record(self, target: Target) -> None:
        """Delete the record of exactly this target, if there is one (E-10)."""
        self.transaction.run(
            _DELETE_RECORD,
            {"here": self.sandbox.id, "owner": target.user_id, "account": target.ctid_trader_account_id or 0},
        )


def _user(row: RowMapping | None) -> User | None:
    if row is None:
        return None
    return User(
        user_id=row["user_id"],
        email=row["email"],
        nickname=row["nickname"],
        first_name=row["first_name"],
        preferred_language=row["preferred_language"],
        agreement_accepted=row["agreement_accepted"],
        created_at=row["created_at"],
    )


def _link(row: RowMapping | None) -> Link | None:
    if row is None:
        return None
    return Link(row["ctid_trader_account_id"], row["user_id"], row["login"], row["environment_name"])
