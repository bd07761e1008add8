"""Texts of broker.toml with `{name}` in them, filled in when a step is taken."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

from mock_ctrader.conformance.adapter import AdapterError

# {{ and }} are braces; braces around anything but a name, as in the {3} of a regular expression, stay
_PATTERN = re.compile(r"\{\{|\}\}|\{([A-Za-z_][\w.-]*)(?::(int|number|bool|text))?\}")
_GAP = "\0"
QUERY = "query."

# What a template may name besides values that an earlier step saved, and `query.<parameter of the screen's URL>`.
PERSON_NAMES = ("email", "password", "first_name", "last_name", "username", "phone")
CTRADER_NAMES = ("user_id", "login", "ctid_trader_account_id")
RUN_NAMES = ("level", "screen_url", "success_url", "amount", "new_password", "seconds")
PAGE_NAMES = ("page", "offset", "cursor")
KNOWN_NAMES = PERSON_NAMES + CTRADER_NAMES + RUN_NAMES + PAGE_NAMES


class Absent(Exception):
    """A value that may be missing, as a parameter of the screen's URL: what it stands in is left out."""


Lookup = Callable[[str], Any]
"""Gives the value of a name; raises `Absent`, or `AdapterError` if there is no value."""


def fill(value: Any, lookup: Lookup) -> Any:
    """A value with its templates filled in, at any depth; keys and items that are absent are left out.

    A text that is one template and nothing else takes over the value's type, so a number that was saved from a
    JSON answer stays a number; `{name:int}`, `{name:number}`, `{name:bool}` and `{name:text}` choose it.

    Raises:
        AdapterError: a value is not there, or has not the type that was chosen.
        Absent: the text as a whole is to be left out.
    """
    if isinstance(value, dict):
        return dict(_present(value.items(), lookup))
    if isinstance(value, list):
        return [inner for _, inner in _present(enumerate(value), lookup)]
    if not isinstance(value, str):
        return value
    if whole := _PATTERN.fullmatch(value):
        return _literal(whole) if whole[1] is None else _typed(whole, lookup)
    return _PATTERN.sub(lambda one: _literal(one) if one[1] is None else _text(_typed(one, lookup)), value)


def fill_address(text: str, lookup: Lookup) -> str:
    """An address with its templates filled in, percent-encoded unless they are what it begins with.

    A query parameter whose value is absent is left out.
    """

    def replace(one: re.Match[str]) -> str:
        if one[1] is None:
            return _literal(one)
        try:
            value = _text(_typed(one, lookup))
        except Absent:
            return _GAP
        return value if one.start() == 0 else quote(value, safe="")

    filled = _PATTERN.sub(replace, text)
    if _GAP not in filled:
        return filled
    path, _, query = filled.partition("?")
    kept = "&".join(pair for pair in query.split("&") if _GAP not in pair)
    return path.replace(_GAP, "") + (f"?{kept}" if kept else "")


def names_in(value: Any) -> Iterator[str]:
    """Every name that a value's templates mention, at any depth."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from names_in(inner)
    elif isinstance(value, str):
        yield from (one[1] for one in _PATTERN.finditer(value) if one[1] is not None)


def _present(items: Any, lookup: Lookup) -> Iterator[tuple[Any, Any]]:
    for key, inner in items:
        try:
            yield key, fill(inner, lookup)
        except Absent:
            continue


def _literal(one: re.Match[str]) -> str:
    return one[0][0]


def _typed(one: re.Match[str], lookup: Lookup) -> Any:
    name, wanted = one[1], one[2]
    value = lookup(name)
    try:
        if wanted == "int":
            return int(value)
        if wanted == "number":
            number = float(value)
            return int(number) if number.is_integer() else number
    except (TypeError, ValueError):
        raise AdapterError(f"{one[0]}: {value!r} is no {wanted}") from None
    if wanted == "bool":
        return _text(value).casefold() in ("true", "yes", "on", "1")
    return _text(value) if wanted == "text" else value


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
