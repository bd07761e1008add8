"""The http adapter: a broker's verbs as broker.toml declares them, taken by browsers without pictures."""

import re
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from mock_ctrader.clock import SystemClock
from mock_ctrader.conformance.adapter import (
    Adapter,
    AdapterError,
    Person,
    Referral,
    ReferralLink,
    Surroundings,
    Throttled,
    Unreachable,
)
from mock_ctrader.conformance.adapters import listing
from mock_ctrader.conformance.adapters.declaration import read_declaration
from mock_ctrader.conformance.adapters.links import read_referral_link
from mock_ctrader.conformance.adapters.steps import Expectation, Verb
from mock_ctrader.conformance.adapters.visit import Memory, Visit
from mock_ctrader.conformance.browsing import Browser, Page, is_page, origin
from mock_ctrader.conformance.forms import asks_for_password
from mock_ctrader.conformance.trace import veiled_text
from mock_ctrader.flows import Level

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
_PAUSE = 0.1
_UP_SECONDS = 30.0


class HttpAdapter(Adapter):
    """Acts on a broker over HTTP, by declaration alone."""

    def __init__(self, table: dict[str, Any], surroundings: Surroundings, folder: Path) -> None:
        """Args:
            table: the `[adapter]` table.
            folder: of broker.toml.

        Raises:
            SettingsError: the table cannot be used.
        """
        super().__init__(surroundings)
        self._declared = read_declaration(table, surroundings.base_url, folder)
        self._at_success = is_page(surroundings.success_url)
        self._memories: dict[str, Memory] = {}
        self._areas: dict[str, Visit] = {}
        self._signed_up: dict[str, Visit] = {}
        self._listed: set[str] = set()
        self._list_head: tuple[str, ...] = ()
        self._lister: Person | None = None
        self._pages = 1

    def offers(self, verb: str) -> bool:
        """Whether the file declares the verb, or what it is made of."""
        if verb == "sign_up_beside":
            return self._opens_screen() is not None
        needed = {"list_opens_without_login": "referrals", "pages_of_last_list": "referrals"}
        if verb == "sign_up_client" and verb not in self._declared.verbs:
            verb = "sign_up"
        return needed.get(verb, verb) in self._declared.verbs

    def log_in(self, person: Person) -> None:
        """Log in to the client area in a fresh browser; the verbs of the area do it by themselves."""
        verb = self._declared.verbs.get("log_in")
        if verb is None:
            # without a log-in the area is entered in the browser that signed up, or in a fresh one
            self._areas[person.email] = self._signed_up.get(person.email) or self._visit(person)
            return
        visit = self._visit(person)
        page = visit.take(verb.steps, **self._known(person))
        if verb.steps[-1].expect == Expectation() and asks_for_password(page):
            raise AdapterError(
                f"adapter.log_in ended on a page that asks for a password, so it failed: {page.describe()} "
                "(if the client area does that, name what it shows with expect)"
            )
        self._areas[person.email] = visit

    def register_client(self, person: Person) -> None:
        """As declared, in a fresh browser."""
        visit = self._visit(person)
        visit.take(self._verb("register_client").steps, success_url=self.surroundings.success_url)
        self._signed_up[person.email] = visit

    def sign_up(self, person: Person, screen_url: str) -> str:
        """As declared; ends on the success URL, in a redirect, a script or a JSON answer."""
        return self._through_screen(self._verb("sign_up"), person, screen_url)

    def sign_up_client(self, person: Person, screen_url: str) -> str:
        """As declared, else as `sign_up`."""
        verb = self._declared.verbs.get("sign_up_client") or self._verb("sign_up")
        return self._through_screen(verb, person, screen_url)

    def sign_up_beside(self, person: Person, screen_url: str, other_url: str) -> str:
        """As `sign_up`; the other screen is opened right after the step of `sign_up` that opens the screen."""
        if self._opens_screen() is None:
            self._not_offered("sign_up_beside")
        return self._through_screen(self._verb("sign_up"), person, screen_url, other_url)

    def log_in_at_screen(self, person: Person, screen_url: str) -> str:
        """As declared; ends as `sign_up` does."""
        return self._through_screen(self._verb("log_in_at_screen"), person, screen_url)

    def register_partner(self, person: Person, level: Level) -> None:
        """As declared, in the client area. The level counts for this person's later verbs, too."""
        self._memory(person).level = level.value
        self._in_area("register_partner", person, level=self._declared.level_names[level], at=level.value)

    def referral_link(self, person: Person) -> ReferralLink:
        """As declared, in the client area."""
        verb = self._verb("referral_link")
        page = self._in_area("referral_link", person)
        return read_referral_link(verb, page, self._declared.level_names)

    def referrals(self, person: Person) -> list[Referral]:
        """As declared, after a log-in of its own; all pages."""
        verb = self._verb("referrals")
        self.log_in(person)
        found, self._pages = listing.read_list(verb, self._areas[person.email], **self._known(person))
        self._lister, self._listed = person, {one.email.casefold() for one in found}
        self._list_head = listing.table_head(self._areas[person.email].page)
        return found

    def pages_of_last_list(self) -> int:
        """How many pages the last `referrals` read."""
        return self._pages

    def list_opens_without_login(self) -> bool:
        """Whether a stranger who asks for what the list was read from is shown entries, or the head of the table.

        A redirect, a refusal, a log-in form at status 200 and an empty answer of an API are closed doors.
        """
        verb = self._verb("referrals")
        memory = Memory() if self._lister is None else self._memory(self._lister)
        visit = Visit(
            self._declared.client,
            self.surroundings,
            self._lister,
            memory,
            self._at_success,
            unknown=self._declared.credentials,
        )
        values = {} if self._lister is None else self._known(self._lister)
        try:
            found, _ = listing.read_list(listing.without_log_in(verb), visit, first_only=True, **values)
        except (Unreachable, Throttled):
            raise
        except AdapterError:
            return False
        if any(one.email.casefold() in self._listed or _ADDRESS.fullmatch(one.email) for one in found):
            return True
        # somebody's empty list, which is a list all the same
        return visit.page is not None and listing.table_head(visit.page) == self._list_head != ()

    def deposit(self, person: Person, screen_url: str, amount: str) -> None:
        """As declared; without an `expect` at its last step it must end on the success URL."""
        self._on_screen("deposit", person, screen_url, amount=amount)

    def withdraw(self, person: Person, screen_url: str, amount: str) -> None:
        """As `deposit`."""
        self._on_screen("withdraw", person, screen_url, amount=amount)

    def open_account(self, person: Person, screen_url: str) -> None:
        """As `deposit`."""
        self._on_screen("open_account", person, screen_url)

    def open_web(self, person: Person) -> str:
        """As declared: the address outside the broker that its last step leads to, or that is found there."""
        verb = self._verb("open_web")
        home = origin(self._declared.client.base_url)

        def leaves(url: str) -> bool:
            return origin(url) != home

        visit = self._area(person)
        visit.browser.stop, before = leaves, visit.browser.stop
        try:
            page = visit.take(verb.steps, **self._known(person))
        finally:
            visit.browser.stop = before
            self._areas.pop(person.email, None)
        if page.status is None:
            return page.url
        found = verb.finders["web"].first(page) if "web" in verb.finders else None
        if found is None:
            raise AdapterError(f"adapter.open_web did not lead away from the broker: {page.describe()}")
        return visit.absolute(str(found))

    def reset_password(self, person: Person, new_password: str) -> None:
        """As declared, in a fresh browser."""
        self._areas.pop(person.email, None)
        self._visit(person).take(
            self._verb("reset_password").steps, new_password=new_password, **self._known(person)
        )

    def change_partner_id(self, person: Person) -> None:
        """As declared, in the client area."""
        self._in_area("change_partner_id", person)

    def advance_clock(self, seconds: int) -> None:
        """As declared, by nobody in particular."""
        self._visit(None).take(self._verb("advance_clock").steps, seconds=seconds)

    def restart(self) -> None:
        """As declared; waits until the broker answers again. All log-ins are forgotten."""
        self._visit(None).take(self._verb("restart").steps)
        self._areas.clear()
        self._await_broker()

    def reset(self) -> None:
        """As `restart`."""
        self._visit(None).take(self._verb("reset").steps)
        self._areas.clear()
        self._await_broker()

    def _verb(self, name: str) -> Verb:
        if name not in self._declared.verbs:
            self._not_offered(name)
        return self._declared.verbs[name]

    def _memory(self, person: Person) -> Memory:
        return self._memories.setdefault(person.email, Memory())

    def _visit(self, person: Person | None) -> Visit:
        memory = Memory() if person is None else self._memory(person)
        return Visit(self._declared.client, self.surroundings, person, memory, self._at_success)

    def _known(self, person: Person) -> dict[str, Any]:
        level = self._memory(person).level
        names = self._declared.level_names
        values: dict[str, Any] = {"success_url": self.surroundings.success_url, "at": level}
        return values if level is None else values | {"level": names[Level(level)]}

    def _area(self, person: Person) -> Visit:
        if person.email not in self._areas:
            self.log_in(person)
        return self._areas[person.email]

    def _in_area(self, name: str, person: Person, **values: Any) -> Page:
        verb = self._verb(name)
        return self._area(person).take(verb.steps, **(self._known(person) | values))

    def _opens_screen(self) -> int | None:
        """How many steps of `sign_up` it takes until the screen is open; None if none opens it before the end."""
        steps = self._declared.verbs["sign_up"].steps[:-1] if "sign_up" in self._declared.verbs else ()
        opening = (nth for nth, step in enumerate(steps, 1) if "screen_url" in step.templates)
        return next(opening, None)

    def _through_screen(self, verb: Verb, person: Person, screen_url: str, other_url: str | None = None) -> str:
        # a log-in elsewhere may end the one before
        self._areas.pop(person.email, None)
        visit = self._visit(person)
        self._signed_up[person.email] = visit
        steps, known = verb.steps, self._known(person)
        if other_url is not None:
            opened = self._opens_screen()
            visit.take(steps[:opened], screen_url=screen_url, **known)
            visit.open_beside(other_url)
            steps = steps[opened:]
        page = visit.take(steps, screen_url=screen_url, **known)
        ended = self._success(verb, visit, page)
        if ended is None:
            raise AdapterError(
                f"adapter.{verb.name} did not end on the success URL {self.surroundings.success_url}, "
                f"but with {page.describe()}"
            )
        return ended

    def _success(self, verb: Verb, visit: Visit, page: Page) -> str | None:
        """The success URL that a visit ended on or that its last answer names; None if there is none."""
        if page.status is None:
            return page.url
        if "success" in verb.finders and (found := verb.finders["success"].first(page)) is not None:
            address = visit.absolute(str(found))
            if not self._at_success(address):
                raise AdapterError(
                    f"adapter.{verb.name} did not end on the success URL {self.surroundings.success_url}, "
                    f"but success {verb.finders['success'].source} finds {veiled_text(address)}"
                )
            return address
        if "token" in verb.finders and (found := verb.finders["token"].first(page)) is not None:
            target = self.surroundings.success_url
            return f"{target}{'&' if '?' in target else '?'}{urlencode({'token': found})}"
        return next((text for text in _texts(page.json) if self._at_success(text)), None)

    def _on_screen(self, name: str, person: Person, screen_url: str, **values: Any) -> None:
        verb = self._verb(name)
        visit = self._visit(person)
        page = visit.take(verb.steps, screen_url=screen_url, **(self._known(person) | values))
        last = verb.steps[-1].expect
        if last.url is not None or last.text is not None or last.status is not None:
            return
        if self._success(verb, visit, page) is None:
            raise AdapterError(
                f"adapter.{name} did not end on the success URL {self.surroundings.success_url}, "
                f"but with {page.describe()} "
                "(if the broker has a page of its own for that, name it with expect)"
            )

    def _await_broker(self) -> None:
        clock, pause = SystemClock(), threading.Event()
        deadline = clock.monotonic() + max(self.surroundings.patience, _UP_SECONDS)
        while True:
            try:
                Browser().request("GET", self._declared.client.base_url + "/")
            except Throttled:
                return  # it is there
            except Unreachable:
                if clock.monotonic() > deadline:
                    raise
                pause.wait(_PAUSE)
            else:
                return


def _texts(value: Any) -> list[str]:
    """Every text of a JSON value that may be a URL."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [text for inner in value for text in _texts(inner)]
    return [value] if isinstance(value, str) and urlsplit(value).scheme in ("http", "https") else []
