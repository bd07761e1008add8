"""Control of cTrader Invite: where webhooks go, and the log of their deliveries."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, request

from mock_ctrader import errors
from mock_ctrader.backend.fields import Boolean, Integer, Line, VendorSchema
from mock_ctrader.clock import Clock
from mock_ctrader.control.known import known_sandbox, number_in
from mock_ctrader.control.routes import answer, body
from mock_ctrader.control.schemas import Url
from mock_ctrader.errors import CTraderError
from mock_ctrader.invite.dispatcher import Dispatcher
from mock_ctrader.invites import Delivery, DeliveryState, InviteSettings
from mock_ctrader.store import Store, Transaction
from mock_ctrader.store import invites as stored


class InviteKeys(VendorSchema):
    """PUT of the webhook settings; what is missing is off."""

    attributionUrl = Url()
    newUserUrl = Url()
    authorization = Line(1, 500)
    held = Boolean()


class DeliveriesQuery(VendorSchema):
    """Query of the delivery log."""

    after = Integer(0)
    limit = Integer(1, 1000)


_KEYS, _QUERY = InviteKeys(), DeliveriesQuery()


class Invite:
    """Says where webhooks go, and sends deliveries once more."""

    def __init__(self, store: Store, dispatcher: Dispatcher, clock: Clock) -> None:
        self._store = store
        self._dispatcher = dispatcher
        self._clock = clock

    def settings(self, sandbox_id: str) -> InviteSettings:
        """Raises: CTraderError: 404 `SANDBOX_NOT_FOUND`."""
        with self._store.read() as transaction:
            known_sandbox(transaction, sandbox_id)
            return stored.settings(transaction, sandbox_id)

    def put_settings(self, sandbox_id: str, wanted: InviteSettings) -> None:
        """Raises: CTraderError: 404 `SANDBOX_NOT_FOUND`."""
        with self._store.write() as transaction:
            known_sandbox(transaction, sandbox_id)
            stored.put_settings(transaction, sandbox_id, wanted)
        self._dispatcher.wake()

    def deliveries(self, sandbox_id: str, after: int, limit: int) -> list[dict[str, Any]]:
        """The log of deliveries after a number, in order.

        Raises: CTraderError: 404 `SANDBOX_NOT_FOUND`.
        """
        with self._store.read() as transaction:
            known_sandbox(transaction, sandbox_id)
            return [_delivery(one) for one in stored.after(transaction, sandbox_id, after, limit)]

    def replay(self, sandbox_id: str, delivery_id: str) -> dict[str, Any]:
        """Send the same delivery again, from its first attempt.

        Raises: CTraderError: 404 `SANDBOX_NOT_FOUND` or `DELIVERY_NOT_FOUND`.
        """
        with self._store.write() as transaction:
            found = _found(transaction, sandbox_id, delivery_id)
            if found.state is not DeliveryState.SENDING:
                again = {"state": DeliveryState.PENDING, "attempts": 0, "next_at": self._clock.now_ms()}
                stored.save(transaction, sandbox_id, found.id, **again)
            shown = _delivery(_found(transaction, sandbox_id, delivery_id))
        self._dispatcher.wake()
        return shown

    def duplicate(self, sandbox_id: str, delivery_id: str) -> dict[str, Any]:
        """Send the same payload as a delivery of its own.

        Raises: CTraderError: 404 `SANDBOX_NOT_FOUND` or `DELIVERY_NOT_FOUND`.
        """
        with self._store.write() as transaction:
            found = _found(transaction, sandbox_id, delivery_id)
            number = stored.queue(transaction, sandbox_id, found.kind, found.payload, self._clock.now_ms())
            shown = _delivery(_found(transaction, sandbox_id, str(number)))
        self._dispatcher.wake()
        return shown


def wanted_settings(given: dict[str, Any]) -> InviteSettings:
    """The settings that the control API's keys describe; what is missing is off.

    Raises: CTraderError: 400 naming the key that does not fit.
    """
    read = _KEYS.read(given)
    return InviteSettings(
        read.get("attributionUrl"), read.get("newUserUrl"), read.get("authorization"), read.get("held", False)
    )


def blueprint(invite: Invite) -> Blueprint:
    """The Invite part of the control API."""
    api = Blueprint("control_invite", __name__, url_prefix="/control/sandboxes/<sandbox_id>")

    @api.errorhandler(CTraderError)
    def refuse(refusal: CTraderError) -> Response:
        return answer(refusal.status, refusal.envelope())

    @api.get("/invite")
    def settings(sandbox_id: str) -> Response:
        return answer(200, _settings(invite.settings(sandbox_id)))

    @api.put("/invite")
    def put_settings(sandbox_id: str) -> Response:
        wanted = wanted_settings(body())
        invite.put_settings(sandbox_id, wanted)
        return answer(200, _settings(wanted))

    @api.get("/deliveries")
    def deliveries(sandbox_id: str) -> Response:
        query = _QUERY.read(request.args.to_dict())
        found = invite.deliveries(sandbox_id, query.get("after", 0), query.get("limit", 1000))
        return answer(200, {"deliveries": found})

    @api.post("/deliveries/<delivery_id>/replay")
    def replay(sandbox_id: str, delivery_id: str) -> Response:
        return answer(202, invite.replay(sandbox_id, delivery_id))

    @api.post("/deliveries/<delivery_id>/duplicate")
    def duplicate(sandbox_id: str, delivery_id: str) -> Response:
        return answer(201, invite.duplicate(sandbox_id, delivery_id))

    return api


def _found(transaction: Transaction, sandbox_id: str, delivery_id: str) -> Delivery:
    known_sandbox(transaction, sandbox_id)
    number = number_in(delivery_id)
    found = None if number is None else stored.find(transaction, sandbox_id, number)
    if found is None:
        raise errors.delivery_not_found(delivery_id)
    return found


def _settings(settings: InviteSettings) -> dict[str, Any]:
    return {
        "attributionUrl": settings.attribution_url,
        "newUserUrl": settings.new_user_url,
        # the broker's secret is taken, never shown
        "authorization": None if settings.authorization is None else "***",
        "held": settings.held,
    }


def _delivery(delivery: Delivery) -> dict[str, Any]:
    shown = asdict(delivery)
    return {
        "id": shown["id"],
        "call": delivery.kind.value,
        "payload": shown["payload"],
        "state": delivery.state.value,
        "attempts": shown["attempts"],
        "status": shown["status"],
        "problem": shown["problem"],
        "answer": shown["answer"],
    }
