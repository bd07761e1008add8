"""Texts from outside, before they are kept."""

import re

_NOT_KEPT = re.compile("[\\x00\\ud800-\\udfff]")


def can_be_kept(text: str) -> bool:
    """Whether a database takes it: no NUL, and no half of a surrogate pair."""
    return _NOT_KEPT.search(text) is None
