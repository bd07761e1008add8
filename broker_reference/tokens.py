"""Rules of the tokens the broker mints: shape, lifetime, and how they are kept.

All kinds are 256 random bits behind a prefix that tells them apart. Only SHA-256 digests are stored: a
copied database opens no session.
"""

import hashlib
import re
from enum import StrEnum

ONE_TIME_PREFIX = "ot_"
CRM_API_PREFIX = "crm_"
ACCESS_PREFIX = "at_"
INAPP_PREFIX = "ia_"
SCREEN_PREFIX = "sc_"
NONCE_PREFIX = "fn_"
RESET_PREFIX = "rp_"

ONE_TIME_LIFETIME_MS = 60_000  # one minute, section 6.1.7
CRM_API_LIFETIME_MS = 7 * 24 * 3600 * 1000  # at least a week, sections 2.2 and 4.1
ACCESS_LIFETIME_MS = 90 * 24 * 3600 * 1000  # the broker's own choice (section 5.1), counted from the log-in
SCREEN_LIFETIME_MS = 15 * 60 * 1000  # to fill in one InApp form
RESET_LIFETIME_MS = 30 * 60 * 1000  # to find the mail and choose a new password

_RANDOM_PART = "[A-Za-z0-9_-]{43}"
_PREFIXES = (
    ONE_TIME_PREFIX,
    CRM_API_PREFIX,
    ACCESS_PREFIX,
    INAPP_PREFIX,
    SCREEN_PREFIX,
    NONCE_PREFIX,
    RESET_PREFIX,
)
_SHAPES = {prefix: re.compile(prefix + _RANDOM_PART) for prefix in _PREFIXES}


class OneTimePurpose(StrEnum):
    """What a one-time token opens; it is worth nothing anywhere else."""

    ENTRY = "entry"  # the application: minted by the broker's screens, exchanged by call 4.2
    INAPP = "inapp"  # one InApp screen: minted by call 4.4, shown to that screen (section 5.7)


class Verdict(StrEnum):
    """Why a token is worth nothing (sections 4.2 and 4.3, ruling E-20)."""

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


def verdict_on_access(issued_at: int | None, now: int) -> Verdict | None:
    """Judge a well-shaped accessToken by analogy with E-20. Returns None if it is good.

    Both arguments are epoch milliseconds; None for no such token. A revoked token is gone from the store, so
    that, like a used one-time token, it cannot be told from one never issued: 404. One whose time has run out is
    410. It may be verified any number of times.
    """
    if issued_at is None:
        return Verdict.NEVER_ISSUED
    return Verdict.EXPIRED if now >= issued_at + ACCESS_LIFETIME_MS else None
