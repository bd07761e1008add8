"""The journal, indexed for one journey: who is who, and which events speak of them."""

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

from mock_ctrader.acts import Act
from mock_ctrader.flows import Proof, stages_of
from mock_ctrader.journal import Event, Kind
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

    def __init__(self, journey: Journey, events: list[Event], others: Iterable[Journey] = ()) -> None:
        self.journey = journey
        self.events = events
        self.others = [other for other in others if other.id != journey.id]
        self._stage_of = {stage.proof: stage.number for stage in stages_of(journey.flow)}

    # events by kind

    def calls(self, *numbers: str) -> list[Event]:
        """Exchanges of the given vendor calls."""
        return [event for event in self.events if event.call in numbers]

    def acts(self, act: Act, wanted: Callable[[Event], bool] = lambda _: True) -> list[Event]:
        """Acts of one kind in the application."""
        return [
            event
            for event in self.events
            if event.kind is Kind.ACT and event.details.get("act") == act and wanted(event)
        ]

    def report(self, proof: Proof) -> tuple[Event, dict[str, Any]] | None:
        """The latest report of this journey on a stage, with its facts."""
        number = self._stage_of.get(proof)
        for event in reversed(self.events):
            if (
                event.kind is Kind.REPORT
                and event.journey_id == self.journey.id
                and event.details["stage"] == number
            ):
                return event, _tidy(event.details["facts"])
        return None

    # who is who

    def user_id_of(self, email: str | None) -> int | None:
        """The userId that cTrader gave for an address, by call 3.2 or 3.11."""
        for event in self.calls("3.2", "3.11"):
            if event.succeeded and event.user_id is not None and same_address(event.email, email):
                return event.user_id
        return None

    @cached_property
    def partner_user_id(self) -> int | None:
        """User 1's userId."""
        return self.journey.user_id or self.user_id_of(self.journey.partner_email)

    @cached_property
    def partner_accounts(self) -> list[int]:
        """The ids of User 1's account links."""
        return [
            event.ctid_trader_account_id
            for event in self.calls("3.4")
            if event.succeeded
            and event.ctid_trader_account_id is not None
            and event.user_id == self.partner_user_id
        ]

    @cached_property
    def partner_browsers(self) -> set[str]:
        """Browsers that User 1 used: known by who signed in, or named in a report."""
        reports = [event.details for event in self._reports() if event.details["stage"] == 1]
        named = {_tidy(report["facts"]).get("browser") for report in reports}
        signed_in = {event.browser for event in self.acts(Act.SIGNED_IN) if event.user_id == self.partner_user_id}
        return {browser for browser in named | (signed_in if self.partner_user_id else set()) if browser}

    def _reports(self) -> list[Event]:
        return [
            event for event in self.events if event.kind is Kind.REPORT and event.journey_id == self.journey.id
        ]

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
        email = self.journey.partner_email
        created = [event for event in self.calls("3.2") if same_address(event.email, email)]
        return min((event.seq for event in [*self._reports(), *created]), default=0)

    # call 3.6

    def set_attempts(self) -> list[Event]:
        """Every call 3.6 about User 1 or one of User 1's accounts."""
        return [event for event in self.calls("3.6") if self.about_partner(event)]

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
        for event in reversed(self.set_attempts()):
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
        return self.acts(Act.LINK_CLICKED, lambda event: event.partner_id == self.partner_id)

    @cached_property
    def invited_user_id(self) -> int | None:
        """User 2's userId: by address if announced, else whoever signed in with the browser that clicked."""
        if self.journey.invited_email is not None:
            return self.user_id_of(self.journey.invited_email)
        browsers = {event.browser for event in self.clicks}
        for event in self.acts(Act.SIGNED_IN):
            if event.browser in browsers:
                return event.user_id
        return None
