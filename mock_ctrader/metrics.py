"""Counts what Prometheus is told, without any of its client: a server counts from its start, and is asked later.

Counters and times are this process's own.
"""

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from mock_ctrader.clock import Clock
from mock_ctrader.journal import Event, Kind
from mock_ctrader.store import Store, Transaction

# In seconds: a transaction of a call takes a few milliseconds.
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)


@dataclass(slots=True)
class Times:
    """How often something took how long.

    Attributes:
        buckets: how many took at most a bound of `BUCKETS` and more than the one before; last, the rest.
        seconds: all of them together.
    """

    buckets: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    seconds: float = 0.0


class Metrics:
    """Counts exchanges, departures from the contract and planted faults that struck; times transactions.

    Attributes:
        exchanges: by call, direction and status.
        violations: by call.
        faults: by call and kind.
        store: by kind of transaction.
    """

    def __init__(self) -> None:
        self.exchanges: Counter[tuple[str, ...]] = Counter()
        self.violations: Counter[tuple[str, ...]] = Counter()
        self.faults: Counter[tuple[str, ...]] = Counter()
        self.store = {"read": Times(), "write": Times()}
        self._lock = threading.Lock()

    def note(self, event: Event) -> None:
        """Count an event of the journal."""
        if event.kind is not Kind.EXCHANGE:
            return
        call = event.call or "none"
        direction = event.direction.value if event.direction else "none"
        fault = event.details.get("fault")
        with self._lock:
            self.exchanges[call, direction, str(event.status or "none")] += 1
            if event.violations:
                self.violations[call,] += len(event.violations)
            if fault is not None:
                self.faults[call, fault["kind"]] += 1

    def store_took(self, kind: str, seconds: float) -> None:
        """Note a transaction, `read` or `write`."""
        times = self.store[kind]
        with self._lock:
            times.buckets[bisect_left(BUCKETS, seconds)] += 1
            times.seconds += seconds

    def timed_store(self, clock: Clock, state: str, throwaway: bool) -> Store:
        """A store whose transactions are timed here."""
        return TimedStore(self, clock, state, throwaway)


class TimedStore(Store):
    """A store whose transactions are timed."""

    def __init__(self, metrics: Metrics, clock: Clock, state: str, throwaway: bool) -> None:
        self._clock = clock
        self._metrics = metrics
        super().__init__(state, throwaway)

    @contextmanager
    def write(self, sandbox_id: str | None = None) -> Iterator[Transaction]:
        """As `Store.write`."""
        began = self._clock.monotonic()
        with super().write(sandbox_id) as transaction:
            yield transaction
        self._metrics.store_took("write", self._clock.monotonic() - began)

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """As `Store.read`."""
        began = self._clock.monotonic()
        with super().read() as transaction:
            yield transaction
        self._metrics.store_took("read", self._clock.monotonic() - began)
