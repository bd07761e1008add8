"""The only place that knows the time."""

import time
from datetime import UTC, date, datetime
from typing import Any, Protocol

Day = date


def is_day(value: Any) -> bool:
    """Whether it is a day of the calendar, without a time."""
    return isinstance(value, date) and not isinstance(value, datetime)


def moment_ms(text: str) -> int:
    """Epoch milliseconds of a moment in UTC such as 2026-01-31T12:00:00.000.

    Raises: ValueError: there is no such moment.
    """
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def utc_text(ms: int) -> str:
    """Epoch milliseconds as a moment in UTC such as 2026-01-31T12:00:00.000; the reverse of `moment_ms`.

    Raises: ValueError: outside the years 1 to 9999.
    """
    try:
        seconds, rest = divmod(ms, 1000)
        moment = datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
    except (OverflowError, OSError) as problem:
        raise ValueError(f"no moment in UTC: {ms} ms") from problem
    return f"{moment.isoformat(timespec='seconds')}.{rest:03}"


class Clock(Protocol):
    """Anything that tells the time in epoch milliseconds, the unit of every timestamp on the wire."""

    def now_ms(self) -> int:
        """Epoch milliseconds."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start that never go backwards: for durations and deadlines."""
        ...

    def pause(self, seconds: float) -> None:
        """Hold the calling thread: only for a delay that somebody asked for."""
        ...


class AdvancedClock:
    """Another clock, advanced by a number of milliseconds; durations are the other's own."""

    def __init__(self, clock: Clock, by_ms: int) -> None:
        self._clock = clock
        self._by_ms = by_ms

    def now_ms(self) -> int:
        """Epoch milliseconds."""
        return self._clock.now_ms() + self._by_ms

    def monotonic(self) -> float:
        """Seconds from an arbitrary start."""
        return self._clock.monotonic()

    def pause(self, seconds: float) -> None:
        """Hold the calling thread."""
        self._clock.pause(seconds)


def advanced(clock: Clock, by_ms: int) -> Clock:
    """A clock that is so many milliseconds ahead of another one."""
    return AdvancedClock(clock, by_ms) if by_ms else clock


class SystemClock:
    """The machine's own clock."""

    def now_ms(self) -> int:
        """Epoch milliseconds."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """Seconds from an arbitrary start."""
        return time.monotonic()

    def pause(self, seconds: float) -> None:
        """Hold the calling thread."""
        time.sleep(seconds)
