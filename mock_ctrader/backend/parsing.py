"""From bytes to a call's JSON object, refusing what is none: section 3's bodies."""

from decimal import Decimal, InvalidOperation
from typing import Any

from mock_ctrader import errors, json_text


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"key {key!r} appears twice")
        found[key] = value
    return found


def is_json(content_type: str | None) -> bool:
    """Whether a body of this content type is read as JSON; one without a type is (E-18)."""
    return content_type is None or content_type.split(";", 1)[0].strip().lower() in ("application/json", "")


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError("a number with an exponent beyond all bounds") from None


def parse_object(body: bytes, exact: bool = False) -> dict[str, Any]:
    """The JSON object a request carries.

    Args:
        exact: read numbers with a fraction as decimals, digit by digit, rather than as floats.

    Raises:
        CTraderError: 400 `INVALID_REQUEST` for anything that is not one JSON object.
    """
    try:
        parsed = json_text.parse(body, _decimal if exact else None, _unique_keys)
    except json_text.TooDeep as problem:
        raise errors.invalid_request(f"body: {problem}") from None
    except ValueError as problem:
        raise errors.invalid_request(f"body: not valid JSON ({problem})") from None
    if not isinstance(parsed, dict):
        raise errors.invalid_request(f"body: must be a JSON object, got {type(parsed).__name__}")
    return parsed
