"""What a planted fault makes of the answer to a broker's call."""

from collections.abc import Iterator
from typing import Any

from flask import Response

from mock_ctrader.clock import Clock
from mock_ctrader.faults import Fault, Kind, Phase, Side
from mock_ctrader.journal import mask_body
from mock_ctrader.sandboxes import Sandbox
from mock_ctrader.store import Transaction, faults

_PIECES = 20
_NOT_JSON = b"}{ planted: this is not JSON"


def take(transaction: Transaction, sandbox: Sandbox, call: str, now_ms: int) -> Fault | None:
    """The fault that hits a request of this call, spent within the request's own transaction."""
    return faults.take(transaction, sandbox.id, Side.TAKEN, call, now_ms) if sandbox.faulty else None


def holds_back(fault: Fault) -> bool:
    """Whether the request waits before it is handled."""
    return fault.kind is Kind.LATENCY and fault.phase is Phase.BEFORE


def preempts(fault: Fault) -> bool:
    """Whether the request is never handled."""
    return fault.phase is Phase.BEFORE and fault.kind is not Kind.LATENCY


def seen_by_client(fault: Fault, status: int | None, body: Any) -> tuple[int | None, Any]:
    """Status and body as the client gets them: no status is no answer, a text stands for what is no JSON.

    Args:
        fault: what hit the request.
        status: of the answer it would have got; None if it was never handled.
        body: of that answer.
    """
    if fault.kind is Kind.ANSWER:
        return fault.status, fault.envelope
    if fault.kind is Kind.DROP:
        return None, None
    if fault.kind is Kind.TRUNCATE:
        return status, "(cut in half)"
    if fault.kind is Kind.MALFORMED:
        return status, _NOT_JSON.decode()
    return status, body


def details(fault: Fault, status: int | None, body: Any) -> dict[str, Any]:
    """What the journal keeps of a fault that fired; arguments as above.

    `applied` tells whether cTrader did what was asked; `instead_of` is the answer that the client did not get.
    """
    noted: dict[str, Any] = {"id": fault.id, "kind": fault.kind.value, "phase": fault.phase.value}
    noted["applied"] = status is not None and 200 <= status < 300
    if fault.kind in (Kind.LATENCY, Kind.DRIP):
        noted["milliseconds"] = fault.delay_ms
    elif status is not None:
        noted["instead_of"] = {"status": status, "body": mask_body(body)}
    return noted


def spoil(fault: Fault, response: Response, clock: Clock) -> Response:
    """The response that reaches the client; waits first where the fault is a late answer."""
    if fault.kind is Kind.LATENCY and fault.phase is Phase.AFTER:
        clock.pause(fault.delay_ms / 1000)
    elif fault.kind is Kind.ANSWER and "retryAfter" in fault.values:
        response.headers["Retry-After"] = str(fault.values["retryAfter"])
    elif fault.kind is Kind.DROP:
        return _dropped()
    elif fault.kind is Kind.MALFORMED and response.status_code != 204:
        response.set_data(_NOT_JSON)
    elif fault.kind is Kind.TRUNCATE and response.status_code != 204:
        # Half the body, with its own length: with that of the whole, the server may send nothing at all.
        body = response.get_data()
        response.set_data(body[: len(body) // 2])
    elif fault.kind is Kind.DRIP and response.status_code != 204:
        body = response.get_data()
        pieces = _slowly(body, fault.delay_ms / 1000, clock)
        dripping = Response(pieces, response.status_code, dict(response.headers))
        dripping.headers["Content-Length"] = str(len(body))
        return dripping
    return response


def _slowly(body: bytes, seconds: float, clock: Clock) -> Iterator[bytes]:
    size = max(1, -(-len(body) // _PIECES))
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    for piece in pieces:
        clock.pause(seconds / len(pieces))
        yield piece


def _dropped() -> Response:
    """A connection closed without a byte.

    An application cannot close its connection. But the server (granian, whose HTTP is hyper) will not write an
    answer that promises two different lengths: it closes this connection, and none but this one, instead.
    """
    nothing = Response(iter([b"-"]))
    nothing.headers.add("Content-Length", "1")
    nothing.headers.add("Content-Length", "2")
    return nothing
