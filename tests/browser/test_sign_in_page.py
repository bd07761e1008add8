"""The inspector's sign-in page, where others reach the mock: for everybody, on every screen, in both themes."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from mock_ctrader import ids
from mock_ctrader.conformance.chromium import chromium_for
from mock_ctrader.processes import MockProcess
from mock_ctrader.settings import CONTROL_TOKEN_VARIABLE
from tests.browser.hostile_text import PAYLOADS, planted
from tests.browser.windows import barriers

TOKEN = ids.random_token()
FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A mock that other machines can reach, as far as it knows."""
    with MockProcess.start("--host", "0.0.0.0", environment={CONTROL_TOKEN_VARIABLE: TOKEN}) as process:
        yield f"http://127.0.0.1:{process.ready['baseUrl'].rpartition(':')[2]}/"


def show(page: Page, token: str) -> None:
    """Type a token, submit by the keyboard alone."""
    field = page.get_by_label("Control token")
    field.fill(token)
    field.press("Enter")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 900, 1600])
def test_everybody_can_use_it(url: str, width: int, theme: str) -> None:
    def look(browser: Browser) -> None:
        context = browser.new_context(viewport={"width": width, "height": 600}, color_scheme=theme)
        page = context.new_page()
        try:
            answer = page.goto(url)
            assert answer is not None
            assert answer.status == 401
            assert barriers(page) == []
            assert page.evaluate(FITS)
            for wrong in ("nope", *PAYLOADS):
                page.goto(url)
                show(page, wrong)
                expect(page.get_by_role("alert")).to_have_text("That is not this server's control token.")
                expect(page.get_by_label("Control token")).to_have_attribute("aria-describedby", "problem")
                assert planted(page) == []
                assert wrong not in page.content()
            assert barriers(page) == []
            assert page.evaluate(FITS)
            assert context.cookies() == []
            show(page, f" {TOKEN} ")
            expect(page.get_by_role("heading", name="Sandboxes").first).to_be_visible()
            (cookie,) = context.cookies()
            assert (cookie.get("httpOnly"), cookie.get("sameSite")) == (True, "Strict")
            assert TOKEN not in page.content() + page.url
        finally:
            context.close()

    chromium_for().run(look)
