"""My payments: what became of deposits and withdrawals made in the application."""

from flask import Blueprint, Response, jsonify, render_template
from flask.typing import ResponseReturnValue

from broker_reference.client_area.access import current_client, require_client
from broker_reference.context import broker

blueprint = Blueprint("payments", __name__)
blueprint.before_request(require_client)

_SHOWN = 100


@blueprint.get("/area/payments")
def page() -> ResponseReturnValue:
    """Show the latest payments."""
    return render_template("payments.html", payments=broker().payments.latest(current_client().id, _SHOWN))


@blueprint.get("/area/payments.json")
def payments_json() -> Response:
    """Answer the latest payments, newest first; amounts are decimal strings."""
    return jsonify(
        payments=[
            {
                "externalId": payment.external_id,
                "login": payment.login,
                "type": payment.action.change_type,
                "amount": str(payment.amount),
                "state": payment.state.value,
                "balanceHistoryId": payment.balance_history_id,
                "submittedAt": payment.submitted_at,
            }
            for payment in broker().payments.latest(current_client().id, _SHOWN)
        ]
    )
