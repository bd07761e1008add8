"""Drives one flow at one level on a broker, and tells the journal what the adapter saw inside the broker.

Driving judges nothing: it goes on as far as it can, and the journey that the journal folds to is judged
afterwards, stage by stage.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn

from mock_ctrader.clock import Clock, SystemClock
from mock_ctrader.conformance.adapter import (
    Adapter,
    AdapterError,
    NoIdentifier,
    NotOffered,
    Person,
    Referral,
    ReferralLink,
    Unjudgeable,
)
from mock_ctrader.conformance.carried import only_posted_back, submitted_partner_id
from mock_ctrader.conformance.clients import AppClient, ControlClient, ManagerClient
from mock_ctrader.conformance.company import Company
from mock_ctrader.conformance.people import fresh_person
from mock_ctrader.conformance.screen_settings import ScreenSettings
from mock_ctrader.conformance.verdicts import PROVED
from mock_ctrader.flows import Level
from mock_ctrader.links import PARTNER_ID, parameter


@dataclass(frozen=True, slots=True)
class Bench:
    """What a run stands on: a mock, one of its sandboxes, and a broker behind an adapter.

    `partners` are those who registered before all others, oldest first: others may be taken for the oldest.
    `patience` is how long to wait for something that the broker does by itself, in seconds; `levels` are those of
    the broker's partner programme; `screens` is what broker.toml tells of the screens.
    """

    mock_url: str
    sandbox: dict[str, Any]
    adapter: Adapter
    patience: float = 5.0
    levels: tuple[Level, ...] = tuple(Level)
    screens: ScreenSettings = field(default_factory=ScreenSettings)
    retry_patience: float = 20.0
    most_referrals: int = 26
    partners: list[Person] = field(default_factory=list)

    @property
    def app_url(self) -> str:
        """The application of the sandbox's first broker."""
        return str(next(iter(self.sandbox["appUrls"].values())))

    def control(self) -> ControlClient:
        """A control client for the sandbox."""
        return ControlClient(self.mock_url, self.sandbox["id"])

    def lookup(self, email: str) -> dict[str, str]:
        """What cTrader knows of a person, by e-mail address."""
        return self.control().lookup(email)

    def read_partner_id(self, journey: dict[str, Any]) -> str | None:
        """What cTrader has for a journey's target, by call 3.7."""
        account = journey["ctidTraderAccountId"] if journey["level"] == Level.ACCOUNT else None
        return ManagerClient(self.mock_url, self.sandbox).partner_id(journey["userId"], account)


# A page that shows whether cTrader has the identifier shows the same in every run if cTrader gets the time to take
# it; a broker that sends it only when the page is opened loses no more than this. In seconds.
_SETTLING = 1.0


class Stuck(Exception):
    """The flow cannot go on; why is in the journal."""


class Drive:
    """One flow at one level, from its first stage as far as it goes.

    `ended` tells whether whoever acted wanted no more: what is open then is not the broker's fault.
    """

    ended = False

    def __init__(
        self,
        bench: Bench,
        flow: int,
        level: Level,
        progress: Callable[[dict[str, Any]], None] | None = None,
        company: Company | None = None,
    ) -> None:
        """Args: progress: told the journey after each step. company: other partners, to tell whose is whose."""
        self._bench = bench
        self._flow = flow
        self._level = level
        self._progress = progress
        self._company = company or Company(bench.adapter, bench.app_url, bench.patience)
        self._joined = company is not None
        self.traces: dict[int, list[dict[str, Any]]] = {}
        self._control = bench.control()
        self._clock: Clock = SystemClock()
        self.partner = fresh_person("partner")
        self.invited = fresh_person("invited")
        self._partner_app = AppClient(bench.app_url)
        self._invited_app = AppClient(bench.app_url)
        self._journey_id = self._control.announce(flow, level.value, self.partner.email, self.invited.email)

    def run(self) -> dict[str, Any]:
        """Play the flow; returns the journey.

        Raises:
            NotOffered: the adapter lacks a verb that the flow cannot do without.
            Unjudgeable: the broker did not answer, or broker.toml does not fit it.
        """
        try:
            if self._flow == 1:
                self._new_partner()
            else:
                self._existing_partner()
            if self._joined:
                # whoever attributes to the newest partner attributes to this one
                self._company.add_partner(self._level)
            self._share_and_open()
            self._sign_up_invited()
            self._look_at_the_list()
        except Stuck:
            pass  # the journey shows where, and why
        return self._control.journey(self._journey_id)

    # stages 1 to 6

    def _new_partner(self) -> None:
        """Flow 1: User 1 passes flow 5.3 first, having no cTID yet, then registers as a partner."""
        self._told()
        screen = self._partner_app.open_sign_in(first_login=True)
        success = self._attempt(1, lambda: self._bench.adapter.sign_up(self.partner, screen))
        signed_in, answer = self._partner_app.finish(success)
        if not signed_in:
            self._fail(1, f"the user creation flow of User 1 did not end signed in: {_why(answer)}")
        self._attempt(1, lambda: self._bench.adapter.register_partner(self.partner, self._level))
        self._report(1, level=self._level.value)
        self._reaches(5, _SETTLING)
        link = self._attempt(2, self._first_link)
        self._report(2, level=link.level, partnerId=link.partner_id)
        self._report(3, partnerId=link.partner_id, referralLink=link.url, sharedWith=self._sharing(link))
        self._await(5)
        self._partner_app.profile()
        self._await(6)

    def _existing_partner(self) -> None:
        """Flow 2: a partner of the website asks the application for a cTID."""
        adapter = self._bench.adapter
        self._attempt(1, lambda: adapter.register_client(self.partner))
        self._attempt(1, lambda: adapter.register_partner(self.partner, self._level))
        earlier = self._attempt(1, lambda: adapter.referral_link(self.partner))
        screen = self._partner_app.open_sign_in(first_login=True)
        self._report(1, browser=self._partner_app.fingerprint)
        success = self._attempt(3, lambda: adapter.sign_up_client(self.partner, screen))
        self._partner_app.finish(success)
        self._await(3)
        self._reaches(6, _SETTLING)
        link = self._eventually(
            4, lambda: adapter.referral_link(self.partner), lambda link: link.partner_id != earlier.partner_id
        )
        self._report(
            4,
            partnerId=link.partner_id,
            referralLink=link.url,
            previousPartnerId=earlier.partner_id,
            sharedWith=self._sharing(link),
        )
        self._await(6)
        self._partner_app.profile()

    def _first_link(self) -> ReferralLink:
        try:
            return self._bench.adapter.referral_link(self.partner)
        except NoIdentifier as problem:
            # the record is there: what it lacks is the next stage's
            self._report(2)
            self._fail(3, str(problem))

    def _sharing(self, link: ReferralLink) -> str | None:
        """Whose link has the same identifier, of a partner who was there before; None if that cannot be seen."""
        for one in self._company.bystanders[:1]:
            try:
                other = self._bench.adapter.referral_link(one.person)
            except Unjudgeable:
                raise
            except AdapterError:
                return None
            if other.partner_id == link.partner_id:
                return one.person.email
        return None

    # stages 7 to 12

    def _share_and_open(self) -> None:
        shared = self._partner_app.share("copy", "60417")
        self._await(9)
        self._report(10, link=shared["link"])
        self._screen = self._invited_app.open_link(shared["link"])
        self._await(12)

    # stages 13 to 18

    def _sign_up_invited(self) -> None:
        adapter = self._bench.adapter
        success = self._attempt(13, lambda: adapter.sign_up(self.invited, self._screen))
        # what the screen that was filled in carried, not what cTrader has: the two are compared later
        opened = parameter(self._screen, PARTNER_ID)
        others = {str(one["partner_id"]) for one in self._control.all_events(call="3.6") if one.get("partner_id")}
        submitted = submitted_partner_id(opened or "", self._screen, self.traces.get(13, []), others - {opened})
        facts: dict[str, Any] = {} if submitted is None else {"submitted": submitted}
        facts["inAddress"] = only_posted_back(opened or "", self._screen, self.traces.get(13, []))
        self._report(13, partnerId=opened, **facts)
        before = self._listed_before()
        self._invited_app.finish(success)
        self._await(14)
        try:
            entries = self._eventually(
                16, lambda: adapter.referrals(self.partner), lambda found: bool(self._listed(found))
            )
        except Stuck:
            self._report(15, listUnreadable=True)
            raise
        listed = bool(self._listed(entries))
        elsewhere = [] if listed else self._attempt(15, lambda: self._company.who_lists(self.invited.email))
        self._report(15, before=bool(before), after=listed, elsewhere=elsewhere, entries=_told(entries))
        self._await(15)

    def _listed_before(self) -> list[Any]:
        """User 2's entries before the flow is complete; none if the list does not open: that shows later."""
        mark = self._bench.adapter.surroundings.trace.mark()
        try:
            return self._listed(self._bench.adapter.referrals(self.partner))
        except (NotOffered, Unjudgeable):
            raise
        except AdapterError:
            return []
        finally:
            self.traces.setdefault(15, []).extend(self._bench.adapter.surroundings.trace.since(mark))

    def _look_at_the_list(self) -> None:
        adapter = self._bench.adapter
        entries = self._attempt(16, lambda: adapter.referrals(self.partner))
        self._report(16, openWithoutLogin=self._attempt(16, self._open_to_all))
        self._report(17, count=len(entries))
        self._report(
            18,
            entries=_told(entries),
            strangers=self._company.strangers(),
            elsewhere=self._attempt(18, lambda: self._company.who_lists(self.invited.email)),
            **({"withoutCompany": self._company.missing} if self._company.missing else {}),
        )

    def _open_to_all(self) -> bool | None:
        """Whether the list opens without a log-in; None if the adapter cannot tell."""
        try:
            return self._bench.adapter.list_opens_without_login()
        except NotOffered:
            return None

    def _listed(self, entries: list[Any]) -> list[Any]:
        return [entry for entry in entries if entry.email.casefold() == self.invited.email.casefold()]

    # how steps are taken

    def _attempt(self, stage: int, verb: Callable[[], Any]) -> Any:
        trace = self._bench.adapter.surroundings.trace
        mark = trace.mark()
        try:
            return verb()
        except (NotOffered, Unjudgeable):
            raise
        except AdapterError as problem:
            self._fail(stage, str(problem))
        finally:
            self.traces.setdefault(stage, []).extend(trace.since(mark))

    def _fail(self, stage: int, reason: str) -> NoReturn:
        self._report(stage, error=reason)
        raise Stuck

    def _report(self, stage: int, **facts: Any) -> None:
        self._control.report(self._journey_id, stage, **facts)
        self._told()

    def _await(self, stage: int) -> None:
        """Wait until every stage up to this one is proved; what never comes is for the judge to say."""
        if not self._reaches(stage, self._bench.patience):
            raise Stuck

    def _reaches(self, stage: int, seconds: float) -> bool:
        """Whether every stage up to this one that cTrader can see is proved within so many seconds."""
        deadline = self._clock.monotonic() + seconds
        seen = self._control.last_event()
        while True:
            journey = self._told()
            if all(one["state"] in PROVED for one in journey["stages"][:stage]):
                return True
            if self._clock.monotonic() > deadline:
                return False
            events = self._control.events(after=seen, wait=1)
            seen = events[-1]["seq"] if events else seen

    def _eventually(self, stage: int, verb: Callable[[], Any], wanted: Callable[[Any], bool]) -> Any:
        """Repeat a reading until it shows what is wanted; the last reading if it never does."""
        trace = self._bench.adapter.surroundings.trace
        deadline = self._clock.monotonic() + self._bench.patience
        pause = threading.Event()
        while True:
            mark = trace.mark()
            try:
                found = verb()
            except (NotOffered, Unjudgeable):
                raise
            except AdapterError as problem:
                if self._clock.monotonic() > deadline:
                    self.traces.setdefault(stage, []).extend(trace.since(mark))
                    self._fail(stage, str(problem))
            else:
                if wanted(found) or self._clock.monotonic() > deadline:
                    self.traces.setdefault(stage, []).extend(trace.since(mark))
                    return found
            pause.wait(0.05)

    def _told(self) -> dict[str, Any]:
        journey = self._control.journey(self._journey_id)
        if self._progress is not None:
            self._progress(journey)
        return journey


def _told(entries: list[Referral]) -> list[dict[str, str | None]]:
    return [{"email": one.email, "partnerId": one.partner_id} for one in entries]


def _why(answer: dict[str, Any]) -> str:
    error = answer.get("error")
    return str(error.get("description")) if isinstance(error, dict) else str(answer)
