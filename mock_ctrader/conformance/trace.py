"""What the harness itself exchanged with the broker, kept as evidence in the shape of the journal's events."""

import re
import threading
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from mock_ctrader.clock import Clock, SystemClock
from mock_ctrader.conformance.people import PASSWORD
from mock_ctrader.ids import fingerprint
from mock_ctrader.masking import SECRET_KEYS, mask

_BODY_LIMIT = 4_096
# brokers name their fields as they like; what sounds like a secret is one
_SOUNDS_SECRET = re.compile(
    r"passw|pwd|secret|token|jwt|bearer|authori[sz]ation|cookie|csrf|session", re.IGNORECASE
)
_IN_TEXT = re.compile(rf"([?&;](?:{'|'.join(sorted(SECRET_KEYS))})=)([^&\"'\s<>]+)")
# fields of forms, and what pages give their scripts; a text may have been cut inside one
_FIELD = re.compile(r"<(?:input|meta)\b[^>]*(?:>|$)", re.IGNORECASE)
_NAME = re.compile(r"\bname=[\"']?([^\"'\s>]+)", re.IGNORECASE)
_VALUE = re.compile(r"\b(value|content)=(?:\"[^\"]*(?:\"|$)|'[^']*(?:'|$)|[^\s>\"']+)", re.IGNORECASE)


def masked_url(url: str) -> str:
    """A URL with the secrets of its query masked; one without secrets stays byte for byte what it was."""
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    shown = [(name, veiled(name, value)) for name, value in pairs]
    return url if shown == pairs else urlunsplit(parts._replace(query=urlencode(shown, safe="*")))


def veiled(name: str, value: Any) -> Any:
    """A value as it may be kept: what is a secret, or sounds like one by its name, is masked at any depth."""
    if isinstance(value, dict):
        return {key: veiled(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [veiled(name, inner) for inner in value]
    if name in SECRET_KEYS:
        return mask(name, value)
    if isinstance(value, str):
        return "***" if value and _SOUNDS_SECRET.search(name) else veiled_text(value)
    return value


def veiled_text(text: str) -> str:
    """A text without the passwords of the people the harness plays, nor secrets in its addresses and forms."""
    hidden = _FIELD.sub(_veiled_field, PASSWORD.sub("***", text))
    return _IN_TEXT.sub(lambda found: f"{found[1]}***{fingerprint(found[2])}", hidden)


def _veiled_field(field: re.Match[str]) -> str:
    name = _NAME.search(field[0])
    secret = name is not None and (name[1] in SECRET_KEYS or _SOUNDS_SECRET.search(name[1]))
    return _VALUE.sub(r'\1="***"', field[0]) if secret else field[0]


class Trace:
    """Takes exchanges; secrets are masked as they come in. Safe to use from several threads."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._exchanges: list[dict[str, Any]] = []
        self._lock = threading.Lock()

    def mark(self) -> int:
        """Where the trace stands now; `since` gives what came after."""
        return len(self._exchanges)

    def since(self, mark: int) -> list[dict[str, Any]]:
        """The exchanges after a mark, oldest first."""
        with self._lock:
            return self._exchanges[mark:]

    def last(self, count: int) -> list[dict[str, Any]]:
        """The newest exchanges, oldest first."""
        with self._lock:
            return self._exchanges[-count:]

    def add(
        self,
        method: str,
        url: str,
        sent: Any,
        status: int | None,
        received: Any,
        *,
        title: str = "",
        call: str | None = None,
        milliseconds: int = 0,
    ) -> dict[str, Any]:
        """Keep one exchange.

        Args:
            url: absolute.
            sent: the request's fields or JSON, or None.
            status: None if there was no answer.
            received: JSON or the text of a page; what is long is cut.
        """
        shown = masked_url(url)
        exchange = {
            "kind": "exchange",
            "direction": "harness_to_broker",
            "at": self._clock.now_ms(),
            "title": title or f"{method} {urlsplit(url).path}",
            "method": method,
            "path": shown,
            "details": {
                "request": {"body": veiled("", sent)},
                "response": {"body": _short(veiled("", received))},
                "milliseconds": milliseconds,
            },
            "violations": [],
        }
        if status is not None:
            exchange["status"] = status
        if call is not None:
            exchange["call"] = call
        with self._lock:
            self._exchanges.append(exchange)
        return exchange


def _short(received: Any) -> Any:
    if isinstance(received, str) and len(received) > _BODY_LIMIT:
        return received[:_BODY_LIMIT] + f" ... ({len(received)} characters)"
    return received
