"""What planted faults make of the calls that cTrader makes: 4.x and the webhooks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mock_ctrader.clock import Clock
from mock_ctrader.faults import Fault, Kind, Phase, Side
from mock_ctrader.store import Store, faults, sandboxes

# Finds the fault that hits a call: sandbox id and number of the call.
Take = Callable[[str, str], Fault | None]


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: no status means no answer; `problem` says what was wrong with the answer, if anything."""

    status: int | None
    body: Any
    problem: str | None

    @property
    def succeeded(self) -> bool:
        """Whether the broker answered 2xx with something that can be read."""
        return self.status is not None and 200 <= self.status < 300 and self.problem is None


def taker(store: Store, clock: Clock) -> Take:
    """Finds planted faults in the store; a sandbox that has none is only read."""

    def take(sandbox_id: str, call: str) -> Fault | None:
        with store.read() as transaction:
            now = clock.now_ms() + sandboxes.clock_offset_ms(transaction, sandbox_id)
            if not any(one.covers(Side.MADE, call, now) for one in faults.planted(transaction, sandbox_id)):
                return None
        with store.write(sandbox_id) as transaction:
            return faults.take(transaction, sandbox_id, Side.MADE, call, now)

    return take


def nothing_planted(_sandbox_id: str, _call: str) -> None:
    """Finds none."""


def is_sent(fault: Fault | None) -> bool:
    """Whether the broker gets the request."""
    return fault is None or fault.phase is Phase.AFTER or fault.kind in (Kind.LATENCY, Kind.REORDER)


def seen_by_ctrader(fault: Fault, reply: Reply) -> Reply:
    """What cTrader makes of a call that was hit; `reply` is the broker's own answer, if it was asked."""
    if fault.kind is Kind.ANSWER:
        return Reply(fault.status, fault.envelope, None)
    if fault.kind is Kind.TIMEOUT:
        return Reply(None, None, "no answer came in time (planted fault)")
    if fault.kind is Kind.REFUSE:
        return Reply(None, None, "the connection was refused (planted fault)")
    return reply


def details(fault: Fault, reply: Reply) -> dict[str, Any]:
    """What the journal keeps of a fault that fired; `sent` tells whether the broker got the request."""
    noted: dict[str, Any] = {"id": fault.id, "kind": fault.kind.value, "phase": fault.phase.value}
    noted["sent"] = is_sent(fault)
    if fault.kind is Kind.LATENCY:
        noted["milliseconds"] = fault.delay_ms
    elif reply.status is not None and fault.kind not in (Kind.DUPLICATE, Kind.REORDER):
        # the body may hold a token under a key of the broker's own; its status says enough
        noted["instead_of"] = {"status": reply.status}
    return noted
