"""The only place of the broker that knows the time."""

import threading
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Source of the current time; injected so that tests can move it."""

    def now_ms(self) -> int:
        """Return milliseconds since the epoch (UTC)."""
        ...


class SystemClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        """Return milliseconds since the epoch (UTC)."""
        return time.time_ns() // 1_000_000


class MovableClock:
    """A clock that operators of tests put forward, so that nobody waits for a lifetime to pass.

    Args:
        base: the clock that goes on underneath.
    """

    def __init__(self, base: Clock) -> None:
        self._base = base
        self._lock = threading.Lock()
        self._ahead_ms = 0

    def now_ms(self) -> int:
        """Return milliseconds since the epoch (UTC), as far ahead as the clock was put."""
        return self._base.now_ms() + self._ahead_ms

    def advance(self, seconds: int) -> None:
        """Put the clock forward."""
        with self._lock:
            self._ahead_ms += seconds * 1000


def monotonic_ms() -> int:
    """Return a steady count of milliseconds, for measuring how long a call took."""
    return time.monotonic_ns() // 1_000_000


def moment(epoch_ms: int) -> str:
    """Write a time (epoch milliseconds) for people, to the minute, in UTC."""
    return datetime.fromtimestamp(epoch_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
