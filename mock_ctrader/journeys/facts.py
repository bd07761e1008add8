"""The journal as one journey sees it: who is who, and which events speak of them."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from mock_ctrader.acts import Act
from mock_ctrader.flows import Proof, stages_of
from mock_ctrader.journal import Event
from mock_ctrader.journeys.history import History
from mock_ctrader.journeys.model import Journey


def same_address(left: str | None, right: str | None) -> bool:
    """Whether two addresses are the same, whatever their letters' case."""
    return left is not None and right is not None and left.casefold() == right.casefold()


def body_of(event: Event) -> dict[str, Any]:
    """The keys an exchange asked with; none if its body was too long to keep."""
    body = event.details["request"]["body"]
    return body if isinstance(body, dict) else {}


def _tidy(facts: dict[str, Any]) -> dict[str, Any]:
    """The facts of a report that have the form their key wants: anybody may have posted them."""
    texts = ("error", "previousPartnerId", "referralLink", "sharedWith", "link", "level", "browser")
    tidy = {key: value for key, value in facts.items() if key not in texts or isinstance(value, str)}
    entries = facts.get("entries")
    tidy["entries"] = [
        {key: value for key, value in entry.items() if isinstance(value, str)}
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, dict)
    ]
    for key in ("elsewhere", "strangers"):
        people = facts.get(key)
        tidy[key] = [one for one in (people if isinstance(people, list) else []) if isinstance(one, str)]
    return tidy


class Facts:
    """What one journey can draw on. Built anew for every fold; nothing is remembered between folds."""

    def __init__(self, journey: Journey, history: History, others: Iterable[Journey] = ()) -> None:
        self.journey = journey
        self.history = history
        self._all_journeys = others
        self._stage_of = {stage.proof: stage.number for stage in stages_of(journey.flow)}

    # events by kind

    def acts_in(self, browsers: set[str], act: Act) -> list[Event]:
        """Acts of one kind in any of some browsers, in the order they happened."""
        found = [event for browser in browsers for event in self.history.acts(act, browser=browser)]
        return sorted(found, key=lambda event: event.seq)

    def report(self, proof: Proof) -> tuple[Event, dict[str, Any]] | None:
        """The latest report of this journey on a stage, with its facts."""
        number = self._stage_of.get(proof)
        for event in reversed(self.history.reports(self.journey.id)):
            if event.details["stage"] == number:
                return event, _tidy(event.details["facts"])
        return None

    # who is who

    @cached_property
    def others(self) -> list[Journey]:
        """The sandbox's other journeys."""
        return [other for other in self._all_journeys if other.id != self.journey.id]

    def user_id_of(self, email: str | None) -> int | None:
        """The userId that cTrader gave for an address, by call 3.2 or 3.11."""
        for event in self.calls_about_address("3.2", "3.11", email=email):
            if event.succeeded and event.user_id is not None:
                return event.user_id
        return None

    def calls_about_address(self, *numbers: str, email: str | None) -> list[Event]:
        """Exchanges of the given calls about an address; none if it is not known."""
        return [] if email is None else self.history.calls(*numbers, email=email)

    @cached_property
    def partner_user_id(self) -> int | None:
        """User 1's userId."""
        return self.journey.user_id or self.user_id_of(self.journey.partner_email)

    @cached_property
    def partner_accounts(self) -> list[int]:
        """The ids of User 1's account links."""
        return [
            event.ctid_trader_account_id
            for event in self.history.calls("3.4", user_id=self.partner_user_id)
            if event.succeeded and event.ctid_trader_account_id is not None
        ]

    @cached_property
    def partner_browsers(self) -> set[str]:
        """Browsers that User 1 used: known by who signed in, or named in a report."""
        reports = [event.details for event in self.history.reports(self.journey.id) if event.details["stage"] == 1]
        named = {_tidy(report["facts"]).get("browser") for report in reports}
        user_id = self.partner_user_id
        signed_in = self.history.acts(Act.SIGNED_IN, user_id=user_id) if user_id else []
        return {browser for browser in named | {event.browser for event in signed_in} if browser}

    @cached_property
    def given_partner_id(self) -> str | None:
        """The identifier that the broker gave User 1, as reported."""
        for proof in (Proof.NEW_LINK_GIVEN, Proof.LINK_GIVEN):
            report = self.report(proof)
            if report is not None and isinstance(report[1].get("partnerId"), str):
                return str(report[1]["partnerId"])
        return None

    @cached_property
    def began_at(self) -> int:
        """The `seq` of the first event that is sure to be of this journey; 0 if there is none.

        A broker may act on a registration before the report on it is in the journal; User 1 was created before.
        """
        created = self.calls_about_address("3.2", email=self.journey.partner_email)
        reported = self.history.reports(self.journey.id)
        return min((event.seq for event in [*reported, *created]), default=0)

    # call 3.6

    @cached_property
    def set_attempts(self) -> list[Event]:
        """Every call 3.6 about User 1 or one of User 1's accounts."""
        near = self.history.calls("3.6", user_id=self.partner_user_id) if self.partner_user_id is not None else []
        for account in self.partner_accounts:
            near = near + self.history.calls("3.6", ctid_trader_account_id=account)
        about = {event.seq: event for event in near if self.about_partner(event)}
        return [about[seq] for seq in sorted(about)]

    def about_partner(self, event: Event) -> bool:
        """Whether a call 3.6 named User 1 or one of User 1's accounts."""
        body = body_of(event)
        account = body.get("ctidTraderAccountId")
        if account is not None:
            return event.ctid_trader_account_id in self.partner_accounts
        return self.partner_user_id is not None and event.user_id == self.partner_user_id

    def is_account_level(self, event: Event) -> bool:
        """Whether a call 3.6 named an account (E-3: with both ids it is account level)."""
        return body_of(event).get("ctidTraderAccountId") is not None

    @cached_property
    def set_event(self) -> Event | None:
        """The call 3.6 that attached the right identifier at the right level; the latest if repeated."""
        for event in reversed(self.set_attempts):
            right = event.succeeded and self.right_level(event) and event.partner_id is not None
            if right and self.given_partner_id in (None, event.partner_id):
                return event
        return None

    def right_level(self, event: Event) -> bool:
        """Whether a call 3.6 was made at the journey's level, and for its account if that is known."""
        if self.is_account_level(event) != (self.journey.level == "account"):
            return False
        return self.journey.ctid_trader_account_id in (None, event.ctid_trader_account_id)

    @cached_property
    def partner_id(self) -> str | None:
        """The identifier that is set in cTrader for this journey."""
        return self.set_event.partner_id if self.set_event else None

    # User 2

    @cached_property
    def clicks(self) -> list[Event]:
        """Links with User 1's identifier that somebody opened."""
        if self.partner_id is None:
            return []
        return self.history.acts(Act.LINK_CLICKED, partner_id=self.partner_id)

    @cached_property
    def invited_user_id(self) -> int | None:
        """User 2's userId: by address if announced, else whoever signed in with the browser that clicked."""
        if self.journey.invited_email is not None:
            return self.user_id_of(self.journey.invited_email)
        signed_in = self.acts_in(self.invited_browsers, Act.SIGNED_IN)
        return signed_in[0].user_id if signed_in else None

    @cached_property
    def invited_browsers(self) -> set[str]:
        """The browsers in which somebody opened a link with User 1's identifier."""
        return {event.browser for event in self.clicks if event.browser}
