"""Requests that hit no call are journaled, with what they may have meant."""

from collections.abc import Sequence
from typing import Any

from flask import Request

from mock_ctrader.backend import evidence
from mock_ctrader.backend.near import SEGMENTS, Route, nearest
from mock_ctrader.journal import Direction, Journal, exchange
from mock_ctrader.sandboxes import Sandbox
from mock_ctrader.store import Store, Transaction, sandboxes


def owner(transaction: Transaction, tokens: Sequence[str]) -> Sandbox | None:
    """The sandbox that one of these tokens belongs to, or else the only one there is: there someone looks."""
    found = (sandboxes.by_token(transaction, token) for token in tokens if token)
    return next((one for one in found if one is not None), None) or sandboxes.only_one(transaction)


class Unrouted:
    """Tells of requests for which there is no call at this path, or none with this method."""

    def __init__(self, store: Store, journal: Journal, calls: Sequence[Route]) -> None:
        self._store = store
        self._journal = journal
        self._calls = calls

    def note(self, request: Request, status: int) -> None:
        """Journal a request that is answered 404 or 405, if it was meant for cTrader's backend.

        Args:
            request: the request.
            status: what it is answered.
        """
        if request.path.split("/")[1] not in SEGMENTS:
            return
        body = evidence.body_of(request)
        misplaced = evidence.misplaced_tokens(request, body, bearer=False)
        token = request.args.get("token", "")
        with self._store.write() as transaction:
            sandbox = owner(transaction, [token, *(value for _, value in misplaced)])
            if sandbox is None:
                return
            near = nearest(request.method, request.path, self._calls, sandbox.switches)
            details: dict[str, Any] = {
                "near": [{"call": one.number, "method": one.method, "path": one.path} for one in near.calls]
            }
            if misplaced and not token:
                details["problem"] = evidence.token_advice(misplaced, bearer=False)
            event = exchange(
                near.number,
                Direction.BROKER_TO_CTRADER,
                request.method,
                request.path,
                request.query_string.decode("latin-1"),
                body,
                status,
                None,
                title=near.text,
                details=details,
            )
            self._journal.append(transaction, sandbox.id, event)
        self._journal.announce()
