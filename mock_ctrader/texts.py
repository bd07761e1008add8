"""Texts from outside, before they are kept."""


def can_be_kept(text: str) -> bool:
    """Whether a database takes it: no NUL, and no half of a surrogate pair."""
    return not any(char == "\0" or 0xD800 <= ord(char) < 0xE000 for char in text)
