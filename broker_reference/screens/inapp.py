"""The money screens of the application: deposit and withdrawal (section 5.7).

The one-time token of call 4.4 lets the user in, for this one action. That does not log anybody in to the website.
"""

import re
from http import HTTPStatus

from flask import Blueprint, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, NotFound

from broker_reference.context import broker
from broker_reference.money import Action, PaymentState, parse_amount
from broker_reference.payments import ForeignAccount, Opened, ScreenOver
from broker_reference.screen_parameters import ScreenParameters
from broker_reference.screens.trouble import Trouble, describe_payment
from broker_reference.store.payments import Payment, Screen
from broker_reference.tokens import Verdict

blueprint = Blueprint("inapp", __name__)

_ACCOUNT = re.compile("[1-9][0-9]{0,17}")
# The statuses of call 4.2 (E-20), for the same verdicts on the same kind of token.
_CLOSED = {
    Verdict.NOT_OUR_SHAPE: (HTTPStatus.EXPECTATION_FAILED, "This address was not made by us."),
    Verdict.NEVER_ISSUED: (HTTPStatus.NOT_FOUND, "This address has been used already, or was not made by us."),
    Verdict.ALREADY_USED: (HTTPStatus.NOT_FOUND, "This address has been used already, or was not made by us."),
    Verdict.EXPIRED: (HTTPStatus.GONE, "This address is older than a minute."),
}
_TITLES = {Action.DEPOSIT: "Deposit", Action.WITHDRAWAL: "Withdrawal"}


@blueprint.get("/inapp/<action>")
def screen(action: str) -> ResponseReturnValue:
    """Let the user in by one-time token and show the form."""
    parameters = ScreenParameters.parse(request.query_string.decode("utf-8", "replace"))
    chosen = _action(action)
    login = parameters.get("account")
    if login is None or _ACCOUNT.fullmatch(login) is None:
        raise BadRequest("account must be the number of a trading account.")
    token = parameters.get("token")
    if token is None:
        raise BadRequest("token is missing.")
    try:
        outcome = broker().payments.open_screen(token, chosen, int(login))
    except ForeignAccount:
        return _closed(chosen, parameters, HTTPStatus.FORBIDDEN, f"Account {login} is not one of yours.")
    if isinstance(outcome, Opened):
        return _form(outcome.screen, outcome.secret, parameters)
    return _closed(chosen, parameters, *_CLOSED[outcome])


@blueprint.post("/inapp/<action>")
def submit(action: str) -> ResponseReturnValue:
    """Move the money once and end on the success URL, which carries no token: nobody logs in by paying."""
    parameters = ScreenParameters.parse(request.form.get("parameters", ""))
    chosen = _action(action)
    secret = request.form.get("screen", "")
    try:
        opened = broker().payments.screen(secret, chosen)
        try:
            amount = parse_amount(request.form.get("amount", ""))
        except ValueError as error:
            return _form(opened, secret, parameters, errors={"amount": str(error)})
        payment = broker().payments.submit(opened, request.form.get("nonce", ""), amount)
    except ScreenOver:
        return _closed(chosen, parameters, HTTPStatus.GONE, "This form is no longer open; it did nothing.")
    if payment.state is PaymentState.DONE:
        url = broker().settings.success_url
        return redirect(f"{url}{'&' if '?' in url else '?'}account={payment.login}", HTTPStatus.SEE_OTHER)
    return _form(opened, secret, parameters, payment=payment)


def _action(text: str) -> Action:
    if text not in list(Action):
        raise NotFound("There is no such screen.")
    return Action(text)


def _form(
    opened: Screen,
    secret: str,
    parameters: ScreenParameters,
    *,
    errors: dict[str, str] | None = None,
    payment: Payment | None = None,
) -> ResponseReturnValue:
    """Render the form. Each rendering is a new payment, but none is offered while one may be on its way."""
    trouble: Trouble | None = None if payment is None else describe_payment(payment)
    page = render_template(
        "inapp_money.html",
        title=_TITLES[opened.action],
        screen=opened,
        secret=secret,
        nonce=broker().payments.nonce(),
        parameters=parameters.without("token"),
        trouble=trouble,
        may_repeat=payment is None or payment.state is PaymentState.REFUSED,
        errors=errors or {},
        values=request.form,
    )
    if trouble is not None:
        return make_response(page, trouble.status)
    return make_response(page, HTTPStatus.BAD_REQUEST if errors else HTTPStatus.OK)


def _closed(action: Action, parameters: ScreenParameters, status: HTTPStatus, message: str) -> ResponseReturnValue:
    page = render_template(
        "inapp_closed.html",
        title=_TITLES[action],
        message=message,
        parameters=parameters.without("token"),
    )
    return make_response(page, status)
