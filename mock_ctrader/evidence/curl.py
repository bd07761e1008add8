"""An exchange as a `curl` command that repeats it; what was masked becomes a variable of the shell."""

import json
import re
import shlex
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

_MASKED = re.compile(r"\*\*\*(?:[0-9a-f]{8})?")
_IN_URL = re.compile(r"([?&;])([^=&?#;]+)=(\*\*\*(?:[0-9a-f]{8})?)(?=[&#;]|$)")
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+")


class _Variable(str):
    """The name of a shell variable."""


def curl(exchange: dict[str, Any], mock_url: str | None, broker_url: str | None) -> str | None:
    """The command, in lines joined by backslashes; None for what is no request.

    The journal keeps paths, so the addresses of the mock and of the broker's CRM endpoints must be told.
    """
    method, path = exchange.get("method"), exchange.get("path")
    if not isinstance(method, str) or not isinstance(path, str):
        return None
    url = _base(exchange, mock_url, broker_url) + path
    parts = ["curl --include", *([f"--request {shlex.quote(method)}"] if method != "GET" else []), _url(url)]
    body = ((exchange.get("details") or {}).get("request") or {}).get("body")
    if isinstance(body, dict) and _is_form(exchange, body):
        fields = [_quoted([f"{name}=", *_masked(name, value)]) for name, value in body.items()]
        parts += [f"--data-urlencode {field}" for field in fields]
    elif body is not None:
        parts += ["--header 'Content-Type: application/json'", f"--data {_quoted(_json('', body))}"]
    return " \\\n  ".join(parts)


def _base(exchange: dict[str, Any], mock_url: str | None, broker_url: str | None) -> str:
    if exchange.get("direction") == "broker_to_ctrader":
        return (mock_url or "http://127.0.0.1:8080").rstrip("/")
    if exchange.get("direction") == "ctrader_to_broker":
        parts = urlsplit(broker_url or "http://127.0.0.1:9000")
        return f"{parts.scheme}://{parts.netloc}"
    return ""


def _is_form(exchange: dict[str, Any], body: dict[str, Any]) -> bool:
    """Whether the harness filled in a page: the trace keeps fields and JSON alike, but a page answers no JSON."""
    answer = ((exchange.get("details") or {}).get("response") or {}).get("body")
    flat = all(isinstance(value, str) for value in body.values())
    return exchange.get("direction") == "harness_to_broker" and flat and not isinstance(answer, dict | list)


def _url(url: str) -> str:
    pieces: list[str] = []
    at = 0
    for match in _IN_URL.finditer(url):
        pieces += [url[at : match.start(3)], _Variable(_name(unquote(match[2])))]
        at = match.end()
    return _quoted([*pieces, url[at:]])


def _json(key: str, value: Any) -> Iterator[str]:
    """A value as JSON, in pieces."""
    if isinstance(value, dict):
        yield "{"
        for index, (name, inner) in enumerate(value.items()):
            yield (", " if index else "") + json.dumps(str(name)) + ": "
            yield from _json(str(name), inner)
        yield "}"
    elif isinstance(value, list):
        yield "["
        for index, inner in enumerate(value):
            yield ", " if index else ""
            yield from _json(key, inner)
        yield "]"
    elif isinstance(value, str) and _MASKED.fullmatch(value):
        yield from ('"', _Variable(_name(key)), '"')
    else:
        yield json.dumps(value, ensure_ascii=False)


def _masked(name: str, value: str) -> Iterator[str]:
    yield _Variable(_name(name)) if _MASKED.fullmatch(value) else value


def _name(key: str) -> str:
    """crmApiToken as CRM_API_TOKEN."""
    found = "_".join(word for word in _WORDS.split(key) if word).upper() or "SECRET"
    return found if found[0].isalpha() else f"SECRET_{found}"


def _quoted(pieces: Any) -> str:
    """Pieces as one word of the shell: text in single quotes, variables in double quotes."""
    told = ""
    text = ""
    for piece in pieces:
        if isinstance(piece, _Variable):
            told += (shlex.quote(text) if text else "") + f'"${piece}"'
            text = ""
        else:
            text += piece.replace("\0", "")
    return told + (shlex.quote(text) if text or not told else "")
