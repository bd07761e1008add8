"""Delivery of calls 3.6, 3.10 and 3.12, from the deciding transaction to cTrader, across crashes and outages."""

import logging
import threading
from typing import Any

from broker_reference.clock import Clock
from broker_reference.ctrader import CTrader, CTraderError
from broker_reference.ids import Ids
from broker_reference.outbox_queues import PartnerIdentifiers, Queue, Row, UserNotices
from broker_reference.store.database import Database

logger = logging.getLogger(__name__)

_FIRST_DELAY_MS = 500
_LONGEST_DELAY_MS = 60_000
_STOP_PATIENCE_S = 2.0
_QUEUES: tuple[Queue[Any], ...] = (PartnerIdentifiers(), UserNotices())


class Outbox:
    """Makes the queued calls, one after the other, in a thread of its own.

    A call is made outside any transaction and may be made twice if the process dies in between; only calls that
    may be made twice are put here.
    """

    def __init__(
        self,
        database: Database,
        ctrader: CTrader,
        clock: Clock,
        ids: Ids,
        first_delay_ms: int = _FIRST_DELAY_MS,
    ) -> None:
        self._database = database
        self._ctrader = ctrader
        self._clock = clock
        self._ids = ids
        self._first_delay_ms = first_delay_ms
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)

    def start(self) -> None:
        """Start delivering, beginning with what an earlier process left behind."""
        self._thread.start()

    def stop(self) -> None:
        """Stop, giving a call in progress a moment; what is left waits in the database."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(_STOP_PATIENCE_S)

    def wake(self) -> None:
        """Look at the queue now. Call it after committing a row."""
        self._wake.set()

    def deliver_due(self) -> None:
        """Make every call whose time has come, once."""
        for queue in _QUEUES:
            with self._database.read() as connection:
                due = queue.due(connection, self._clock.now_ms())
            for row in due:
                if self._stopping.is_set():
                    return
                self._deliver(queue, row)

    def deliver_notices_of(self, client_id: int) -> None:
        """Make the calls about one client now, in the caller's thread. What fails waits in the queue as usual."""
        queue = UserNotices()
        with self._database.read() as connection:
            due = [row for row in queue.due(connection, self._clock.now_ms()) if row.client_id == client_id]
        for row in due:
            self._deliver(queue, row)
        self.wake()  # to wait for what failed

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                self.deliver_due()
                delay_ms = self._delay_to_next()
            except Exception:
                logger.exception("outbox stumbled, trying again")
                delay_ms = _LONGEST_DELAY_MS
            self._wake.wait(None if delay_ms is None else delay_ms / 1000)

    def _delay_to_next(self) -> int | None:
        with self._database.read() as connection:
            times = [queue.next_attempt_at(connection) for queue in _QUEUES]
        waiting = [time for time in times if time is not None]
        return max(0, min(waiting) - self._clock.now_ms()) if waiting else None

    def _deliver(self, queue: Queue[Row], row: Row) -> None:
        try:
            queue.make(self._ctrader, row)
        except CTraderError as error:
            self._record_failure(queue, row, error)
            return
        with self._database.write() as connection:
            queue.mark_done(connection, row)
        logger.info("%s: done", queue.name(row))

    def _record_failure(self, queue: Queue[Row], row: Row, error: CTraderError) -> None:
        text = f"{error}"
        if not error.passing:
            logger.error("%s: refused: %s", queue.name(row), error)
            with self._database.write() as connection:
                queue.mark_failed(connection, row, text)
            return
        delay_ms = max(self._back_off(queue.attempts(row)), error.retry_after_s * 1000)
        logger.warning("%s: not done yet, again in %d ms: %s", queue.name(row), delay_ms, error)
        with self._database.write() as connection:
            queue.mark_retry(connection, row, text, self._clock.now_ms() + delay_ms)

    def _back_off(self, attempts: int) -> int:
        # The exponent is capped so that a long outage does not compute astronomic numbers.
        delay_ms = min(_LONGEST_DELAY_MS, self._first_delay_ms * 2 ** min(attempts, 20))
        return int(delay_ms * self._ids.jitter())
