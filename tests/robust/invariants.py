"""What holds after every request, whatever it was: looked at in the state file, in one snapshot.

Every vendor call changes the tables and the journal in one transaction, and a sandbox has one writer at a time:
its journal is the order in which things happened.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.robust.ledger import Records, happened, partner_records

_EVENTS = "SELECT * FROM events WHERE sandbox_id = ? ORDER BY seq"
_RECORDS = "SELECT user_id, ctid_trader_account_id, partner_id FROM partner_records WHERE sandbox_id = ?"


@contextmanager
def watching(base_url: str, state: Path, sandbox_id: str) -> Iterator[None]:
    """Look at a sandbox after every request that this process makes to a mock, one without an answer as well.

    Raises:
        AssertionError: at the end, with the request after which something did not hold any more.
    """
    complaints: list[str] = []
    send = requests.Session.send

    def looked_at(session: requests.Session, sent: requests.PreparedRequest, **options: Any) -> requests.Response:
        try:
            return send(session, sent, **options)
        finally:
            if (sent.url or "").startswith(base_url):
                complaints.extend(f"{sent.method} {sent.url}: {one}" for one in broken(state, sandbox_id))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(requests.Session, "send", looked_at)
        yield
    assert complaints == []


def broken(state: Path, sandbox_id: str) -> list[str]:
    """What does not hold in a sandbox.

    At most one identifier is set on a target. The identifiers that are set are those of the last calls 3.6 and 3.8
    that were done. Each call 3.7 was answered with what the calls before it had set.

    Args:
        state: the SQLite file of a running mock.
        sandbox_id: whose; one that is gone breaks nothing.
    """
    with closing(sqlite3.connect(f"file:{state}?mode=ro", uri=True)) as file:
        file.row_factory = sqlite3.Row
        file.execute("BEGIN")
        rows = [dict(row) for row in file.execute(_EVENTS, (sandbox_id,))]
        kept = file.execute(_RECORDS, (sandbox_id,)).fetchall()
    events = [row | {"details": json.loads(row["details"])} for row in rows]
    targets = [("account", account) if account else ("user", user) for user, account, _ in kept]
    wrong = [f"{target} has several identifiers" for target in set(targets) if targets.count(target) > 1]
    told = partner_records(events)
    found = dict(zip(targets, (partner_id for _, _, partner_id in kept), strict=True))
    if found != told:
        wrong.append(f"the journal adds up to {told}, the table has {found}")
    for nth, event in enumerate(events):
        if event["call"] == "3.7" and happened(event):
            wrong += _unlike(event, partner_records(events[:nth]))
    return wrong


def _unlike(event: dict[str, Any], told: Records) -> list[str]:
    """Where an answer of call 3.7 is not what was set by then."""
    answer = event["details"].get("fault", {}).get("instead_of", event["details"]["response"])["body"]
    shown = answer if isinstance(answer, list) else [answer] if answer else []
    account = event["ctid_trader_account_id"]
    asked = ("account", account) if account else ("user", event["user_id"])
    got: Records = {}
    for one in shown:
        level = "account" if "ctidTraderAccountId" in one else "user"
        got[level, one["ctidTraderAccountId" if level == "account" else "userId"]] = one["partnerId"]
    # the list of a user has records of the user's accounts as well
    wanted = {target: told[target] for target in {asked, *got} if target in told}
    return [] if got == wanted else [f"call 3.7 (event {event['seq']}) showed {got}; set by then: {wanted}"]
