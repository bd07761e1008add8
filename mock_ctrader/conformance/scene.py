"""People in front of the application and the broker's screens: what the plans beside the attribution flow use."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from mock_ctrader.clock import SystemClock
from mock_ctrader.conformance.adapter import AdapterError, Person
from mock_ctrader.conformance.clients import AppClient
from mock_ctrader.conformance.crm_client import CrmClient
from mock_ctrader.conformance.drive import Bench
from mock_ctrader.conformance.people import fresh_person
from mock_ctrader.flows import Level
from mock_ctrader.links import LINK_KINDS, share_link

T = TypeVar("T")


@dataclass
class Member:
    """Somebody who signed up, with a device. `link` is what a partner shares."""

    person: Person
    app: AppClient
    success_url: str = ""
    link: str = ""
    answer: dict[str, Any] = field(default_factory=dict)

    @property
    def one_time_token(self) -> str:
        """The one-time token of the success URL, "" if it has none."""
        return token_of(self.success_url)


def token_of(url: str) -> str:
    """The query parameter token of a URL, "" if it has none."""
    return parse_qs(urlsplit(url).query).get("token", [""])[0]


class Scene:
    """What people do, on one bench. Verbs raise `AdapterError`; what they are good for is judged by steps."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.adapter = bench.adapter
        self.control = bench.control()
        self.crm = CrmClient(
            bench.sandbox["crmUrl"], bench.sandbox["crmPassword"], bench.adapter.surroundings.trace
        )

    def device(self) -> AppClient:
        """A device nobody is signed in on."""
        return AppClient(self.bench.app_url)

    def newcomer(self) -> Member:
        """Somebody who has not signed up yet."""
        return Member(fresh_person("member"), self.device())

    def sign_up(self, *, screen: str | None = None, link: str | None = None, finish: bool = True) -> Member:
        """A new person signs up: on a screen, by a link, or from the application.

        Args:
            finish: whether the success URL is opened, which completes the user creation flow.
        """
        app = self.device()
        opened = screen or (app.open_link(link) if link else app.open_sign_in(first_login=True))
        member = Member(fresh_person("member"), app)
        member.success_url = self.adapter.sign_up(member.person, opened)
        if finish:
            self.finish(member)
        return member

    def finish(self, member: Member) -> None:
        """The application sees the success URL; raises `AdapterError` if that does not sign the person in."""
        signed_in, member.answer = member.app.finish(member.success_url)
        if not signed_in:
            raise AdapterError(f"the application was not signed in: {member.answer}")

    def log_in(self, member: Member, screen: str, app: AppClient) -> bool:
        """Log in on a screen and go back to the application; whether that signed the person in there."""
        member.success_url = self.adapter.log_in_at_screen(member.person, screen)
        signed_in, member.answer = app.finish(member.success_url)
        return signed_in

    def make_partner(self, member: Member, level: Level | None = None) -> None:
        """The member registers as a partner and shares a link of the application."""
        self.adapter.register_partner(member.person, level or self.bench.levels[0])
        self.bench.partners.append(member.person)
        self.await_partner_id(member)
        member.link = str(member.app.share("copy", "60417")["link"])

    def await_partner_id(self, member: Member, other_than: str | None = None) -> str:
        """Wait until the application shows the person a partnerId."""
        shown = self.eventually(
            lambda: member.app.profile().get("partnerId"), lambda found: found not in (None, other_than)
        )
        if shown in (None, other_than):
            raise AdapterError("cTrader was not told a new partnerId of this partner")
        return str(shown)

    def partner(self, level: Level | None = None) -> Member:
        """A new person who is a partner and has a link."""
        member = self.sign_up()
        self.make_partner(member, level)
        return member

    def listed(self, partner: Member) -> list[str]:
        """The addresses in a partner's list, in lower case."""
        return [one.email.casefold() for one in self.adapter.referrals(partner.person)]

    def who_lists(self, member: Member, partner: Member) -> list[str]:
        """Of a partner and the oldest one that is known, those whose list shows somebody."""
        looked_at = {one.email: one for one in (partner.person, *self.bench.partners[:1])}
        email = member.person.email.casefold()
        return [
            one.email
            for one in looked_at.values()
            if email in (entry.email.casefold() for entry in self.adapter.referrals(one))
        ]

    def times_listed(self, partner: Member, *members: Member) -> list[int]:
        """How often each is in the partner's list; waits until each is there, as long as the broker may take."""
        emails = [one.person.email.casefold() for one in members]

        def count() -> list[int]:
            shown = self.listed(partner)
            return [shown.count(email) for email in emails]

        return self.eventually(count, all)

    def screen(self, first_login: bool = True, partner_id: str | None = None) -> str:
        """The login/signup URL as the application opens it, with any partnerId."""
        if partner_id is None:
            return self.device().open_sign_in(first_login=first_login)
        return self.device().open_link(share_link(self.bench.app_url, LINK_KINDS["copy"], "60417", partner_id))

    def user_id(self, member: Member) -> int | None:
        """What cTrader gave the person as userId."""
        known = self.bench.lookup(member.person.email).get("user_id")
        return None if known is None else int(known)

    def calls(self, number: str, **wanted: Any) -> list[dict[str, Any]]:
        """The journal's exchanges of a call, oldest first."""
        found = self.control.all_events(call=number)
        return [one for one in found if all(one.get(key) == value for key, value in wanted.items())]

    def eventually(self, look: Callable[[], T], wanted: Callable[[T], object], patience: float = 0.0) -> T:
        """Look until it is as wanted; the last look if it never is."""
        clock, pause = SystemClock(), threading.Event()
        deadline = clock.monotonic() + (patience or self.bench.patience)
        while True:
            found = look()
            if wanted(found) or clock.monotonic() > deadline:
                return found
            pause.wait(0.1)
