"""Reads a referral list, page by page."""

from dataclasses import replace
from typing import Any
from urllib.parse import urldefrag

from requests.utils import parse_header_links

from mock_ctrader.conformance.adapter import AdapterError, Referral
from mock_ctrader.conformance.adapters.finders import Document
from mock_ctrader.conformance.adapters.steps import Verb
from mock_ctrader.conformance.adapters.visit import Visit
from mock_ctrader.conformance.browsing import Page
from mock_ctrader.conformance.forms import asks_for_password

_MOST_PAGES = 500
_NOT_FOUND = 404


def read_list(verb: Verb, visit: Visit, *, first_only: bool = False, **values: Any) -> tuple[list[Referral], int]:
    """Every entry of a list.

    With `next` alone it ends at a page whose `next` finds nothing, or leads to a page that was read already.
    One that has no `next` and whose address names no `{page}`, `{offset}` or `{cursor}` has one page. With
    `{page}` or `{offset}` it ends where `pages` or `next` say so, else at a page that is empty, not found, or
    the one before once more.

    Args:
        first_only: read the first page only.

    Returns:
        The entries, and how many pages there were.

    Raises:
        AdapterError: a page could not be read, or an entry has no address.
    """
    counted = {"page", "offset"} & verb.steps[-1].templates
    number = int(verb.options.get("first_page", 1))
    found: list[Referral] = []
    place: dict[str, Any] = {"page": number, "offset": 0, "cursor": None}
    page = visit.take(verb.steps, **values, **place)
    pages, before, read = 1, "", {page.url}
    while True:
        rows = verb.finders["rows"].rows(page)
        shown = "\n".join(row.text for row in rows)
        if counted and shown == before:
            return found, max(pages - 1, 1)  # the last page once more
        before = shown
        if not rows and asks_for_password(page):
            raise AdapterError(f"adapter.referrals: no list, but a log-in form: {page.describe()}")
        entries = [_entry(verb, row, page) for row in rows]
        found += entries
        if first_only or (counted and not entries):
            return found, pages if entries else max(pages - 1, 1)
        following = _following(verb, page)
        if ("next" in verb.finders or not counted) and not following:
            return found, pages
        if "pages" in verb.finders and pages >= _number(verb, page):
            return found, pages
        number += 1
        place = {"page": number, "offset": len(found), "cursor": following}
        try:
            if counted or "cursor" in verb.steps[-1].templates:
                page = visit.take(verb.steps[-1:], **values, **place)
            else:
                address = urldefrag(visit.absolute(_address(following))).url
                if address in read:
                    return found, pages
                read.add(address)
                page = visit.follow(verb.steps[-1], address)
        except AdapterError:
            if counted and visit.page is not None and visit.page.status == _NOT_FOUND:
                return found, pages
            raise
        if page.status is None or page.status >= 400:
            raise AdapterError(f"page {pages + 1} of the list: {page.describe()}")
        pages += 1
        if pages > _MOST_PAGES:
            raise AdapterError(f"the list does not end: page {pages} is {page.describe()}")


def table_head(page: Page | None) -> tuple[str, ...]:
    """The column heads of a page without a log-in form, with which nobody is greeted who has to log in first."""
    if page is None or page.json is not None or asks_for_password(page):
        return ()
    return tuple(text for cell in page.html.select("th") if (text := cell.get_text(" ", strip=True)))


def without_log_in(verb: Verb) -> Verb:
    """The verb without the steps that enter the password, and those before them."""
    last = max((nth for nth, step in enumerate(verb.steps, 1) if "password" in step.templates), default=0)
    return replace(verb, steps=verb.steps[last:])


def _entry(verb: Verb, row: Document, page: Page) -> Referral:
    email = verb.finders["email"].first(row)
    if email is None:
        raise AdapterError(
            f"adapter.referrals: email {verb.finders['email'].source} finds nothing in the row {row.text[:200]!r} "
            f"of {page.describe()}; if it is no entry, let rows not match it"
        )
    own = verb.finders["partner_id"].first(row) if "partner_id" in verb.finders else None
    return Referral.shown(str(email), None if own is None else str(own))


def _following(verb: Verb, page: Page) -> Any:
    """What `next` finds; of a `Link` header (RFC 8288) the address that is called next."""
    if "next" not in verb.finders:
        return None
    found = verb.finders["next"].first(page)
    if not (isinstance(found, str) and found.lstrip().startswith("<")):
        return found
    links = parse_header_links(found)
    return next((link["url"] for link in links if "next" in link.get("rel", "").casefold().split()), None)


def _number(verb: Verb, page: Page) -> int:
    value = verb.finders["pages"].first(page)
    try:
        return int(str(value))
    except ValueError:
        raise AdapterError(f"adapter.referrals: pages finds {value!r}, which is no number of pages") from None


def _address(value: Any) -> str:
    if not isinstance(value, str):
        raise AdapterError(
            f"adapter.referrals: next finds {value!r}, which is no address; "
            "if it is a cursor, name {cursor} in the list's query"
        )
    return value
