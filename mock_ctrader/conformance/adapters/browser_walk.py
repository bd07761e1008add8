"""Takes the declared steps of a verb in a tab; what cannot be done is told with what the page shows instead."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urljoin, urlsplit

from mock_ctrader.clock import SystemClock
from mock_ctrader.conformance.adapter import AdapterError
from mock_ctrader.conformance.adapters.browser_steps import Step
from mock_ctrader.conformance.adapters.finders import Document, Finder
from mock_ctrader.conformance.adapters.templates import QUERY, Absent, fill, fill_address
from mock_ctrader.conformance.chromium import first_line
from mock_ctrader.conformance.tab import Tab
from mock_ctrader.flows import Level
from mock_ctrader.links import parameter

# Forms often answer with a page of the same address: this long is waited for another one before it is looked at.
_LOOK_MS = 30


class Walk:
    """One verb, for one person, in one tab."""

    def __init__(
        self,
        tab: Tab,
        base_url: str,
        values: Mapping[str, str],
        saved: dict[str, str],
        lookup: Callable[[], Mapping[str, str]],
        level: Level | None,
        patience: float,
    ) -> None:
        """Args: values: of the templates. saved: takes what steps save. lookup: what cTrader knows of somebody."""
        self.tab = tab
        self._base_url = base_url
        self._values = values
        self._saved = saved
        self._lookup = lookup
        self._level = level
        self._patience = patience

    def take(self, steps: list[Step]) -> None:
        """Take steps until they are done, or until the tab stops before the success URL.

        Raises:
            AdapterError: one could not be taken; the text names it and quotes the page.
        """
        for step in steps:
            if self.tab.stopped_at is not None:
                return
            if step.when not in (None, self._level):
                continue
            if step.present is not None and not self.tab.has(step.present):
                continue
            self._take(step)

    def document(self) -> Document:
        """The page as finders look at it."""
        with self._doing("reading the page"):
            return Document(self.tab.html(), self.tab.page.url, self.tab.status())

    def click(self, selector: str, where: str) -> None:
        """Click an element and let what follows happen."""
        with self._doing(f"{where}.click", selector):
            self.tab.find(selector).click()
        with self._doing(f"after {where}.click {selector!r}"):
            self.tab.settle()

    def _take(self, step: Step) -> None:
        if step.open is not None:
            url = urljoin(self._base_url, fill_address(step.open, self._value))
            with self._doing(f"{step.where}.open"):
                self.tab.open(url)
            if self.tab.stopped_at is not None:
                return
        if step.wait is not None:
            with self._doing(f"{step.where}.wait", step.wait):
                self.tab.find(step.wait).wait_for()
        for selector, text in self._filled(step.fill):
            with self._doing(f"{step.where}.fill", selector):
                self.tab.find(selector).fill(text)
        for selector, choice in self._filled(step.select):
            with self._doing(f"{step.where}.select", selector, f"{choice!r} cannot be chosen"):
                self.tab.find(selector).select_option(choice)
        for ticked in step.check:
            selector = self._text(ticked)
            with self._doing(f"{step.where}.check", selector):
                self.tab.find(selector).check()
        if step.click is not None:
            self.click(self._text(step.click), step.where)
        if step.expect is not None and self.tab.stopped_at is None:
            self._expect(step.where, self._text(step.expect))
        if self.tab.stopped_at is None:
            for name, finder in step.save.items():
                self._saved[name] = self._found(f"{step.where}.save.{name}", finder)

    def _expect(self, where: str, path: str) -> None:
        clock = SystemClock()
        deadline = clock.monotonic() + self._patience
        while self.tab.stopped_at is None and path not in _path(self.tab.page.url):
            if clock.monotonic() > deadline:
                raise AdapterError(f"{where}.expect: did not lead to {path!r}. {self.tab.describe()}")
            self.tab.page.wait_for_timeout(_LOOK_MS)
        with self._doing(f"after {where}.expect"):
            self.tab.settle()

    def _found(self, what: str, finder: Finder) -> str:
        """What a finder finds on the page, before patience ends."""
        clock = SystemClock()
        deadline = clock.monotonic() + self._patience
        while (value := finder.first(self.document())) is None:
            if clock.monotonic() > deadline:
                raise AdapterError(f"{what}: {finder.source} finds nothing. {self.tab.describe()}")
            self.tab.page.wait_for_timeout(_LOOK_MS)
        return str(value).strip()

    @contextmanager
    def _doing(self, what: str, selector: str | None = None, otherwise: str = "cannot be used") -> Iterator[None]:
        from playwright.sync_api import Error, TimeoutError

        try:
            yield
        except AdapterError as problem:
            raise type(problem)(f"{what}: {problem}") from problem
        except Error as problem:
            if selector is None:
                trouble = first_line(problem)
            elif not isinstance(problem, TimeoutError):
                trouble = f"{selector!r}: {first_line(problem)}"
            elif self.tab.has(selector):
                trouble = f"{selector!r} is on the page, but {otherwise}"
            else:
                trouble = f"nothing on the page that can be seen matches {selector!r}"
            raise AdapterError(f"{what}: {trouble}. {self.tab.describe()}") from problem

    # templates

    def _filled(self, table: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        for selector, text in table.items():
            try:
                yield self._text(selector), self._text(text)
            except Absent:
                continue  # a parameter that the screen's URL does not have

    def _text(self, template: str) -> str:
        return str(fill(template, self._value))

    def _value(self, name: str) -> str:
        if name.startswith(QUERY):
            value = parameter(self._values.get("screen_url", ""), name.removeprefix(QUERY))
            if value is None:
                raise Absent(name)
            return value
        for known in (self._saved, self._values):
            if name in known:
                return known[name]
        looked_up = self._lookup()
        if name not in looked_up:
            raise AdapterError(f"{{{name}}} has no value here")
        return looked_up[name]


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}#{parts.fragment}"


def known_values(**values: Any) -> dict[str, str]:
    """Values of templates without those that are not there."""
    return {name: str(value) for name, value in values.items() if value is not None}
