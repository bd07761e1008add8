"""Embedded cTrader Web: from the client area straight into the application (section 5.6)."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from broker_reference import session
from broker_reference.client_area.access import current_client, require_client
from broker_reference.context import broker
from broker_reference.presentation import language, to, to_application

blueprint = Blueprint("ctrader_web", __name__)
blueprint.before_request(require_client)


@blueprint.post("/area/ctrader-web")
def open_web() -> ResponseReturnValue:
    """Mint a one-time token and send the browser to cTrader Web; who has no account opens one first."""
    url = broker().user_creation.ctrader_web_url(
        current_client().id, keep_logged_in=session.keeps_logged_in(), language=language()
    )
    return to("account.screen") if url is None else to_application(url)
