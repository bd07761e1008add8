"""What broker.toml tells of the screens, in its table `[screens]`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from mock_ctrader.settings import SettingsError

_KEYS = ("languages", "urls")


@dataclass(frozen=True, slots=True)
class ScreenSettings:
    """Which screens there are, and which languages they speak.

    Attributes:
        languages: two-letter codes. The first one that is not English stands for all others.
        urls: further screens that open without a log-in and without a one-time token, by their names.
    """

    languages: tuple[str, ...] = ("en",)
    urls: tuple[tuple[str, str], ...] = ()

    @property
    def other_language(self) -> str | None:
        """A language besides English, if the screens speak one."""
        return next((one for one in self.languages if one != "en"), None)

    @property
    def unsupported_language(self) -> str:
        """A two-letter code that the screens do not speak."""
        return next(one for one in ("zz", "qq") if one not in self.languages)


def parse_screens(table: Mapping[str, Any], base_url: str) -> ScreenSettings:
    """Read the table.

    ```toml
    [screens]
    languages = ["en", "de"]
    urls = { reset_password = "/auth/reset" }
    ```

    Raises:
        SettingsError: a key is not known, or a value of a wrong kind.
    """
    for key in table:
        if key not in _KEYS:
            raise SettingsError(f"screens.{key} is not known; known are {', '.join(_KEYS)}")
    languages = table.get("languages", ["en"])
    if not isinstance(languages, list) or not languages or not all(map(_is_language, languages)):
        raise SettingsError(
            f'screens.languages must be a list of two-letter codes such as ["en"], got {languages!r}'
        )
    urls = table.get("urls", {})
    if not isinstance(urls, dict) or not all(isinstance(url, str) and url for url in urls.values()):
        raise SettingsError(f"screens.urls must be a table from names to addresses, got {urls!r}")
    return ScreenSettings(tuple(languages), tuple((name, urljoin(base_url, url)) for name, url in urls.items()))


def _is_language(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 2 and value.isascii() and value.isalpha() and value.islower()
