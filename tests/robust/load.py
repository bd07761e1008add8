"""Brokers' backends that write as fast as they can, each with a ledger of what cTrader acknowledged."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests

from tests.support import Broker


@dataclass(slots=True)
class Trail:
    """What one client knows of one user it made: the acknowledged writes, and the one that got no answer.

    Attributes:
        partner_ids: by target (0 is the user, otherwise a ctidTraderAccountId); None is deleted.
        doubt: the call whose answer never came.
        doubted: the target and identifier that call was about, of 3.6 and 3.8.
    """

    email: str
    user_id: int | None = None
    login: int | None = None
    account_id: int | None = None
    partner_ids: dict[int, str | None] = field(default_factory=dict)
    doubt: str | None = None
    doubted: tuple[int, str | None] | None = None


class Unexpected(Exception):
    """An answer that nothing explains."""


class Client:
    """One broker's backend: user, account, link, identifiers, again and again, until the connection breaks.

    Args:
        name: tells this client's addresses and identifiers from those of others.
        on_write: told of every acknowledged write.
    """

    def __init__(self, broker: Broker, name: str, on_write: Callable[[], None]) -> None:
        self.broker = broker
        self.trails: list[Trail] = []
        self.acknowledged = 0
        self.failure: Exception | None = None
        self._name = name
        self._on_write = on_write
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin; it ends by itself when the server is gone."""
        self._thread.start()

    def join(self, seconds: float) -> None:
        """Wait for its end. Raises what went wrong, if it was not the connection."""
        self._thread.join(seconds)
        if self._thread.is_alive():
            raise Unexpected(f"{self._name} still waits for an answer after {seconds} s")
        if self.failure is not None:
            raise self.failure

    def _run(self) -> None:
        try:
            while True:
                self._one_user(len(self.trails))
        except requests.RequestException:
            return  # the server was killed; `doubt` says during what
        except Exception as failure:  # noqa: BLE001 - handed to whoever joins
            self.failure = failure

    def _one_user(self, nth: int) -> None:
        trail = Trail(f"{self._name}.{nth}@example.net")
        self.trails.append(trail)
        trail.user_id = self._write(trail, "3.2", lambda: self.broker.create_user(trail.email), 201)["userId"]
        trail.login = self._write(trail, "3.3", self.broker.create_trader, 201)["login"]
        user_id, login = trail.user_id, trail.login
        assert user_id is not None
        assert login is not None
        answer = self._write(trail, "3.4", lambda: self.broker.link_account(user_id, login), 200)
        trail.account_id = answer["ctidTraderAccountId"]
        assert trail.account_id is not None
        for target in (0, trail.account_id):
            self._set(trail, target, f"IB-{self._name}-{nth}-{target}")
        self._set(trail, 0, f"IB-{self._name}-{nth}-second")
        if nth % 2:
            trail.doubted = (0, None)
            self._write(trail, "3.8", lambda: self.broker.delete_partner(userId=user_id), 200)
            trail.partner_ids[0] = None

    def _set(self, trail: Trail, target: int, partner_id: str) -> None:
        keys = {"ctidTraderAccountId": target} if target else {"userId": trail.user_id}
        trail.doubted = (target, partner_id)
        self._write(trail, "3.6", lambda: self.broker.set_partner(partnerId=partner_id, **keys), 200)
        trail.partner_ids[target] = partner_id

    def _write(
        self, trail: Trail, call: str, make: Callable[[], requests.Response], expected: int
    ) -> dict[str, Any]:
        trail.doubt = call
        response = make()
        if response.status_code != expected:
            raise Unexpected(f"call {call}: {response.status_code} {response.text[:300]}")
        answer: dict[str, Any] = response.json() if response.content else {}
        trail.doubt = None
        self.acknowledged += 1
        self._on_write()
        return answer
