"""What scenarios with the real mock and the real reference broker are told with."""

from dataclasses import dataclass, field
from typing import Any

from mock_ctrader.conformance.adapter import Person
from mock_ctrader.conformance.browsing import Browser
from mock_ctrader.conformance.clients import AppClient
from mock_ctrader.conformance.drive import Bench
from mock_ctrader.conformance.people import fresh_person
from mock_ctrader.flows import Level
from tests.support import eventually


@dataclass
class Partner:
    """A partner who is signed in to the application and has shared a link."""

    person: Person
    app: AppClient
    link: str


@dataclass
class Story:
    """What one scenario is about."""

    bench: Bench
    broker_url: str
    partners: list[Partner] = field(default_factory=list)
    invited: Person = field(default_factory=lambda: fresh_person("invited"))
    invited_app: AppClient | None = None
    client_success_url: str = ""
    webhooks: dict[str, Any] = field(default_factory=dict)

    def become_partner(self, level: Level) -> Partner:
        person, app = fresh_person("partner"), AppClient(self.bench.app_url)
        success = self.bench.adapter.sign_up(person, app.open_sign_in(first_login=True))
        assert app.finish(success)[0]
        self.bench.adapter.register_partner(person, level)
        partner_id = self.bench.adapter.referral_link(person).partner_id
        eventually(lambda: app.profile()["partnerId"] == partner_id, "the application learns the partnerId")
        partner = Partner(person, app, app.share("copy")["link"])
        self.partners.append(partner)
        return partner

    def sign_up(self, link: str, *, return_to_application: bool = True) -> None:
        self.invited_app = AppClient(self.bench.app_url)
        success = self.bench.adapter.sign_up(self.invited, self.invited_app.open_link(link))
        if return_to_application:
            assert self.invited_app.finish(success)[0]

    def log_in(self, person: Person, screen_url: str, app: AppClient) -> None:
        """The login face of a screen that the application opened, and back to the application."""
        browser = Browser(stop_before=self.bench.sandbox["successUrl"])
        page = browser.open(screen_url)
        if page.content.select_one('form[action="/auth/login"]') is None:
            (to_login,) = [link for link in page.content.select("a[href]") if "/auth/login" in str(link["href"])]
            page = browser.open(self.broker_url + str(to_login["href"]))
        done = browser.submit(page, {"email": person.email, "password": person.password})
        assert done.status is None, done.describe()
        assert app.finish(done.url)[0]

    def listed(self, partner: Partner) -> list[str]:
        return [one.email for one in self.bench.adapter.referrals(partner.person)]

    def area(self, person: Person, path: str) -> Any:
        status, body = self.area_of(person).get_json(self.broker_url + path)
        assert status == 200
        return body

    def area_of(self, person: Person) -> Browser:
        """A browser logged in to the client area."""
        browser = Browser(stop_before=f"{self.bench.app_url}/info")
        login = browser.open(f"{self.broker_url}/auth/login")
        done = browser.submit(login, {"email": person.email, "password": person.password})
        assert "/area" in done.url, done.describe()
        return browser

    def calls(self, number: str, user_id: int) -> list[dict[str, Any]]:
        """Journal events of one call about one user."""
        control, last = self.bench.control(), 0
        found: list[dict[str, Any]] = []
        while events := control.events(last):
            found += [one for one in events if one.get("call") == number and one.get("user_id") == user_id]
            last = events[-1]["seq"]
        return found
