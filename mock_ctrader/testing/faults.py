"""Faults to plant: what goes wrong with which call. The control API's document describes every key."""

from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, not planted yet; without `times` and `share` it hits the next request of its call.

    Attributes:
        call: the vendor's number of the call, such as "3.6" or "4.2"; "*" for every call that a broker makes.
        kind: "answer", "latency", "drop", "truncate", "malformed" or "drip"; of the calls that cTrader makes (4.x,
            webhooks) "answer", "latency", "timeout", "refuse", "duplicate" or "reorder".
        values: the control API's further keys.
    """

    call: str
    kind: str
    values: dict[str, Any] = field(default_factory=dict)

    def times(self, number: int) -> "Fault":
        """It hits the next so many requests."""
        return self._with(times=number)

    def share(self, part: float) -> "Fault":
        """It hits a part of the requests, above 0 and at most 1, chosen by the seed."""
        return self._with(share=part)

    def before(self) -> "Fault":
        """It goes wrong before the request is handled."""
        return self._with(phase="before")

    def after(self) -> "Fault":
        """It goes wrong once the request is handled: what was asked for is done."""
        return self._with(phase="after")

    def _with(self, **values: Any) -> "Fault":
        return replace(self, values={**self.values, **values})

    def as_dict(self) -> dict[str, Any]:
        """As the control API takes it."""
        return {"call": self.call, "kind": self.kind, **self.values}


def answers(call: str, status: int, error_code: str | None = None, retry_after: int | None = None) -> Fault:
    """The call is answered like this instead. `retry_after` is in seconds."""
    given = {"status": status, "errorCode": error_code, "retryAfter": retry_after}
    return Fault(call, "answer", {key: value for key, value in given.items() if value is not None})


def drops(call: str) -> Fault:
    """The connection is closed without an answer; only of calls that a broker makes."""
    return Fault(call, "drop")


def delays(call: str, milliseconds: int) -> Fault:
    """The call is held back for so long."""
    return Fault(call, "latency", {"milliseconds": milliseconds})


def times_out(call: str) -> Fault:
    """cTrader does not wait for the answer; only of calls that cTrader makes."""
    return Fault(call, "timeout")
