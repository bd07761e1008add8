"""What section 6.2 asks of a screen that was looked at: plain functions that say what is wrong, in words."""

import re
from collections.abc import Iterable

from mock_ctrader.conformance.screens import Control, Look
from mock_ctrader.links import parameter

LOAD_LIMIT_SECONDS = 3.0
# Between them nothing is said: a grey page is neither.
_DARK, _LIGHT = 0.4, 0.6

# "cTrader" alone is no other platform, and the broker may name it.
_UNWANTED = re.compile(
    r"\bctrader\W?id\b|\bctid\b|\bmeta\W?trader\b|\bmeta\W?quotes\b|\bMT\W?[45]\b|\bdx\W?trade\b|\bmatch\W?trader\b"
    r"|\btrade\W?locker\b|\bninja\W?trader\b|\bx\W?station\b|\bjforex\b",
    re.IGNORECASE,
)
# What is asked of somebody who is new, and of nobody who logs in.
_NEWCOMER = re.compile(
    r"first.?name|last.?name|given.?name|family.?name|surname|full.?name|phone|country|birth|new-password"
    r"|confirm|repeat|retype|agree|accept|terms|nationality",
    re.IGNORECASE,
)
_INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")


def misfits(look: Look, wide: Look) -> list[str]:
    """What does not fit the window.

    Args:
        wide: the same screen in a large window, which tells what should be there.
    """
    found = []
    if look.width > look.size.width + 1:
        found.append(f"the page is {look.width} px wide and scrolls sideways")
    found += [f"{one.name} {one.trouble}" for one in (*look.fields, *look.submits) if one.trouble is not None]
    missing = _names(wide.fields) - _names(look.fields)
    found += [f"{name} is not there" for name in sorted(missing)]
    if not look.submits:
        found.append("there is no button to submit with")
    return found


def unwanted_words(look: Look) -> list[str]:
    """Mentions of "cTrader ID" and of other platforms, each with some text around it."""
    text = _INVISIBLE.sub("", f"{look.title} | {look.text} | {look.words}").replace("\u00a0", " ")
    return [text[max(0, one.start() - 30) : one.end() + 30].strip() for one in _UNWANTED.finditer(text)]


def newcomer_fields(look: Look) -> list[str]:
    """The fields that only somebody new is asked for."""
    passwords = [field for field in look.fields if field.type == "password"]
    asked = [field.name for field in look.fields if _NEWCOMER.search(field.hints)]
    return asked + [field.name for field in passwords[1:] if field.name not in asked]


def is_dark(look: Look) -> bool:
    """Whether the background is dark."""
    return look.brightness < _DARK


def is_light(look: Look) -> bool:
    """Whether the background is light."""
    return look.brightness > _LIGHT


def speaks(look: Look, language: str) -> bool:
    """Whether the page says that it is in a language; one that says nothing is not contradicted."""
    return look.language.split("-")[0].casefold() in ("", language.casefold())


def keeps(look: Look, name: str) -> bool:
    """Whether the address still carries a parameter's value as it was asked for."""
    return parameter(look.address, name) == parameter(look.asked, name)


def asked_for(look: Look, name: str) -> str:
    """The value of a parameter with which the screen was opened; "" if it had none."""
    return parameter(look.asked, name) or ""


def in_time(look: Look) -> bool:
    """Whether the screen was loaded within the limit."""
    return look.load_seconds is not None and look.load_seconds <= LOAD_LIMIT_SECONDS


def brightness_in_words(look: Look) -> str:
    """How bright the background is."""
    word = "dark" if is_dark(look) else "light" if is_light(look) else "neither light nor dark"
    return f"{word} ({look.brightness:.0%} of white)"


def what_is_asked(look: Look) -> str:
    """The fields of a screen in one line."""
    return ", ".join(field.name for field in look.fields) or "no field"


def _names(controls: Iterable[Control]) -> set[str]:
    return {control.name for control in controls}
