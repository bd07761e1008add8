"""The mails the broker has sent, for people and as JSON: in the place of a mail server, in tests."""

from flask import Blueprint, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from broker_reference.context import broker
from broker_reference.operators.access import require_setting

blueprint = Blueprint("mails", __name__)
blueprint.before_request(require_setting)

_SHOWN = 50


@blueprint.get("/outbox")
def page() -> ResponseReturnValue:
    """Show the latest mails."""
    return render_template("outbox.html", mails=broker().password_reset.mails(request.args.get("to"), _SHOWN))


@blueprint.get("/outbox.json")
def mails_json() -> Response:
    """Answer the latest mails, newest first; `to` asks for one address in any spelling."""
    return jsonify(
        mails=[
            {
                "to": mail.recipient,
                "subject": mail.subject,
                "text": mail.text,
                "link": mail.link,
                "sentAt": mail.sent_at,
            }
            for mail in broker().password_reset.mails(request.args.get("to"), _SHOWN)
        ]
    )
