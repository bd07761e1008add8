"""The journal: every exchange, in and out, every act in the application and every report, as one event.

Secrets are masked where an event is made, so that nothing read later can leak them.
"""

import json
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar

from mock_ctrader.clock import Clock
from mock_ctrader.links import encode, query_pairs
from mock_ctrader.masking import mask
from mock_ctrader.store import Store, Transaction, events, journals
from mock_ctrader.store.journals import Dropped
from mock_ctrader.texts import can_be_kept

T = TypeVar("T")

# A body is evidence, not an archive: what is longer is cut, and says so.
_BODY_LIMIT = 16_384
# Another process of the server may have written an event, and tells nobody.
_LOOK_SECONDS = 0.1


class Kind(StrEnum):
    """What an event is."""

    EXCHANGE = "exchange"
    ACT = "act"
    REPORT = "report"


class Direction(StrEnum):
    """Who spoke to whom."""

    BROKER_TO_CTRADER = "broker_to_ctrader"
    CTRADER_TO_BROKER = "ctrader_to_broker"
    APPLICATION = "application"
    HARNESS = "harness"


@dataclass(slots=True)
class Event:
    """One entry of a sandbox's journal. `seq` counts up per sandbox; `at` is epoch milliseconds."""

    kind: Kind
    title: str
    call: str | None = None
    direction: Direction | None = None
    method: str | None = None
    path: str | None = None
    status: int | None = None
    error_code: str | None = None
    user_id: int | None = None
    ctid_trader_account_id: int | None = None
    login: int | None = None
    partner_id: str | None = None
    email: str | None = None
    browser: str | None = None
    journey_id: str | None = None
    details: dict[str, Any] = field(default_factory=dict)
    violations: list[dict[str, str]] = field(default_factory=list)
    seq: int = 0
    at: int = 0

    @property
    def succeeded(self) -> bool:
        """Whether cTrader or the broker did what this exchange asked for: it was answered 2xx, or would have
        been, had a planted fault not spoilt the answer."""
        if (fault := self.details.get("fault")) is not None and "applied" in fault:
            return bool(fault["applied"])
        return self.status is not None and 200 <= self.status < 300

    @property
    def answered(self) -> bool:
        """Whether the one who asked got an answer of 2xx, and the one that was meant."""
        spoilt = "instead_of" in self.details.get("fault", {})
        return not spoilt and self.status is not None and 200 <= self.status < 300

    def as_dict(self) -> dict[str, Any]:
        """The event as the control API shows it; what it does not have is left out."""
        return {key: value for key, value in asdict(self).items() if value is not None}


def mask_query(query: str) -> str:
    """A query string with its secrets masked and everything else unchanged in meaning."""
    return _masked(query_pairs(query))


def _masked(pairs: list[tuple[str, str]]) -> str:
    shown = [(name, value, str(mask(name, value))) for name, value in pairs]
    return "&".join(
        f"{encode(name)}={encode(value) if masked == value else masked}" for name, value, masked in shown
    )


@lru_cache(maxsize=500)
def _taken_apart(query: str) -> tuple[str, dict[str, str]]:
    """A query masked, and its parameters; the next request of a broker often has the same."""
    pairs = query_pairs(query)
    return _masked(pairs), dict(pairs)


def mask_body(body: Any) -> Any:
    """A JSON body with its secrets masked; one that is too long is replaced by its length."""
    masked = mask("", body)
    if masked is None or (isinstance(masked, dict) and _surely_short(masked)):
        return masked
    size = len(json.dumps(masked, ensure_ascii=True, default=str))
    return masked if size <= _BODY_LIMIT else f"(left out: {size} characters)"


def _surely_short(body: dict[str, Any]) -> bool:
    """Whether a body cannot reach the limit, even if each character of it is written as six."""
    return len(body) <= 10 and all(
        len(key) <= 60
        and (
            value is None
            or (isinstance(value, str) and len(value) <= 200)
            or (isinstance(value, int) and abs(value) < 2**64)
        )
        for key, value in body.items()
    )


def exchange(
    call: str | None,
    direction: Direction,
    method: str,
    path: str,
    query: str,
    request_body: Any,
    status: int | None,
    response_body: Any,
    *,
    title: str | None = None,
    details: dict[str, Any] | None = None,
) -> Event:
    """An event for one request and its answer; ids found in either become searchable.

    Args:
        call: the vendor's number of the call, or None for a path that is not a call.
        query: raw query string, secrets included: they are masked here.
        request_body: parsed JSON, or None.
        status: HTTP status, or None if there was no answer.
        response_body: parsed JSON, or None.
    """
    shown_query, parameters = _taken_apart(query)
    event = Event(
        kind=Kind.EXCHANGE,
        title=title or f"{method} {path}",
        call=call,
        direction=direction,
        method=method,
        path=f"{path}?{shown_query}" if shown_query else path,
        status=status,
        details={
            "request": {"body": mask_body(request_body)},
            "response": {"body": mask_body(response_body)},
            **(details or {}),
        },
    )
    sources: list[dict[str, Any]] = [
        body for body in (request_body, parameters, response_body) if isinstance(body, dict)
    ]
    for source in sources:
        note_subjects(event, source)
    return event


def note_subjects(event: Event, source: dict[str, Any]) -> None:
    """Make the ids in the keys of a request or an answer searchable; those that are known stay."""
    event.user_id = event.user_id or _integer(source.get("userId"))
    event.ctid_trader_account_id = event.ctid_trader_account_id or _integer(source.get("ctidTraderAccountId"))
    event.partner_id = event.partner_id or _text(source.get("partnerId"))
    event.email = event.email or _text(source.get("email"))
    if event.call != "3.1":  # there, login is the manager's
        event.login = event.login or _integer(source.get("traderLogin", source.get("login")))
    error = source.get("error")
    if isinstance(error, dict):
        event.error_code = event.error_code or _text(error.get("errorCode"))


def _integer(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    return value if type(value) is int and abs(value) < 2**63 else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and can_be_kept(value) else None


def _size(event: Event) -> int:
    """About how many bytes an event takes: its texts, and a little for the rest."""
    return 200 + len(event.path or "") + len(repr(event.details)) + len(repr(event.violations))


def _event(row: dict[str, Any]) -> Event:
    direction = row["direction"]
    return Event(**row | {"kind": Kind(row["kind"]), "direction": Direction(direction) if direction else None})


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much of a sandbox's journal is kept: the newest events, by their number and by their bytes."""

    events: int = 10_000
    bytes: int = 16 * 1024 * 1024


class Journal:
    """Writes events and lets readers wait for the next one.

    What is over the bounds is dropped, oldest first, and counted. That is looked after every hundredth of the
    bounds, so a journal may be that much longer for a while.
    """

    def __init__(self, store: Store, clock: Clock, bounds: Bounds | None = None) -> None:
        self._store = store
        self._clock = clock
        self._bounds = bounds or Bounds()
        self._every = max(1, self._bounds.events // 100)
        self._every_bytes = max(1, self._bounds.bytes // 100)
        self._grown = threading.Condition()
        self._told = 0

    def append(self, transaction: Transaction, sandbox_id: str, *new: Event) -> None:
        """Keep events in the transaction of the change they tell of; call `announce` once it is committed."""
        for event in new:
            event.at = self._clock.now_ms()
            event.partner_id = _text(event.partner_id)
            # a path comes decoded, and no database keeps a NUL
            event.path = None if event.path is None else event.path.replace("\0", "%00")
            event.title = event.title.replace("\0", "%00")
            size = _size(event)
            event.seq, total = journals.grow(transaction, sandbox_id, size)
            events.add(transaction, sandbox_id, event, total)
            steps = total // self._every_bytes - (total - size) // self._every_bytes
            if steps or event.seq % self._every == 0:
                kept = (self._bounds.events, self._bounds.bytes)
                journals.trim(transaction, sandbox_id, event.seq, total, *kept)

    def announce(self) -> None:
        """Wake everybody in this process who waits for an event; those in others look by themselves."""
        with self._grown:
            self._told += 1
            self._grown.notify_all()

    def record(self, sandbox_id: str, *new: Event) -> None:
        """Keep events in a transaction of their own, and announce them."""
        with self._store.write(sandbox_id) as transaction:
            self.append(transaction, sandbox_id, *new)
        self.announce()

    def read(
        self, sandbox_id: str, after: int = 0, limit: int | None = None, call: str | None = None, **filters: Any
    ) -> list[Event]:
        """Events with a `seq` above `after`, oldest first; the filters are those of `store.events`."""
        with self._store.read() as transaction:
            rows = events.query(transaction, sandbox_id, after, limit, call, **filters)
        return [_event(row) for row in rows]

    def dropped(self, sandbox_id: str) -> Dropped:
        """What the journal no longer has."""
        with self._store.read() as transaction:
            return journals.dropped(transaction, sandbox_id)

    def newest_first(self, sandbox_id: str, before: int | None, limit: int, **filters: Any) -> list[Event]:
        """Events with a `seq` below `before`, newest first; the filters are those of `store.events`."""
        with self._store.read() as transaction:
            rows = events.newest_first(transaction, sandbox_id, before, limit, **filters)
        return [_event(row) for row in rows]

    def newest(self, sandbox_id: str) -> int:
        """The `seq` of the newest event; 0 if there is none."""
        with self._store.read() as transaction:
            return events.newest(transaction, sandbox_id)

    def wait(
        self, sandbox_id: str, after: int, limit: int | None, call: str | None, seconds: float, **filters: Any
    ) -> list[Event]:
        """As `read`, but if there is nothing yet, wait up to `seconds` for it."""
        return self._when_grown(seconds, lambda: self.read(sandbox_id, after, limit, call, **filters))

    def wait_newest(self, sandbox_id: str, after: int, seconds: float) -> int:
        """The `seq` of the newest event if it is above `after`; else wait up to `seconds` for one, then 0.

        No event is read: for whoever only needs to know that there are some.
        """

        def newest() -> int:
            found = self.newest(sandbox_id)
            return found if found > after else 0

        return self._when_grown(seconds, newest)

    def _when_grown(self, seconds: float, look: Callable[[], T]) -> T:
        """What is found at once, or else whenever the journal has grown, or in the end."""
        deadline = self._clock.monotonic() + seconds
        while True:
            told = self._told
            found = look()
            left = deadline - self._clock.monotonic()
            if found or left <= 0:
                return found
            with self._grown:
                if self._told == told:
                    self._grown.wait(min(left, _LOOK_SECONDS))
