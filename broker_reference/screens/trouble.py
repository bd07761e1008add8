"""What a client is told when cTrader cannot do its part: the truth, and that nothing is lost."""

from dataclasses import dataclass
from http import HTTPStatus

from broker_reference.ctrader import NOT_ENOUGH_MONEY, CTraderError
from broker_reference.money import PaymentState
from broker_reference.presentation import text
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
        told = text(f"trouble.unknown_{payment.action.value}", reference=payment.external_id)
        return Trouble(HTTPStatus.BAD_GATEWAY, told, detail)
    if payment.error_code == NOT_ENOUGH_MONEY:
        told = text("trouble.no_money", login=payment.login, amount=payment.amount)
        return Trouble(HTTPStatus.BAD_REQUEST, told, "")
    return Trouble(HTTPStatus.BAD_GATEWAY, text(f"trouble.refused_{payment.action.value}"), detail)


def describe(error: CTraderError | UserTaken) -> Trouble:
    """Return what to tell the client."""
    if isinstance(error, UserTaken):
        return Trouble(HTTPStatus.CONFLICT, text("trouble.user_taken"), "")
    if error.passing:
        return Trouble(HTTPStatus.SERVICE_UNAVAILABLE, text("trouble.no_answer"), str(error))
    return Trouble(HTTPStatus.BAD_GATEWAY, text("trouble.refused"), str(error))
