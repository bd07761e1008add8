"""Latency as the state grows: people and identifiers by the million, and a long journal."""

import json
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from mock_ctrader.bench.figures import Results
from mock_ctrader.bench.load import Shape, load
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


def growth(results: Results, rounds: int, quick: bool, say: Callable[[str], None]) -> None:
    """p50 and p99 of calls 3.6 and 3.7, and of a journal query, at every size, interleaved."""
    sizes = (1_000, 100_000) if quick else (1_000, 100_000, 1_000_000)
    entries = (1_000, 100_000)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        running = []
        try:
            for size in sizes:
                say(f"growth: filling {size} records")
                events = size if size in entries else 1_000
                running.append((size, events, *_filled(Path(folder) / f"{size}.db", size, events)))
            found: dict[tuple[str, int], list[float]] = {}
            for nth in range(rounds):
                say(f"growth: round {nth + 1} of {rounds}")
                for size, events, one, token, here in running:
                    shapes = referral_shapes(token, str(READY["brokerCrmName"]), _FIRST + 1, size)
                    for what, shape in zip(("PUT 3.6", "GET 3.7"), shapes, strict=True):
                        # one connection: what is measured is the work, not the queue
                        seen = load(one.url, one.pid, shape, 1 if quick else 2, connections=1)
                        found.setdefault((f"{what}, p50 at records", size), []).append(seen.p50)
                        found.setdefault((f"{what}, p99 at records", size), []).append(seen.p99)
                    if events in entries:
                        for key, value in (("userId", _FIRST + 7), ("partnerId", "IB-7")):
                            milliseconds = _asked(
                                one.url, f"/control/sandboxes/{here}/journal?{key}={value}&limit=100"
                            )
                            found.setdefault((f"journal by {key} at entries", events), []).extend(milliseconds)
            for (what, size), values in found.items():
                results.add("growth", f"{what} {size:,}", "mock-ctrader", "ms", values)
        finally:
            for _, _, one, _, _ in running:
                one.stop()


def _filled(state: Path, size: int, events: int) -> tuple[Running, str, str]:
    """A mock with that many people and events; its ready sandbox's token and id."""
    server = Server(
        "mock-ctrader",
        lambda port, _: [
            *(sys.executable, "-m", "mock_ctrader", "serve", "--port", str(port), "--state", str(state)),
            *("--journal-limit", "1000000", "--journal-bytes", "10000000000"),
        ],
        _first_user,
    )
    with Running(server) as one:
        one.until_ready()
    database = sqlite3.connect(state)
    here = database.execute("SELECT id FROM sandboxes").fetchone()[0]
    last, total = database.execute("SELECT last, total FROM journals WHERE sandbox_id = ?", (here,)).fetchone()
    values = {"here": here, "first": _FIRST, "count": size}
    database.execute(_FILL_USERS, values)
    database.execute(_FILL_RECORDS, values)
    values = {"here": here, "first": _FIRST, "count": events, "last": last, "total": total}
    database.execute(_FILL_EVENTS, values)
    database.execute(_HEAD, {"here": here, "count": events})
    database.commit()
    database.close()
    running = Running(server)
    running.until_ready()
    client = Client(running.url)
    token = manager_token(client)
    client.close()
    return running, token, here


def _first_user(url: str) -> tuple[Shape, Shape]:
    client = Client(url)
    try:
        new_user(client, manager_token(client), f"first{_CLOCK.now_ms()}@bench.example")
    finally:
        client.close()
    return referral_shapes("", "", 0, 1)


def _asked(url: str, path: str) -> list[float]:
    client = Client(url)
    times = []
    for _ in range(20):
        started = _CLOCK.monotonic()
        answer = client.send("GET", path)
        times.append((_CLOCK.monotonic() - started) * 1000)
        assert answer["events"], json.dumps(answer)[:200]
    client.close()
    return times
