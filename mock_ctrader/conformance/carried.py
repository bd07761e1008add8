"""What a signup submitted: whether the partnerId of the screen's URL went along, by the harness's own trace."""

import re
from collections.abc import Collection, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from mock_ctrader.alterations import recognisable
from mock_ctrader.conformance.trace import masked_url

# what brokers call the field; the short words only when they stand alone
_NAMES = re.compile(
    r"partner|ref|affil|invit|introduc|sponsor|(?<![a-z])(?:ib|pid|aff)(?:[-_]?(?:id|code))?(?![a-z])",
    re.IGNORECASE,
)


def submitted_partner_id(
    opened: str, screen_url: str, exchanges: list[dict[str, Any]], others: Collection[str] = ()
) -> str | None:
    """The partnerId that the requests after the opening of the screen carried (stage 13).

    Args:
        opened: the partnerId of the screen's URL.
        screen_url: what was opened; its own query proves nothing, also when the form posts back to it.
        exchanges: what the adapter exchanged with the broker during the signup.
        others: identifiers of other partners.

    Returns:
        The identifier as it was submitted, altered or not; "" if no request carried one; None if nothing can be
        said, because no request after the opening was seen.
    """
    opening = masked_url(screen_url)
    later = [one for one in exchanges if one.get("path") != opening or one.get("method") != "GET"]
    if not later:
        return None
    fields = [pair for one in later for pair in _fields(one, query=one.get("path") != opening)]
    named = [value for name, value in fields if _is_partner_id(name) and value]
    altered = [value for value in named if value != opened and recognisable(opened, value)]
    if altered:
        return altered[-1]
    if opened in [value for _, value in fields]:
        return opened
    return next((value for _, value in fields if value in others), "")


def _is_partner_id(name: str) -> bool:
    return _NAMES.search(name) is not None


def _fields(exchange: dict[str, Any], *, query: bool) -> Iterator[tuple[str, str]]:
    if query:
        yield from parse_qsl(urlsplit(str(exchange.get("path", ""))).query, keep_blank_values=True)
    yield from _flat("", exchange["details"]["request"]["body"])


def _flat(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(str(key), inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _flat(name, inner)
    elif isinstance(value, str):
        yield name, value


def only_posted_back(opened: str, screen_url: str, exchanges: list[dict[str, Any]]) -> bool:
    """Whether a request after the opening had the screen's own address, and with it the partnerId in its query."""
    opening = masked_url(screen_url)
    return any(
        one.get("path") == opening
        and one.get("method") != "GET"
        and opened in [value for _, value in parse_qsl(urlsplit(opening).query)]
        for one in exchanges
    )
