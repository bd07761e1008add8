"""Where a client goes who has just shown who he or she is: by password, or by the link of a reset."""

from flask.typing import ResponseReturnValue

from broker_reference import session
from broker_reference.context import broker
from broker_reference.ctrader import CTraderError
from broker_reference.presentation import parameters, to, to_application
from broker_reference.screens.account import account_page
from broker_reference.screens.trouble import describe
from broker_reference.store.clients import Client
from broker_reference.user_creation import UserTaken


def let_in(client: Client, *, keep_logged_in: bool) -> ResponseReturnValue:
    """Begin a session and go on: to the application if that opened the screen, else to the client area.

    Who has no trading account yet goes on with user creation where it stopped. A client of the website who
    logs in there, and never set out to open an account, is left alone.
    """
    session.log_in(client.id, keep_logged_in=keep_logged_in)
    creation, by_app = broker().user_creation, parameters().opened_by_app
    if creation.has_linked_account(client.id):
        if by_app:
            return to_application(creation.success_url(client.id, keep_logged_in=keep_logged_in))
        return to("client_area.home")
    if client.flow_started_at is None and not by_app:
        return to("client_area.home")
    broker().clients.continue_flow(client.id)
    return create_user_and_go_on(client.id)


def create_user_and_go_on(client_id: int) -> ResponseReturnValue:
    """Stages 5 to 8 of user creation (section 5.3), then on to account opening."""
    try:
        broker().user_creation.ensure_user(client_id)
    except (CTraderError, UserTaken) as error:
        return account_page(trouble=describe(error))
    return to("account.screen")
