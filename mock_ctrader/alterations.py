"""What happened to a partner identifier on its way: the usual accidents, told by comparing two strings.

An identifier is opaque and case-sensitive and travels unchanged (section 5.2, E-9).
"""

from collections.abc import Collection
from html import escape, unescape
from urllib.parse import quote, unquote, unquote_plus


def alteration(expected: str, seen: str | None, others: Collection[str] = ()) -> str | None:
    """In words, how an identifier differs from what it should be; None if it does not.

    Args:
        expected: the identifier as the broker minted it.
        seen: the identifier as it arrived; None or "" if none did.
        others: identifiers of other partners.
    """
    if seen == expected:
        return None
    if not seen:
        return "it was dropped"
    if seen in others:
        return "it is another partner's identifier"
    return recognisable(expected, seen) or "it is another identifier altogether"


def recognisable(expected: str, seen: str) -> str | None:
    """The accident that made `seen` of `expected`, if it is one of the usual ones."""
    accidents = {
        "it lost its letters' case": seen.casefold() == expected.casefold(),
        "it lost white space at its ends": seen == expected.strip() or seen.strip() == expected,
        "a + became a space": seen in (expected.replace("+", " "), expected.replace("+", " ").strip()),
        "it was percent-encoded once too often": seen in _encoded(expected) | _encoded(quote(expected, safe="")),
        "it was percent-decoded once too often": seen in (unquote(expected), unquote_plus(expected)),
        "it was escaped as in HTML once too often": unescape(seen) == expected or seen == escape(expected),
        "it was read as HTML once too often": seen == unescape(expected),
        "its white space was changed": _without_space(seen) == _without_space(expected),
        "its UTF-8 was read as Latin-1": seen == expected.encode().decode("latin-1"),
        f"it was cut off after {len(seen)} of {len(expected)} characters": expected.startswith(seen),
        f"its first {len(expected) - len(seen)} characters were cut off": expected.endswith(seen),
        "something was added to it": expected in seen,
    }
    return next((accident for accident, happened in accidents.items() if happened and seen != expected), None)


def _without_space(text: str) -> str:
    return "".join(text.split())


def _encoded(text: str) -> set[str]:
    return {quote(text, safe=safe) for safe in ("", "/", "/+")}
