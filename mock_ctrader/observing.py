"""Tells others of every event as it is journaled: for metrics and the access log."""

from collections.abc import Callable, Sequence

from mock_ctrader.clock import Clock
from mock_ctrader.journal import Bounds, Event, Journal
from mock_ctrader.store import Store, Transaction

Listener = Callable[[Event], None]


class ObservedJournal(Journal):
    """A journal that tells listeners of each event it keeps; they must be quick and must not fail."""

    def __init__(self, store: Store, clock: Clock, listeners: Sequence[Listener], bounds: Bounds) -> None:
        super().__init__(store, clock, bounds)
        self._listeners = listeners

    def append(self, transaction: Transaction, sandbox_id: str, *new: Event) -> None:
        """As `Journal.append`."""
        super().append(transaction, sandbox_id, *new)
        for event in new:
            for listener in self._listeners:
                listener(event)
