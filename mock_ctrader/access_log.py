"""One line for each exchange: what was called, what came of it, how long it took. Secrets are masked as in the
journal."""

import sys
from typing import TextIO

from flask import Flask, Response, g, has_request_context

from mock_ctrader.clock import Clock, utc_text
from mock_ctrader.journal import Direction, Event, Kind


class AccessLog:
    """Writes the log. An exchange is timed where its request came in; one that cTrader made knows its own time."""

    def __init__(self, clock: Clock, out: TextIO | None = None) -> None:
        self._clock = clock
        self._out = sys.stdout if out is None else out

    def watch(self, app: Flask) -> None:
        """Time the requests of a server."""

        @app.before_request
        def begin() -> None:
            g.access_began = self._clock.monotonic()
            g.access_events = []

        @app.after_request
        def end(response: Response) -> Response:
            milliseconds = (self._clock.monotonic() - g.access_began) * 1000
            for event in g.access_events:
                self._write(event, milliseconds)
            return response

    def note(self, event: Event) -> None:
        """Take an event of the journal."""
        if event.kind is not Kind.EXCHANGE:
            return
        if event.direction is Direction.BROKER_TO_CTRADER and has_request_context():
            g.access_events.append(event)
        else:
            self._write(event, event.details.get("milliseconds"))

    def _write(self, event: Event, milliseconds: float | None) -> None:
        took = "-" if milliseconds is None else f"{milliseconds:.1f}"
        outcome = "-" if event.status is None else str(event.status)
        way = "<-" if event.direction is Direction.BROKER_TO_CTRADER else "->"
        target = f"{event.method} {event.path}"
        code = f" {event.error_code}" if event.error_code else ""
        line = f"{utc_text(event.at)}Z {way} {event.call or '-'} {outcome} {took}ms {target}{code}"
        print(line.encode("unicode_escape").decode("ascii"), file=self._out, flush=True)
