"""How often somebody may guess passwords: per client, so that one account is safe from many machines, and per
address, so that many accounts are safe from one.

What counts are failures, and for an address nobody has too: the limit tells nothing of who is a client.
"""

import threading

from broker_reference.attributions import email_key
from broker_reference.clock import Clock

WINDOW_MS = 15 * 60 * 1000
FAILURES_PER_CLIENT = 10
FAILURES_PER_ADDRESS = 100
_MOST_KEPT = 10_000


class TooManyFailures(Exception):
    """Nobody's password is looked at now. `seconds` is how long that lasts."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"too many failures; again in {seconds} s")
        self.seconds = seconds

    @property
    def minutes(self) -> int:
        """How long it lasts, in whole minutes, rounded up."""
        return -(-self.seconds // 60)


class LoginThrottle:
    """Failures of the last quarter of an hour. The broker is one process, so memory is enough."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures: dict[tuple[str, str], list[int]] = {}

    def check(self, email: str, address: str) -> None:
        """May this client's password be tried from this address? Raises TooManyFailures."""
        with self._lock:
            for key, most in self._keys(email, address):
                kept = self._recent(key)
                if len(kept) >= most:
                    raise TooManyFailures(max(1, (kept[-most] + WINDOW_MS - self._clock.now_ms()) // 1000))

    def failed(self, email: str, address: str) -> None:
        """Count a wrong password, or an address that nobody has."""
        with self._lock:
            if len(self._failures) >= _MOST_KEPT:
                for key in list(self._failures):
                    if not self._recent(key):
                        del self._failures[key]
            for key, _ in self._keys(email, address):
                self._failures[key] = [*self._recent(key), self._clock.now_ms()]

    def succeeded(self, email: str) -> None:
        """Forget the client's failures; the address keeps its own, else one good account would open all others."""
        with self._lock:
            self._failures.pop(("client", email_key(email)), None)

    def _keys(self, email: str, address: str) -> list[tuple[tuple[str, str], int]]:
        return [(("client", email_key(email)), FAILURES_PER_CLIENT), (("address", address), FAILURES_PER_ADDRESS)]

    def _recent(self, key: tuple[str, str]) -> list[int]:
        since = self._clock.now_ms() - WINDOW_MS
        return [at for at in self._failures.get(key, []) if at > since]
