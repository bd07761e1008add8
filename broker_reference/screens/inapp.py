"""The money screens of the application: deposit and withdrawal (section 5.7).

The one-time token of call 4.4 lets the user in, for this one action. That does not log anybody in to the website.
"""

import re
from http import HTTPStatus

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, NotFound

from broker_reference.context import broker
from broker_reference.money import LARGEST_AMOUNT, Action, PaymentState, parse_amount
from broker_reference.payments import ForeignAccount, Opened, ScreenOver
from broker_reference.presentation import parameters, quoted, text, to_application
from broker_reference.screens.closed import CLOSED, closed
from broker_reference.screens.trouble import Trouble, describe_payment
from broker_reference.store.payments import Payment, Screen

blueprint = Blueprint("inapp", __name__)

_ACCOUNT = re.compile("[1-9][0-9]{0,17}")
_TITLES = {Action.DEPOSIT: "payments.deposit", Action.WITHDRAWAL: "payments.withdrawal"}


@blueprint.get("/inapp/<action>")
def screen(action: str) -> ResponseReturnValue:
    """Let the user in by one-time token and show the form."""
    chosen = _action(action)
    login = parameters().get("account") or ""
    if _ACCOUNT.fullmatch(login) is None:
        raise BadRequest(text("inapp.bad_account", value=quoted(login)))
    token = parameters().get("token")
    if token is None:
        raise BadRequest(text("inapp.no_token"))
    try:
        outcome = broker().payments.open_screen(token, chosen, int(login))
    except ForeignAccount:
        return closed(_TITLES[chosen], HTTPStatus.FORBIDDEN, "inapp.foreign", login=login)
    if isinstance(outcome, Opened):
        return _form(outcome.screen, outcome.secret)
    return closed(_TITLES[chosen], *CLOSED[outcome])


@blueprint.post("/inapp/<action>")
def submit(action: str) -> ResponseReturnValue:
    """Move the money once and end on the success URL, which carries no token: nobody logs in by paying."""
    chosen = _action(action)
    secret = request.form.get("screen", "")
    try:
        opened = broker().payments.screen(secret, chosen)
        try:
            amount = parse_amount(request.form.get("amount", ""))
        except ValueError:
            return _form(opened, secret, errors={"amount": text("form.amount", largest=LARGEST_AMOUNT)})
        payment = broker().payments.submit(opened, request.form.get("nonce", ""), amount)
    except ScreenOver:
        return closed(_TITLES[chosen], HTTPStatus.GONE, "inapp.over")
    if payment.state is PaymentState.DONE:
        return to_application(broker().user_creation.finished_url(payment.login))
    return _form(opened, secret, payment=payment)


def _action(typed: str) -> Action:
    if typed not in list(Action):
        raise NotFound(text("inapp.no_screen", value=quoted(typed)))
    return Action(typed)


def _form(
    opened: Screen,
    secret: str,
    *,
    errors: dict[str, str] | None = None,
    payment: Payment | None = None,
) -> ResponseReturnValue:
    """Render the form. Each rendering is a new payment, but none is offered while one may be on its way."""
    trouble: Trouble | None = None if payment is None else describe_payment(payment)
    page = render_template(
        "inapp_money.html",
        title=text(_TITLES[opened.action]),
        screen=opened,
        secret=secret,
        nonce=broker().payments.nonce(),
        trouble=trouble,
        may_repeat=payment is None or payment.state is PaymentState.REFUSED,
        errors=errors or {},
        values=request.form,
    )
    if trouble is not None:
        return make_response(page, trouble.status)
    return make_response(page, HTTPStatus.BAD_REQUEST if errors else HTTPStatus.OK)
