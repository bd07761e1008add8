"""The browser adapter: the verbs in a real Chromium, declared in broker.toml by CSS selectors."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urljoin, urlsplit

from mock_ctrader.clock import SystemClock
from mock_ctrader.conformance.adapter import (
    Adapter,
    AdapterError,
    NotOffered,
    Person,
    Referral,
    ReferralLink,
    Surroundings,
    Throttled,
    Unreachable,
)
from mock_ctrader.conformance.adapters.browser_steps import Step, parse_steps, templates_of
from mock_ctrader.conformance.adapters.browser_walk import Walk, known_values
from mock_ctrader.conformance.adapters.finders import Document, Finder
from mock_ctrader.conformance.adapters.links import identifier_in, level_called
from mock_ctrader.conformance.adapters.templates import KNOWN_NAMES, PERSON_NAMES, QUERY, names_in
from mock_ctrader.conformance.chromium import chromium_for
from mock_ctrader.conformance.tab import Tab
from mock_ctrader.flows import Level
from mock_ctrader.links import PARTNER_ID
from mock_ctrader.settings import SettingsError

if TYPE_CHECKING:
    from playwright.sync_api import Browser

LOG_IN = "log_in"
VERBS = (
    *("register_client", "sign_up", "sign_up_client", "log_in_at_screen", LOG_IN),
    *("register_partner", "referral_link", "referrals", "change_partner_id"),
    *("deposit", "withdraw", "open_account", "open_web", "reset_password"),
)
_OPTIONS = ("kind", "base_url", "level_names")
_MOST_PAGES = 100

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Face:
    """By what a page is known again."""

    path: str
    title: str


class BrowserAdapter(Adapter):
    """Acts on a broker in Chromium. Each person has a profile of their own, so nobody shares a session."""

    def __init__(self, table: Mapping[str, Any], surroundings: Surroundings) -> None:
        """Read the `[adapter]` table.

        Raises:
            SettingsError: a verb or a step in it cannot be used.
        """
        super().__init__(surroundings)
        for key in table:
            if key not in (*_OPTIONS, *VERBS):
                raise SettingsError(f"adapter.{key} is not known; known are {', '.join((*_OPTIONS, *VERBS))}")
        self._verbs = {verb: parse_steps(verb, table[verb]) for verb in VERBS if verb in table}
        self._level_names = _level_names(table.get("level_names", {}))
        self._check_templates()
        self._areas: dict[str, Tab] = {}
        self._saved: dict[str, dict[str, str]] = {}
        self._list_face: _Face | None = None
        self._pages = 1

    def offers(self, verb: str) -> bool:
        """Whether broker.toml declares the verb."""
        needed = {"sign_up_client": "sign_up", "list_opens_without_login": "referrals"}
        return verb in self._verbs or needed.get(verb) in self._verbs

    def register_client(self, person: Person) -> None:
        """A fresh profile passes the website's registration."""
        self._alone("register_client", person, Tab.close)

    def sign_up(self, person: Person, screen_url: str) -> str:
        """A fresh profile opens the screen and goes on until it would leave for the success URL."""
        return self._alone("sign_up", person, _await_success, screen_url=screen_url)

    def sign_up_client(self, person: Person, screen_url: str) -> str:
        """As declared for clients of the website; else as for anybody."""
        verb = "sign_up_client" if "sign_up_client" in self._verbs else "sign_up"
        return self._alone(verb, person, _await_success, screen_url=screen_url)

    def log_in_at_screen(self, person: Person, screen_url: str) -> str:
        """A fresh profile logs in at the screen until it would leave for the success URL."""
        return self._alone("log_in_at_screen", person, _await_success, screen_url=screen_url)

    def log_in(self, person: Person) -> None:
        """Into the client area, in a fresh profile."""
        self._in_area(LOG_IN, person, _nothing_more, afresh=True)

    def register_partner(self, person: Person, level: Level) -> None:
        """In the client area."""
        self._in_area("register_partner", person, _nothing_more, level=level)

    def referral_link(self, person: Person) -> ReferralLink:
        """In the client area. Without a finder for the partnerId it is the parameter of that name of the link."""
        return self._in_area("referral_link", person, self._read_link)

    def referrals(self, person: Person) -> list[Referral]:
        """In a client area that is logged in to afresh."""
        return self._in_area("referrals", person, self._read_list, afresh=True)

    def pages_of_last_list(self) -> int:
        """How many pages the last list had."""
        return self._pages

    def list_opens_without_login(self) -> bool:
        """A stranger takes the steps to the list, and sees entries, or the page that a partner sees."""
        steps = self._steps("referrals")

        def look(browser: "Browser") -> bool:
            tab = Tab(browser, self.surroundings)
            try:
                walk = self._walk(tab)
                try:
                    walk.take(steps)
                except (Unreachable, Throttled):
                    raise
                except AdapterError:
                    return False  # turned away
                page = walk.document()
                return bool(_reader(steps, "rows").rows(page)) or (
                    _face(tab) == self._list_face and not tab.has('input[type="password"]')
                )
            finally:
                tab.close()

        return self._run(look)

    def change_partner_id(self, person: Person) -> None:
        """In the client area."""
        self._in_area("change_partner_id", person, _nothing_more)

    def deposit(self, person: Person, screen_url: str, amount: str) -> None:
        """In a fresh profile: the one-time token of the screen's URL lets the person in."""
        self._alone("deposit", person, Tab.close, screen_url=screen_url, amount=amount)

    def withdraw(self, person: Person, screen_url: str, amount: str) -> None:
        """As `deposit`."""
        self._alone("withdraw", person, Tab.close, screen_url=screen_url, amount=amount)

    def open_account(self, person: Person, screen_url: str) -> None:
        """As `deposit`."""
        self._alone("open_account", person, Tab.close, screen_url=screen_url)

    def open_web(self, person: Person) -> str:
        """In the client area, until the tab would leave the broker's website."""
        return self._in_area("open_web", person, lambda walk: walk.tab.await_stop(), leaving=True)

    def reset_password(self, person: Person, new_password: str) -> None:
        """In a fresh profile; for brokers that show their mail on a page."""
        self._alone("reset_password", person, Tab.close, new_password=new_password)

    def close(self) -> None:
        """Close everybody's profile; the browser itself stays for the next adapter."""
        if self._areas:
            self._run(self._close_areas)

    # how verbs are carried out

    def _run(self, work: "Callable[[Browser], T]") -> T:
        around = self.surroundings
        return chromium_for(around.base_url, around.success_url, *self._addresses()).run(work)

    def _addresses(self) -> list[str]:
        """The absolute addresses of broker.toml: hosts that the broker has been configured with."""
        opened = [step.open for steps in self._verbs.values() for step in steps if step.open is not None]
        return [url for url in opened if url.startswith(("http://", "https://"))]

    def _steps(self, verb: str) -> list[Step]:
        if verb not in self._verbs:
            raise NotOffered(verb)
        return self._verbs[verb]

    def _walk(self, tab: Tab, person: Person | None = None, **values: Any) -> Walk:
        around = self.surroundings
        level = values.get("level")
        values["level"] = None if level is None else self._level_names[level]
        own = {} if person is None else _about(person)
        return Walk(
            tab,
            around.base_url,
            own | known_values(success_url=around.success_url, **values),
            {} if person is None else self._saved.setdefault(person.email, {}),
            partial(around.lookup, "" if person is None else person.email),
            level,
            around.patience,
        )

    def _alone(self, verb: str, person: Person, finish: Callable[[Tab], T], **values: Any) -> T:
        """A verb in a fresh profile."""
        steps = self._steps(verb)

        def act(browser: "Browser") -> T:
            tab = Tab(browser, self.surroundings)
            try:
                self._walk(tab, person, **values).take(steps)
                return finish(tab)
            finally:
                tab.close()

        return self._run(act)

    def _in_area(
        self,
        verb: str,
        person: Person,
        finish: Callable[[Walk], T],
        *,
        afresh: bool = False,
        leaving: bool = False,
        level: Level | None = None,
    ) -> T:
        """A verb in the person's client area, logged in to if need be."""
        steps, log_in = self._steps(verb), self._steps(LOG_IN)

        def act(browser: "Browser") -> T:
            if afresh and (old := self._areas.pop(person.email, None)) is not None:
                old.close()
            if (tab := self._areas.get(person.email)) is None:
                tab = Tab(browser, self.surroundings)
                try:
                    self._walk(tab, person).take(log_in)
                except BaseException:
                    tab.close()
                    raise
                self._areas[person.email] = tab
            if verb == LOG_IN:
                return finish(self._walk(tab, person))
            tab.resume({self.surroundings.base_url, tab.page.url} if leaving else None)
            walk = self._walk(tab, person, level=level)
            walk.take(steps)
            return finish(walk)

        return self._run(act)

    def _close_areas(self, _browser: "Browser") -> None:
        while self._areas:
            self._areas.popitem()[1].close()

    # reading

    def _read_link(self, walk: Walk) -> ReferralLink:
        """A page may fill in its link late, so it is looked for until patience ends."""
        steps, clock = self._verbs["referral_link"], SystemClock()
        deadline = clock.monotonic() + self.surroundings.patience
        while True:
            page = walk.document()
            found = {name: _first(steps, name, page) for name in ("link", "partner_id", "level")}
            url = urljoin(page.url, found["link"]) if found["link"] else ""
            if partner_id := found["partner_id"] or self._identifier(url):
                return ReferralLink(url, partner_id, self._level_called(found["level"]))
            if clock.monotonic() > deadline:
                hint = "say with id_in_link which parameter has it, or '/' for the last segment of its path"
                missing = f"no partnerId in the link {url!r}; {hint}" if url else "no referral link"
                raise AdapterError(f"adapter.referral_link: {missing}. {walk.tab.describe()}")
            walk.tab.settle()

    def _identifier(self, url: str) -> str | None:
        named = (step.id_in_link for step in self._verbs["referral_link"] if step.id_in_link is not None)
        return identifier_in(url, next(named, PARTNER_ID))

    def _level_called(self, shown: str | None) -> str | None:
        if shown is None:
            return None
        named = (level.value for level, name in self._level_names.items() if name in shown)
        return next(named, None) or level_called(shown, self._level_names)

    def _read_list(self, walk: Walk) -> list[Referral]:
        steps = self._verbs["referrals"]
        rows, onward = _reader(steps, "rows"), next((step for step in steps if step.next is not None), None)
        self._list_face = _face(walk.tab)
        found: list[Referral] = []
        self._pages = 0
        seen: tuple[str, list[str]] | None = None
        while True:
            page = walk.document()
            entries = rows.rows(page)
            shown = (page.url, [entry.text for entry in entries])
            if shown == seen:
                return found  # the control for the next page did nothing: it was the last one
            seen = shown
            self._pages += 1
            if self._pages > _MOST_PAGES:
                raise AdapterError(f"adapter.referrals: more than {_MOST_PAGES} pages. {walk.tab.describe()}")
            found += [self._referral(steps, entry, walk) for entry in entries]
            if onward is None or onward.next is None or not walk.tab.is_live(onward.next):
                return found
            walk.click(onward.next, f"{onward.where}.next")

    def _referral(self, steps: list[Step], row: Document, walk: Walk) -> Referral:
        has_email = any("email" in step.readers for step in steps)
        email = _first(steps, "email", row) if has_email else row.html.get_text(" ", strip=True)
        if not email:
            shown = f"a row without an e-mail: {row.text[:300]}"
            raise AdapterError(f"adapter.referrals: {shown}. {walk.tab.describe()}")
        return Referral.shown(email, _first(steps, "partner_id", row))

    def _check_templates(self) -> None:
        steps = [step for steps in self._verbs.values() for step in steps]
        names = (*KNOWN_NAMES, *(name for step in steps for name in step.save))
        for step in steps:
            for name in names_in(list(templates_of(step))):
                if name not in names and not name.startswith(QUERY):
                    known = ", ".join(names)
                    raise SettingsError(f"{step.where}: {{{name}}} is not known; known are {known}")


def _nothing_more(_walk: Walk) -> None:
    """The verb is done when its steps are."""


def _await_success(tab: Tab) -> str:
    return tab.await_stop()


def _about(person: Person) -> dict[str, str]:
    return {name: getattr(person, name) for name in PERSON_NAMES}


def _face(tab: Tab) -> _Face:
    return _Face(urlsplit(tab.page.url).path, tab.page.title())


def _reader(steps: list[Step], name: str) -> Finder:
    return next(step.readers[name] for step in steps if name in step.readers)


def _first(steps: list[Step], name: str, page: Document) -> str | None:
    found = next((step.readers[name].first(page) for step in steps if name in step.readers), None)
    return None if found is None else str(found).strip()


def _level_names(declared: Any) -> dict[Level, str]:
    if not isinstance(declared, dict) or not set(declared) <= {level.value for level in Level}:
        raise SettingsError(f"adapter.level_names must be a table with {' and '.join(Level)}, got {declared!r}")
    return {level: str(declared.get(level.value, level.value)) for level in Level}
