"""What people click in the application and in the reference broker's pages, as their eyes find it."""

import re
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from mock_ctrader.conformance.adapter import Person

QUICK_MS = 10_000


@dataclass(frozen=True, slots=True)
class Places:
    """Where the pages are."""

    app_url: str
    broker_url: str


def follow(locator: Locator) -> None:
    """Click what opens the next page, and wait until it is there: a click does not wait for that by itself."""
    with locator.page.expect_event("load"):
        locator.click()


def fill_in_signup(page: Page, person: Person) -> None:
    """The broker's signup screen and the opening of a trading account, up to the application."""
    page.get_by_label("E-mail").fill(person.email)
    page.get_by_label("First name").fill(person.first_name)
    page.get_by_label("Last name").fill(person.last_name)
    page.get_by_label("Password").fill(person.password)
    page.get_by_label("I accept the client agreement").check()
    page.get_by_label("Keep me logged in").check()
    follow(page.get_by_role("button", name="Sign up"))
    page.get_by_label("Currency").select_option("EUR")
    follow(page.get_by_role("button", name="Open account"))


def sign_up(page: Page, places: Places, person: Person) -> None:
    """From the application's welcome to the application, signed in."""
    page.goto(f"{places.app_url}/")
    follow(page.get_by_role("button", name="Create a new account"))
    fill_in_signup(page, person)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def log_in_to_area(page: Page, places: Places, person: Person) -> None:
    """The broker's website, for somebody who is not logged in there."""
    page.goto(f"{places.broker_url}/auth/login")
    page.get_by_label("E-mail").fill(person.email)
    page.get_by_label("Password").fill(person.password)
    follow(page.get_by_role("button", name="Log in"))
    expect(page.get_by_role("heading", name="Client area")).to_be_visible()


def register_on_website(page: Page, places: Places, person: Person) -> None:
    """Become a client of the broker's website, without a trading account."""
    page.goto(f"{places.broker_url}/register")
    page.get_by_label("E-mail").fill(person.email)
    page.get_by_label("First name").fill(person.first_name)
    page.get_by_label("Last name").fill(person.last_name)
    page.get_by_label("Password").fill(person.password)
    follow(page.get_by_role("button", name="Register"))
    expect(page.get_by_role("heading", name="Client area")).to_be_visible()


def become_partner(page: Page, level: str) -> str:
    """Register in the partner programme, from the client area; the partnerId that the partner page then shows."""
    follow(page.get_by_role("link", name="Partner programme"))
    page.get_by_role("radio", name=re.compile(rf"^{level}:", re.IGNORECASE)).check()
    without_account = page.get_by_role("radio", name="Make me a partner now")
    if without_account.count():
        without_account.check()
    follow(page.get_by_role("button", name="Register as partner"))
    return partner_id_of(page, level)


def partner_id_of(page: Page, level: str) -> str:
    """The current partnerId of a level on the partner page."""
    card = page.locator("section.card").filter(has_text=f"Level: {level}").filter(has_text="current")
    return card.locator("h2").inner_text().split()[0]


def share(page: Page, kind: str) -> str:
    """Ask the application for a link; the link it shows."""
    follow(page.get_by_role("button", name=f"Get the link: {kind}"))
    return page.locator("#shared-link").input_value()
