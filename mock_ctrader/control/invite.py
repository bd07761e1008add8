"""Control of cTrader Invite: where webhooks go, and the log of their deliveries."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, request

from mock_ctrader import errors
from mock_ctrader.backend.fields import Boolean, Integer, Line, VendorSchema
from mock_ctrader.clock import Clock
from mock_ctrader.control.routes import answer, read
from mock_ctrader.control.schemas import Url
from mock_ctrader.errors import CTraderError
from mock_ctrader.invite.dispatcher import Dispatcher
from mock_ctrader.invites import Delivery, DeliveryState, InviteSettings
from mock_ctrader.store import Store, Transaction, sandboxes
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


def blueprint(store: Store, dispatcher: Dispatcher, clock: Clock) -> Blueprint:
    """The Invite part of the control API."""
    api = Blueprint("control_invite", __name__, url_prefix="/control/sandboxes/<sandbox_id>")

    @api.errorhandler(CTraderError)
    def refuse(refusal: CTraderError) -> Response:
        return answer(refusal.status, refusal.envelope())

    @api.get("/invite")
    def settings(sandbox_id: str) -> Response:
        with store.read() as transaction:
            _known(transaction, sandbox_id)
            return answer(200, _settings(stored.settings(transaction, sandbox_id)))

    @api.put("/invite")
    def put_settings(sandbox_id: str) -> Response:
        given = read(_KEYS)
        wanted = InviteSettings(
            given.get("attributionUrl"),
            given.get("newUserUrl"),
            given.get("authorization"),
            given.get("held", False),
        )
        with store.write() as transaction:
            _known(transaction, sandbox_id)
            stored.put_settings(transaction, sandbox_id, wanted)
        dispatcher.wake()
        return answer(200, _settings(wanted))

    @api.get("/deliveries")
    def deliveries(sandbox_id: str) -> Response:
        query = _QUERY.read(request.args.to_dict())
        with store.read() as transaction:
            _known(transaction, sandbox_id)
            found = stored.after(transaction, sandbox_id, query.get("after", 0), query.get("limit", 1000))
        return answer(200, {"deliveries": [_delivery(one) for one in found]})

    @api.post("/deliveries/<delivery_id>/replay")
    def replay(sandbox_id: str, delivery_id: str) -> Response:
        """Send the same delivery again, from its first attempt."""
        with store.write() as transaction:
            found = _found(transaction, sandbox_id, delivery_id)
            if found.state is not DeliveryState.SENDING:
                again = {"state": DeliveryState.PENDING, "attempts": 0, "next_at": clock.now_ms()}
                stored.save(transaction, sandbox_id, found.id, **again)
            body = _delivery(_found(transaction, sandbox_id, delivery_id))
        dispatcher.wake()
        return answer(202, body)

    @api.post("/deliveries/<delivery_id>/duplicate")
    def duplicate(sandbox_id: str, delivery_id: str) -> Response:
        """Send the same payload as a delivery of its own."""
        with store.write() as transaction:
            found = _found(transaction, sandbox_id, delivery_id)
            number = stored.queue(transaction, sandbox_id, found.kind, found.payload, clock.now_ms())
            body = _delivery(_found(transaction, sandbox_id, str(number)))
        dispatcher.wake()
        return answer(201, body)

    return api


def _known(transaction: Transaction, sandbox_id: str) -> None:
    if sandboxes.find(transaction, sandbox_id) is None:
        raise errors.sandbox_not_found(sandbox_id)


def _found(transaction: Transaction, sandbox_id: str, delivery_id: str) -> Delivery:
    _known(transaction, sandbox_id)
    is_number = delivery_id.isascii() and delivery_id.isdigit() and len(delivery_id) < 19
    found = stored.find(transaction, sandbox_id, int(delivery_id)) if is_number else None
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
