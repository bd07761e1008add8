"""Texts from outside, before they are kept or shown."""

import re

_NOT_KEPT = re.compile("[\\x00\\ud800-\\udfff]")


def printable(text: str) -> str:
    """The text as it can be sent: half of a surrogate pair, which JSON may carry, as JSON spells it."""
    return text.encode("utf-8", "backslashreplace").decode()


def can_be_kept(text: str) -> bool:
    """Whether a database takes it: no NUL, and no half of a surrogate pair."""
    return _NOT_KEPT.search(text) is None
