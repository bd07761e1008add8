"""What a client is told when cTrader cannot do its part: the truth, and that nothing is lost."""

from dataclasses import dataclass
from http import HTTPStatus

from broker_reference.ctrader import CTraderError
from broker_reference.user_creation import UserTaken


@dataclass(frozen=True)
class Trouble:
    """One message on a page, and the page's status."""

    status: HTTPStatus
    message: str
    detail: str


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
