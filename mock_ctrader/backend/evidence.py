"""What a refused request says of itself: the body nobody read, and a manager token in the wrong place."""

from typing import Any
from urllib.parse import parse_qsl

from flask import Request
from werkzeug.exceptions import HTTPException

from mock_ctrader.backend.parsing import parse_object
from mock_ctrader.backend.xml import parse_xml
from mock_ctrader.errors import CTraderError
from mock_ctrader.masking import TOKEN_KEYS, plain

_FORM = "application/x-www-form-urlencoded"
_TOKEN_NAMES = {plain(key) for key in TOKEN_KEYS} - {"code"}


def body_of(request: Request) -> dict[str, Any] | None:
    """The keys of a request's body, whatever it is written in, if that can be told; never raises."""
    if not request.content_length:  # one of unknown length is not waited for
        return None
    try:
        content = request.get_data()
        if request.mimetype == _FORM:
            return dict(parse_qsl(content.decode(errors="replace"), keep_blank_values=True))
        return parse_xml(content) if request.mimetype.endswith("/xml") else parse_object(content)
    except (CTraderError, HTTPException, ValueError):
        return None


def misplaced_tokens(request: Request, body: dict[str, Any] | None, bearer: bool) -> list[tuple[str, str]]:
    """Where something that may be a token was sent, and what: places the call does not look at.

    Args:
        request: the request.
        body: its keys, where they could be read.
        bearer: whether the call takes its token from the Authorization header (section C).
    """
    found = []
    header = request.headers.get("Authorization", "")
    if header and not bearer:
        found.append(("an Authorization header", header.rpartition(" ")[2]))
    found += [
        (f"a header {name}", value)
        for name, value in request.headers.items()
        if plain(name.lower().removeprefix("x-")) in _TOKEN_NAMES - {"authorization"}
    ]
    found += [
        (f"the query parameter {name}", value)
        for name, value in request.args.items()
        if plain(name) in _TOKEN_NAMES and (name != "token" or bearer)
    ]
    found += [
        (f"the key {name} of the body", str(value))
        for name, value in (body or {}).items()
        if plain(name) in _TOKEN_NAMES
    ]
    return found


def token_advice(places: list[tuple[str, str]], bearer: bool) -> str:
    """The sentence that tells a broker where its token belongs."""
    sent = " and ".join(dict.fromkeys(place for place, _ in places))
    if bearer:
        return f"no Bearer token; {sent} was sent; the token belongs in the Authorization header, section C"
    return f"token missing in the query; {sent} was sent; the token belongs there as ?token=, section 2.2"
