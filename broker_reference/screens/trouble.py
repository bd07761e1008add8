"""What a client is told when cTrader cannot do its part: the truth, and that nothing is lost."""

from dataclasses import dataclass
from http import HTTPStatus

from broker_reference.ctrader import NOT_ENOUGH_MONEY, CTraderError
from broker_reference.money import PaymentState
from broker_reference.store.payments import Payment
from broker_reference.user_creation import UserTaken


@dataclass(frozen=True)
class Trouble:
    """One message on a page, and the page's status."""

    status: HTTPStatus
    message: str
    detail: str


def describe_payment(payment: Payment) -> Trouble:
    """Return what to tell the client about a payment that is not done."""
    detail = payment.last_error or ""
    if payment.state is PaymentState.UNKNOWN:
        return Trouble(
            HTTPStatus.BAD_GATEWAY,
            f"We do not know yet whether this {payment.action.value} went through. Please do not repeat it; "
            f"contact support and name {payment.external_id}.",
            detail,
        )
    if payment.error_code == NOT_ENOUGH_MONEY:
        return Trouble(
            HTTPStatus.BAD_REQUEST,
            f"There is not enough money on account {payment.login} to withdraw {payment.amount}. "
            "Nothing was moved.",
            "",
        )
    return Trouble(
        HTTPStatus.BAD_GATEWAY,
        f"The trading platform did not make this {payment.action.value}. Nothing was moved; you may try again.",
        detail,
    )


def describe(error: CTraderError | UserTaken) -> Trouble:
    """Return what to tell the client."""
    if isinstance(error, UserTaken):
        return Trouble(
            HTTPStatus.CONFLICT,
            "The trading platform knows your address under another client of ours. Please contact support.",
            "",
        )
    if error.passing:
        return Trouble(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "The trading platform is not answering right now. Your registration is saved; please try again.",
            str(error),
        )
    return Trouble(
        HTTPStatus.BAD_GATEWAY,
        "The trading platform refused this step. Your registration is saved; try again or contact support.",
        str(error),
    )
