"""Takes secrets out of what a broker sent or was sent, whatever the broker calls them."""

import re
from typing import Any

from mock_ctrader import ids
from mock_ctrader.masking import SECRET_KEYS

_TOKEN = re.compile(r"""(\b\w*token["']?\s*[=:]\s*["']?)([^&"'\s<>*]+)""", re.IGNORECASE)
_SECRET_NAME = re.compile(r"pass(word|wd|phrase)?\d?$|pwd|password|secret|token|csrf|jwt|api_?key", re.IGNORECASE)
_SHORTEST = 6


def hide_tokens(text: str) -> str:
    """A text in which what follows `token=` and the like is a fingerprint."""
    return _TOKEN.sub(lambda one: f"{one[1]}***{ids.fingerprint(one[2])}", text)


class Hider:
    """Knows the secrets of one person and finds them by value; others it finds by their names."""

    def __init__(self) -> None:
        self._secrets: set[str] = set()

    def learn(self, secret: Any) -> None:
        """Hide this value from now on, wherever it stands. What is very short is no secret."""
        if isinstance(secret, str) and len(secret) >= _SHORTEST:
            self._secrets.add(secret)

    def url(self, url: str) -> str:
        """A URL without the secrets that are known by value; the trace masks its query by names."""
        for secret in self._secrets:
            url = url.replace(secret, "***")
        return url

    def body(self, value: Any, name: str = "") -> Any:
        """A body without secrets, at any depth; tokens become fingerprints."""
        if isinstance(value, dict):
            return {key: self.body(inner, str(key)) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.body(inner, name) for inner in value]
        if not isinstance(value, str):
            return value
        if name in SECRET_KEYS:
            return value  # the trace masks these the way the journal does
        if _SECRET_NAME.search(name):
            return "***"
        return hide_tokens(self.url(value))
