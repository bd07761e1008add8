"""Sandboxes, their managers and manager tokens in the store."""

from typing import Any

from sqlalchemy import RowMapping, bindparam, delete, insert, select, update

from mock_ctrader import ids
from mock_ctrader.sandboxes import Manager, Sandbox
from mock_ctrader.store import schema
from mock_ctrader.store.engine import Transaction

_t = schema.sandboxes
_m = schema.managers
_joined = select(_t, _m.c.login, _m.c.password, _m.c.disabled_broker_names).join(_m, _m.c.sandbox_id == _t.c.id)
_BY_ID = _joined.where(_t.c.id == bindparam("id"))
_BY_TOKEN = _joined.join(schema.manager_tokens, schema.manager_tokens.c.sandbox_id == _t.c.id).where(
    schema.manager_tokens.c.token == bindparam("token")
)
_BY_MANAGER = _joined.where(_m.c.login == bindparam("login"))
_BY_BROKER_NAME = _joined.join(schema.broker_names, schema.broker_names.c.sandbox_id == _t.c.id).where(
    schema.broker_names.c.name == bindparam("name")
)
_NAMES = (
    select(schema.broker_names.c.name)
    .where(schema.broker_names.c.sandbox_id == bindparam("id"))
    .order_by(schema.broker_names.c.position)
)


def _build(transaction: Transaction, row: RowMapping | None) -> Sandbox | None:
    if row is None:
        return None
    return Sandbox(
        id=row["id"],
        seed=row["seed"],
        broker_crm_name=row["broker_crm_name"],
        broker_names=[name["name"] for name in transaction.all(_NAMES, {"id": row["id"]})],
        group_name=row["group_name"],
        crm_url=row["crm_url"],
        crm_password=row["crm_password"],
        login_url=row["login_url"],
        success_url=row["success_url"],
        manager=Manager(row["login"], row["password"], row["disabled_broker_names"]),
    )


def find(transaction: Transaction, sandbox_id: str) -> Sandbox | None:
    """The sandbox with this id."""
    return _build(transaction, transaction.one(_BY_ID, {"id": sandbox_id}))


def by_token(transaction: Transaction, token: str) -> Sandbox | None:
    """The sandbox that a manager token belongs to."""
    return _build(transaction, transaction.one(_BY_TOKEN, {"token": token}))


def by_manager(transaction: Transaction, login: int) -> Sandbox | None:
    """The sandbox of the manager with this login."""
    return _build(transaction, transaction.one(_BY_MANAGER, {"login": login}))


def by_broker_name(transaction: Transaction, name: str) -> Sandbox | None:
    """The sandbox whose application carries this brokerName."""
    return _build(transaction, transaction.one(_BY_BROKER_NAME, {"name": name}))


def by_seed(transaction: Transaction, seed: str) -> Sandbox | None:
    """The sandbox with this seed."""
    return find(transaction, ids.sandbox_id(seed))


def all_sandboxes(transaction: Transaction) -> list[Sandbox]:
    """Every sandbox, oldest first."""
    rows = transaction.all(_joined.order_by(_t.c.created_at, _t.c.id))
    return [sandbox for row in rows if (sandbox := _build(transaction, row)) is not None]


def only_one(transaction: Transaction) -> Sandbox | None:
    """The sandbox, if the server has exactly one: stray requests can then be shown where someone looks."""
    rows = transaction.all(_joined.limit(2))
    return _build(transaction, rows[0]) if len(rows) == 1 else None


def add(transaction: Transaction, sandbox: Sandbox, now: int) -> None:
    """Keep a new sandbox; names, login and seed were checked to be free in the same transaction."""
    transaction.run(
        insert(_t).values(
            id=sandbox.id,
            seed=sandbox.seed,
            broker_crm_name=sandbox.broker_crm_name,
            group_name=sandbox.group_name,
            crm_url=sandbox.crm_url,
            crm_password=sandbox.crm_password,
            login_url=sandbox.login_url,
            success_url=sandbox.success_url,
            created_at=now,
        )
    )
    transaction.run(
        insert(_m).values(
            login=sandbox.manager.login,
            password=sandbox.manager.password,
            disabled_broker_names=sandbox.manager.disabled_broker_names,
            sandbox_id=sandbox.id,
        )
    )
    for position, name in enumerate(sandbox.broker_names):
        transaction.run(insert(schema.broker_names).values(name=name, position=position, sandbox_id=sandbox.id))


def change(transaction: Transaction, sandbox_id: str, urls: dict[str, Any], disabled: list[str] | None) -> None:
    """Change a sandbox's URLs or CRM password (by column name), and the brokers disabled for its manager."""
    if urls:
        transaction.run(update(_t).where(_t.c.id == sandbox_id).values(**urls))
    if disabled is not None:
        transaction.run(update(_m).where(_m.c.sandbox_id == sandbox_id).values(disabled_broker_names=disabled))


def remove(transaction: Transaction, sandbox_id: str) -> None:
    """Free a sandbox and everything that belongs to it."""
    transaction.run(delete(_t).where(_t.c.id == sandbox_id))


def issue_token(transaction: Transaction, sandbox: Sandbox) -> str:
    """A further manager token; earlier ones stay valid (section 3.1)."""
    token = ids.uuid_token(sandbox.seed, "manager-token", transaction.next_number(sandbox.id, "manager-token"))
    transaction.run(insert(schema.manager_tokens).values(token=token, sandbox_id=sandbox.id))
    return token
