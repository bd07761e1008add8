"""Faults on demand: what is to go wrong with which call, how often and how long. Off unless planted.

A fault hits the next `left` requests of its call, or a seeded share of them: the same seed chooses the same
requests and draws the same delays. Where several faults cover a call, the one planted first goes first, and one
request is hit by one fault at most.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import exp
from typing import Any

from mock_ctrader import errors, ids

ANY_CALL = "*"
# A request that is held back holds one of the server's threads.
LONGEST_MS = 60_000


class Kind(StrEnum):
    """What goes wrong."""

    LATENCY = "latency"
    ANSWER = "answer"
    DROP = "drop"
    TRUNCATE = "truncate"
    MALFORMED = "malformed"
    DRIP = "drip"
    TIMEOUT = "timeout"
    REFUSE = "refuse"
    DUPLICATE = "duplicate"
    REORDER = "reorder"


class Phase(StrEnum):
    """Whether it goes wrong before the receiver has handled the request, or after."""

    BEFORE = "before"
    AFTER = "after"


class Side(StrEnum):
    """Which calls: those that cTrader takes (3.x and their sisters), or those that it makes (4.x, webhooks)."""

    TAKEN = "taken"
    MADE = "made"


# The calls that cTrader makes; those it takes are listed where they are served.
CALLS_MADE = ("4.1", "4.2", "4.3", "4.4", "4.5", "C.1", "C.3")
_BOTH = (Phase.BEFORE, Phase.AFTER)
# The phases of each kind, the usual one first.
PHASES: dict[Side, dict[Kind, tuple[Phase, ...]]] = {
    Side.TAKEN: {
        Kind.LATENCY: _BOTH,
        Kind.ANSWER: _BOTH,
        Kind.DROP: _BOTH,
        Kind.TRUNCATE: (Phase.AFTER,),
        Kind.MALFORMED: (Phase.AFTER,),
        Kind.DRIP: (Phase.AFTER,),
    },
    Side.MADE: {
        Kind.LATENCY: _BOTH,
        Kind.ANSWER: _BOTH,
        Kind.TIMEOUT: (Phase.AFTER, Phase.BEFORE),
        Kind.REFUSE: (Phase.BEFORE,),
        Kind.DUPLICATE: (Phase.AFTER,),
        Kind.REORDER: (Phase.BEFORE,),
    },
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One planted fault.

    Attributes:
        call: the number of a call, or `*` for all calls of its side.
        left: how many requests it still hits; None is no limit.
        share: which part of the requests it hits, above 0 and at most 1.
        expires_at: epoch milliseconds from which on it hits nothing; None is never.
        values: what its kind needs: status, errorCode, description, retryAfter; or milliseconds,
            spreadMilliseconds, sigma.
        seen: how many requests it was asked about.
        fired: how many of them it hit.
    """

    id: int
    side: Side
    call: str
    kind: Kind
    phase: Phase
    seed: str
    left: int | None = None
    share: float = 1.0
    expires_at: int | None = None
    values: dict[str, Any] = field(default_factory=dict)
    seen: int = 0
    fired: int = 0

    def covers(self, side: Side, call: str, now_ms: int) -> bool:
        """Whether a request of this call, made now, may be hit."""
        spent = self.left == 0 or (self.expires_at is not None and self.expires_at <= now_ms)
        return not spent and self.side is side and self.call in (ANY_CALL, call)

    def asked(self) -> tuple["Fault", bool]:
        """The fault after one more request of its call, and whether it hits that request."""
        nth = self.seen + 1
        hit = ids.draw(self.seed, "hit", nth) < self.share
        left = self.left - 1 if hit and self.left is not None else self.left
        return replace(self, seen=nth, fired=self.fired + hit, left=left), hit

    @property
    def delay_ms(self) -> int:
        """For how long the request that was hit last is held back, in milliseconds.

        `milliseconds`, and uniformly up to `spreadMilliseconds` more, times a lognormal factor whose median is
        1 and whose logarithm has the standard deviation `sigma`; never more than `LONGEST_MS`.
        """
        least: float = self.values.get("milliseconds", 0)
        spread: float = self.values.get("spreadMilliseconds") or 0
        sigma: float = self.values.get("sigma") or 0
        from statistics import NormalDist  # here, because few faults need it and it takes a while to import

        # a draw of exactly 0 has no logarithm; a very small one stands for it
        normal = NormalDist().inv_cdf(max(ids.draw(self.seed, "sigma", self.seen), 1e-12)) if sigma else 0
        wanted = (least + spread * ids.draw(self.seed, "spread", self.seen)) * exp(sigma * normal)
        return min(round(wanted), LONGEST_MS)

    @property
    def status(self) -> int:
        """The status of the answer that is given instead."""
        return int(self.values["status"])

    @property
    def envelope(self) -> dict[str, Any] | None:
        """The body of the answer that is given instead; a success without an errorCode has none."""
        code = self.values.get("errorCode")
        if code is None and self.status < 400:
            return None
        usual = "REQUEST_FREQUENCY_EXCEEDED" if self.status == 429 else "UNKNOWN_ERROR"
        description = self.values.get("description", "answered by a planted fault")
        return {"error": {"errorCode": code or usual, "description": description}}


def new_fault(number: int, sandbox_seed: str, given: dict[str, Any], now_ms: int, taken: Collection[str]) -> Fault:
    """The fault that the control API's keys describe.

    Args:
        number: its number in the sandbox.
        sandbox_seed: seeds it, unless it has a `seed` of its own.
        given: call and kind; any of phase, times, share, ttlSeconds, seed; and what the kind needs.
        taken: the numbers of the calls that cTrader takes.

    Raises:
        CTraderError: 400 `INVALID_REQUEST` naming the key and the value that does not fit.
    """
    call, kind = given["call"], Kind(given["kind"])
    side = _side(call, kind, taken)
    phases = PHASES[side][kind]
    phase = Phase(given.get("phase", phases[0]))
    if phase not in phases:
        raise errors.invalid_request(
            f"phase: the kind {kind} has {' and '.join(phases)} only, got {phase.value!r}"
        )
    share, times = given.get("share"), given.get("times")
    ttl = given.get("ttlSeconds")
    kept = ("call", "kind", "phase", "share", "times", "ttlSeconds", "seed")
    return Fault(
        id=number,
        side=side,
        call=call,
        kind=kind,
        phase=phase,
        seed=given.get("seed") or f"{sandbox_seed}/fault-{number}",
        # a share goes on until told otherwise; without one it is the next request
        left=1 if times is None and share is None else times,
        share=1.0 if share is None else share,
        expires_at=None if ttl is None else now_ms + ttl * 1000,
        values={key: value for key, value in given.items() if key not in kept},
    )


def _side(call: str, kind: Kind, taken: Collection[str]) -> Side:
    if call == ANY_CALL:
        # the wide net is cast over the broker's calls, wherever the kind is known there
        return Side.TAKEN if kind in PHASES[Side.TAKEN] else Side.MADE
    if call not in taken and call not in CALLS_MADE:
        raise errors.invalid_request(f"call: must be * or the number of a call such as 3.6 or 4.2, got {call!r}")
    side = Side.MADE if call in CALLS_MADE else Side.TAKEN
    if kind not in PHASES[side]:
        known = ", ".join(PHASES[side])
        raise errors.invalid_request(f"kind: call {call} can have {known}, got {kind.value!r}")
    return side
