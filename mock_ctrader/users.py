"""Users (cTIDs): the rules of calls 3.2, 3.10 and 3.11 as plain functions."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from mock_ctrader import errors

# Length and alphabet of a nickname are not published; ours are from section 3.2's recommendation.
NICKNAME_LIMIT = 25
_NICKNAME = re.compile(rf"[A-Za-z0-9._-]{{1,{NICKNAME_LIMIT}}}")
_NOT_IN_NICKNAME = re.compile(r"[^A-Za-z0-9._-]")
_APPLE_RELAY = "@privaterelay.appleid.com"


@dataclass(frozen=True, slots=True)
class User:
    """A person's identity in cTrader. Emails and nicknames are compared without regard to case."""

    user_id: int
    email: str
    nickname: str
    first_name: str | None
    preferred_language: str | None
    agreement_accepted: bool
    created_at: int


def check_email(email: str, key: str = "email") -> None:
    """Refuse Apple relay addresses, whichever key they come by: section 7.1.

    Raises:
        CTraderError: 400 `INVALID_REQUEST` (the code is not published; section 3.2's recommendation).
    """
    if email.lower().endswith(_APPLE_RELAY):
        raise errors.invalid_request(f"{key}: {email!r} is an Apple relay address, which cannot be a user")


def default_nickname(user_id: int) -> str:
    """The nickname that follows from the `userId`: WS 5.1."""
    return f"ctid{user_id}"


def choose_nickname(wanted: str | None, email: str, user_id: int, taken: Callable[[str], bool]) -> str:
    """The four nickname rules of section 3.2: a bad nickname is never an error."""
    derived_from_id = default_nickname(user_id)
    if wanted is not None:
        return wanted if _NICKNAME.fullmatch(wanted) and not taken(wanted) else derived_from_id
    derived_from_email = _NOT_IN_NICKNAME.sub("", email.split("@", 1)[0])[:NICKNAME_LIMIT]
    return derived_from_email if derived_from_email and not taken(derived_from_email) else derived_from_id
