"""cTrader Invite: attribution inside cTrader by username, told to the broker by webhook (section C).

Independent of partner identifiers and call 3.6. How often and how fast the vendor retries is not published; the
figures here are ours.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from mock_ctrader.texts import can_be_kept

# Seconds to wait before the 2nd, 3rd, ... attempt; after the last one the delivery is given up.
RETRY_DELAYS = (0.2, 1.0, 5.0, 25.0)
USERNAME = "u"
BROKER_RESULTS = ("ATTRIBUTED_NEW", "ATTRIBUTED", "PENDING_ATTRIBUTION", "REATTRIBUTED")


class WebhookKind(StrEnum):
    """The two webhooks: C.1 and C.3."""

    ATTRIBUTION = "C.1"
    NEW_USER = "C.3"


class DeliveryState(StrEnum):
    """How a delivery stands."""

    PENDING = "pending"
    SENDING = "sending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class InviteSettings:
    """Where the broker wants its webhooks, and the `Authorization` value it chose. `held` keeps them back."""

    attribution_url: str | None = None
    new_user_url: str | None = None
    authorization: str | None = None
    held: bool = False

    def url(self, kind: WebhookKind) -> str | None:
        """The announced URL of a webhook."""
        return self.attribution_url if kind is WebhookKind.ATTRIBUTION else self.new_user_url


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook: its payload never changes, however often it is sent."""

    id: int
    kind: WebhookKind
    payload: dict[str, Any]
    state: DeliveryState
    attempts: int = 0
    next_at: int = 0
    status: int | None = None
    problem: str | None = None
    answer: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Registration:
    """A user of a broker's application, and who invited the user, if anybody did."""

    user_id: int
    broker_name: str
    registered_at: int
    partner_user_id: int | None = None
    invited_at: int | None = None
    broker_partner_id: str | None = None


def may_be_invited(user_id: int, inviter: int | None, already_by: int | None) -> bool:
    """Whether following this inviter's link makes the user an invited trader: not twice, and not by oneself."""
    return inviter is not None and inviter != user_id and already_by is None


def judge_answer(answer: Any) -> str | None:
    """What is wrong with a broker's answer to C.1; None if it can be understood."""
    if answer is None:
        return None
    if not isinstance(answer, dict):
        return "the answer is not a JSON object"
    result = answer.get("brokerResult")
    if result is not None and result not in BROKER_RESULTS:
        return f"brokerResult: must be one of {', '.join(BROKER_RESULTS)}, got {result!a}"
    partner_id = answer.get("brokerPartnerId")
    if partner_id is not None and (not isinstance(partner_id, str) or not can_be_kept(partner_id)):
        return f"brokerPartnerId: must be a string, got {partner_id!a}"
    return None
