"""The application's pages in a browser: live, shared, switched, funded, closed and launched again."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import segno
from playwright.sync_api import Page, expect

from mock_ctrader.conformance.people import fresh_person
from mock_ctrader.links import parameter
from mock_ctrader.processes import MockProcess
from tests.browser.clicking import Places, become_partner, fill_in_signup, follow, log_in_to_area, share, sign_up
from tests.browser.windows import Windows
from tests.support import Broker, ControlApi, eventually

Play = Callable[[Callable[[Windows], None]], None]


def user_id_of(page: Page) -> int:
    """The userId that the page shows."""
    found = re.search(r"userId (\d+)", page.locator("#partner").inner_text())
    assert found is not None
    return int(found[1])


def test_partner_id_comes_and_goes_without_a_reload(play: Play, places: Places, served: MockProcess) -> None:
    manager = Broker(served.ready["baseUrl"], served.ready["sandbox"])

    def scene(windows: Windows) -> None:
        page = windows.open()
        sign_up(page, places, fresh_person("partner"))
        user_id = user_id_of(page)
        loads: list[str] = []
        page.on("load", lambda: loads.append(page.url))
        shown = page.locator("#partner .partner-id")

        for partner_id in ("IB-1", "<b>IB</b> & 2"):
            manager.set_partner(userId=user_id, partnerId=partner_id)
            expect(shown).to_have_text(partner_id)
        manager.delete_partner(userId=user_id)
        expect(shown).to_have_text("none yet")
        assert loads == []

    play(scene)


def test_without_scripts_the_main_path_goes_by_forms(play: Play, places: Places, served: MockProcess) -> None:
    manager = Broker(served.ready["baseUrl"], served.ready["sandbox"])

    def scene(windows: Windows) -> None:
        page = windows.open(java_script_enabled=False)
        sign_up(page, places, fresh_person("partner"))
        manager.set_partner(userId=user_id_of(page), partnerId="IB-PLAIN")
        page.reload()
        expect(page.locator("#partner .partner-id")).to_have_text("IB-PLAIN")

        link = share(page, "Symbol")
        assert parameter(link, "partnerId") == "IB-PLAIN"
        expect(page.locator(".qr svg")).to_be_visible()
        expect(page.get_by_role("button", name="Copy", exact=True)).to_be_hidden()

        second = windows.open(java_script_enabled=False)
        second.goto(link)
        fill_in_signup(second, fresh_person("invited"))
        expect(second.get_by_text("You opened symbols/EURUSD/info.")).to_be_visible()

    play(scene)


def test_link_is_copied_and_its_qr_code_says_the_same(play: Play, places: Places) -> None:
    def scene(windows: Windows) -> None:
        page = windows.open(permissions=["clipboard-read", "clipboard-write"])
        sign_up(page, places, fresh_person("user"))
        for kind in ("Copy strategy", "Algo", "Signal", "Symbol", "Invite"):
            link = share(page, kind)
            page.get_by_role("button", name="Copy", exact=True).click()
            expect(page.get_by_text("Copied.")).to_be_visible()
            assert page.evaluate("navigator.clipboard.readText()") == link
            drawn = page.locator(".qr path.qrline").get_attribute("d")
            expected = segno.make(link, error="l", micro=False).svg_inline(border=4)
            assert f'd="{drawn}"' in expected

    play(scene)


def test_account_switcher_decides_whose_partner_id_is_used(
    play: Play, places: Places, served: MockProcess
) -> None:
    manager = Broker(served.ready["baseUrl"], served.ready["sandbox"])

    def scene(windows: Windows) -> None:
        page = windows.open()
        sign_up(page, places, fresh_person("partner"))
        switcher = page.get_by_label("Active account")
        [first] = [one.get_attribute("value") for one in switcher.locator("option").all()]
        second = manager.new_account(user_id_of(page))
        expect(switcher.locator("option")).to_have_count(2)  # told without a reload
        manager.set_partner(userId=user_id_of(page), partnerId="IB-USER")
        manager.set_partner(ctidTraderAccountId=second, partnerId="IB-SECOND")
        expect(page.locator("#partner .partner-id")).to_have_text("IB-USER")

        for account, partner_id in ((str(second), "IB-SECOND"), (str(first), "IB-USER")):
            switcher.select_option(account)
            follow(page.get_by_role("button", name="Switch"))
            expect(page.locator("#partner .partner-id")).to_have_text(partner_id)
            assert parameter(share(page, "Invite"), "partnerId") == partner_id
        expect(page.locator("#partner")).to_contain_text("IB-SECOND")

    play(scene)


def test_money_and_accounts_through_the_brokers_screens(play: Play, places: Places) -> None:
    def scene(windows: Windows) -> None:
        page = windows.open()
        sign_up(page, places, fresh_person("user"))
        balance = page.locator("#accounts .balance").first
        before = float(balance.inner_text())
        for button, amount in (("Deposit", 250.5), ("Withdraw", -100.0)):
            follow(page.get_by_role("button", name=button))
            page.get_by_label("Amount").fill(str(abs(amount)))
            follow(page.locator("main button[type=submit]"))
            before += amount
            expect(balance).to_have_text(f"{before:.2f}")
        follow(page.get_by_role("button", name="New account"))
        page.get_by_label("Currency").select_option("EUR")
        follow(page.get_by_role("button", name="Open account"))
        expect(page.locator("#accounts li")).to_have_count(2)

    play(scene)


def test_closed_and_launched_again_without_a_password(play: Play, places: Places) -> None:
    def scene(windows: Windows) -> None:
        page = windows.open()
        sign_up(page, places, fresh_person("user"))
        follow(page.get_by_role("button", name="Close"))
        expect(page.get_by_text("This device keeps a long-term token")).to_be_visible()
        follow(page.get_by_role("button", name="Launch the application"))
        expect(page.get_by_role("button", name="Sign out")).to_be_visible()

        follow(page.get_by_role("button", name="Sign out"))
        expect(page.get_by_text("Nobody is signed in on this device.")).to_be_visible()

    play(scene)


def test_client_area_opens_the_application_signed_in(play: Play, places: Places) -> None:
    person = fresh_person("user")

    def scene(windows: Windows) -> None:
        sign_up(windows.open(), places, person)
        other = windows.open()
        log_in_to_area(other, places, person)
        follow(other.get_by_role("button", name="Open cTrader Web"))
        expect(other.get_by_role("button", name="Sign out")).to_be_visible()
        expect(other.get_by_text(person.email)).to_be_visible()

    play(scene)


def test_language_and_theme_are_those_of_the_brokers_screens(play: Play, places: Places) -> None:
    def scene(windows: Windows) -> None:
        page = windows.open()
        page.goto(f"{places.app_url}/")
        page.get_by_text("Look").click()
        page.get_by_label("Language of the broker's screens").select_option("de")
        page.get_by_label("Theme, also").select_option("dark")
        follow(page.get_by_role("button", name="Apply"))
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")

        follow(page.get_by_role("button", name="Create a new account"))
        expect(page.locator("html")).to_have_attribute("lang", "de")
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")

        # what a link says wins over what the device says
        page.goto(f"{places.app_url}/copy/strategy/1?lang=pt&partnerId=IB-X")
        assert (parameter(page.url, "lang"), parameter(page.url, "theme")) == ("pt", "dark")

    play(scene)


def test_keyboard_alone_gets_from_the_welcome_to_a_shared_link(play: Play, places: Places) -> None:
    person = fresh_person("user")

    def scene(windows: Windows) -> None:
        page = windows.open()

        def tab_to(name: str) -> None:
            for _ in range(40):
                page.keyboard.press("Tab")
                if page.evaluate(
                    "(document.activeElement.ariaLabel || document.activeElement.labels?.[0]?.innerText"
                    " || document.activeElement.innerText || '').trim()"
                ).startswith(name):
                    return
            raise AssertionError(f"40 times Tab did not reach {name!r} on {page.url}")

        page.goto(f"{places.app_url}/")
        tab_to("Create a new account")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"/auth/login"))
        for label, text in (
            ("E-mail", person.email),
            ("First name", person.first_name),
            ("Last name", person.last_name),
            ("Password", person.password),
        ):
            tab_to(label)
            page.keyboard.type(text)
        tab_to("I accept")
        page.keyboard.press("Space")
        tab_to("Sign up")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"/account/create"))
        tab_to("Open account")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(re.escape(urlsplit(places.app_url).path) + "/$"))
        tab_to("Get the link: Copy strategy")
        page.keyboard.press("Enter")
        expect(page.locator("#shared-link")).to_be_focused()
        tab_to("Copy")
        tab_to("Open the link")

    play(scene)


def test_few_streams_leave_the_pages_of_many_viewers_live(play: Play, places: Places, served: MockProcess) -> None:
    manager = Broker(served.ready["baseUrl"], served.ready["sandbox"])

    def scene(windows: Windows) -> None:
        page = windows.open()
        sign_up(page, places, fresh_person("partner"))
        more = [page.context.new_page() for _ in range(4)]
        for one in more:
            one.goto(f"{places.app_url}/")
        manager.set_partner(userId=user_id_of(page), partnerId="IB-MANY")
        for one in (page, *more):
            expect(one.locator("#partner .partner-id")).to_have_text("IB-MANY")

    play(scene)


def test_journal_says_that_the_page_learned_the_partner_id(
    play: Play, places: Places, served: MockProcess
) -> None:
    control, sandbox_id = ControlApi(served.ready["controlUrl"]), served.ready["sandbox"]["id"]
    person = fresh_person("partner")

    def scene(windows: Windows) -> None:
        page = windows.open()
        sign_up(page, places, person)
        area = page.context.new_page()
        log_in_to_area(area, places, person)
        partner_id = become_partner(area, "user")
        eventually(
            lambda: [
                one
                for one in control.events(sandbox_id)
                if one["details"].get("act") == "partner_id_learned" and one["partner_id"] == partner_id
            ],
            "stage 6 is in the journal, though nobody reloaded the page",
        )

    play(scene)
