"""Reads a referral link, and the identifier in it."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

from mock_ctrader.conformance.adapter import AdapterError, Misdeclared, NoIdentifier, ReferralLink
from mock_ctrader.conformance.adapters.steps import Verb
from mock_ctrader.conformance.browsing import Page
from mock_ctrader.flows import Level
from mock_ctrader.links import PARTNER_ID

_LAST_SEGMENT = "/"


def read_referral_link(verb: Verb, page: Page, level_names: Mapping[Level, str]) -> ReferralLink:
    """The link that a page shows; one with an identifier alone has an empty URL.

    Raises:
        NoIdentifier: the level or the link is there, and no identifier where it should be.
        AdapterError: nothing is found there.
    """
    found = {name: finder.first(page) for name, finder in verb.finders.items()}
    for name in ("link", "partner_id"):
        if name in found and found[name] is None:
            kind = AdapterError if all(one is None for one in found.values()) else NoIdentifier
            raise kind(
                f"adapter.referral_link: {name} {verb.finders[name].source} finds nothing in {page.describe()}"
            )
    url = "" if "link" not in found else urljoin(page.url, str(found["link"]))
    own = found.get("partner_id")
    partner_id = str(own) if own is not None else _identifier(url, str(verb.options.get("id_in_link", PARTNER_ID)))
    level = found.get("level")
    return ReferralLink(url, partner_id, None if level is None else level_called(str(level), level_names))


def level_called(shown: str, level_names: Mapping[Level, str]) -> str:
    """The level that the broker calls so.

    Raises:
        Misdeclared: it is none of `level_names`.
    """
    called = {name.casefold(): level.value for level, name in level_names.items()}
    if shown.strip().casefold() in called:
        return called[shown.strip().casefold()]
    names = " nor ".join(repr(name) for name in level_names.values())
    raise Misdeclared(
        f"adapter.referral_link: level finds {shown!r}, which is neither {names} of level_names; "
        "find one of these words, or leave level out"
    )


def identifier_in(url: str, place: str) -> str | None:
    """The identifier in a link, decoded.

    Args:
        place: the name of the link's parameter, or "/" for the last segment of its path.
    """
    parts = urlsplit(url)
    if place == _LAST_SEGMENT:
        return unquote(parts.path.rstrip("/").rpartition("/")[2]) or None
    return dict(reversed(parse_qsl(parts.query, keep_blank_values=True))).get(place)


def _identifier(url: str, place: str) -> str:
    found = identifier_in(url, place)
    if found is None and place == _LAST_SEGMENT:
        raise NoIdentifier(f"the referral link {url} has no path whose last segment is an identifier")
    if found is None:
        parameters = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
        has = f"the parameters {', '.join(parameters)}" if parameters else "no parameters"
        raise NoIdentifier(
            f"the referral link {url} has no parameter {place}, but {has}; say with id_in_link which one it is "
            '("/" for the last path segment), or give partner_id a finder of its own'
        )
    return found
