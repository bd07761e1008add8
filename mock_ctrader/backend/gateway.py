"""How every vendor call is taken in: the order of checks of section F, one transaction, one journal entry."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Request, Response, request

from mock_ctrader import errors
from mock_ctrader.backend.fields import VendorSchema
from mock_ctrader.backend.parsing import is_json, parse_object
from mock_ctrader.clock import Clock
from mock_ctrader.contract import Contract
from mock_ctrader.errors import CTraderError
from mock_ctrader.journal import Direction, Event, Journal, exchange
from mock_ctrader.sandboxes import Sandbox
from mock_ctrader.store import Store, Transaction, sandboxes
from mock_ctrader.store.world import World


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call answers; `body` None is a zero-length body (E-6, E-27).

    `ctid_trader_account_id` is for the journal, where the answer itself does not show it.
    """

    status: int
    body: dict[str, Any] | None = None
    ctid_trader_account_id: int | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One vendor call: its number, address, keys and the function that plays it."""

    number: str
    title: str
    method: str
    path: str
    keys: VendorSchema
    play: Callable[[World, dict[str, Any], Clock], Answer]
    keys_in_query: bool = False


@dataclass(slots=True)
class _Seen:
    """What is known of a request while it is handled."""

    sandbox: Sandbox | None = None
    body: dict[str, Any] | None = None


class Gateway:
    """Takes vendor calls in and journals each of them."""

    def __init__(self, store: Store, journal: Journal, contract: Contract, clock: Clock) -> None:
        self._store = store
        self._journal = journal
        self._contract = contract
        self._clock = clock

    def blueprint(self, calls: list[Call]) -> Blueprint:
        """A Flask blueprint that serves the given calls at the vendor's paths."""
        blueprint = Blueprint("backend", __name__)
        for call in calls:
            blueprint.add_url_rule(
                call.path, f"call_{call.number.replace('.', '_')}", self._view(call), methods=[call.method]
            )
        return blueprint

    def _view(self, call: Call) -> Callable[[], Response]:
        def view() -> Response:
            seen = _Seen()
            try:
                with self._store.write() as transaction:
                    answer = self._play(transaction, call, seen)
                    assert seen.sandbox is not None
                    event = self._event(call, seen, answer.status, answer.body)
                    event.ctid_trader_account_id = answer.ctid_trader_account_id or event.ctid_trader_account_id
                    self._journal.append(transaction, seen.sandbox.id, event)
            except CTraderError as refusal:
                # The change was rolled back; what is kept is that the call was made and refused.
                return self._refuse(call, seen, refusal)
            self._journal.announce()
            return _response(answer.status, answer.body)

        return view

    def _play(self, transaction: Transaction, call: Call, seen: _Seen) -> Answer:
        if not call.keys_in_query and not is_json(request.headers.get("Content-Type")):
            raise CTraderError(
                415,
                "INVALID_REQUEST",
                f"Content-Type: must be application/json, got {request.headers['Content-Type']!r}",
            )
        if call.number == "3.1":
            seen.body = parse_object(request.get_data())
            keys = call.keys.read(seen.body)
            seen.sandbox = sandboxes.by_manager(transaction, keys["login"])
            if seen.sandbox is None:
                raise errors.manager_refused(keys["login"])
        else:
            seen.sandbox = sandboxes.by_token(transaction, request.args.get("token", ""))
            if seen.sandbox is None:
                raise errors.token_refused()
            if call.keys_in_query:
                keys = call.keys.read(request.args.to_dict())
            else:
                seen.body = parse_object(request.get_data())
                keys = call.keys.read(seen.body)
        return call.play(World(transaction, seen.sandbox), keys, self._clock)

    def _refuse(self, call: Call, seen: _Seen, refusal: CTraderError) -> Response:
        event = self._event(call, seen, refusal.status, refusal.envelope())
        with self._store.write() as transaction:
            # A call that names no known manager is shown where there is only one place to look for it.
            sandbox = seen.sandbox or sandboxes.only_one(transaction)
            if sandbox is not None:
                self._journal.append(transaction, sandbox.id, event)
        self._journal.announce()
        return _response(refusal.status, refusal.envelope())

    def _event(self, call: Call, seen: _Seen, status: int, body: dict[str, Any] | None) -> Event:
        event = exchange(
            call.number,
            Direction.BROKER_TO_CTRADER,
            call.method,
            call.path,
            _query(request),
            seen.body,
            status,
            body,
            title=f"{call.number} {call.title}",
        )
        event.violations = self._contract.check(
            "ctrader", call.method, call.path, request.args.to_dict(), seen.body, status, body
        )
        return event


def _query(incoming: Request) -> str:
    # latin-1 keeps every byte of a query that is not UTF-8
    return incoming.query_string.decode("latin-1")


def _response(status: int, body: dict[str, Any] | None) -> Response:
    if body is None:
        return Response(b"", status=status, content_type="text/plain; charset=utf-8")
    return Response(json.dumps(body), status=status, content_type="application/json")
