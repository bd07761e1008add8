"""axe-core finds nothing serious or critical on any page of the application and of the reference broker."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from mock_ctrader.conformance.people import fresh_person
from mock_ctrader.processes import MockProcess
from tests.browser.clicking import (
    Places,
    become_partner,
    fill_in_signup,
    follow,
    log_in_to_area,
    register_on_website,
    share,
    sign_up,
)
from tests.browser.windows import Windows, barriers
from tests.support import Broker

Play = Callable[[Callable[[Windows], None]], None]
AREA = ["Home", "Partner programme", "My referrals", "My payments", "Change e-mail", "Change password"]


def sound(page: Page, *, themed: bool) -> None:
    """Hold the page as it is now to axe-core, in both themes.

    Args:
        themed: the address chose no theme, so that the browser's counts.
    """
    for theme in ("light", "dark") if themed else (None,):
        page.emulate_media(color_scheme=theme)
        assert barriers(page) == [], f"{page.url}, {theme or 'as it is'}"
    page.emulate_media(color_scheme=None)


def test_pages_of_the_application(play: Play, places: Places, served: MockProcess) -> None:
    manager = Broker(served.ready["baseUrl"], served.ready["sandbox"])
    person = fresh_person("partner")

    def scene(windows: Windows) -> None:
        page = windows.open()
        page.goto(f"{places.app_url}/")
        sound(page, themed=True)
        page.get_by_text("Look").click()
        sound(page, themed=True)
        sign_up(page, places, person)
        sound(page, themed=True)

        area = page.context.new_page()
        log_in_to_area(area, places, person)
        become_partner(area, "user")
        become_partner(area, "account")
        area.close()
        user_id = page.request.get(f"{places.app_url}/me", headers={"Accept": "application/json"}).json()["userId"]
        ribbon = {
            "color": "#2277aa",
            "title": "Invite a friend",
            "enabled": True,
            "closable": True,
            "action": {"urlExternal": places.broker_url},
        }
        body = {"brokerCrmName": manager.crm_name, "userId": user_id, "rules": {"ribbons": [ribbon]}}
        assert manager.call("PUT", "/cid/oauth2/ctid/inAppControls", body).status_code == 201
        expect(page.get_by_role("link", name="Invite a friend")).to_be_visible()
        sound(page, themed=True)
        share(page, "Copy strategy")
        sound(page, themed=True)
        page.goto(f"{places.app_url}/copy/strategy/60417")
        sound(page, themed=True)
        follow(page.get_by_role("button", name="Close"))
        sound(page, themed=True)
        page.get_by_role("link", name="Inspector").wait_for()

    play(scene)


def test_refusal_of_the_application(play: Play, places: Places) -> None:
    def scene(windows: Windows) -> None:
        page = windows.open()
        page.goto(f"{places.app_url}/nowhere")
        sound(page, themed=True)
        # Chromium reports every page that is answered 404 as an error of its own
        assert [one for one in windows.complaints if "404" not in one] == []
        windows.complaints.clear()

    play(scene)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_screens_that_the_application_opens(play: Play, places: Places, theme: str) -> None:
    def scene(windows: Windows) -> None:
        page = windows.open()
        for first_login in ("true", "false"):
            page.goto(f"{places.app_url}/sign-in?firstLogin={first_login}&theme={theme}")
            expect(page.locator("html")).to_have_attribute("data-theme", theme)
            sound(page, themed=False)
        follow(page.get_by_role("link", name="Forgot your password?"))
        sound(page, themed=False)
        page.get_by_label("E-mail").fill("nobody@example.net")
        follow(page.get_by_role("button", name="Send the link"))
        sound(page, themed=False)
        page.goto(f"{places.app_url}/sign-in?firstLogin=true&theme={theme}")
        page.get_by_role("button", name="Sign up").click()  # the browser asks for what is missing
        page.locator("form").evaluate("(form) => form.noValidate = true")
        follow(page.get_by_role("button", name="Sign up"))
        expect(page.get_by_role("alert").first).to_be_visible()
        sound(page, themed=False)
        windows.complaints.clear()  # Chromium's own note of the 400
        page.goto(f"{places.app_url}/sign-in?firstLogin=true&theme={theme}")
        page.get_by_label("E-mail").fill((person := fresh_person("user")).email)
        for label, text in (("First name", "Ana"), ("Last name", "Reis"), ("Password", person.password)):
            page.get_by_label(label).fill(text)
        page.get_by_label("I accept the client agreement").check()
        follow(page.get_by_role("button", name="Sign up"))
        sound(page, themed=False)
        follow(page.get_by_role("button", name="Open account"))
        for action in ("Deposit", "Withdraw", "New account"):
            follow(page.get_by_role("button", name=action))
            sound(page, themed=False)
            page.goto(f"{places.app_url}/")

    play(scene)


def test_pages_of_the_client_area(play: Play, places: Places) -> None:
    person = fresh_person("partner")

    def scene(windows: Windows) -> None:
        page = windows.open()
        page.goto(f"{places.broker_url}/register")
        sound(page, themed=True)
        register_on_website(page, places, person)
        for entry in AREA:
            follow(page.get_by_role("link", name=entry))
            sound(page, themed=True)
        partner_id = become_partner(page, "user")
        sound(page, themed=True)

        invited = windows.open()
        invited.goto(f"{places.app_url}/copy/strategy/1?partnerId={partner_id}")
        fill_in_signup(invited, fresh_person("invited"))
        follow(page.get_by_role("link", name="My referrals"))
        expect(page.get_by_role("row")).to_have_count(2)
        sound(page, themed=True)

        stranger = windows.open()
        stranger.goto(f"{places.broker_url}/auth/login")
        follow(stranger.get_by_role("link", name="Forgot your password?"))
        stranger.get_by_label("E-mail").fill(person.email)
        follow(stranger.get_by_role("button", name="Send the link"))
        stranger.goto(f"{places.broker_url}/outbox")
        sound(stranger, themed=True)
        follow(stranger.get_by_role("link", name="Open the link").first)
        sound(stranger, themed=True)

    play(scene)
