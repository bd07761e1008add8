"""What must not be kept or shown: passwords and tokens, by the names of their keys."""

from functools import lru_cache
from typing import Any

from mock_ctrader import ids

PASSWORD_KEYS = {"password", "hashedPassword", "traderPasswordHash", "managerPassword", "crmPassword"}
TOKEN_KEYS = {
    "token",
    "webservToken",
    "crmApiToken",
    "accessToken",
    "inappToken",
    "code",
    "managerToken",
    "authToken",
    "apiToken",
    "apiKey",
    "authorization",
}
SECRET_KEYS = PASSWORD_KEYS | TOKEN_KEYS


@lru_cache(maxsize=1000)
def plain(key: str) -> str:
    """A key as it is compared: brokers that send a secret under a wrong name spell it in many ways."""
    return key.replace("_", "").replace("-", "").lower()


_PASSWORDS, _TOKENS = {plain(key) for key in PASSWORD_KEYS}, {plain(key) for key in TOKEN_KEYS}


def mask(key: str, value: Any) -> Any:
    """The value as it may be kept: passwords and tokens hidden, at any depth.

    A token keeps an eight-character fingerprint, which shows whether two requests carried the same one; a
    password keeps nothing.
    """
    name = plain(key)
    if name in _PASSWORDS:
        return "***"
    if name in _TOKENS and isinstance(value, str | int):
        return f"***{ids.fingerprint(str(value))}"
    if isinstance(value, dict):
        return {inside: mask(inside, inner) for inside, inner in value.items()}
    if isinstance(value, list):
        return [mask(key, inner) for inner in value]
    return value
