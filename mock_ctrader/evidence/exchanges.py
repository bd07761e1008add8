"""Evidence as the page shows it: requests and answers in lines, with what breaks the contract marked."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mock_ctrader.evidence.curl import curl

_WAYS = {
    "broker_to_ctrader": "Broker → cTrader backend",
    "ctrader_to_broker": "cTrader backend → Broker",
    "harness_to_broker": "Harness → Broker",
    "application": "in the cTrader application",
    "harness": "seen by the adapter",
}
_LINES = 400


@dataclass(frozen=True, slots=True)
class Shown:
    """One event of the evidence. Lines come with whether the contract is broken there."""

    title: str
    way: str
    outcome: str
    failed: bool
    method: str
    path: str
    milliseconds: int | None
    request: list[tuple[str, bool]]
    response: list[tuple[str, bool]]
    violations: list[dict[str, Any]]
    details: list[tuple[str, bool]]
    curl: str | None


def shown(event: dict[str, Any], mock_url: str | None, broker_url: str | None) -> Shown:
    """One event of the evidence, ready for the page.

    Args:
        mock_url: where the broker's calls went, for the curl command.
        broker_url: base of the broker's CRM endpoints, for the same.
    """
    details = event.get("details") or {}
    request, response = details.get("request") or {}, details.get("response") or {}
    violations = [one for one in event.get("violations") or [] if isinstance(one, dict)]
    places = {str(one.get("where")) for one in violations}
    is_exchange = event.get("kind", "exchange") == "exchange"
    status = event.get("status")
    others = {key: value for key, value in details.items() if key not in ("request", "response", "milliseconds")}
    return Shown(
        title=str(event.get("title") or event.get("call") or "Exchange"),
        way=_WAYS.get(str(event.get("direction")), ""),
        outcome="" if not is_exchange else "no answer" if status is None else str(status),
        failed=is_exchange and (not isinstance(status, int) or status >= 400),
        method=str(event.get("method") or ""),
        path=str(event.get("path") or ""),
        milliseconds=details.get("milliseconds"),
        request=lines(request.get("body"), places, "request.body"),
        response=lines(response.get("body"), places, "response.body"),
        violations=violations,
        details=lines(others or None, set(), ""),
        curl=curl(event, mock_url, broker_url) if is_exchange else None,
    )


def lines(body: Any, places: set[str], path: str) -> list[tuple[str, bool]]:
    """A body in lines, each with whether it is one of these places of a violation; empty if there is none."""
    if body is None:
        return []
    if isinstance(body, str):
        found = [(line, path in places) for line in body.split("\n")]
    else:
        found = list(_json(body, places, path, "", "", ""))
    return found if len(found) <= _LINES else [*found[:_LINES], (f"… {len(found) - _LINES} more lines", False)]


def _json(
    value: Any, places: set[str], path: str, indent: str, name: str, comma: str
) -> Iterator[tuple[str, bool]]:
    marked = path in places
    if not value or not isinstance(value, dict | list):
        yield f"{indent}{name}{json.dumps(value, ensure_ascii=False)}{comma}", marked
        return
    pairs = [(str(key), inner) for key, inner in (value.items() if isinstance(value, dict) else enumerate(value))]
    opening, closing = ("{", "}") if isinstance(value, dict) else ("[", "]")
    yield f"{indent}{name}{opening}", marked
    for index, (key, inner) in enumerate(pairs, start=1):
        label = f"{json.dumps(key, ensure_ascii=False)}: " if isinstance(value, dict) else ""
        yield from _json(inner, places, f"{path}.{key}", f"{indent}  ", label, "," * (index < len(pairs)))
    yield f"{indent}{closing}{comma}", False
