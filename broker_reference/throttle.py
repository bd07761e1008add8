"""How often somebody may guess passwords, learn who is a client, or have mails sent.

Per client, so that one account is safe from many machines, and per address, so that many are safe from one.

What counts for a client counts for a client nobody is too: the limit tells nothing of who is one.
"""

import threading
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from broker_reference.attributions import email_key
from broker_reference.clock import Clock

WINDOW_MS = 15 * 60 * 1000
FAILURES_PER_CLIENT = 10
FAILURES_PER_ADDRESS = 100
MAILS_PER_CLIENT = 5
MAILS_PER_ADDRESS = 100
_MOST_KEPT = 100_000

# what is counted, and for whom
_Key: TypeAlias = tuple[str, str]


class TooManyTries(Exception):
    """Nothing is tried now. `seconds` is how long that lasts."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"too many tries; again in {seconds} s")
        self.seconds = seconds

    @property
    def minutes(self) -> int:
        """How long it lasts, in whole minutes, rounded up."""
        return -(-self.seconds // 60)


class LoginThrottle:
    """Failures to show who one is. To be told that an e-mail address is taken is one, for the machine."""

    def __init__(self, clock: Clock) -> None:
        self._recent = _Recent(clock)

    def check(self, email: str, address: str) -> None:
        """May this client's password be tried from this address? Raises TooManyTries."""
        self._recent.check({_client(email): FAILURES_PER_CLIENT, _address(address): FAILURES_PER_ADDRESS})

    def failed(self, email: str, address: str) -> None:
        """Count a wrong password, or an address that nobody has."""
        self._recent.note([_client(email), _address(address)])

    def told_taken(self, address: str) -> None:
        """Count that somebody there learnt of a client. The client did not fail, and may go on logging in."""
        self._recent.note([_address(address)])

    def succeeded(self, email: str) -> None:
        """Forget the client's failures; the address keeps its own, else one good account would open all others."""
        self._recent.forget(_client(email))


class MailThrottle:
    """Mails that somebody asked for who has not shown who he or she is."""

    def __init__(self, clock: Clock) -> None:
        self._recent = _Recent(clock)

    def take(self, email: str, address: str) -> None:
        """Count one more mail to a client, asked for at this address. Raises TooManyTries, uncounted."""
        self._recent.take({_client(email): MAILS_PER_CLIENT, _address(address): MAILS_PER_ADDRESS})


class _Recent:
    """What happened in the last quarter of an hour. The broker is one process, so memory is enough."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        # who was counted last comes last
        self._moments: dict[_Key, list[int]] = {}

    def check(self, limits: Mapping[_Key, int]) -> None:
        with self._lock:
            self._check(limits)

    def note(self, keys: Iterable[_Key]) -> None:
        with self._lock:
            self._note(keys)

    def take(self, limits: Mapping[_Key, int]) -> None:
        with self._lock:
            self._check(limits)
            self._note(limits)

    def forget(self, key: _Key) -> None:
        with self._lock:
            self._moments.pop(key, None)

    def _check(self, limits: Mapping[_Key, int]) -> None:
        for key, most in limits.items():
            kept = self._of(key)
            if len(kept) >= most:
                raise TooManyTries(max(1, (kept[-most] + WINDOW_MS - self._clock.now_ms()) // 1000))

    def _note(self, keys: Iterable[_Key]) -> None:
        for key in keys:
            moments = [*self._of(key), self._clock.now_ms()]
            self._moments.pop(key, None)
            self._moments[key] = moments
        while (first := next(iter(self._moments))) and (len(self._moments) > _MOST_KEPT or not self._of(first)):
            del self._moments[first]

    def _of(self, key: _Key) -> list[int]:
        since = self._clock.now_ms() - WINDOW_MS
        return [at for at in self._moments.get(key, []) if at > since]


def _client(email: str) -> _Key:
    return "client", email_key(email)


def _address(address: str) -> _Key:
    return "address", address
