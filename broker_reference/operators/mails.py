"""The mails the broker has sent, for people and as JSON: in the place of a mail server, in tests."""

import ipaddress
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from broker_reference.context import broker
from broker_reference.presentation import text

blueprint = Blueprint("mails", __name__)

_SHOWN = 50


@blueprint.before_request
def require_setting() -> None:
    """Answer 404 unless the setting allows the page or, without one, everything stays on the loopback.

    The mails open accounts. So by default the page asks for a loopback name in the request too: a broker behind
    a proxy listens on the loopback and is reached by the whole world.
    """
    allowed = broker().settings.mail_outbox
    if allowed is None:
        allowed = all(_is_loopback(url) for url in (broker().url, request.host_url))
    if not allowed:
        raise NotFound(text("error.404"))


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


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
