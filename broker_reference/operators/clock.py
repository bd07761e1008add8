"""The broker's clock put forward, so that a test need not wait for a token to expire."""

from http import HTTPStatus

from flask import Blueprint, Response, jsonify, request

from broker_reference.clock import MovableClock
from broker_reference.context import broker
from broker_reference.crm_api.bodies import json_object
from broker_reference.errors import ApiError

_FARTHEST_S = 366 * 24 * 3600


def blueprint_of(clock: MovableClock) -> Blueprint:
    """Make the blueprint that moves one clock; it is registered only if the setting allows it."""
    blueprint = Blueprint("operator_clock", __name__)

    @blueprint.post("/operator/clock")
    def advance() -> Response:
        # Only what is declared as JSON is read: a form on somebody's page could be sent here, JSON could not.
        seconds = json_object(request).get("advance_seconds") if request.is_json else None
        if type(seconds) is not int or not 0 <= seconds <= _FARTHEST_S:
            message = f"advance_seconds must be an integer from 0 to {_FARTHEST_S}, not {str(seconds)[:40]!r}"
            raise ApiError(HTTPStatus.BAD_REQUEST, "INVALID_REQUEST", message)
        clock.advance(seconds)
        broker().outbox.wake()  # its pauses are over sooner
        return jsonify(now=clock.now_ms())

    return blueprint
