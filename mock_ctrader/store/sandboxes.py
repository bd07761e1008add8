"""Sandboxes, their managers and manager tokens in the store."""

from collections.abc import Sequence
from functools import partial
from itertools import groupby
from typing import Any

from sqlalchemy import bindparam, case, delete, exists, insert, or_, select, update

from mock_ctrader.sandboxes import Manager, Sandbox
from mock_ctrader.store import schema
from mock_ctrader.store.dialect import Upsert, replacing
from mock_ctrader.store.engine import Row, Transaction
from mock_ctrader.store.prepared import Prepared
from mock_ctrader.switches import Switches
from mock_ctrader.texts import can_be_kept

# A broker may hold a token of an earlier mock: so many of a manager's are good before they are asked for.
_TOKENS_AT_START = 8
_t = schema.sandboxes
_m = schema.managers
_k = schema.manager_tokens
_f = schema.faults
# Asked with the sandbox itself, so that a sandbox without faults pays nothing more for them.
_FAULTY = exists().where(_f.c.sandbox_id == _t.c.id, or_(_f.c.times_left.is_(None), _f.c.times_left > 0))
_joined = select(_t, _m.c.login, _m.c.password, _m.c.disabled_broker_names, _FAULTY.label("faulty"))
_joined = _joined.join(_m, _m.c.sandbox_id == _t.c.id)
_joined = _joined.order_by(_t.c.created_at, _t.c.id, _m.c.position)
_BY_ID = _joined.where(_t.c.id == bindparam("id"))
_BY_TOKEN = (
    _joined.add_columns(_k.c.login.label("acting"))
    .join(_k, _k.c.sandbox_id == _t.c.id)
    .where(_k.c.token == bindparam("token"))
    .order_by(None)
    .order_by(_m.c.position)
)
_HOLDING_BY_ID = _BY_ID.with_for_update(of=_t, key_share=True)
_HOLDING_BY_TOKEN = Prepared(_BY_TOKEN.with_for_update(of=_t, key_share=True))
_READING_BY_TOKEN = Prepared(_BY_TOKEN)
_OF_MANAGER = select(_m.c.sandbox_id).where(_m.c.login == bindparam("login"))
_OF_BROKER = select(schema.broker_names.c.sandbox_id).where(schema.broker_names.c.name == bindparam("name"))
_NAMES = (
    select(schema.broker_names.c.name)
    .where(schema.broker_names.c.sandbox_id == bindparam("id"))
    .order_by(schema.broker_names.c.position)
)
# The sandboxes that tokens led to, by the rows they were made from.
_met: dict[str, Sandbox | None] = {}
_KEEP_TOKEN = replacing(_k, ["token"])
_C = schema.request_counts
_COUNT = Upsert(
    _C,
    lambda insert: (
        insert.values(count=1)
        .on_conflict_do_update(
            index_elements=["sandbox_id", "subject"],
            set_={
                "count": case((_C.c.hour == insert.excluded.hour, _C.c.count + 1), else_=1),
                "hour": insert.excluded.hour,
            },
        )
        .returning(_C.c.count)
    ),
)


def _found(transaction: Transaction, sandbox_id: str) -> Sequence[Row]:
    """The rows of a sandbox; a transaction that may write holds it from here on."""
    return transaction.all(_HOLDING_BY_ID if transaction.writes else _BY_ID, {"id": sandbox_id})


def _build(transaction: Transaction, rows: Sequence[Row], acting: int | None = None) -> Sandbox | None:
    """A sandbox from its rows, one for each manager; `acting` is the login of the manager who calls."""
    return _sandbox(rows, transaction.all(_NAMES, {"id": rows[0]["id"]}), acting) if rows else None


def _acting(transaction: Transaction, rows: Sequence[Row]) -> Sandbox | None:
    return _build(transaction, rows, rows[0]["acting"]) if rows else None


def _sandbox(rows: Sequence[Row], names: Sequence[Row], acting: int | None) -> Sandbox:
    row = rows[0]
    managers = [Manager(one["login"], one["password"], one["disabled_broker_names"]) for one in rows]
    return Sandbox(
        id=row["id"],
        seed=row["seed"],
        broker_crm_name=row["broker_crm_name"],
        broker_names=[name["name"] for name in names],
        group_name=row["group_name"],
        crm_url=row["crm_url"],
        crm_password=row["crm_password"],
        login_url=row["login_url"],
        success_url=row["success_url"],
        manager=next((one for one in managers if one.login == acting), managers[0]),
        managers=managers,
        strict=row["strict"],
        hourly_limit=row["hourly_limit"],
        switches=Switches.of(row["switches"]),
        action_urls=row["action_urls"],
        faulty=bool(row["faulty"]),
        clock_offset_ms=row["clock_offset_ms"],
    )


def find(transaction: Transaction, sandbox_id: str) -> Sandbox | None:
    """The sandbox with this id."""
    if not can_be_kept(sandbox_id):
        return None
    return _build(transaction, _found(transaction, sandbox_id))


def clock_offset_ms(transaction: Transaction, sandbox_id: str) -> int:
    """By how much the clock of a sandbox is ahead, in milliseconds; 0 for one that is gone."""
    row = transaction.one(select(_t.c.clock_offset_ms).where(_t.c.id == sandbox_id))
    return 0 if row is None else int(row["clock_offset_ms"])


def by_token(transaction: Transaction, token: str) -> Sandbox | None:
    """The sandbox that a manager token belongs to; its `manager` is the one the token was issued to."""
    if not can_be_kept(token):
        return None
    rows = _HOLDING_BY_TOKEN if transaction.writes else _READING_BY_TOKEN
    # a sandbox keeps its names, so who met its rows before knows them
    return transaction.remembered(rows, {"token": token}, _met, partial(_acting, transaction))


def by_manager(transaction: Transaction, login: int) -> Sandbox | None:
    """The sandbox of the manager with this login, who is its `manager` here."""
    owner = transaction.one(_OF_MANAGER, {"login": login})
    if owner is None:
        return None
    return _build(transaction, _found(transaction, owner["sandbox_id"]), login)


def by_broker_name(transaction: Transaction, name: str) -> Sandbox | None:
    """The sandbox whose application carries this brokerName."""
    if not can_be_kept(name):
        return None
    owner = transaction.one(_OF_BROKER, {"name": name})
    return None if owner is None else find(transaction, owner["sandbox_id"])


def all_sandboxes(transaction: Transaction) -> list[Sandbox]:
    """Every sandbox, oldest first."""
    groups = groupby(transaction.all(_joined), lambda row: row["id"])
    return [sandbox for _, rows in groups if (sandbox := _build(transaction, list(rows))) is not None]


def only_one(transaction: Transaction) -> Sandbox | None:
    """The sandbox, if the server has exactly one: stray requests can then be shown where someone looks."""
    rows = transaction.all(select(_t.c.id).limit(2))
    return find(transaction, rows[0]["id"]) if len(rows) == 1 else None


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
            strict=sandbox.strict,
            hourly_limit=sandbox.hourly_limit,
            switches=sandbox.switches.as_dict(),
            action_urls=sandbox.action_urls,
            created_at=now,
        )
    )
    for position, manager in enumerate(sandbox.managers):
        transaction.run(
            insert(_m).values(
                login=manager.login,
                password=manager.password,
                disabled_broker_names=manager.disabled_broker_names,
                position=position,
                sandbox_id=sandbox.id,
            )
        )
        known = range(1, _TOKENS_AT_START + 1)
        transaction.run(insert(_k), [_token_row(manager.token(nth), manager, sandbox) for nth in known])
    for position, name in enumerate(sandbox.broker_names):
        transaction.run(insert(schema.broker_names).values(name=name, position=position, sandbox_id=sandbox.id))


def change(transaction: Transaction, sandbox_id: str, values: dict[str, Any], disabled: list[str] | None) -> None:
    """Change a sandbox (by column name), and the brokers disabled for its first manager."""
    if values:
        transaction.run(update(_t).where(_t.c.id == sandbox_id).values(**values))
    if disabled is not None:
        first = (_m.c.sandbox_id == sandbox_id) & (_m.c.position == 0)
        transaction.run(update(_m).where(first).values(disabled_broker_names=disabled))


def empty(transaction: Transaction, sandbox_id: str) -> None:
    """Forget everything that happened in a sandbox; who it is, its managers with their tokens and its webhooks'
    settings stay.

    The journal's events count on, so that whoever follows it sees what comes next.
    """
    kept = {_t.name, _m.name, _k.name, schema.broker_names.name, schema.journals.name, "invite_settings"}
    for table in schema.metadata.tables.values():
        if table.name not in kept:
            transaction.run(delete(table).where(table.c.sandbox_id == sandbox_id))
    heads = schema.journals
    nothing_dropped = update(heads).where(heads.c.sandbox_id == sandbox_id).values(dropped=0, dropped_through=0)
    transaction.run(nothing_dropped)


def remove(transaction: Transaction, sandbox_id: str) -> None:
    """Free a sandbox and everything that belongs to it."""
    transaction.run(delete(_t).where(_t.c.id == sandbox_id))


def issue_token(transaction: Transaction, sandbox: Sandbox) -> str:
    """A further token for the acting manager; earlier ones stay valid (section 3.1)."""
    manager = sandbox.manager
    number = transaction.next_number(sandbox.id, f"manager-token {manager.login}")
    token = manager.token(number)
    if number > _TOKENS_AT_START:
        transaction.run(_KEEP_TOKEN, _token_row(token, manager, sandbox))
    return token


def _token_row(token: str, manager: Manager, sandbox: Sandbox) -> dict[str, Any]:
    return {"token": token, "login": manager.login, "sandbox_id": sandbox.id}


def count_request(transaction: Transaction, sandbox_id: str, subject: str, hour: int) -> int:
    """Count a limited request of a token, or of a login at call 3.1; how many there were in this hour."""
    values = {"sandbox_id": sandbox_id, "subject": subject, "hour": hour}
    return int(transaction.scalar(_COUNT, values))
