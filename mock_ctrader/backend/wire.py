"""What of a request is HTTP: which format it has and wants, and which leniencies its envelope uses (D, E-18)."""

from collections.abc import Mapping
from enum import Enum
from functools import lru_cache

from flask import Request
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from mock_ctrader.errors import CTraderError
from mock_ctrader.leniency import Leniency, note

_JSON = "application/json"
_XML = ("application/xml", "text/xml")
WEBSERV = "/v2/webserv/"


class Format(Enum):
    """What a body is written in."""

    JSON = "JSON"
    XML = "XML"


def body_format(request: Request) -> Format:
    """What the request's body is written in: JSON if it does not say (E-18); XML only under /webserv/.

    Raises:
        CTraderError: 415 `INVALID_REQUEST`.
    """
    given = request.headers.get("Content-Type")
    media_type = "" if given is None else given.split(";", 1)[0].strip().lower()
    if media_type in (_JSON, ""):
        return Format.JSON
    speaks_xml = request.path.startswith(WEBSERV)
    if speaks_xml and media_type in _XML:
        return Format.XML
    expected = f"{_JSON} or {_XML[0]}" if speaks_xml else _JSON
    raise CTraderError(415, "INVALID_REQUEST", f"Content-Type: must be {expected}, got {given!r}")


def answer_format(request: Request, xml_for_any: bool) -> Format:
    """What the answer is to be written in: JSON, but under /webserv/ what `Accept` prefers.

    XML is the vendor's default: a client that sends no Accept gets it (client code). What `*/*` alone gets is
    our inference, JSON, because many HTTP libraries send it unasked; `xml_for_any` decides otherwise. An Accept
    that allows neither counts as none.
    """
    if not request.path.startswith(WEBSERV):
        return Format.JSON
    accepted = _accepted(request)
    json_quality = _quality(accepted, (_JSON, "application/*", "*/*"))
    xml_quality = max(_quality(accepted, (name, f"{name.split('/')[0]}/*", "*/*")) for name in _XML)
    if json_quality == xml_quality:
        return Format.XML if json_quality == 0 or (xml_for_any and _JSON not in accepted) else Format.JSON
    return Format.JSON if json_quality > xml_quality else Format.XML


def _accepted(request: Request) -> Mapping[str, float]:
    return _ranges(request.headers.get("Accept"))


@lru_cache(maxsize=200)
def _ranges(accept: str | None) -> Mapping[str, float]:
    """The media ranges of `Accept`, without their parameters, and the quality of each; none if there is none.

    A client sends the same header with every request; reading it costs as much as reading a body.
    """
    parsed = parse_accept_header(accept, MIMEAccept)
    return {name.split(";", 1)[0].strip().lower(): quality for name, quality in parsed}


def _quality(accepted: Mapping[str, float], ranges: tuple[str, ...]) -> float:
    """The quality of the first of these ranges, the narrowest, that is there."""
    return next((accepted[name] for name in ranges if name in accepted), 0.0)


def envelope_leniencies(request: Request, takes_slash: bool, reads_body: bool) -> list[Leniency]:
    """The leniencies of a request apart from its keys.

    Args:
        takes_slash: whether a slash at the end of the path is one of them.
        reads_body: whether the call's keys are in a body; its query is then nothing but the token.
    """
    used = []
    query = request.query_string
    if "token" in request.args and not query.rpartition(b"&")[2].startswith(b"token="):
        used.append(note("token-position", "token"))
    if b"&&" in query or query[:1] == b"&" or query[-1:] == b"&":
        used.append(note("empty-parameter", "query"))
    if reads_body:
        used += [note("unknown-key", name) for name in request.args if name != "token"]
    if takes_slash and request.path.endswith("/"):
        used.append(note("trailing-slash", "path"))
    if "Authorization" in request.headers:
        used.append(note("authorization-header", "Authorization"))
    if reads_body and "Content-Type" not in request.headers:
        used.append(note("content-type", "Content-Type"))
    named = (_JSON, *_XML) if request.path.startswith(WEBSERV) else (_JSON,)
    accepted = _accepted(request)
    if not any(name in accepted for name in named):
        used.append(note("accept", "Accept"))
    return used
