"""The adapter of the bundled reference broker: its forms for acting, its JSON for reading."""

from typing import Any

from mock_ctrader.conformance.adapter import Adapter, AdapterError, Person, Referral, ReferralLink, Surroundings
from mock_ctrader.conformance.browsing import Browser, Page
from mock_ctrader.conformance.trace import Trace
from mock_ctrader.flows import Level


class ReferenceAdapter(Adapter):
    """Acts on the reference broker as a person with a browser would."""

    def __init__(self, broker_url: str, success_url: str) -> None:
        super().__init__(Surroundings(broker_url, success_url, lambda _: {}, Trace()))
        self._url = broker_url
        self._success_url = success_url
        self._areas: dict[str, Browser] = {}

    def register_client(self, person: Person) -> None:
        """On the website: an internal user only."""
        browser = Browser()
        page = browser.submit(
            browser.open(f"{self._url}/register"),
            {
                "email": person.email,
                "first_name": person.first_name,
                "last_name": person.last_name,
                "password": person.password,
            },
        )
        _expect(page, "/area", "the website registration")

    def sign_up(self, person: Person, screen_url: str) -> str:
        """The signup face, then the account opening."""
        browser = Browser(stop_before=self._success_url)
        page = browser.submit(
            browser.open(screen_url),
            {
                "email": person.email,
                "first_name": person.first_name,
                "last_name": person.last_name,
                "password": person.password,
                "accept_agreement": "yes",
                "keep_me_logged_in": "yes",
            },
        )
        _expect(page, "/account/create", "the signup")
        done = browser.submit(page, {}, action="/account/create")
        if done.status is not None:
            raise AdapterError(f"the account opening did not lead to the success URL: {done.describe()}")
        return done.url

    def register_partner(self, person: Person, level: Level) -> None:
        """The partner page; a client without a trading account becomes a partner on the website only."""
        browser = self._area(person)
        page = browser.open(f"{self._url}/area/partner")
        values = {"level": level.value}
        if page.content.select_one('[name="mode"]') is not None:
            values["mode"] = "website_only"
        done = browser.submit(page, values)
        if done.status != 200:
            raise AdapterError(f"the partner registration was refused: {done.describe()}")

    def referral_link(self, person: Person) -> ReferralLink:
        """From the partner page's JSON."""
        partner = self._json(person, "/area/partner.json").get("partner")
        if not isinstance(partner, dict) or not partner.get("partnerId"):
            raise AdapterError(f"the partner page shows no identifier: {partner!r}")
        return ReferralLink(partner["referralLink"], partner["partnerId"], partner["level"])

    def referrals(self, person: Person) -> list[Referral]:
        """Every page of the list."""
        self._areas.pop(person.email, None)
        found: list[Referral] = []
        cursor = ""
        while True:
            page = self._json(person, "/area/referrals.json" + (f"?after={cursor}" if cursor else ""))
            found += [Referral(entry["email"], entry["partnerId"]) for entry in page["referrals"]]
            cursor = page.get("next") or ""
            if not cursor:
                return found

    def list_opens_without_login(self) -> bool:
        """A stranger's browser asks for the list."""
        status, _ = Browser().get_json(f"{self._url}/area/referrals.json")
        return 200 <= status < 300

    def _area(self, person: Person) -> Browser:
        """This person's logged-in client area."""
        if person.email not in self._areas:
            browser = Browser()
            page = browser.submit(
                browser.open(f"{self._url}/auth/login"), {"email": person.email, "password": person.password}
            )
            _expect(page, "/area", "the log-in")
            self._areas[person.email] = browser
        return self._areas[person.email]

    def _json(self, person: Person, path: str) -> dict[str, Any]:
        status, body = self._area(person).get_json(f"{self._url}{path}")
        if status != 200 or not isinstance(body, dict):
            raise AdapterError(f"{path} answered {status}")
        return body


def _expect(page: Page, path: str, what: str) -> None:
    if page.status != 200 or path not in page.url:
        raise AdapterError(f"{what} did not lead to {path}: {page.describe()}")
