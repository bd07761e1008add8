"""The languages of the broker's screens (section 5.2 `lang`, case 6.2.3) and the texts in them."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "pt", "de")
DEFAULT_LANGUAGE = "en"

_TEXTS = Path(__file__).parent / "texts"


def supported(wanted: str | None) -> str:
    """Return the language to show for a `lang` value: the broker's default for one it does not speak (6.2.3)."""
    language = (wanted or "").lower()
    return language if language in LANGUAGES else DEFAULT_LANGUAGE


@cache
def texts(language: str) -> Mapping[str, str]:
    """Return every text of a supported language by its key, `section.name`."""
    sections = tomllib.loads((_TEXTS / f"{language}.toml").read_text(encoding="utf-8"))
    return {f"{section}.{name}": text for section, entries in sections.items() for name, text in entries.items()}


def translate(language: str, key: str, **values: object) -> str:
    """Return a text with its values filled in. Raises KeyError for an unknown key or a missing value."""
    return texts(language)[key].format(**values)
