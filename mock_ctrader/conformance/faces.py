"""The two faces of the login/signup screen: what their forms ask for and how one leads to the other (6.3.7)."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from bs4 import BeautifulSoup, Tag

from mock_ctrader.conformance.adapter import Unreachable
from mock_ctrader.conformance.throttling import Patience
from mock_ctrader.conformance.trace import Trace
from mock_ctrader.links import PARTNER_ID, parameter

_FIRST_LOGIN = "firstLogin"
_TIMEOUT = (5.0, 20.0)
_BUTTONS = 'button:not([type=button]), input[type="submit"]'


@dataclass(frozen=True, slots=True)
class Form:
    """A form that asks for a password.

    Attributes:
        fields: the names of what it asks a person for.
        hidden: the values of its hidden fields.
        buttons: what its buttons say.
    """

    fields: frozenset[str] = frozenset()
    hidden: tuple[str, ...] = ()
    buttons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Face:
    """A page with forms that ask for a password, looked at as one of them.

    Attributes:
        url: where it was found, after redirects.
        form: the form looked at; an empty one if there is none.
        others: the other such forms of the page, which tabs or a script may show.
        links: where its links lead, on the same host.
    """

    url: str
    form: Form
    others: tuple[Form, ...]
    links: tuple[str, ...]
    exchange: dict[str, Any]

    def carries(self, partner_id: str) -> bool:
        """Whether the identifier is in the address or in the form."""
        return partner_id in (parameter(self.url, PARTNER_ID), *self.form.hidden)

    def differs(self, other: "Face") -> bool:
        """Whether the two are not the same form."""
        return (self.form.fields, self.form.buttons) != (other.form.fields, other.form.buttons)


def read_face(url: str, trace: Trace) -> Face:
    """Open a page as a browser would that runs no scripts.

    Raises: Unreachable: there was no answer. Throttled: it was 429, however long one waited.
    """
    session = requests.Session()
    session.trust_env = False
    patience, again = Patience(f"GET {url.partition('?')[0]}"), True
    while again:
        try:
            response = session.get(url, headers={"Accept": "text/html", "Connection": "close"}, timeout=_TIMEOUT)
        except requests.RequestException as problem:
            raise Unreachable(f"GET {url}: {type(problem).__name__}") from problem
        again = patience.again(response.status_code, response.headers.get("Retry-After"))
    exchange = trace.add("GET", url, None, response.status_code, response.text)
    page = BeautifulSoup(response.content, "html.parser")
    host = urlsplit(response.url).netloc
    targets = [urljoin(response.url, str(link["href"])) for link in page.select("a[href]")]
    forms = [_form(one) for one in page.select("form") if one.select_one('input[type="password" i]')]
    return Face(
        response.url,
        forms[0] if forms else Form(),
        tuple(forms[1:]),
        tuple(dict.fromkeys(one for one in targets if urlsplit(one).netloc == host)),
        exchange,
    )


def other_face(opened: Face, trace: Trace) -> Face | None:
    """The other face, with another form that asks for a password.

    It is one link away, or on the same page. Where both forms are on the page, a link that opens it with another
    firstLogin is the tab that a person takes.
    """
    if opened.others:
        tab = next((link for link in opened.links if _is_tab(link, opened.url)), None)
        shown = opened if tab is None else read_face(tab, trace)
        return next((one for one in _faces(shown) if one.differs(opened)), None)
    alike: Face | None = None
    for link in opened.links:
        for face in _faces(read_face(link, trace)):
            if face.form.fields != opened.form.fields:
                return face
            if alike is None and face.differs(opened) and _is_elsewhere(face.url, opened.url):
                alike = face  # both ask for the same, which counts if no form asks for something else
    return alike


def _faces(page: Face) -> list[Face]:
    """A page once for each of its forms."""
    return [replace(page, form=form) for form in (page.form, *page.others) if form.fields]


def _is_tab(link: str, opened: str) -> bool:
    same = urlsplit(link).path == urlsplit(opened).path
    return same and parameter(link, _FIRST_LOGIN) not in (None, parameter(opened, _FIRST_LOGIN))


def _is_elsewhere(url: str, opened: str) -> bool:
    """Whether it is another screen, not the same one in another language."""
    return urlsplit(url).path != urlsplit(opened).path or _is_tab(url, opened)


def _form(form: Tag) -> Form:
    asked = form.select("input[name], select[name]")
    skipped = ("hidden", "submit", "checkbox")
    return Form(
        frozenset(str(field["name"]) for field in asked if field.get("type") not in skipped),
        tuple(str(field.get("value", "")) for field in asked if field.get("type") == "hidden"),
        tuple(one.get_text(strip=True) or str(one.get("value", "")) for one in form.select(_BUTTONS)),
    )
