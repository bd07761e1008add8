"""Rules of the tokens the broker mints: shape, lifetime, and how they are kept.

All three kinds are 256 random bits behind a prefix that tells them apart. Only SHA-256 digests are stored: a
copied database opens no session.
"""

import hashlib
import re
from enum import StrEnum

ONE_TIME_PREFIX = "ot_"
CRM_API_PREFIX = "crm_"
ACCESS_PREFIX = "at_"

ONE_TIME_LIFETIME_MS = 60_000  # one minute, section 6.1.7
CRM_API_LIFETIME_MS = 7 * 24 * 3600 * 1000  # at least a week, sections 2.2 and 4.1

_RANDOM_PART = "[A-Za-z0-9_-]{43}"
_SHAPES = {
    prefix: re.compile(prefix + _RANDOM_PART) for prefix in (ONE_TIME_PREFIX, CRM_API_PREFIX, ACCESS_PREFIX)
}


class Verdict(StrEnum):
    """What exchanging a one-time token came to (section 4.2, ruling E-20)."""

    VALID = "valid"
    NOT_OUR_SHAPE = "not our shape"
    NEVER_ISSUED = "never issued"
    ALREADY_USED = "already used"
    EXPIRED = "expired"


def has_shape(prefix: str, value: str) -> bool:
    """Tell whether `value` could be a token of the kind named by `prefix`."""
    return _SHAPES[prefix].fullmatch(value) is not None


def digest(token: str) -> str:
    """Return the form in which a token is stored. Plain SHA-256 is enough for 256 random bits."""
    return hashlib.sha256(token.encode("ascii")).hexdigest()


def verdict_on_unusable(expires_at: int | None, used_at: int | None) -> Verdict:
    """Say why a well-shaped one-time token could not be consumed.

    Both arguments are epoch milliseconds: None for no such token, and for a token not used yet.
    """
    if expires_at is None:
        return Verdict.NEVER_ISSUED
    if used_at is not None:
        return Verdict.ALREADY_USED
    return Verdict.EXPIRED
