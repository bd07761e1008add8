"""The hourly number of requests that are not GET: section 2.1, E-17."""

from mock_ctrader import errors

_HOUR_MS = 3_600_000


def hour(now_ms: int) -> int:
    """The clock hour that a moment (epoch milliseconds) belongs to; the count starts anew with each."""
    return now_ms // _HOUR_MS


def counts(method: str) -> bool:
    """Whether requests of this method are limited: all but GET."""
    return method != "GET"


def check_frequency(count: int, limit: int) -> None:
    """May the `count`-th request of this hour be served?

    Raises:
        CTraderError: 429 `REQUEST_FREQUENCY_EXCEEDED`.
    """
    if count > limit:
        raise errors.frequency_exceeded(limit)
