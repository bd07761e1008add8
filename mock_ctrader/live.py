"""Pages that keep themselves up to date: the journal as server-sent events.

A stream holds one of the server's threads for as long as it is open. So only a few are held, each for a while;
whoever comes when they are all taken is answered at once with what there is, and told when to ask again.
"""

import threading
from collections.abc import Callable, Iterator

from flask import Response, request

from mock_ctrader.clock import Clock
from mock_ctrader.journal import Event, Journal

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


class Live:
    """The streams of one server process."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock
        self._free = threading.BoundedSemaphore(HELD_STREAMS)
        self._resting = threading.Event()  # never set: a pause that costs no processor

    def stream(self, sandbox_id: str, after: int, tell: Callable[[list[Event]], str | None]) -> Response:
        """Answer a browser's EventSource.

        Args:
            after: the `seq` of the last event that the page knows of; see `last_seen`.
            tell: what to send of new events, oldest first; None if they do not concern this page.
        """
        return Response(
            self._messages(sandbox_id, after, tell),
            content_type="text/event-stream",
            headers={"Cache-Control": "no-store"},
        )

    def _messages(self, sandbox_id: str, after: int, tell: Callable[[list[Event]], str | None]) -> Iterator[str]:
        held = self._free.acquire(blocking=False)
        try:
            yield f"retry: {_RESUME_MS if held else POLL_MS}\n\n"
            deadline = self._clock.monotonic() + (HELD_SECONDS if held else 0.0)
            while True:
                left = max(0.0, deadline - self._clock.monotonic())
                events = self._journal.wait(sandbox_id, after, None, None, min(left, _BREATH_SECONDS))
                if events:
                    after = events[-1].seq
                    began = self._clock.monotonic()
                    text = tell(events)
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
    data = "" if text is None else "".join(f"data: {line}\n" for line in text.split("\n"))
    return f"id: {seq}\n{data}\n"


def last_seen() -> int:
    """What the request says its page has seen: the header of a browser that resumes, else the parameter `after`.

    Anything that is no number counts as nothing seen.
    """
    text = request.headers.get("Last-Event-ID") or request.args.get("after", "")
    return min(int(text), _LARGEST_SEQ) if text.isascii() and text.isdigit() and len(text) < 20 else 0
