"""Metrics in Prometheus's words, for whoever installed the extra `mock-ctrader[metrics]`; import it only then."""

from collections.abc import Callable, Iterable
from itertools import accumulate

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from mock_ctrader.health import Stages
from mock_ctrader.metrics import BUCKETS, Metrics

_BOUNDS = [*map(str, BUCKETS), "+Inf"]


def text(metrics: Metrics, stages: Callable[[], Stages]) -> bytes:
    """All of them in Prometheus's text format, version 0.0.4.

    Args:
        stages: the stages of the newest journeys, read from the store.
    """
    registry = CollectorRegistry()
    registry.register(_Collector(metrics, stages))
    return generate_latest(registry)


class _Collector(Collector):
    def __init__(self, metrics: Metrics, stages: Callable[[], Stages]) -> None:
        self._metrics = metrics
        self._stages = stages

    def describe(self) -> Iterable[Metric]:
        return []  # registering it must not read the store

    def collect(self) -> Iterable[Metric]:
        metrics = self._metrics
        for name, told, labels, counts in (
            (
                "mock_ctrader_exchanges",
                "Exchanges with a broker.",
                ["call", "direction", "status"],
                metrics.exchanges,
            ),
            ("mock_ctrader_contract_violations", "Departures from OpenAPI.", ["call"], metrics.violations),
            ("mock_ctrader_faults_fired", "Planted faults that hit.", ["call", "kind"], metrics.faults),
        ):
            family = CounterMetricFamily(name, told, labels=labels)
            for values, count in counts.copy().items():
                family.add_metric(values, count)
            yield family
        yield self._times()
        yield self._gauge()

    def _times(self) -> Metric:
        told = "Transactions of the store, waiting included."
        family = HistogramMetricFamily("mock_ctrader_store_seconds", told, labels=["kind"])
        for kind, times in self._metrics.store.items():
            buckets = list(zip(_BOUNDS, map(float, accumulate(times.buckets)), strict=True))
            family.add_metric([kind], buckets, times.seconds)
        return family

    def _gauge(self) -> Metric:
        labels = ["flow", "level", "state"]
        family = GaugeMetricFamily("mock_ctrader_stages", "Stages of the newest journeys.", labels=labels)
        for flow, level, state, count in self._stages():
            family.add_metric([str(flow), level, state], count)
        return family
