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
