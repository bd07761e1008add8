"""Flows 5.4 to 5.7 and the ways out, between the application and the reference broker."""

from dataclasses import dataclass
from typing import Any

from pytest_bdd import given, parsers, scenarios, then, when

from mock_ctrader.conformance.adapter import Person
from mock_ctrader.conformance.browsing import Browser, Page
from mock_ctrader.conformance.clients import AppClient
from mock_ctrader.conformance.people import fresh_person
from mock_ctrader.resources import resource
from tests.conformance.story import Story
from tests.support import eventually

scenarios(str(resource("features") / "application" / "sessions.feature"))


@dataclass
class Session:
    """One user and the device in use."""

    story: Story
    person: Person
    app: AppClient
    user_id: int
    login: int
    balance: int
    screen: str = ""
    page: Page | None = None
    browser: Browser | None = None

    def account(self) -> dict[str, Any]:
        """The user's account as the application shows it."""
        (account,) = self.app.profile()["accounts"]
        return dict(account)


@given("a user of the broker who chose to stay logged in", target_fixture="session")
def a_user(story: Story) -> Session:
    person, app = fresh_person("user"), AppClient(story.bench.app_url)
    signed_in, _ = app.finish(story.bench.adapter.sign_up(person, app.open_sign_in(first_login=True)))
    assert signed_in
    profile = app.profile()
    assert profile["staysSignedIn"] is True
    account = profile["accounts"][0]
    return Session(story, person, app, profile["userId"], account["login"], account["balance"])


@given("the application is used on another device")
def another_device(session: Session) -> None:
    session.app = AppClient(session.story.bench.app_url)


@given("the application was closed")
def closed(session: Session) -> None:
    session.app.post("close")
    assert session.app.profile() == {"signedIn": False}


@given("the user changed the password in the client area")
def changed_password(session: Session) -> None:
    area = session.story.area_of(session.person)
    page = area.open(f"{session.story.broker_url}/area/password")
    values = {"current_password": session.person.password, "new_password": "another-Pw-1234"}
    assert area.submit(page, values).status == 200


@when("the user logs in on the broker's screen")
def logs_in(session: Session) -> None:
    session.story.log_in(session.person, session.app.launch(), session.app)


@when("the application is launched")
def launched(session: Session) -> None:
    session.screen = session.app.launch()


@when("the user opens cTrader Web in the client area")
def opens_web(session: Session) -> None:
    area = session.story.area_of(session.person)
    page = area.open(f"{session.story.broker_url}/area")
    opened = area.submit(page, {}, action="/area/ctrader-web")
    session.app = AppClient(session.story.bench.app_url)
    assert session.app.finish(opened.url)[0]


@when(parsers.parse("the user starts a {action} in the application"))
def starts_action(session: Session, action: str) -> None:
    session.screen = session.app.start_action(action)


@when(parsers.parse("deposits {amount} on the broker's screen"))
@when(parsers.parse("withdraws {amount} on the broker's screen"))
def submits(session: Session, amount: str) -> None:
    browser = Browser(stop_before=session.story.bench.sandbox["successUrl"])
    done = browser.submit(browser.open(session.screen), {"amount": amount})
    assert done.status is None, done.describe()
    assert session.app.finish(done.url)[0], "the application is still signed in"


@when(parsers.parse("tries to withdraw {amount} on the broker's screen"))
def tries(session: Session, amount: str) -> None:
    browser = Browser(stop_before=session.story.bench.sandbox["successUrl"])
    session.page = browser.submit(browser.open(session.screen), {"amount": amount})


@when("the user logs out of the application")
def logs_out(session: Session) -> None:
    session.app.post("sign-out")


@when("the user logs out of the client area")
def leaves_area(session: Session) -> None:
    area = session.story.area_of(session.person)
    area.submit(area.open(f"{session.story.broker_url}/area"), {}, action="/logout")


@when("the user changes the e-mail address in the client area")
def changes_email(session: Session) -> None:
    area = session.story.area_of(session.person)
    page = area.open(f"{session.story.broker_url}/area/email")
    new = fresh_person("renamed").email
    assert area.submit(page, {"email": new, "password": session.person.password}).status == 200
    session.screen = new


@then("the user is signed in to the application")
def is_signed_in(session: Session) -> None:
    assert session.app.profile()["userId"] == session.user_id


@then("nobody is signed in to the application")
def is_signed_out(session: Session) -> None:
    eventually(lambda: session.app.profile() == {"signedIn": False}, "the session ends")


@then("the account of the client area is active")
def account_active(session: Session) -> None:
    assert session.account()["login"] == session.login
    assert session.account()["active"] is True


@then(parsers.re(r"call (?P<number>[\d.]+) was made for the user"))
def call_made(session: Session, number: str) -> None:
    made = eventually(lambda: session.story.calls(number, session.user_id), f"call {number}")
    assert made[-1]["status"] == 200
    assert made[-1]["violations"] == []


@then("calls 4.4 and 3.5 were made for the user")
def money_calls(session: Session) -> None:
    assert [one["status"] for one in session.story.calls("4.4", session.user_id)] == [200]
    events = session.story.bench.control()
    booked = [one for one in all_events(events) if one.get("call") == "3.5" and one.get("login") == session.login]
    assert [one["status"] for one in booked] == [200]


def all_events(control: Any) -> list[dict[str, Any]]:
    """The whole journal."""
    found: list[dict[str, Any]] = []
    while events := control.events(found[-1]["seq"] if found else 0):
        found += events
    return found


@then(parsers.parse("the balance of the account has grown by {amount:f}"))
def grown(session: Session, amount: float) -> None:
    assert session.account()["balance"] - session.balance == round(amount * 100)


@then(parsers.parse("the balance of the account has shrunk by {amount:f}"))
def shrunk(session: Session, amount: float) -> None:
    assert session.balance - session.account()["balance"] == round(amount * 100)


@then("the balance of the account is unchanged")
def unchanged(session: Session) -> None:
    assert session.account()["balance"] == session.balance


@then("the screen tells that there is not enough money")
def not_enough(session: Session) -> None:
    assert session.page is not None
    assert session.page.status is not None
    assert "money" in session.page.content.get_text().lower()


@then("the broker's login screen opens")
def screen_opens(session: Session) -> None:
    assert session.screen.startswith(session.story.bench.sandbox["loginUrl"])
    assert "firstLogin=false" in session.screen


@then("the next launch opens the broker's login screen")
def next_launch(session: Session) -> None:
    session.screen = session.app.launch()
    screen_opens(session)


@then("the application shows the new e-mail address")
def new_address(session: Session) -> None:
    eventually(lambda: session.app.profile().get("email") == session.screen, "call 3.10 changes the address")
