"""How the user of a device wants the application and the broker's screens: language and theme of section 5.2."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mock_ctrader.links import query_pairs

COOKIE = "mock_ctrader_look"
# The application itself speaks English; Japanese is there to see what a broker does with a language it lacks.
LANGUAGES = {"en": "English", "pt": "Português", "de": "Deutsch", "ja": "日本語"}
THEMES = {"light": "Light", "dark": "Dark"}
_LANGUAGE = re.compile(r"[A-Za-z]{2}")


@dataclass(frozen=True, slots=True)
class Look:
    """What was chosen; None is no choice, and section 5.2's defaults hold."""

    lang: str | None = None
    theme: str | None = None

    @classmethod
    def of(cls, given: Mapping[str, str]) -> "Look":
        """What of `lang` and `theme` is given and can be meant; anything else is no choice."""
        lang, theme = given.get("lang", ""), given.get("theme", "")
        return cls(lang if _LANGUAGE.fullmatch(lang) else None, theme if theme in THEMES else None)

    @classmethod
    def kept(cls, cookie: str) -> "Look":
        """The reverse of `cookie`."""
        return cls.of(dict(query_pairs(cookie)))

    @property
    def cookie(self) -> str:
        """The choice as the device keeps it."""
        return "&".join(f"{name}={value}" for name, value in self.pairs())

    def pairs(self) -> list[tuple[str, str]]:
        """The choice as parameters of a screen's URL."""
        chosen = {"lang": self.lang, "theme": self.theme}
        return [(name, value) for name, value in chosen.items() if value is not None]

    def beside(self, pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """Parameters that hold already, with what they leave open."""
        given = {name for name, _ in pairs}
        return [*pairs, *(pair for pair in self.pairs() if pair[0] not in given)]
