"""From bytes to JSON, refusing what JSON is not: section 3's bodies."""

import json
import sys
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from mock_ctrader import errors

# No call nests more than four deep; whatever handles a body later may recurse into it.
_DEPTH_LIMIT = 150


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"key {key!r} appears twice")
        found[key] = value
    return found


def _depth(value: Any) -> int:
    """How many lists and objects stand inside each other; counted level by level, without recursion."""
    depth, level = 0, [value]
    while level := [one for one in level if isinstance(one, dict | list)]:
        depth += 1
        level = [inner for one in level for inner in (one.values() if isinstance(one, dict) else one)]
    return depth


def is_json(content_type: str | None) -> bool:
    """Whether a body of this content type is read as JSON; one without a type is (E-18)."""
    return content_type is None or content_type.split(";", 1)[0].strip().lower() in ("application/json", "")


def _float(text: str) -> float:
    """A number with a fraction or exponent; one beyond a float's range is the largest, as JSON has no infinity."""
    return max(-sys.float_info.max, min(sys.float_info.max, float(text)))


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
    fraction: Callable[[str], Any] = _decimal if exact else _float
    try:
        parsed = json.loads(
            body, parse_float=fraction, parse_constant=_no_constant, object_pairs_hook=_unique_keys
        )
    except RecursionError:
        raise errors.invalid_request("body: nested too deeply") from None
    except ValueError as problem:
        raise errors.invalid_request(f"body: not valid JSON ({problem})") from None
    if body.count(b"[") + body.count(b"{") > _DEPTH_LIMIT < _depth(parsed):
        raise errors.invalid_request(f"body: nested more than {_DEPTH_LIMIT} deep")
    if not isinstance(parsed, dict):
        raise errors.invalid_request(f"body: must be a JSON object, got {type(parsed).__name__}")
    return parsed
