"""Looks for the "reset password" control of the login face and tries whether it leads anywhere (6.2.7)."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mock_ctrader.conformance.trace import masked_url

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page, Response

_SETTLE_MS = 3_000
# English first: the screen is opened in English; other words for brokers that have no English screen.
_WORDS = re.compile(
    r"forg[oe]t|reset|recover|restore|lost.{0,12}password|remember.{0,12}password|vergessen|zurücksetzen|oubli"
    r"|olvid|esquec|recuper|dimentic|zapomn|забыл|восстанов|忘记|忘記|パスワードを忘れ|نسيت",
    re.IGNORECASE,
)
_TELLS = (
    "(one) => [one.innerText, one.value, one.ariaLabel, one.title, one.id, one.getAttribute('href')].join(' ')"
)


@dataclass(frozen=True, slots=True)
class ResetControl:
    """What was found.

    Attributes:
        name: the control's text, or None if there is none.
        works: whether another page, or other content, came up.
        seen: what happened, in words.
    """

    name: str | None
    works: bool
    seen: str


def try_reset(browser: "Browser", url: str) -> ResetControl:
    """Open the login face, use the control and see what comes up."""
    context = browser.new_context(locale="en-US")
    try:
        page = context.new_page()
        page.goto(url)
        control = _find(page)
        if control is None:
            links = page.locator("a, button").locator("visible=true").all_inner_texts()
            return ResetControl(None, False, f"links and buttons: {', '.join(filter(None, links)) or 'none'}")
        return _use(page, control)
    finally:
        context.close()


def _find(page: "Page") -> "Locator | None":
    for candidate in page.locator("a, button, input[type=button], [role=link], [role=button]").all():
        if candidate.is_visible() and _WORDS.search(candidate.evaluate(_TELLS)):
            return candidate
    return None


def _use(page: "Page", control: "Locator") -> ResetControl:
    from playwright.sync_api import Error, TimeoutError

    name = (control.inner_text() or control.evaluate(_TELLS)).strip()
    answers: list[Response] = []
    page.on("response", lambda one: answers.append(one) if one.request.is_navigation_request() else None)
    address, text = page.url.split("#")[0], page.inner_text("body")
    try:
        control.click(timeout=_SETTLE_MS)
        page.wait_for_function(
            "([address, text]) => location.href.split('#')[0] !== address || document.body.innerText !== text",
            arg=[address, text],
            timeout=_SETTLE_MS,
        )
        page.wait_for_load_state("load", timeout=_SETTLE_MS)
    except TimeoutError:
        return ResetControl(name, False, "using it changed nothing on the page")
    except Error:  # the page went away under the question, which is an answer to it
        page.wait_for_load_state("load")
    status = answers[-1].status if answers else 200
    return ResetControl(name, status < 400, f"it led to {masked_url(page.url)}, answered {status}")
