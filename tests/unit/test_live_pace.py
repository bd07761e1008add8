"""How often a page that follows the journal is made anew while something happens all the time."""

import itertools
from typing import Any, cast

from flask import Flask

from mock_ctrader.clock import SystemClock
from mock_ctrader.journal import Event, Journal, Kind
from mock_ctrader.live import GAP_SECONDS, Live


class BusyJournal:
    """A journal in which there is always something new."""

    def wait(self, _sandbox_id: str, after: int, *_: Any) -> list[Event]:
        return [Event(kind=Kind.ACT, title="something", seq=after + 1)]

    def wait_newest(self, _sandbox_id: str, after: int, _seconds: float) -> int:
        return after + 1


class SlowClock(SystemClock):
    """A clock on which more time has passed than really has."""

    late = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.late


def test_a_page_rests_between_two_events() -> None:
    clock = SystemClock()
    live = Live(cast(Journal, BusyJournal()), clock)
    with Flask(__name__).app_context():
        response = live.stream("sb-1", 0, lambda _: "made anew")
    messages = (text for text in cast(Any, response.response) if text.startswith("id: "))
    began = clock.monotonic()
    told = list(itertools.islice(messages, 5))
    messages.close()

    assert told == [f"id: {seq}\ndata: made anew\n\n" for seq in range(1, 6)]
    # the first comes at once
    assert clock.monotonic() - began >= 4 * GAP_SECONDS * 0.9


def test_a_page_that_takes_long_rests_several_times_as_long() -> None:
    clock = SlowClock()
    live = Live(cast(Journal, BusyJournal()), clock)

    def made(_: list[Event]) -> str:
        clock.late += 3 * GAP_SECONDS / 9
        return "made anew"

    with Flask(__name__).app_context():
        response = live.stream("sb-1", 0, made)
    messages = (text for text in cast(Any, response.response) if text.startswith("id: "))
    began = SystemClock().monotonic()
    told = list(itertools.islice(messages, 3))
    messages.close()

    assert len(told) == 3
    assert SystemClock().monotonic() - began >= 2 * 3 * GAP_SECONDS * 0.9


class UnreadJournal(BusyJournal):
    """A journal whose events nobody may read."""

    def wait(self, _sandbox_id: str, after: int, *_: Any) -> list[Event]:
        raise AssertionError(f"the events after {after} were read")


def test_a_page_that_any_event_makes_old_reads_no_event() -> None:
    live = Live(cast(Journal, UnreadJournal()), SystemClock())
    with Flask(__name__).app_context():
        response = live.stream_anew("sb-1", 0, lambda: "made anew")
    messages = (text for text in cast(Any, response.response) if text.startswith("id: "))

    assert next(messages) == "id: 1\ndata: made anew\n\n"
    messages.close()
