"""The list of exchanges: filters, pages of it, and one exchange in full."""

from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import urlencode

from mock_ctrader import errors
from mock_ctrader.backend.calls import CALLS
from mock_ctrader.evidence.exchanges import shown
from mock_ctrader.faults import CALLS_MADE
from mock_ctrader.inspector.reading import Reader, is_checked
from mock_ctrader.inspector.rendering import render
from mock_ctrader.journal import Journal

PAGE = 50
STATUS_CLASSES = ("2xx", "3xx", "4xx", "5xx", "none")
DIRECTIONS = {
    "broker_to_ctrader": "Broker → cTrader",
    "ctrader_to_broker": "cTrader → Broker",
    "application": "in the application",
    "harness": "by the harness",
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What to show; an empty text is no filter. Values that nothing has find nothing."""

    call: str = ""
    direction: str = ""
    status: str = ""
    violations: str = ""
    text: str = ""

    @classmethod
    def of(cls, given: dict[str, str]) -> "Filters":
        """From the page's query; keys it does not know are left alone."""
        return cls(**{one.name: given.get(one.name, "").strip()[:200] for one in fields(cls)})

    def query(self, **more: Any) -> str:
        """As a query string, empty filters left out."""
        values = {one.name: getattr(self, one.name) for one in fields(self)} | more
        return urlencode({key: value for key, value in values.items() if value})


class ExchangesPage:
    """The list and its details."""

    def __init__(self, reader: Reader, journal: Journal) -> None:
        self._reader = reader
        self._journal = journal

    def live_parts(self, sandbox_id: str, filters: Filters, before: int | None) -> str:
        """The rows, as HTML."""
        return render("_exchanges.html", **self._values(sandbox_id, filters, before))

    def page(self, sandbox_id: str, filters: Filters, before: int | None) -> str:
        """The whole page.

        Args:
            before: only what has a lower `seq`: an older page of the list.
        """
        values = self._values(sandbox_id, filters, before)
        after = self._journal.newest(sandbox_id)
        live = f"/inspector/{sandbox_id}/live/exchanges?{filters.query(after=after)}"
        return render(
            "exchanges.html",
            here="exchanges",
            live=live if before is None else None,
            calls=[*(call.number for call in CALLS), *CALLS_MADE],
            directions=DIRECTIONS,
            statuses=STATUS_CLASSES,
            **values,
        )

    def _values(self, sandbox_id: str, filters: Filters, before: int | None) -> dict[str, Any]:
        sandbox = self._reader.control.find(sandbox_id)
        found = self._journal.newest_first(
            sandbox_id,
            before,
            PAGE + 1,
            call=filters.call or None,
            direction=filters.direction or None,
            status=filters.status or None,
            violated=bool(filters.violations),
            text=filters.text or None,
        )
        rows = [shown_row(event.as_dict()) for event in found[:PAGE]]
        return {
            "sandbox": sandbox,
            "filters": filters,
            "rows": rows,
            "before": before,
            "older": filters.query(before=rows[-1]["seq"]) if len(found) > PAGE else None,
        }

    def detail(self, sandbox_id: str, seq: int) -> str:
        """One event in full.

        Raises:
            CTraderError: 404 if there is no such sandbox, or no such event in its journal.
        """
        sandbox = self._reader.control.find(sandbox_id)
        found = self._journal.read(sandbox_id, seq - 1, 1)
        if not found or found[0].seq != seq:
            raise errors.event_not_found(seq)
        event = found[0].as_dict()
        proves = [
            (journey, stage)
            for journey in self._reader.seen(sandbox_id).journeys
            for stage in journey.stages
            if seq in stage["events"]
        ]
        return render(
            "exchange.html",
            here="exchanges",
            live=None,
            sandbox=sandbox,
            event=event,
            shown=shown(event, self._reader.control.base_url, sandbox.crm_url),
            proves=proves,
            checked=is_checked(event),
        )


def shown_row(event: dict[str, Any]) -> dict[str, Any]:
    """What the list shows of an event."""
    status, is_exchange = event.get("status"), event["kind"] == "exchange"
    failed = is_exchange and (status is None or status >= 400)
    return {
        "seq": event["seq"],
        "at": event["at"],
        "call": event.get("call") or "",
        "title": event["title"].removeprefix(f"{event.get('call')} "),
        "way": DIRECTIONS.get(event.get("direction") or "", ""),
        "target": f"{event.get('method', '')} {event.get('path', '')}".strip(),
        "outcome": "" if not is_exchange else "no answer" if status is None else str(status),
        "code": event.get("error_code") or "",
        "failed": failed,
        "violations": len(event["violations"]),
        "milliseconds": event["details"].get("milliseconds"),
        "checked": is_checked(event),
        "fault": "fault" in event["details"],
    }
