"""Holds a mock's state to what its clients were told, and to its own journal."""

import sqlite3
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.robust.load import Trail
from tests.support import TIMEOUT, Broker, ControlApi


def lost(broker: Broker, trails: Iterable[Trail]) -> list[str]:
    """Every acknowledged write that the mock, asked by its own calls, no longer knows."""
    complaints = []
    for trail in trails:
        if trail.user_id is not None:
            found = broker.read_user_id(trail.email)
            if found.status_code != 200 or not found.content or found.json()["userId"] != trail.user_id:
                complaints.append(f"3.2 {trail.email} was {trail.user_id}: {found.status_code} {found.text}")
        if trail.login is not None:
            found = broker.call("GET", f"/v2/webserv/traders/{trail.login}")
            if found.status_code != 200:
                complaints.append(f"3.3 {trail.login}: {found.status_code} {found.text}")
        if trail.account_id is not None:
            # answered for a pair that belongs together, and for no other
            found = broker.read_partner(userId=trail.user_id, ctidTraderAccountId=trail.account_id)
            if found.status_code != 200:
                complaints.append(f"3.4 {trail.user_id}/{trail.account_id}: {found.status_code} {found.text}")
        for target, partner_id in trail.partner_ids.items():
            keys = {"ctidTraderAccountId": target} if target else {"userId": trail.user_id}
            found = broker.read_partner(**keys)
            now = found.json()["partnerId"] if found.status_code == 200 and found.content else None
            unanswered = trail.doubt is not None and trail.doubted == (target, now)
            if found.status_code != 200 or (now != partner_id and not unanswered):
                complaints.append(f"3.6/3.8 {keys}: acknowledged {partner_id}, now {now} ({found.status_code})")
    return complaints


def journal(control: ControlApi, sandbox_id: str) -> list[dict[str, Any]]:
    """The whole journal, page by page."""
    events: list[dict[str, Any]] = []
    while True:
        after = events[-1]["seq"] if events else 0
        url = f"{control.url}/sandboxes/{sandbox_id}/journal"
        page = control.http.get(url, params={"after": after, "limit": 1000}, timeout=TIMEOUT).json()["events"]
        if not page:
            return events
        events += page


def half_applied(events: list[dict[str, Any]], state: Path) -> list[str]:
    """Where the tables and the journal, which every call changes in one transaction, tell different stories."""
    done = [event for event in events if event.get("status") in (200, 201)]
    by_call = {call: [event for event in done if event.get("call") == call] for call in ("3.2", "3.3", "3.4")}
    with closing(sqlite3.connect(f"file:{state}?mode=ro", uri=True)) as file:
        told: dict[str, tuple[Counter[Any], Counter[Any]]] = {
            "users": (
                Counter((event["user_id"], event["email"]) for event in by_call["3.2"]),
                Counter(file.execute("SELECT user_id, email FROM users").fetchall()),
            ),
            "traders": (
                Counter((event["login"],) for event in by_call["3.3"]),
                Counter(file.execute("SELECT login FROM traders").fetchall()),
            ),
            "links": (
                Counter((event["ctid_trader_account_id"], event["login"]) for event in by_call["3.4"]),
                Counter(file.execute("SELECT ctid_trader_account_id, login FROM links").fetchall()),
            ),
            "partner records": (
                Counter(_partner_records(done)),
                Counter(
                    file.execute(
                        "SELECT CASE ctid_trader_account_id WHEN 0 THEN 'user' ELSE 'account' END, "
                        "CASE ctid_trader_account_id WHEN 0 THEN user_id ELSE ctid_trader_account_id END, "
                        "partner_id FROM partner_records"
                    ).fetchall()
                ),
            ),
        }
        health = [row[0] for row in file.execute("PRAGMA integrity_check")]
        orphans = file.execute("PRAGMA foreign_key_check").fetchall()
    complaints = [
        f"{name}: in the journal only {list(told_of - kept)[:3]}, in the table only {list(kept - told_of)[:3]}"
        for name, (told_of, kept) in told.items()
        if told_of != kept
    ]
    numbers = [event["seq"] for event in events]
    if numbers != list(range(1, len(numbers) + 1)):
        complaints.append("the journal's numbers are not 1, 2, 3, ...")
    if health != ["ok"] or orphans:
        complaints.append(f"the file is damaged: {health[:3]} {orphans[:3]}")
    return complaints


def _partner_records(done: list[dict[str, Any]]) -> list[tuple[str, int, str]]:
    records: dict[tuple[str, int], str] = {}
    for event in done:
        account_id = event.get("ctid_trader_account_id")
        target = ("account", account_id) if account_id else ("user", event.get("user_id"))
        if event.get("call") == "3.6":
            records[target] = event["partner_id"]
        elif event.get("call") == "3.8":
            records.pop(target, None)
    return [(level, number, partner_id) for (level, number), partner_id in records.items()]


def reused(events: list[dict[str, Any]]) -> list[str]:
    """Ids that were given out twice, over all lives of the mock."""
    kinds = {"3.2": "user_id", "3.3": "login", "3.4": "ctid_trader_account_id"}
    given = Counter(
        (call, event[key])
        for call, key in kinds.items()
        for event in events
        if event.get("call") == call and event.get("status") in (200, 201)
    )
    return [f"{call} gave {number} {count} times" for (call, number), count in given.items() if count > 1]
