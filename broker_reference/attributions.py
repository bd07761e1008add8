"""Rules of attribution: who counts as brought by whom (section 5.8 stages 13 to 15, rulings E-12 to E-16)."""

from dataclasses import dataclass
from enum import StrEnum


class AttributionState(StrEnum):
    """Life of an attribution. PENDING turns into ATTRIBUTED at the first successful call 4.2 (E-12)."""

    PENDING = "pending"
    ATTRIBUTED = "attributed"
    REFUSED = "refused"


class Refusal(StrEnum):
    """Why a partnerId on a signup came to nothing. The signup itself is never blocked."""

    UNKNOWN_PARTNER = "unknown partner"  # E-14
    SELF_REFERRAL = "self-referral"  # E-15
    EXISTING_CLIENT = "existing client"  # E-13


class Source(StrEnum):
    """How the broker learned who brought a client: the partnerId of a signup, or cTrader Invite (section C)."""

    PARTNER_ID = "partner_id"
    INVITE = "invite"


class BrokerResult(StrEnum):
    """What the broker answers to the attribution webhook of cTrader Invite (section C.1)."""

    ATTRIBUTED_NEW = "ATTRIBUTED_NEW"
    ATTRIBUTED = "ATTRIBUTED"
    PENDING_ATTRIBUTION = "PENDING_ATTRIBUTION"
    REATTRIBUTED = "REATTRIBUTED"


class InviteStep(StrEnum):
    """What an invitation leads to when both its users are known."""

    ATTRIBUTE = "attribute the client"
    MOVE = "move the client from the partner of an earlier invitation"
    KEEP = "the client is this partner's already"
    KEEP_OTHER = "the client came with another partner's partnerId, and that stays"


@dataclass(frozen=True)
class Brought:
    """Who brought a client, as recorded: not refused, perhaps still pending."""

    partner_client_id: int
    partner_id: str
    source: Source
    state: AttributionState


@dataclass(frozen=True)
class PartnerOwner:
    """The client behind an identifier; account-level identifiers count for their owner too (E-16)."""

    client_id: int
    email: str


def email_key(email: str) -> str:
    """Return the form in which two spellings of one address are equal."""
    return email.strip().casefold()


def refusal_of(
    owner: PartnerOwner | None, client_id: int, client_email: str, *, existed_before: bool
) -> Refusal | None:
    """Decide on the partnerId of one signup.

    Args:
        owner: who the identifier belongs to, or None if the broker never issued it.
        client_id, client_email: the client who signs up.
        existed_before: the client was known before this signup, so nobody brought him or her (E-13).

    Returns:
        None if the attribution may be recorded as pending, else the reason against it.
    """
    if owner is None:
        return Refusal.UNKNOWN_PARTNER
    if owner.client_id == client_id or email_key(owner.email) == email_key(client_email):
        return Refusal.SELF_REFERRAL
    if existed_before:
        return Refusal.EXISTING_CLIENT
    return None


def invite_step(brought: Brought | None, partner_client_id: int) -> InviteStep:
    """Decide on an invitation of a known client by a known partner.

    What cTrader Invite said it may say otherwise: it alone knows about guaranteed periods, so its latest word on a
    client counts. A partnerId is the broker's own, older mechanism; what it attributed stays (E-13).
    """
    if brought is None:
        return InviteStep.ATTRIBUTE
    if brought.partner_client_id == partner_client_id:
        return InviteStep.KEEP
    return InviteStep.MOVE if brought.source is Source.INVITE else InviteStep.KEEP_OTHER
