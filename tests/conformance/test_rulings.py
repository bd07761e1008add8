"""The reference broker held to the rulings E-7 and E-12 to E-16, over real HTTP with a real mock."""

from pytest_bdd import given, parsers, scenarios, then, when

from mock_ctrader.conformance.browsing import Browser
from mock_ctrader.conformance.clients import AppClient
from mock_ctrader.flows import Level
from mock_ctrader.resources import resource
from tests.conformance.story import Story
from tests.support import Broker, eventually

scenarios(str(resource("features") / "attribution" / "rulings.feature"))


@given("a partner at user level with a link from the application")
def partner(story: Story) -> None:
    story.become_partner(Level.USER)


@given(parsers.parse("another partner at {level} level with a link from the application"))
def another_partner(story: Story, level: str) -> None:
    story.become_partner(Level(level))


@given("User 2 signed up from the link but did not return to the application")
@when("User 2 signs up from the link but does not return to the application")
def signs_up_half(story: Story) -> None:
    story.sign_up(story.partners[0].link, return_to_application=False)


@given("User 2 signed up from the link")
@when("User 2 signs up from the link")
def signs_up(story: Story) -> None:
    story.sign_up(story.partners[0].link)


@when("User 2 signs up from the link of the other partner")
def signs_up_other(story: Story) -> None:
    story.sign_up(story.partners[1].link)


@when("User 2 signs up from a link with a partnerId that nobody has")
def signs_up_unknown(story: Story) -> None:
    story.sign_up(f"{story.bench.app_url}/copy/strategy/1?partnerId=IB-NOBODY")


@given("User 2 has an account already")
def has_account(story: Story) -> None:
    app = AppClient(story.bench.app_url)
    success = story.bench.adapter.sign_up(story.invited, app.open_sign_in(first_login=True))
    assert app.finish(success)[0]


@when("User 2 logs in from the application later")
def logs_in_later(story: Story) -> None:
    app = AppClient(story.bench.app_url)
    story.log_in(story.invited, app.open_sign_in(first_login=False), app)


@when("User 2 opens the link and logs in")
def opens_and_logs_in(story: Story) -> None:
    app = AppClient(story.bench.app_url)
    story.log_in(story.invited, app.open_link(story.partners[0].link), app)


@when("User 2 opens the link of the other partner and logs in")
def opens_other_and_logs_in(story: Story) -> None:
    app = AppClient(story.bench.app_url)
    story.log_in(story.invited, app.open_link(story.partners[1].link), app)


@when("User 1 opens the own link and logs in")
def opens_own(story: Story) -> None:
    app = AppClient(story.bench.app_url)
    story.log_in(story.partners[0].person, app.open_link(story.partners[0].link), app)


@given("the broker sets another partnerId for User 1 in cTrader")
def changes_partner_id(story: Story) -> None:
    first = story.partners[0]
    manager = Broker(story.bench.mock_url, story.bench.sandbox)
    changed = manager.set_partner(userId=first.app.profile()["userId"], partnerId="IB-CHANGED")
    assert changed.status_code == 200
    assert first.app.profile()["partnerId"] == "IB-CHANGED"


@then("the referral list does not show User 2")
def not_listed(story: Story) -> None:
    assert story.invited.email not in story.listed(story.partners[0])


@then("the referral list is empty")
def list_empty(story: Story) -> None:
    assert story.listed(story.partners[0]) == []


@then("the referral list shows User 2 once")
def listed_once(story: Story) -> None:
    assert story.listed(story.partners[0]) == [story.invited.email]


@then("the other partner's referral list does not show User 2")
def other_not_listed(story: Story) -> None:
    assert story.listed(story.partners[1]) == []


@then("the other partner's referral list shows User 2 at account level")
def other_listed(story: Story) -> None:
    found = story.area(story.partners[1].person, "/area/referrals.json")["referrals"]
    partner_id = story.partners[1].app.profile()["partnerId"]
    assert [(one["email"], one["level"], one["partnerId"]) for one in found] == [
        (story.invited.email, "account", partner_id)
    ]


@then(parsers.parse("the attribution of User 2 is {state}"))
def attribution_is(story: Story, state: str) -> None:
    assert story.area(story.invited, "/area/me.json")["attribution"]["state"] == state


@then("User 2 is signed in to the application")
def is_signed_in(story: Story) -> None:
    assert story.invited_app is not None
    assert story.invited_app.profile()["email"] == story.invited.email


@given("a client of the website without a cTID")
def website_client(story: Story) -> None:
    story.bench.adapter.register_client(story.invited)


@when("the client registers as a partner and opens an account first")
def opens_account_first(story: Story) -> None:
    browser = Browser(stop_before=story.bench.sandbox["successUrl"])
    login = browser.open(f"{story.broker_url}/auth/login")
    person = story.invited
    browser.submit(login, {"email": person.email, "password": person.password})
    page = browser.open(f"{story.broker_url}/area/partner")
    opening = browser.submit(page, {"level": "account", "mode": "create_account_first"})
    done = browser.submit(opening, {}, action="/account/create")
    assert done.status is None, done.describe()
    story.client_success_url = done.url


@then("the partner record waits for the user creation flow")
def record_waits(story: Story) -> None:
    partner = story.area(story.invited, "/area/partner.json")["partner"]
    assert partner["state"] == "waiting_for_user_creation"
    assert partner["partnerId"] is None


@when("the client returns to the application")
def returns(story: Story) -> None:
    story.invited_app = AppClient(story.bench.app_url)
    assert story.invited_app.finish(story.client_success_url)[0]


@then("call 3.6 arrives after the user creation flow is complete")
def set_after_flow(story: Story) -> None:
    app = story.invited_app
    assert app is not None
    profile = eventually(
        lambda: found if (found := app.profile())["partnerId"] else None, "the application learns the partnerId"
    )
    events = list(story.bench.control().events())
    user_id = profile["userId"]
    (verified,) = [event for event in events if event.get("call") == "4.2" and event.get("user_id") == user_id]
    account = profile["activeAccount"]
    (was_set,) = [
        event for event in events if event.get("call") == "3.6" and event.get("ctid_trader_account_id") == account
    ]
    # call 4.2 is journaled when its answer is there, and the broker may react while it answers
    assert verified["at"] - verified["details"]["milliseconds"] - 1 <= was_set["at"]
