"""The inspector in a real Chromium: the checklist follows by itself, and everybody can use the pages."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Request

from mock_ctrader.conformance.adapter import Surroundings
from mock_ctrader.conformance.adapters.browser import BrowserAdapter
from mock_ctrader.conformance.chromium import chromium_for
from mock_ctrader.conformance.drive import Bench, Drive
from mock_ctrader.conformance.trace import Trace
from mock_ctrader.conformance.verdicts import Verdict, judge
from mock_ctrader.flows import STAGES_PER_FLOW, Level
from mock_ctrader.processes import MockProcess
from tests.browser.clicking import follow
from tests.support import Broker

_DECLARED = Path(__file__).parent / "reference_broker.toml"
_PAGES = ["", "exchanges", "controls", "setup"]
_SERIOUS = ("serious", "critical")


@pytest.fixture(scope="module")
def mock() -> Iterator[MockProcess]:
    """A mock with a broker of its own."""
    with MockProcess.start("--with-reference-broker") as process:
        yield process


@pytest.fixture(scope="module")
def bench(mock: MockProcess) -> Iterator[Bench]:
    """The reference broker, behind a browser."""
    table = tomllib.loads(_DECLARED.read_text(encoding="utf-8"))["adapter"]
    sandbox = mock.ready["sandbox"]
    around = Surroundings(mock.ready["brokerUrl"], sandbox["successUrl"], lambda _: {}, Trace(), patience=10.0)
    adapter = BrowserAdapter(table, around)
    yield Bench(mock.ready["baseUrl"], sandbox, adapter, patience=10.0)
    adapter.close()


@pytest.fixture
def home(mock: MockProcess) -> str:
    return f"{mock.ready['baseUrl']}/inspector/{mock.ready['sandbox']['id']}"


class Watcher:
    """Somebody who keeps a page open; notes what the console says and where requests go."""

    def __init__(self, address: str, **options: Any) -> None:
        self.said: list[str] = []
        self.asked: list[str] = []

        def opened(browser: Browser) -> tuple[BrowserContext, Page]:
            context = browser.new_context(**options)
            page = context.new_page()
            page.on("console", lambda message: self.said.append(message.text))
            page.on("pageerror", lambda problem: self.said.append(str(problem)))
            page.on("request", self._note)
            page.goto(address)
            return context, page

        self.context, self.page = chromium_for().run(opened)

    def _note(self, request: Request) -> None:
        self.asked.append(request.url)

    def do(self, act: Any) -> Any:
        """Something with the page, in the browser's own thread."""
        return chromium_for().run(lambda _: act(self.page))

    def close(self) -> None:
        chromium_for().run(lambda _: self.context.close())


@pytest.fixture
def watching(request: pytest.FixtureRequest) -> Any:
    """Opens pages, and closes them in the end."""

    def watch(address: str, **options: Any) -> Watcher:
        watcher = Watcher(address, **options)
        request.addfinalizer(watcher.close)
        return watcher

    return watch


def test_checklist_goes_to_its_end_without_a_reload(bench: Bench, home: str, watching: Any) -> None:
    watcher = watching(f"{home}/")
    assert watcher.do(lambda page: page.locator(".checklist .state.wait").count()) == STAGES_PER_FLOW
    watcher.do(lambda page: page.evaluate("window.neverReloaded = true"))

    verdicts = judge(Drive(bench, 1, Level.USER).run())

    assert [one.verdict for one in verdicts] == [Verdict.PASS] * STAGES_PER_FLOW
    watcher.do(lambda page: page.locator("#progress b", has_text="18 of 18").wait_for())
    assert watcher.do(lambda page: page.locator(".checklist .state.wait").count()) == 0
    assert watcher.do(lambda page: page.locator(".seq-badge").count()) >= STAGES_PER_FLOW
    assert watcher.do(lambda page: page.evaluate("window.neverReloaded"))
    assert watcher.said == []
    assert [url for url in watcher.asked if not url.startswith(("http://127.0.0.1:", "data:"))] == []


def test_keyboard_leads_from_a_stage_to_its_evidence(home: str, watching: Any) -> None:
    watcher = watching(f"{home}/")

    def walk(page: Page) -> str:
        page.locator("#stage-4").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**stage=4**")
        return page.locator("#evidence").inner_text()

    assert "Stage 4:" in watcher.do(walk)
    page_has_skip_link = "document.activeElement.classList.contains('skip-link')"
    watcher.do(lambda page: (page.goto(f"{home}/"), page.keyboard.press("Tab")))
    assert watcher.do(lambda page: page.evaluate(page_has_skip_link))


def test_focus_survives_an_update(bench: Bench, home: str, watching: Any) -> None:
    watcher = watching(f"{home}/")
    watcher.do(lambda page: page.locator("#stage-7").focus())

    Drive(bench, 2, Level.USER).run()

    watcher.do(lambda page: page.locator("#progress", has_text="Flow 2, existing partner").wait_for())
    assert watcher.do(lambda page: page.evaluate("document.activeElement.id")) == "stage-7"
    assert watcher.said == []


def test_paused_page_stands_still_until_it_goes_on(
    mock: MockProcess, bench: Bench, home: str, watching: Any
) -> None:
    Broker(mock.ready["baseUrl"], mock.ready["sandbox"]).new_user()  # there is an exchange to stand still at
    watcher = watching(f"{home}/exchanges")
    first = "document.querySelector('tbody a').id"
    watcher.do(lambda page: page.get_by_role("button", name="Pause live updates").click())
    before = watcher.do(lambda page: page.evaluate(first))
    following = watching(f"{home}/exchanges")

    Drive(bench, 1, Level.ACCOUNT).run()

    following.do(lambda page: page.wait_for_function(f"{first} !== '{before}'"))
    assert watcher.do(lambda page: page.evaluate(first)) == before
    watcher.do(lambda page: page.get_by_role("button", name="Pause live updates").click())
    watcher.do(lambda page: page.wait_for_function(f"{first} !== '{before}'"))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("page", _PAGES)
def test_page_has_no_serious_finding(home: str, watching: Any, theme: str, page: str) -> None:
    watcher = watching(f"{home}/{page}", color_scheme=theme)
    found = watcher.do(lambda shown: Axe().run(shown).response["violations"])

    assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in _SERIOUS] == []
    assert watcher.said == []


@pytest.mark.parametrize("width", [360, 900, 1600])
def test_page_is_not_wider_than_the_screen(home: str, watching: Any, width: int) -> None:
    watcher = watching(f"{home}/", viewport={"width": width, "height": 800})
    fits = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"

    def measured(shown: Page, page: str) -> bool:
        shown.goto(f"{home}/{page}")
        return bool(shown.evaluate(fits))

    assert {page: watcher.do(lambda shown, page=page: measured(shown, page)) for page in _PAGES} == dict.fromkeys(
        _PAGES, True
    )


def test_forms_work_without_javascript(mock: MockProcess, watching: Any) -> None:
    watcher = watching(f"{mock.ready['baseUrl']}/", java_script_enabled=False)

    def fill(page: Page) -> str:
        page.get_by_label("brokerCrmName").fill("NORTHWINDCRM")
        follow(page.get_by_role("button", name="Create"))
        follow(page.get_by_role("link", name="Controls"))
        page.get_by_label("Advance by").fill("2")
        follow(page.get_by_role("button", name="Advance"))
        follow(page.get_by_role("button", name="Plant"))
        refused = page.get_by_role("alert").inner_text()
        page.get_by_label("Status").fill("503")
        follow(page.get_by_role("button", name="Plant"))
        told = page.get_by_role("status").inner_text() + page.locator("#clock").inner_text()
        follow(page.get_by_role("button", name="Delete the sandbox"))
        return f"{refused}|{told}|{page.url}"

    refused, told, url = watcher.do(fill).split("|")
    assert refused.startswith("status: ")
    assert "The fault is planted" in told
    assert "7200.0 s ahead" in told
    assert url == f"{mock.ready['baseUrl']}/"
