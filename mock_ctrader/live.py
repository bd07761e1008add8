"""Pages that keep themselves up to date: the journal as server-sent events.

A stream holds one of the server's threads for as long as it is open. So only a few are held, each for a while;
whoever comes when they are all taken is answered at once with what there is, and told when to ask again.
"""

import threading
from collections.abc import Callable, Iterator
from typing import TypeAlias

from flask import Response, request

from mock_ctrader.clock import Clock
from mock_ctrader.journal import Event, Journal
from mock_ctrader.texts import printable

# Of the server's 32 threads; a broker and the harness need the others.
HELD_STREAMS = 4
HELD_SECONDS = 30.0
# How long a viewer without a stream waits before it asks again, in milliseconds; EventSource does it by itself.
POLL_MS = 2_000
_RESUME_MS = 100
# A viewer that is gone is noticed when something is sent to it.
_BREATH_SECONDS = 1.0
# Nobody reads faster, and under load a page must not be made anew for every event: it rests at least so long, and
# several times as long as it took to make, but no longer than a breath.
GAP_SECONDS = 0.1
_RESTS_PER_WORK = 9
_LARGEST_SEQ = 2**63 - 1

# The `seq` of the newest event, and what makes the text to send, if any.
_News: TypeAlias = tuple[int, Callable[[], str | None]]


class Live:
    """The streams of one server process."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock
        self._free = threading.BoundedSemaphore(HELD_STREAMS)
        self._resting = threading.Event()  # never set: a pause that costs no processor

    def stream(self, sandbox_id: str, after: int, tell: Callable[[list[Event]], str | None]) -> Response:
        """Answer the EventSource of a page that only some events concern.

        Args:
            after: the `seq` of the last event that the page knows of; see `last_seen`.
            tell: what to send of new events, oldest first; None if they do not concern this page.
        """

        def news(after: int, seconds: float) -> _News | None:
            events = self._journal.wait(sandbox_id, after, None, None, seconds)
            return (events[-1].seq, lambda: tell(events)) if events else None

        return self._response(after, news)

    def stream_anew(self, sandbox_id: str, after: int, make: Callable[[], str]) -> Response:
        """Answer the EventSource of a page that any event makes old.

        Unlike `stream` this reads no event: a viewer with an old `after` costs no more than another.

        Args:
            after: the `seq` of the last event that the page knows of; see `last_seen`.
            make: makes what to send.
        """

        def news(after: int, seconds: float) -> _News | None:
            newest = self._journal.wait_newest(sandbox_id, after, seconds)
            return (newest, make) if newest else None

        return self._response(after, news)

    def _response(self, after: int, news: Callable[[int, float], _News | None]) -> Response:
        return Response(
            self._messages(after, news),
            content_type="text/event-stream",
            headers={"Cache-Control": "no-store"},
        )

    def _messages(self, after: int, news: Callable[[int, float], _News | None]) -> Iterator[str]:
        held = self._free.acquire(blocking=False)
        try:
            yield f"retry: {_RESUME_MS if held else POLL_MS}\n\n"
            deadline = self._clock.monotonic() + (HELD_SECONDS if held else 0.0)
            while True:
                left = max(0.0, deadline - self._clock.monotonic())
                found = news(after, min(left, _BREATH_SECONDS))
                if found is not None:
                    after, tell = found
                    began = self._clock.monotonic()
                    text = tell()
                    worked = self._clock.monotonic() - began
                    pause = min(max(GAP_SECONDS, _RESTS_PER_WORK * worked), _BREATH_SECONDS)
                    yield message(after, text)
                else:
                    pause = 0.0
                    yield ":\n\n"
                left = deadline - self._clock.monotonic()
                if left <= 0:
                    return
                self._resting.wait(min(left, pause))
        finally:
            if held:
                self._free.release()


def message(seq: int | str, text: str | None) -> str:
    """One server-sent event; without a text it only moves on where the browser resumes."""
    data = "" if text is None else "".join(f"data: {line}\n" for line in printable(text).split("\n"))
    return f"id: {seq}\n{data}\n"


def last_seen() -> int:
    """What the request says its page has seen: the header of a browser that resumes, else the parameter `after`.

    Anything that is no number counts as nothing seen.
    """
    text = request.headers.get("Last-Event-ID") or request.args.get("after", "")
    return min(int(text), _LARGEST_SEQ) if text.isascii() and text.isdigit() and len(text) < 20 else 0
