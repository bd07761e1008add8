"""One person's browser on its way through the steps of a verb."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from mock_ctrader.clock import SystemClock
from mock_ctrader.conformance.adapter import AdapterError, Person, Surroundings
from mock_ctrader.conformance.adapters.finders import Document, Finder
from mock_ctrader.conformance.adapters.outside import quoted, read_mail, run_command
from mock_ctrader.conformance.adapters.steps import Step
from mock_ctrader.conformance.adapters.templates import (
    CTRADER_NAMES,
    QUERY,
    Absent,
    fill,
    fill_address,
    names_in,
)
from mock_ctrader.conformance.browsing import Browser, Page, Stop
from mock_ctrader.conformance.forms import describe_forms

_PAUSE = 0.2
_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Client:
    """What is the same for every person: the adapter-wide settings.

    Attributes:
        headers: sent with every request, as soon as what they name was saved in that browser.
        csrf: where answers carry the token, and the header that takes it back.
        folder: where commands run and mail files are.
    """

    base_url: str
    folder: Path
    headers: Mapping[str, str] = field(default_factory=dict)
    csrf: tuple[Finder, str] | None = None


@dataclass(slots=True)
class Memory:
    """What is known of a person from one visit to the next."""

    saved: dict[str, Any] = field(default_factory=dict)
    level: str | None = None


class Visit:
    """A fresh browser of one person, or of a stranger."""

    def __init__(
        self,
        client: Client,
        surroundings: Surroundings,
        person: Person | None,
        memory: Memory,
        stop: Stop,
        unknown: frozenset[str] = frozenset(),
    ) -> None:
        """Args: unknown: names that have no value in this visit, because a stranger holds no credentials."""
        self._client = client
        self._surroundings = surroundings
        self._person = person
        self._memory = memory
        self._unknown = unknown
        self._own: dict[str, Any] = {}
        self._csrf: str | None = None
        self.browser = Browser(stop, trace=surroundings.trace)
        self.page: Page | None = None

    @property
    def over(self) -> bool:
        """Whether the browser stopped before an address that ends the visit."""
        return self.page is not None and self.page.status is None

    def take(self, steps: tuple[Step, ...], **values: Any) -> Page:
        """Take steps in order, until they or the visit are over.

        Args:
            values: what templates may name in this verb.

        Raises:
            AdapterError: a step could not be taken; tells which, and what was there instead.
        """
        for step in steps:
            if not self.over and self._applies(step, values):
                self._take(step, values)
        if self.page is None:
            self.page = Page("", self._client.base_url, 200)
        return self.page

    def follow(self, step: Step, address: str) -> Page:
        """Open the address of a following page, the way the step opened the first."""
        headers = self._headers(step.headers, {})
        if step.action == "get":
            self.page = self._sent(lambda: self.browser.request("GET", self._address(address), headers=headers))
        else:
            self.page = self._sent(lambda: self.browser.open(self._address(address), headers))
        return self.page

    def open_beside(self, address: str) -> None:
        """Open an address in another tab: the tabs share their cookies, and the page of this visit stays."""
        page = self.browser.open(address)
        # a script reads its cookie when it sends; a token in a page is that page's own
        if self._client.csrf is not None and self._client.csrf[0].source.startswith("cookie:"):
            self._csrf = self._client.csrf[0].first(page) or self._csrf

    def _applies(self, step: Step, values: Mapping[str, Any]) -> bool:
        if step.level is not None and step.level != values.get("at", self._memory.level):
            return False
        return step.if_found is None or (self.page is not None and step.if_found.matches(self.page))

    def _take(self, step: Step, values: Mapping[str, Any]) -> None:
        try:
            if step.action == "mail":
                self._await_mail(step, values)
                return
            if step.action == "command":
                command = fill(step.target, quoted(self._lookup(values)))
                self._save(step, run_command(str(command), self._client.folder))
                return
            self.page = self._sent(lambda: self._act(step, values))
            self._check(step, self.page)
            self._save(step, self.page)
        except AdapterError as problem:
            raise type(problem)(f"{step.where} ({step.action}): {problem}") from None

    def _act(self, step: Step, values: Mapping[str, Any]) -> Page:
        lookup, headers = self._lookup(values), self._headers(step.headers, values)
        if step.action == "submit":
            return self.browser.submit(
                self._here(), fill(step.target, lookup), form=step.form, button=step.button, headers=headers
            )
        if step.action == "click":
            address = step.target.first(self._here())
            if address is None:
                raise AdapterError(f"there is no link {step.target.source} on {self._here().describe()}")
            return self.browser.open(self.absolute(str(address)), {"Referer": self._here().url, **headers})
        address = self._address(fill_address(step.target, lookup))
        if query := fill(dict(step.query), lookup):
            address += ("&" if "?" in address else "?") + urlencode(query, doseq=True)
        if step.action == "open":
            return self.browser.open(address, headers)
        return self.browser.request(
            step.action.upper(),
            address,
            json=fill(step.json, lookup),
            fields=fill(step.fields, lookup),
            headers=headers,
        )

    def _sent(self, send: Callable[[], Page]) -> Page:
        page = send()
        if self._client.csrf is not None and (token := self._client.csrf[0].first(page)) is not None:
            self._csrf = str(token)
        return page

    def _here(self) -> Page:
        if self.page is None:
            raise AdapterError("no page is open yet; an `open` step must come first")
        return self.page

    def _address(self, text: str) -> str:
        if urlsplit(text).scheme in ("http", "https"):
            return text
        if text.startswith(("?", "./", "../")) and self.page is not None:
            return urljoin(self.page.url, text)
        return f"{self._client.base_url}/{text.lstrip('/')}"

    def _headers(self, own: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, str]:
        headers: dict[str, str] = {}
        if self._client.csrf is not None and self._csrf is not None:
            headers[self._client.csrf[1]] = self._csrf
        for name, text in self._client.headers.items():
            # a credential counts in the browser that got it: an earlier log-in's may be over
            if all(one in self._own or one not in self._memory.saved for one in names_in(text)):
                headers |= self._header(name, text, values)
        for name, text in own.items():
            headers |= self._header(name, text, values, needed=True)
        return headers

    def _header(self, name: str, text: Any, values: Mapping[str, Any], *, needed: bool = False) -> dict[str, str]:
        try:
            return {name: str(fill(text, self._lookup(values)))}
        except Absent:
            return {}
        except AdapterError:
            if needed:
                raise
            return {}

    def _lookup(self, values: Mapping[str, Any]) -> Callable[[str], Any]:
        def value_of(name: str) -> Any:
            if name in self._unknown:
                raise Absent
            if name.startswith(QUERY):
                found = parse_qs(urlsplit(values.get("screen_url", "")).query, keep_blank_values=True)
                if name.removeprefix(QUERY) not in found:
                    raise Absent
                return found[name.removeprefix(QUERY)][0]
            for known in (self._own, self._memory.saved, values):
                if name in known:
                    if known[name] is None:
                        raise Absent
                    return known[name]
            return self._of_person(name)

        return value_of

    def _of_person(self, name: str) -> Any:
        if self._person is None:
            raise AdapterError(f"{{{name}}} has no value here, because this is not about a person")
        if hasattr(self._person, name):
            return getattr(self._person, name)
        if name in CTRADER_NAMES:
            known = self._surroundings.lookup(self._person.email)
            if name not in known:
                raise AdapterError(
                    f"{{{name}}} has no value, because cTrader knows no {name} of {self._person.email}"
                )
            return known[name]
        raise AdapterError(f"{{{name}}} has no value here")

    def _check(self, step: Step, page: Page) -> None:
        wanted = step.expect
        if page.status is not None:
            if wanted.status is None and page.status >= 400:
                raise AdapterError(f"expected a status below 400, saw {_seen(page)}")
            if wanted.status is not None and page.status != wanted.status:
                raise AdapterError(f"expected the status {wanted.status}, saw {_seen(page)}")
        if wanted.url is not None and wanted.url not in page.url:
            raise AdapterError(f"expected to get to {wanted.url}, saw {_seen(page)}")
        if wanted.text is not None and wanted.text not in page.text:
            shown = "" if page.json is not None else page.html.get_text(" ", strip=True)
            if wanted.text not in " ".join(shown.split()):
                raise AdapterError(f"expected the text {wanted.text!r}, saw {_seen(page)}")

    def _save(self, step: Step, where: Document) -> None:
        for name, finder in step.save.items():
            value = finder.first(where)
            if value is None:
                shown = where.describe() if isinstance(where, Page) else repr(where.text[:_SHOWN])
                raise AdapterError(f"save.{name}: {finder.source} finds nothing in {shown}")
            self._own[name] = self._memory.saved[name] = value

    def _await_mail(self, step: Step, values: Mapping[str, Any]) -> None:
        """Read a mailbox until what is to be saved is in it."""
        place = fill_address(step.target, self._lookup(values))
        clock, pause = SystemClock(), threading.Event()
        deadline = clock.monotonic() + self._surroundings.patience
        while True:
            # a mailbox is not the broker: it gets none of the broker's cookies and headers
            mail = read_mail(place, self._client.folder, Browser(trace=self._surroundings.trace))
            if all(finder.matches(mail) for finder in step.save.values()):
                break
            if clock.monotonic() > deadline:
                break
            pause.wait(_PAUSE)
        self._save(step, mail)

    def absolute(self, address: str) -> str:
        """An address that the current page shows, as a full URL."""
        return urljoin(self._here().url, address)


def _seen(page: Page) -> str:
    """A page in short, with its forms."""
    return page.describe() if page.json is not None else f"{page.describe()} ({describe_forms(page.html)})"
