"""One sandbox inside one transaction: users and partner records; accounts and links are in `traders`."""

from typing import Any

from sqlalchemy import BindParameter, bindparam, delete, insert, select, update

from mock_ctrader import ids
from mock_ctrader.partners import PartnerRecord, Target
from mock_ctrader.ribbons import Ribbon
from mock_ctrader.sandboxes import Sandbox
from mock_ctrader.store import schema
from mock_ctrader.store.dialect import replacing
from mock_ctrader.store.engine import Row, Transaction
from mock_ctrader.store.prepared import Prepared
from mock_ctrader.store.traders import TradersOfSandbox
from mock_ctrader.users import User

_u, _p, _b = schema.users, schema.partner_records, schema.browsers
_HERE: BindParameter[str] = bindparam("here")
_USER = Prepared(select(_u).where(_u.c.sandbox_id == _HERE, _u.c.user_id == bindparam("user_id")))
_KNOWN = Prepared(select(_u.c.user_id).where(_u.c.sandbox_id == _HERE, _u.c.user_id == bindparam("user_id")))
_USER_BY_EMAIL = Prepared(select(_u).where(_u.c.sandbox_id == _HERE, _u.c.email_key == bindparam("key")))
_NICKNAME = Prepared(select(_u.c.user_id).where(_u.c.sandbox_id == _HERE, _u.c.nickname_key == bindparam("key")))
_RECORDS_OF_USER = Prepared(
    select(_p)
    .where(_p.c.sandbox_id == _HERE, _p.c.user_id == bindparam("user_id"))
    .order_by(_p.c.ctid_trader_account_id)
)
_RECORD = Prepared(
    select(_p).where(
        _p.c.sandbox_id == _HERE,
        _p.c.user_id == bindparam("user_id"),
        _p.c.ctid_trader_account_id == bindparam("ctid_trader_account_id"),
    )
)
_HOLDERS = Prepared(
    select(_p.c.user_id).where(_p.c.sandbox_id == _HERE, _p.c.partner_id == bindparam("partner_id"))
)
_PUT_RECORD = Prepared(replacing(_p, ["sandbox_id", "user_id", "ctid_trader_account_id"]).words)
_DELETE_RECORD = Prepared(
    delete(_p).where(
        _p.c.sandbox_id == _HERE,
        _p.c.user_id == bindparam("owner"),
        _p.c.ctid_trader_account_id == bindparam("account"),
    )
)


class World(TradersOfSandbox):
    """What the rules may ask of, and leave in, one sandbox."""

    def __init__(self, transaction: Transaction, sandbox: Sandbox) -> None:
        super().__init__(transaction, sandbox.id)
        self.sandbox = sandbox

    def next_id(self, kind: str) -> int:
        """The next id of a kind ("user", "trader", "link", "balanceHistory" ...); never handed out twice."""
        return ids.number(self.sandbox.seed, kind, self.transaction.next_number(self.sandbox.id, kind))

    # users

    def user(self, user_id: int) -> User | None:
        """The user with this id."""
        return _user(self._one(_USER, user_id=user_id))

    def knows_user(self, user_id: int) -> bool:
        """Whether there is a user with this id."""
        return self._one(_KNOWN, user_id=user_id) is not None

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
                ribbons=[],
                created_at=user.created_at,
            )
        )

    def accept_agreement(self, user_id: int) -> None:
        """Note that the user agreed (call 3.13)."""
        self._change_user(user_id, agreement_accepted=True)

    def change_email(self, user_id: int, email: str) -> None:
        """Give a user another address (call 3.10)."""
        self._change_user(user_id, email=email, email_key=email.casefold())

    def ribbons(self, user_id: int) -> list[Ribbon]:
        """The ribbons of a user, in the order the broker gave them (call 3.9)."""
        row = self._one(_USER, user_id=user_id)
        return [] if row is None else list(row["ribbons"])

    def put_ribbons(self, user_id: int, ribbons: list[Ribbon]) -> None:
        """Replace a user's ribbons (call 3.9)."""
        self._change_user(user_id, ribbons=ribbons)

    def drop_sessions(self, user_id: int) -> None:
        """End the user's session in every browser and device (call 3.12)."""
        theirs = (_b.c.sandbox_id == self.sandbox.id) & (_b.c.user_id == user_id)
        ended: dict[str, Any] = {
            "user_id": None,
            "access_token": None,
            "active_account": None,
            "known_partner_ids": {},
        }
        self.transaction.run(update(_b).where(theirs).values(**ended))

    def _change_user(self, user_id: int, **values: Any) -> None:
        theirs = (_u.c.sandbox_id == self.sandbox.id) & (_u.c.user_id == user_id)
        self.transaction.run(update(_u).where(theirs).values(**values))

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

    def users_with(self, partner_id: str) -> set[int]:
        """Whose identifier this is, their accounts' included; more than one user may have it (E-8)."""
        rows = self.transaction.all(_HOLDERS, {"here": self.sandbox.id, "partner_id": partner_id})
        return {row["user_id"] for row in rows}

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


def _user(row: Row | None) -> User | None:
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
