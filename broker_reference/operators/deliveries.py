"""The calls to cTrader that are not done: what waits for its next attempt, and what was refused and given up."""

from flask import Blueprint, Response, jsonify

from broker_reference.context import broker
from broker_reference.operators.access import require_setting
from broker_reference.store import deliveries as stored_deliveries

blueprint = Blueprint("deliveries", __name__)
blueprint.before_request(require_setting)

_SHOWN = 200


@blueprint.get("/operator/deliveries.json")
def deliveries_json() -> Response:
    """Answer the calls that are not done, what was given up first; no line means that nothing is open."""
    with broker().database.read() as connection:
        found = stored_deliveries.undone(connection, _SHOWN)
    return jsonify(
        deliveries=[
            {
                "call": one.call,
                "about": one.about,
                "state": "given_up" if one.state == "failed" else "waiting",
                "attempts": one.attempts,
                "nextAttemptAt": None if one.state == "failed" else one.next_attempt_at,
                "lastError": one.last_error,
            }
            for one in found
        ]
    )
