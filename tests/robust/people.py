"""A partner and somebody the partner brings, on the reference broker; they try again when nothing answers."""

from dataclasses import dataclass
from typing import Any

from mock_ctrader.conformance.browsing import Browser, Page
from mock_ctrader.conformance.clients import AppClient
from mock_ctrader.conformance.people import Person, fresh_person


class Human:
    """Somebody with a browser of the broker's pages and one of the application."""

    def __init__(self, role: str, app_url: str, success_url: str) -> None:
        self.person: Person = fresh_person(role)
        self.app = AppClient(app_url)
        self.browser = Browser(stop_before=success_url)
        self.screen = ""

    def sign_up(self, screen: str) -> Page:
        """Fill in the signup face of the screen."""
        self.screen = screen
        person = self.person
        return self.browser.submit(
            self.browser.open(screen),
            {
                "email": person.email,
                "first_name": person.first_name,
                "last_name": person.last_name,
                "password": person.password,
                "accept_agreement": "yes",
            },
        )

    def log_in(self, broker_url: str) -> Page:
        """Log in at the screen."""
        page = self.browser.open(f"{broker_url}/auth/login")
        return self.browser.submit(page, {"email": self.person.email, "password": self.person.password})

    def open_account(self, broker_url: str) -> Page:
        """Submit the account form; ends before the success URL."""
        page = self.browser.open(f"{broker_url}/account/create")
        return self.browser.submit(page, {}, action="/account/create")

    def enter(self, success: str) -> bool:
        """See the success URL in the application."""
        entered, _ = self.app.finish(success)
        return entered

    def become_partner(self, broker_url: str, level: str) -> Page:
        """Submit the partner page."""
        return self.browser.submit(self.browser.open(f"{broker_url}/area/partner"), {"level": level})

    def standing(self, broker_url: str) -> dict[str, Any]:
        """Who one is in the programme, as the partner page's JSON says."""
        status, body = self.browser.get_json(f"{broker_url}/area/partner.json")
        assert status == 200, status
        assert isinstance(body, dict)
        found = body["partner"]
        return found if isinstance(found, dict) else {}

    def referrals(self, broker_url: str) -> list[tuple[str, str]]:
        """Whom one has brought, and with which identifier."""
        status, body = self.browser.get_json(f"{broker_url}/area/referrals.json")
        assert status == 200, status
        assert isinstance(body, dict)
        return [(one["email"], one["partnerId"]) for one in body["referrals"]]


@dataclass(slots=True)
class Pair:
    """User 1, the partner, and User 2."""

    partner: Human
    invited: Human

    @classmethod
    def of(cls, sandbox: dict[str, Any]) -> "Pair":
        """Two new people in a sandbox's application."""
        app_url = next(iter(sandbox["appUrls"].values()))
        return cls(*(Human(role, app_url, sandbox["successUrl"]) for role in ("partner", "invited")))
