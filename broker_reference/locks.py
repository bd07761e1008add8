"""One lock per client: of two submits at once, the second waits and sees what the first did."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakValueDictionary


class ClientLocks:
    """Locks by internal user id. The broker is one process, so locks in memory are enough."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: WeakValueDictionary[int, _Lock] = WeakValueDictionary()

    @contextmanager
    def holding(self, client_id: int) -> Iterator[None]:
        """Wait for the client's lock and hold it."""
        with self._guard:
            lock = self._locks.get(client_id)
            if lock is None:
                lock = self._locks[client_id] = _Lock()
        with lock.inner:
            yield


class _Lock:
    """A lock that a weak reference may point to; it vanishes when nobody holds or awaits it."""

    def __init__(self) -> None:
        self.inner = threading.Lock()
