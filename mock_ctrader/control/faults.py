"""Control of faults: planting them, seeing what they hit, taking them away."""

from typing import Any

from flask import Blueprint, Response

from mock_ctrader import errors
from mock_ctrader.backend.calls import CALLS
from mock_ctrader.backend.fields import Integer, Line, Text, VendorSchema
from mock_ctrader.backend.scalars import Number
from mock_ctrader.clock import Clock
from mock_ctrader.control.known import known_sandbox, number_in
from mock_ctrader.control.routes import answer, body
from mock_ctrader.errors import CTraderError
from mock_ctrader.faults import LONGEST_MS, Fault, Kind, Phase, new_fault
from mock_ctrader.store import Store, Transaction, faults, sandboxes

_TAKEN = {call.number for call in CALLS}


class NewFault(VendorSchema):
    """POST of a fault: what every kind has."""

    call = Line(1, 10, required=True)
    kind = Text(choices=tuple(Kind), required=True)
    phase = Text(choices=tuple(Phase))
    times = Integer(1, 1_000_000_000)
    share = Number(0, 1, above=True)
    ttlSeconds = Integer(1, 31_536_000)
    seed = Line(1, 200)


class NewAnswerFault(NewFault):
    """An answer given instead."""

    status = Integer(200, 599, required=True)
    errorCode = Line(1, 100)
    description = Line(1, 500)
    retryAfter = Integer(0, 86_400)


class NewDelayFault(NewFault):
    """A delay, in milliseconds."""

    milliseconds = Integer(0, LONGEST_MS, required=True)
    spreadMilliseconds = Integer(0, LONGEST_MS)
    sigma = Number(0, 5)


_PLAIN = NewFault()
_SCHEMAS: dict[str, VendorSchema] = {
    Kind.ANSWER: NewAnswerFault(),
    Kind.LATENCY: NewDelayFault(),
    Kind.DRIP: NewDelayFault(),
}


class Faults:
    """Plants faults, and tells what they hit."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def all(self, sandbox_id: str) -> list[dict[str, Any]]:
        """Every fault of a sandbox, spent ones included.

        Raises: CTraderError: 404 `SANDBOX_NOT_FOUND`.
        """
        with self._store.read() as transaction:
            known_sandbox(transaction, sandbox_id)
            return [_shown(one) for one in faults.planted(transaction, sandbox_id)]

    def find(self, sandbox_id: str, fault_id: str) -> dict[str, Any]:
        """Raises: CTraderError: 404 `SANDBOX_NOT_FOUND` or `FAULT_NOT_FOUND`."""
        with self._store.read() as transaction:
            return _shown(_found(transaction, sandbox_id, fault_id))

    def plant(self, sandbox_id: str, given: dict[str, Any]) -> dict[str, Any]:
        """Plant a fault.

        Args:
            given: the keys of the control API.

        Raises: CTraderError: 400 naming the key that does not fit; 404 `SANDBOX_NOT_FOUND`.
        """
        read = _PLAIN.read(given)
        if read["kind"] in _SCHEMAS:
            read = _SCHEMAS[read["kind"]].read(given)
        with self._store.write() as transaction:
            seed = known_sandbox(transaction, sandbox_id).seed
            now = self._clock.now_ms() + sandboxes.clock_offset_ms(transaction, sandbox_id)
            number = transaction.next_number(sandbox_id, "fault")
            fault = new_fault(number, seed, read, now, _TAKEN)
            faults.add(transaction, sandbox_id, fault)
        return _shown(fault)

    def remove(self, sandbox_id: str, fault_id: str) -> None:
        """Raises: CTraderError: 404 `SANDBOX_NOT_FOUND` or `FAULT_NOT_FOUND`."""
        with self._store.write() as transaction:
            faults.remove(transaction, sandbox_id, _found(transaction, sandbox_id, fault_id).id)

    def remove_all(self, sandbox_id: str) -> None:
        """Raises: CTraderError: 404 `SANDBOX_NOT_FOUND`."""
        with self._store.write() as transaction:
            known_sandbox(transaction, sandbox_id)
            faults.remove(transaction, sandbox_id)


def blueprint(planted: Faults) -> Blueprint:
    """The faults part of the control API."""
    api = Blueprint("control_faults", __name__, url_prefix="/control/sandboxes/<sandbox_id>/faults")

    @api.errorhandler(CTraderError)
    def refuse(refusal: CTraderError) -> Response:
        return answer(refusal.status, refusal.envelope())

    @api.get("")
    def all_faults(sandbox_id: str) -> Response:
        return answer(200, {"faults": planted.all(sandbox_id)})

    @api.post("")
    def plant(sandbox_id: str) -> Response:
        return answer(201, planted.plant(sandbox_id, body()))

    @api.delete("")
    def remove_all(sandbox_id: str) -> Response:
        planted.remove_all(sandbox_id)
        return Response(status=204)

    @api.get("/<fault_id>")
    def find(sandbox_id: str, fault_id: str) -> Response:
        return answer(200, planted.find(sandbox_id, fault_id))

    @api.delete("/<fault_id>")
    def remove(sandbox_id: str, fault_id: str) -> Response:
        planted.remove(sandbox_id, fault_id)
        return Response(status=204)

    return api


def _found(transaction: Transaction, sandbox_id: str, fault_id: str) -> Fault:
    known_sandbox(transaction, sandbox_id)
    number = number_in(fault_id)
    found = None if number is None else faults.find(transaction, sandbox_id, number)
    if found is None:
        raise errors.fault_not_found(fault_id)
    return found


def _shown(fault: Fault) -> dict[str, Any]:
    return {
        "id": fault.id,
        "call": fault.call,
        "kind": fault.kind.value,
        "phase": fault.phase.value,
        "seed": fault.seed,
        "share": fault.share,
        "left": fault.left,
        "expiresAt": fault.expires_at,
        "seen": fault.seen,
        "fired": fault.fired,
        **fault.values,
    }
