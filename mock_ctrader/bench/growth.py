"""Latency as the state grows: people and identifiers by the million, and a long journal."""

import sqlite3
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from mock_ctrader.bench.broker import broker_with
from mock_ctrader.bench.figures import Results
from mock_ctrader.bench.load import Load, Shape, load
from mock_ctrader.bench.targets import Client, Running, Server, manager_token, new_user, referral_shapes
from mock_ctrader.clock import SystemClock
from mock_ctrader.sandboxes import READY

_CLOCK = SystemClock()
_FIRST = 60_000_000
_FILL_USERS = """
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count)
INSERT INTO users (sandbox_id, user_id, email, email_key, nickname, nickname_key, agreement_accepted, ribbons,
                   created_at)
SELECT :here, :first + n, 'p' || n || '@bench.example', 'p' || n || '@bench.example', 'nick' || n, 'nick' || n, 0,
       '[]', 0 FROM numbers
"""
_FILL_RECORDS = """
INSERT INTO partner_records (sandbox_id, user_id, ctid_trader_account_id, partner_id)
SELECT sandbox_id, user_id, 0, 'IB-' || user_id FROM users WHERE sandbox_id = :here AND user_id > :first
"""
_FILL_EVENTS = """
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count)
INSERT INTO events (sandbox_id, seq, at, kind, title, call, direction, method, path, status, user_id, partner_id,
                    details, violations, total)
SELECT :here, :last + n, n, 'exchange', '3.6 Set', '3.6', 'broker_to_ctrader', 'PUT', '/cid/oauth2/ctid/referral',
       200, :first + n % (:count / 10), 'IB-' || (n % (:count / 10)),
       '{"request": {"body": {"partnerId": "IB"}}, "response": {"body": {"userId": 1}}}', '[]', :total + 300 * n
FROM numbers
"""
_HEAD = "UPDATE journals SET last = last + :count, total = total + 300 * :count WHERE sandbox_id = :here"


# Which users and identifiers the queries of the journal ask for; each has ten events.
_PEOPLE = 100
# How often each quantity has its turn, a second long, in a round. The calmest counts: the slowest percent tells of
# whatever else the machine does.
_TURNS = 3


def growth(results: Results, rounds: int, quick: bool, say: Callable[[str], None]) -> None:
    """p50 and p99 of calls 3.6 and 3.7, of journal queries and of the reference broker's list of referrals, at
    every size, interleaved."""
    sizes = (1_000, 100_000) if quick else (1_000, 100_000, 1_000_000)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        running: list[Running] = []
        measured: list[tuple[str, int, Running, Shape]] = []
        try:
            for size in sizes:
                say(f"growth: filling {size} records")
                mock, shapes = _filled(Path(folder) / f"{size}.db", size)
                running.append(mock)
                measured += [(what, size, mock, shape) for what, shape in shapes.items()]
                broker, first, later = broker_with(size, Path(folder))
                running.append(broker)
                measured.append(("page of referrals", size, broker, first))
                measured.append(("page half-way", size, broker, later))
            # sizes of one quantity side by side
            measured.sort(key=lambda one: one[0])
            found: dict[tuple[str, int], list[float]] = {}
            for nth in range(-1, rounds):
                say(f"growth: round {nth + 1} of {rounds}")
                seen: dict[tuple[str, int], list[Load]] = {}
                for _ in range(1 if quick else _TURNS):
                    for what, size, one, shape in measured:
                        # one connection: what is measured is the work, not the queue
                        seen.setdefault((what, size), []).append(load(one.url, one.pid, shape, 1, connections=1))
                if nth < 0:
                    continue  # the first round only warms up
                for (what, size), turns in seen.items():
                    found.setdefault((f"{what}, p50 at", size), []).append(min(turn.p50 for turn in turns))
                    found.setdefault((f"{what}, p99 at", size), []).append(min(turn.p99 for turn in turns))
            for (what, size), values in found.items():
                results.add("growth", f"{what} {size:,}", "mock-ctrader", "ms", values)
        finally:
            for one in running:
                one.stop()


def _filled(state: Path, size: int) -> tuple[Running, dict[str, Shape]]:
    """A mock with that many people, identifiers and events, and what is asked of it."""
    server = Server(
        "mock-ctrader",
        lambda port, _: [
            *(sys.executable, "-m", "mock_ctrader", "serve", "--port", str(port), "--state", str(state)),
            *("--journal-limit", "10000000", "--journal-bytes", "10000000000"),
        ],
        _first_user,
    )
    with Running(server) as one:
        one.until_ready()
    database = sqlite3.connect(state)
    here = database.execute("SELECT id FROM sandboxes").fetchone()[0]
    last, total = database.execute("SELECT last, total FROM journals WHERE sandbox_id = ?", (here,)).fetchone()
    values = {"here": here, "first": _FIRST, "count": size, "last": last, "total": total}
    for statement in (_FILL_USERS, _FILL_RECORDS, _FILL_EVENTS, _HEAD):
        named = {name: value for name, value in values.items() if f":{name}" in statement}
        database.execute(statement, named)
    database.commit()
    database.close()
    running = Running(server)
    running.until_ready()
    client = Client(running.url)
    token = manager_token(client)
    client.close()
    put, get = referral_shapes(token, str(READY["brokerCrmName"]), _FIRST + 1, size)
    journal = f"/control/sandboxes/{here}/journal?limit=10"
    # calls 3.6 and 3.7 add events of their own to the journal: these are of other people, and the oldest
    return running, {
        "PUT 3.6": put,
        "GET 3.7": get,
        "journal by userId": Shape("GET", f"{journal}&userId={{of}}", "", _FIRST, _PEOPLE),
        "journal by partnerId": Shape("GET", f"{journal}&partnerId=IB-{{of}}", "", 0, _PEOPLE),
    }


def _first_user(url: str) -> tuple[Shape, Shape]:
    client = Client(url)
    try:
        new_user(client, manager_token(client), f"first{_CLOCK.now_ms()}@bench.example")
    finally:
        client.close()
    return referral_shapes("", "", 0, 1)
