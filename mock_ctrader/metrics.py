"""Prometheus metrics, for whoever installed the extra `mock-ctrader[metrics]`; import it only then.

Counters and times are this process's own; the stages are read from the store when somebody asks.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from mock_ctrader.clock import Clock
from mock_ctrader.journal import Event, Kind
from mock_ctrader.store import Store, Transaction

# In seconds: a transaction of a call takes a few milliseconds.
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
# flow, level, state, and how many stages there are of these
Stages = Iterable[tuple[int, str, str, int]]


class Metrics:
    """Counts exchanges, departures from the contract and planted faults that struck; times transactions."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        labels = ["call", "direction", "status"]
        self._exchanges = Counter(
            "mock_ctrader_exchanges", "Exchanges with a broker.", labels, registry=self._registry
        )
        self._violations = Counter(
            "mock_ctrader_contract_violations", "Departures from OpenAPI.", ["call"], registry=self._registry
        )
        self._faults = Counter(
            "mock_ctrader_faults_fired", "Planted faults that hit.", ["call", "kind"], registry=self._registry
        )
        self._store = Histogram(
            "mock_ctrader_store_seconds",
            "Transactions of the store, waiting included.",
            ["kind"],
            buckets=_BUCKETS,
            registry=self._registry,
        )
        # finding a counter by its labels costs more than counting
        self._exchange = lru_cache(maxsize=1000)(
            lambda call, direction, status: self._exchanges.labels(call, direction, status or "none")
        )
        self._times = {kind: self._store.labels(kind) for kind in ("read", "write")}

    def tell_stages(self, stages: Callable[[], Stages]) -> None:
        """Add the stages of journeys, asked for each time metrics are read."""
        self._registry.register(_StageCollector(stages))

    def note(self, event: Event) -> None:
        """Count an event of the journal."""
        if event.kind is not Kind.EXCHANGE:
            return
        call = event.call or "none"
        direction = event.direction.value if event.direction else "none"
        self._exchange(call, direction, event.status).inc()
        if event.violations:
            self._violations.labels(call).inc(len(event.violations))
        if (fault := event.details.get("fault")) is not None:
            self._faults.labels(call, fault["kind"]).inc()

    def store_took(self, kind: str, seconds: float) -> None:
        """Note a transaction, `read` or `write`."""
        self._times[kind].observe(seconds)

    def store(self, clock: Clock, state: str, throwaway: bool) -> Store:
        """A store whose transactions are timed here."""
        return TimedStore(self, clock, state, throwaway)

    def text(self) -> bytes:
        """All of them in Prometheus's text format, version 0.0.4."""
        return generate_latest(self._registry)


class _StageCollector(Collector):
    def __init__(self, stages: Callable[[], Stages]) -> None:
        self._stages = stages

    def describe(self) -> Iterable[GaugeMetricFamily]:
        return []  # registering it must not read the store

    def collect(self) -> Iterable[GaugeMetricFamily]:
        labels = ["flow", "level", "state"]
        family = GaugeMetricFamily("mock_ctrader_stages", "Stages of the newest journeys.", labels=labels)
        for flow, level, state, count in self._stages():
            family.add_metric([str(flow), level, state], count)
        return [family]


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
