"""Tries each verb of an adapter alone, so that set-up trouble never reads as a failure of the broker."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from typing import Any

from mock_ctrader.clock import SystemClock
from mock_ctrader.conformance.adapter import AdapterError, NotOffered, Person, Referral, Throttled
from mock_ctrader.conformance.clients import AppClient, MockError
from mock_ctrader.conformance.crm_address import crm_url_problem
from mock_ctrader.conformance.crm_client import CrmClient
from mock_ctrader.conformance.drive import Bench
from mock_ctrader.conformance.people import fresh_person
from mock_ctrader.flows import Level
from mock_ctrader.links import LINK_KINDS, share_link

_AMOUNT = "25.50"
_LAST_EXCHANGES = 3
_TO_CTRADER = "broker_to_ctrader"
_REFUSED = 400
_PAUSE = 0.2
_SHOWN_ENTRIES = 3


class Outcome(StrEnum):
    """What came of a verb."""

    OK = "ok"
    FAILED = "failed"
    NOT_DECLARED = "not declared"
    NOT_TRIED = "not tried"


@dataclass(frozen=True, slots=True)
class Tried:
    """One verb. `told` says what it gave, or why it failed; `seen` the last exchanges before that."""

    verb: str
    outcome: Outcome
    told: str = ""
    seen: tuple[str, ...] = ()


@dataclass(slots=True)
class _Trader:
    """Somebody who passed the user creation flow."""

    person: Person
    app: AppClient


class _Missing(Exception):
    """Another verb that this one needs did not work."""


class AdapterCheck:
    """Tries the verbs of a bench's adapter in an order in which each has what it needs."""

    def __init__(self, bench: Bench, levels: tuple[Level, ...], say: Callable[[Tried], None]) -> None:
        """Args: say: told of each verb as soon as it was tried."""
        self._bench = bench
        self._adapter = bench.adapter
        self._levels = levels
        self._say = say
        self._partners: dict[Level, Person] = {}
        self._traders: list[_Trader] = []
        self.tried: list[Tried] = []

    def run(self) -> bool:
        """Try them all; returns whether every declared verb works.

        Raises: Throttled: the broker takes no more requests.
        """
        self._try("crm_url", self._crm_url)
        self._try("reset", self._adapter.reset)
        self._try("register_client", lambda: self._adapter.register_client(fresh_person("client")))
        self._try("sign_up", self._sign_up)
        self._try("log_in", self._log_in)
        self._try("log_in_at_screen", self._log_in_at_screen)
        for level in self._levels:
            self._try("register_partner", partial(self._register_partner, level), f" at {level} level")
            self._try(
                "register_partner", partial(self._website_partner, level), f" at {level} level, before a cTID"
            )
        self._try("referral_link", self._referral_link)
        self._try("referrals", self._referrals)
        self._try("list_opens_without_login", self._open_to_all)
        self._try("sign_up_client", self._sign_up_client)
        self._try("deposit", lambda: self._move_money("deposit", self._adapter.deposit))
        self._try("withdraw", lambda: self._move_money("withdrawal", self._adapter.withdraw))
        if self._adapter.offers("open_account"):
            self._tell("open_account", Outcome.NOT_TRIED, "only a run can open its screen")
        else:
            self._tell("open_account", Outcome.NOT_DECLARED)
        self._try("open_web", lambda: f"opens {self._adapter.open_web(self._trader().person).partition('?')[0]}")
        self._try("change_partner_id", self._change_partner_id)
        self._try("reset_password", self._reset_password)
        self._try("advance_clock", lambda: self._adapter.advance_clock(1))
        self._try("restart", self._adapter.restart)
        return not any(one.outcome is Outcome.FAILED for one in self.tried)

    def _try(self, verb: str, action: Callable[[], str | None], what: str = "") -> None:
        trace = self._adapter.surroundings.trace
        if not self._offers(verb):
            self._tell(verb, Outcome.NOT_DECLARED)
            return
        mark, began = trace.mark(), self._bench.control().last_event()
        try:
            told = action()
        except NotOffered:
            self._tell(verb, Outcome.NOT_DECLARED)
        except _Missing as problem:
            self._tell(verb + what, Outcome.NOT_TRIED, str(problem))
        except Throttled:
            raise  # it says nothing of the declaration, and the next verb would fare no better
        except (AdapterError, MockError) as problem:
            seen = [_shown(one) for one in trace.since(mark)[-_LAST_EXCHANGES:]]
            seen += self._seen_by_ctrader(began, signing_up=verb.startswith("sign_up"))
            self._tell(verb + what, Outcome.FAILED, str(problem), tuple(seen))
        else:
            self._tell(verb + what, Outcome.OK, told or "")

    def _seen_by_ctrader(self, began: int, *, signing_up: bool) -> list[str]:
        """What cTrader refused since then, or that nothing came: a broker's page seldom tells."""
        calls = [one for one in self._bench.control().all_events(began) if one.get("direction") == _TO_CTRADER]
        if not calls and signing_up:
            return [f"no call 3.x came to {self._bench.mock_url}: is that where your broker sends them?"]
        refused = [_refusal(one) for one in calls if one.get("status", 0) >= _REFUSED]
        return list(dict.fromkeys(refused))[:_LAST_EXCHANGES]  # the first one is the cause

    def _offers(self, verb: str) -> bool:
        if verb == "crm_url":
            return True
        if verb == "log_in":
            # only declared adapters have it as a verb of its own
            return hasattr(self._adapter, "log_in")
        return self._adapter.offers(verb)

    def _tell(self, verb: str, outcome: Outcome, told: str = "", seen: tuple[str, ...] = ()) -> None:
        tried = Tried(verb, outcome, told, seen)
        self.tried.append(tried)
        self._say(tried)

    def _trader(self) -> _Trader:
        if not self._traders:
            raise _Missing("needs somebody who signed up, and sign_up does not work yet")
        return self._traders[0]

    def _partner(self) -> Person:
        if not self._partners:
            raise _Missing("needs a partner, and register_partner does not work yet")
        return next(iter(self._partners.values()))

    def _finish(self, app: AppClient, success_url: str) -> None:
        signed_in, answer = app.finish(success_url)
        if not signed_in:
            error = answer.get("error", answer)
            why = error.get("description", error) if isinstance(error, dict) else error
            raise AdapterError(
                f"the success URL was reached, but the application could not be signed in: {why} "
                f"(cTrader calls the broker at crm_url {self._bench.sandbox['crmUrl']})"
            )

    def _crm_url(self) -> str:
        sandbox = self._bench.sandbox
        crm = CrmClient(sandbox["crmUrl"], sandbox["crmPassword"], self._adapter.surroundings.trace)
        if problem := crm_url_problem(crm):
            raise AdapterError(problem)
        answer = crm.authenticate()
        if not answer.keys.get("crmApiToken"):
            raise AdapterError(
                f"call 4.1 with mock.crm_password is answered {answer.describe()}, without a crmApiToken: "
                f"is {crm.base} the base of the calls 4.x, and does your broker have this password?"
            )
        return "call 4.1 is answered with a crmApiToken"

    def _sign_up(self) -> str:
        trader = _Trader(fresh_person("trader"), AppClient(self._bench.app_url))
        screen = trader.app.open_sign_in(first_login=True)
        self._finish(trader.app, self._adapter.sign_up(trader.person, screen))
        self._traders.append(trader)
        return "the application is signed in"

    def _log_in(self) -> None:
        person = self._trader().person
        verb: Any = self._adapter
        verb.log_in(person)

    def _log_in_at_screen(self) -> str:
        person, app = self._trader().person, AppClient(self._bench.app_url)
        screen = app.open_sign_in(first_login=False)
        self._finish(app, self._adapter.log_in_at_screen(person, screen))
        return "the application is signed in"

    def _sign_up_client(self) -> str:
        if not self._adapter.offers("register_client"):
            raise _Missing("needs register_client, which is not declared")
        person, app = fresh_person("client"), AppClient(self._bench.app_url)
        self._adapter.register_client(person)
        self._finish(app, self._adapter.sign_up_client(person, app.open_sign_in(first_login=True)))
        return "a client of the website is signed in to the application"

    def _register_partner(self, level: Level) -> None:
        person = self._trader().person
        if self._partners:
            person, app = fresh_person("partner"), AppClient(self._bench.app_url)
            self._finish(app, self._adapter.sign_up(person, app.open_sign_in(first_login=True)))
        self._adapter.register_partner(person, level)
        self._partners[level] = person

    def _website_partner(self, level: Level) -> str:
        if not self._adapter.offers("register_client"):
            raise _Missing("needs register_client, which is not declared")
        person = fresh_person("client")
        self._adapter.register_client(person)
        self._adapter.register_partner(person, level)
        return f"partnerId {self._adapter.referral_link(person).partner_id!r}"

    def _referral_link(self) -> str:
        self._partner()
        links = {level: self._adapter.referral_link(person) for level, person in self._partners.items()}
        return ", ".join(
            f"{level}: partnerId {one.partner_id!r}" + (f" in {one.url}" if one.url else "")
            for level, one in links.items()
        )

    def _referrals(self) -> str:
        """A partner's list has somebody in it, if a link of the application leads there."""
        partner = self._partner()
        invited = self._invite(partner)
        found = self._adapter.referrals(partner)
        clock, pause = SystemClock(), threading.Event()
        deadline = clock.monotonic() + self._bench.patience
        while not _has(found, invited) and clock.monotonic() < deadline:
            pause.wait(_PAUSE)
            found = self._adapter.referrals(partner)
        told = f"{len(found)} entries on {self._adapter.pages_of_last_list()} pages"
        if not _has(found, invited):
            raise AdapterError(
                f"{invited.email} signed up with the partnerId of {partner.email} and is not in the list "
                f"({told}{_shown_entries(found)}); either rows or email do not find the entry, "
                "or sign_up does not pass the partnerId on"
            )
        if self._adapter.pages_of_last_list() == 1:
            told += "; how it goes on to a second page is tried by the plan robustness only"
        return told

    def _invite(self, partner: Person) -> Person:
        partner_id = self._adapter.referral_link(partner).partner_id
        invited, app = fresh_person("invited"), AppClient(self._bench.app_url)
        link = share_link(self._bench.app_url, LINK_KINDS["copy"], "60417", partner_id)
        self._finish(app, self._adapter.sign_up(invited, app.open_link(link)))
        return invited

    def _open_to_all(self) -> str:
        if self._adapter.list_opens_without_login():
            return "the list shows entries without a log-in: verify will blame stage 16"
        return "closed"

    def _move_money(self, action: str, verb: Callable[[Person, str, str], None]) -> None:
        trader = self._trader()
        verb(trader.person, trader.app.start_action(action), _AMOUNT)

    def _change_partner_id(self) -> str:
        partner = self._partner()
        before = self._adapter.referral_link(partner).partner_id
        self._adapter.change_partner_id(partner)
        after = self._adapter.referral_link(partner).partner_id
        if after == before:
            raise AdapterError(f"the partnerId is {before!r} before and after")
        return f"from {before!r} to {after!r}"

    def _reset_password(self) -> str:
        trader = self._trader()
        changed = replace(trader.person, password=fresh_person("new").password)
        self._adapter.reset_password(trader.person, changed.password)
        trader.person = changed
        if not self._offers("log_in"):
            return ""
        self._log_in()
        return "the new password works"


def _shown_entries(found: list[Referral]) -> str:
    shown = ", ".join(repr(one.email) for one in found[-_SHOWN_ENTRIES:])
    return f", email finds {shown}" if shown else ""


def _has(found: list[Referral], person: Person) -> bool:
    return any(one.email.casefold() == person.email.casefold() for one in found)


def _refusal(event: dict[str, Any]) -> str:
    error = (event["details"]["response"]["body"] or {}).get("error", {})
    code, told = event.get("error_code", ""), error.get("description", "")
    return f"your broker's call {event['title']} -> {event['status']} {code}: {told}"


def _shown(exchange: dict[str, Any]) -> str:
    status = exchange.get("status", "no answer")
    return f"{exchange['method']} {exchange['path']} -> {status}"
