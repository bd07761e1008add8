"""A broker that asks for patience (429) gets it within reason; beyond that nothing can be judged.

A limit is a virtue of a broker, and a run is more people than it sees in a minute: a throttle is no defect.
"""

import threading
from email.utils import mktime_tz, parsedate_tz

from mock_ctrader.clock import SystemClock
from mock_ctrader.conformance.adapter import Throttled

TOO_MANY_REQUESTS = 429
LONGEST_WAIT = 30.0
_REPEATS = 3
_SHOWN = 40

# Where a throttle outlasted all patience. Each check that comes there again would lose minutes to learn the same.
_hopeless: set[str] = set()


class Patience:
    """What is spent on one request."""

    def __init__(self, what: str) -> None:
        """Args: what: the request as it is told, such as `POST http://127.0.0.1:9000/login`; without secrets."""
        self._what = what
        self._waited = 0

    def again(self, status: int | None, retry_after: str | None) -> bool:
        """Whether the request is to be sent once more; waits as long as the answer asks for.

        Args:
            status: of the answer; None: there was none.
            retry_after: its Retry-After, in seconds or as a date. Without one the wait is 1, 2, then 4 seconds.

        Raises:
            Throttled: the wait would be longer than half a minute, or three waits did not help.
        """
        if status != TOO_MANY_REQUESTS:
            _hopeless.discard(self._what)
            return False
        wait = _seconds(retry_after, 2.0**self._waited)
        if self._waited == _REPEATS or wait > LONGEST_WAIT or self._what in _hopeless:
            _hopeless.add(self._what)
            raise throttled(self._what, retry_after)
        self._waited += 1
        threading.Event().wait(wait)
        return True


def throttled(what: str, retry_after: str | None = None) -> Throttled:
    """The error, with what to do about it."""
    asked = "" if retry_after is None else f", Retry-After {retry_after[:_SHOWN]}"
    return Throttled(
        f"{what} was answered 429{asked}: the broker throttles the harness, so nothing can be judged here. Lift "
        "or widen the limit of the broker under test for requests from this machine, then run again"
    )


def _seconds(retry_after: str | None, otherwise: float) -> float:
    """What a Retry-After asks for; what cannot be read asks for nothing."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    until = parsedate_tz(text)
    if until is None:
        return otherwise
    try:
        moment = mktime_tz((*until[:9], until[9] or 0))
    except (ValueError, OverflowError):
        return otherwise
    return max(0.0, moment - SystemClock().now_ms() / 1000)
