"""Reads a referral link, and the identifier in it."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

from mock_ctrader.conformance.adapter import AdapterError, ReferralLink
from mock_ctrader.conformance.adapters.steps import Verb
from mock_ctrader.conformance.browsing import Page
from mock_ctrader.flows import Level
from mock_ctrader.links import PARTNER_ID

_LAST_SEGMENT = "/"


def read_referral_link(verb: Verb, page: Page, level_names: Mapping[Level, str]) -> ReferralLink:
    """The link that a page shows; one with an identifier alone has an empty URL.

    Raises:
        AdapterError: nothing is found there, or the link does not hold an identifier where it should.
    """
    found = {name: finder.first(page) for name, finder in verb.finders.items()}
    for name in ("link", "partner_id"):
        if name in found and found[name] is None:
            raise AdapterError(
                f"adapter.referral_link: {name} {verb.finders[name].source} finds nothing in {page.describe()}"
            )
    url = "" if "link" not in found else urljoin(page.url, str(found["link"]))
    own = found.get("partner_id")
    partner_id = str(own) if own is not None else _identifier(url, str(verb.options.get("id_in_link", PARTNER_ID)))
    level = found.get("level")
    named = {name: known.value for known, name in level_names.items()}
    return ReferralLink(url, partner_id, None if level is None else named.get(str(level), str(level)))


def _identifier(url: str, place: str) -> str:
    parts = urlsplit(url)
    if place == _LAST_SEGMENT:
        segment = unquote(parts.path.rstrip("/").rpartition("/")[2])
        if not segment:
            raise AdapterError(f"the referral link {url} has no path whose last segment is an identifier")
        return segment
    parameters = dict(reversed(parse_qsl(parts.query, keep_blank_values=True)))
    if place not in parameters:
        has = f"the parameters {', '.join(parameters)}" if parameters else "no parameters"
        raise AdapterError(
            f"the referral link {url} has no parameter {place}, but {has}; say with id_in_link which one it is "
            '("/" for the last path segment), or give partner_id a finder of its own'
        )
    return parameters[place]
