"""The journal added up: which partner identifiers are set now, if it tells the truth about calls 3.6 and 3.8."""

from collections.abc import Iterable
from typing import Any

from tests.robust.accounting import journal
from tests.support import TIMEOUT, Broker, ControlApi

Records = dict[tuple[str, int], str]


def happened(event: dict[str, Any]) -> bool:
    """Whether cTrader did what a call asked for, whatever a planted fault made of the answer."""
    fault = event["details"].get("fault") or {}
    if "applied" in fault:
        return bool(fault["applied"])
    return event.get("status") is not None and 200 <= event["status"] < 300


def partner_records(events: Iterable[dict[str, Any]]) -> Records:
    """By level and id, the identifiers that are set after these events, oldest first."""
    records: Records = {}
    accounts: dict[int, int] = {}
    for event in filter(happened, events):
        call, account = event.get("call"), event.get("ctid_trader_account_id")
        target = ("account", account) if account else ("user", event.get("user_id"))
        if call == "3.4":
            accounts[event["login"]] = account
        elif call == "3.6":
            records[target] = event["partner_id"]
        elif call == "3.8":
            records.pop(target, None)
        elif call == "WS 4.6" and event.get("login") in accounts:
            records.pop(("account", accounts[event["login"]]), None)
    return records


def readable(control: ControlApi, sandbox_id: str) -> dict[str, Any] | None:
    """The sandbox as it is now, with nothing planted in the way of reading; None if it is gone."""
    home = f"{control.url}/sandboxes/{sandbox_id}"
    if control.http.get(home, timeout=TIMEOUT).status_code == 404:
        return None
    assert control.http.delete(f"{home}/faults", timeout=TIMEOUT).status_code in (200, 204)
    return control.change(sandbox_id, disabledBrokerNames=[], strict=False, hourlyLimit=None)


def disagreements(broker: Broker, control: ControlApi) -> list[str]:
    """Where call 3.7 and the journal of calls 3.6 and 3.8 tell different stories."""
    events = journal(control, broker.sandbox["id"])
    wrong = []
    told = partner_records(events)
    asked = {("account", event["ctid_trader_account_id"]) for event in events if _linked(event)}
    asked |= {("user", event["user_id"]) for event in events if event.get("call") == "3.2" and happened(event)}
    for level, number in sorted(asked | set(told)):
        keys = {"userId" if level == "user" else "ctidTraderAccountId": number}
        found = broker.read_partner(**keys)
        shown = found.json() if found.status_code == 200 and found.content else []
        mine = [one for one in (shown if isinstance(shown, list) else [shown]) if _is_of(one, level)]
        current = [one["partnerId"] for one in mine]
        expected = [told[level, number]] if (level, number) in told else []
        if current != expected:
            wrong.append(f"{level} {number}: the journal adds up to {expected}, 3.7 shows {current} ({found})")
    return wrong


def _linked(event: dict[str, Any]) -> bool:
    return event.get("call") == "3.4" and happened(event) and bool(event.get("ctid_trader_account_id"))


def _is_of(record: dict[str, Any], level: str) -> bool:
    return ("ctidTraderAccountId" in record) == (level == "account")
