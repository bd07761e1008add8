"""From bytes to JSON, taking nothing that JSON is not: whoever sent it, it is kept and shown afterwards."""

import json
import sys
from collections.abc import Callable
from typing import Any, NoReturn

# No call nests more than four deep; whatever handles a body later may recurse into it.
DEPTH_LIMIT = 150


class TooDeep(ValueError):
    """Lists and objects stand inside each other beyond all need."""


def parse(
    content: bytes,
    fraction: Callable[[str], Any] | None = None,
    pairs: Callable[[list[tuple[str, Any]]], dict[str, Any]] | None = None,
) -> Any:
    """Any JSON value.

    Args:
        fraction: makes a number of one with a fraction or exponent; a float by default.
        pairs: makes an object of its keys and values; the last of two equal keys counts by default.

    Raises:
        TooDeep: it nests more than `DEPTH_LIMIT` deep.
        ValueError: it is no JSON.
    """
    try:
        parsed = json.loads(
            content, parse_float=fraction or _float, parse_constant=_no_constant, object_pairs_hook=pairs
        )
    except RecursionError:
        raise TooDeep("nested too deeply") from None
    if content.count(b"[") + content.count(b"{") > DEPTH_LIMIT < _depth(parsed):
        raise TooDeep(f"nested more than {DEPTH_LIMIT} deep")
    return parsed


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _float(text: str) -> float:
    """A number with a fraction or exponent; one beyond a float's range is the largest, as JSON has no infinity."""
    return max(-sys.float_info.max, min(sys.float_info.max, float(text)))


def _depth(value: Any) -> int:
    """How many lists and objects stand inside each other; counted level by level, without recursion."""
    depth, level = 0, [value]
    while level := [one for one in level if isinstance(one, dict | list)]:
        depth += 1
        level = [inner for one in level for inner in (one.values() if isinstance(one, dict) else one)]
    return depth
