"""The two faces of the login/signup screen: what their forms ask for and how one leads to the other (6.3.7)."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from bs4 import BeautifulSoup, Tag

from mock_ctrader.conformance.adapter import Unreachable
from mock_ctrader.conformance.trace import Trace
from mock_ctrader.links import PARTNER_ID, parameter

_TIMEOUT = (5.0, 20.0)


@dataclass(frozen=True, slots=True)
class Face:
    """A page with a form that asks for a password; without one, `fields` is empty.

    Attributes:
        url: where it was found, after redirects.
        fields: the names of what the form asks a person for.
        hidden: the values of its hidden fields.
        links: where its links lead, on the same host.
    """

    url: str
    fields: frozenset[str]
    hidden: tuple[str, ...]
    links: tuple[str, ...]
    exchange: dict[str, Any]

    def carries(self, partner_id: str) -> bool:
        """Whether the identifier is in the address or in the form."""
        return partner_id in (parameter(self.url, PARTNER_ID), *self.hidden)


def read_face(url: str, trace: Trace) -> Face:
    """Open a page as a browser would that runs no scripts.

    Raises: Unreachable: there was no answer.
    """
    session = requests.Session()
    session.trust_env = False
    try:
        response = session.get(url, headers={"Accept": "text/html", "Connection": "close"}, timeout=_TIMEOUT)
    except requests.RequestException as problem:
        raise Unreachable(f"GET {url}: {type(problem).__name__}") from problem
    exchange = trace.add("GET", url, None, response.status_code, response.text)
    page = BeautifulSoup(response.content, "html.parser")
    host = urlsplit(response.url).netloc
    targets = [urljoin(response.url, str(link["href"])) for link in page.select("a[href]")]
    form = next((one for one in page.find_all("form") if one.select_one('input[type="password"]')), None)
    asked = form.select("input[name], select[name]") if isinstance(form, Tag) else []
    return Face(
        response.url,
        frozenset(
            str(field["name"]) for field in asked if field.get("type") not in ("hidden", "submit", "checkbox")
        ),
        tuple(str(field.get("value", "")) for field in asked if field.get("type") == "hidden"),
        tuple(dict.fromkeys(one for one in targets if urlsplit(one).netloc == host)),
        exchange,
    )


def other_face(opened: Face, trace: Trace) -> Face | None:
    """The other face: a page one link away whose form asks for something else, and for a password."""
    for link in opened.links:
        found = read_face(link, trace)
        if found.fields and found.fields != opened.fields:
            return found
    return None
