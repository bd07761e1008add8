"""Finders: where a value is in what the broker answered, written as `css:`, `json:`, `re:` and the like."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import jmespath
import soupsieve
from bs4 import BeautifulSoup, Tag
from jmespath.exceptions import JMESPathError

from mock_ctrader.settings import SettingsError

_ATTRIBUTE = re.compile(r"@([A-Za-z_:][\w:.-]*)$")


@dataclass(frozen=True)
class Document:
    """An answer, or one row of it, as finders look at it."""

    text: str
    url: str = ""
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)
    element: Tag | None = None

    @cached_property
    def html(self) -> Tag:
        """The answer as HTML."""
        return BeautifulSoup(self.text, "html.parser") if self.element is None else self.element

    @cached_property
    def json(self) -> Any:
        """The answer as JSON; None if it is none."""
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError):
            return None


@dataclass(frozen=True)
class Finder:
    """One way to find values in a document.

    Attributes:
        source: as it was written.
    """

    source: str
    _find: Callable[[Document], list[Any]]
    _rows: Callable[[Document], list[Document]] | None = None

    def first(self, where: Document) -> Any:
        """The first value that is there and not empty, else None. JSON values keep their types."""
        return next((value for value in self._find(where) if value not in (None, "")), None)

    def matches(self, where: Document) -> bool:
        """Whether there is such a place, even if it is empty."""
        return bool(self._find(where) if self._rows is None else self._rows(where))

    def rows(self, where: Document) -> list[Document]:
        """Every place that matches, each a document of its own."""
        assert self._rows is not None, self.source
        return self._rows(where)


def parse_finder(text: Any, key: str, *, rows: bool = False) -> Finder:
    """Read a finder: `css:SELECTOR[@ATTRIBUTE]`, `json:JMESPATH`, `re:PATTERN` (its group, if it has one),
    `cookie:NAME`, `header:NAME` or `query:NAME` (a parameter of the address where the browser is).

    Args:
        key: what to call it in the error.
        rows: whether it must be able to find rows: css, json and re are.

    Raises:
        SettingsError: it is not written like one.
    """
    kind, colon, rest = text.partition(":") if isinstance(text, str) else ("", "", "")
    kinds = {name: make for name, make in _KINDS.items() if not rows or name in _ROW_KINDS}
    if not colon or not rest or kind not in kinds:
        written = ", ".join(f"{name}:..." for name in kinds)
        raise SettingsError(f"{key} must be a finder ({written}), got {text!r}")
    try:
        return kinds[kind](text, rest)
    except (soupsieve.SelectorSyntaxError, JMESPathError, re.error) as problem:
        reason = str(problem).splitlines()[0]
        raise SettingsError(f"{key}: {text!r} is not a {_KIND_NAMES[kind]}: {reason}") from None


def _css(source: str, rest: str) -> Finder:
    attribute = _ATTRIBUTE.search(rest)
    selector = soupsieve.compile(rest[: attribute.start()] if attribute else rest)

    def find(where: Document) -> list[Any]:
        return [_shown(tag, attribute and attribute[1]) for tag in selector.select(where.html)]

    def rows(where: Document) -> list[Document]:
        return [Document(str(tag), where.url, element=tag) for tag in selector.select(where.html)]

    return Finder(source, find, rows)


def _shown(tag: Tag, attribute: str | None) -> str | None:
    if attribute is None and tag.name == "input":
        attribute = "value"
    if attribute is None:
        return tag.get_text(" ", strip=True)
    value = tag.get(attribute)
    return " ".join(value) if isinstance(value, list) else value


def _json(source: str, rest: str) -> Finder:
    path = jmespath.compile(rest)

    def search(where: Document) -> list[Any]:
        try:
            found = path.search(where.json)
        except JMESPathError:
            return []  # a function of the path that does not take what is there
        return found if isinstance(found, list) else [found]

    def rows(where: Document) -> list[Document]:
        return [Document(json.dumps(row), where.url) for row in search(where) if row is not None]

    return Finder(source, search, rows)


def _re(source: str, rest: str) -> Finder:
    pattern = re.compile(rest, re.DOTALL)

    def find(where: Document) -> list[Any]:
        return [one[1] if pattern.groups else one[0] for one in pattern.finditer(where.text)]

    def rows(where: Document) -> list[Document]:
        return [Document(one[0], where.url) for one in pattern.finditer(where.text)]

    return Finder(source, find, rows)


def _cookie(source: str, rest: str) -> Finder:
    # front ends decode a cookie before they send its value back as a header
    return Finder(source, lambda where: [unquote(where.cookies[rest])] if rest in where.cookies else [])


def _header(source: str, rest: str) -> Finder:
    return Finder(source, lambda where: [where.headers[rest]] if rest in where.headers else [])


def _query(source: str, rest: str) -> Finder:
    return Finder(source, lambda where: parse_qs(urlsplit(where.url).query).get(rest, []))


_KINDS: dict[str, Callable[[str, str], Finder]] = {
    "css": _css,
    "json": _json,
    "re": _re,
    "cookie": _cookie,
    "header": _header,
    "query": _query,
}
_ROW_KINDS = ("css", "json", "re")
_KIND_NAMES = {"css": "CSS selector", "json": "JMESPath expression", "re": "regular expression"}
