"""What must not be kept or shown: passwords and tokens, by the names of their keys."""

from typing import Any

from mock_ctrader import ids

PASSWORD_KEYS = {"password", "hashedPassword", "traderPasswordHash", "managerPassword", "crmPassword"}
TOKEN_KEYS = {"token", "webservToken", "crmApiToken", "accessToken", "inappToken", "code"}
SECRET_KEYS = PASSWORD_KEYS | TOKEN_KEYS


def mask(key: str, value: Any) -> Any:
    """The value as it may be kept: passwords and tokens hidden, at any depth.

    A token keeps an eight-character fingerprint, which shows whether two requests carried the same one; a
    password keeps nothing.
    """
    if key in PASSWORD_KEYS:
        return "***"
    if key in TOKEN_KEYS and isinstance(value, str | int):
        return f"***{ids.fingerprint(str(value))}"
    if isinstance(value, dict):
        return {name: mask(name, inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [mask(key, inner) for inner in value]
    return value
