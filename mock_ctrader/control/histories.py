"""The journals of the sandboxes that are looked at, kept in memory: only what is new is read from the store."""

import threading
from collections import OrderedDict

from mock_ctrader.journal import Journal
from mock_ctrader.journeys import History

# How many events are kept, of all sandboxes together: two journals of the default length.
KEPT_EVENTS = 20_000


class Histories:
    """Gives a sandbox's history as it is now; the same object for as long as nothing happens.

    Other processes write too, and a sandbox may have been reset, or deleted and made again: the store has the say,
    and what is kept only spares reading it.
    """

    def __init__(self, journal: Journal, most: int = KEPT_EVENTS) -> None:
        self._journal = journal
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, History] = OrderedDict()

    def of(self, sandbox_id: str) -> History:
        """What happened in a sandbox; nothing if there is no such sandbox."""
        # one thread reads, the others wait for what it finds: under one lock of the interpreter this costs nothing
        with self._lock:
            history = self._refreshed(sandbox_id, self._kept.pop(sandbox_id, History()))
            self._kept[sandbox_id] = history
            while len(self._kept) > 1 and sum(len(one.events) for one in self._kept.values()) > self._most:
                self._kept.popitem(last=False)
            return history

    def _refreshed(self, sandbox_id: str, known: History) -> History:
        last = known.events[-1:]
        new = self._journal.read(sandbox_id, last[0].seq - 1 if last else 0)
        if new[: len(last)] != last:
            # what was last is gone or another one: this is not the journal that was read before
            return History(self._journal.read(sandbox_id))
        # the journal is bounded, and a reset empties it: what it no longer has must not be told
        oldest = self._journal.read(sandbox_id, limit=1)
        kept = [event for event in known.events if oldest and event.seq >= oldest[0].seq]
        if len(new) == len(last) and len(kept) == len(known.events):
            return known
        return History([*kept, *new[len(last) :]])
