"""Private browser windows that fail the test for what no page may do: reach out of this machine, or complain."""

import re
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, Route

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_PATIENCE_MS = 30_000
_BAD = {"serious", "critical"}
_REFUSED = re.compile("the server responded with a status of (4|502)")


class Windows:
    """The windows of one test, each with cookies of its own. Closing them judges what they saw."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self.complaints: list[str] = []
        self.expects_refusals = False  # a page answered with 4xx or 502 is no complaint
        self.left_the_machine: list[str] = []

    def open(self, **options: Any) -> Page:
        """A fresh private window, with one page in it; `options` are Playwright's of a context."""
        context = self._browser.new_context(**options)
        context.set_default_timeout(_PATIENCE_MS)
        context.route("**/*", self._pass)
        context.on("page", self._listen)
        self._contexts.append(context)
        return context.new_page()

    def _pass(self, route: Route) -> None:
        url = urlsplit(route.request.url)
        if url.scheme in ("http", "https") and url.hostname not in _LOOPBACK:
            self.left_the_machine.append(route.request.url)
            route.abort()
        else:
            route.continue_()

    def _listen(self, page: Page) -> None:
        page.on("console", self._heard)
        page.on("dialog", self._asked)
        page.on("pageerror", lambda problem: self.complaints.append(f"{page.url}: {problem}"))

    def _heard(self, message: ConsoleMessage) -> None:
        if self.expects_refusals and _REFUSED.search(message.text):
            return
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.location.get('url')}: {message.text}")

    def _asked(self, dialog: Dialog) -> None:
        self.complaints.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        for context in self._contexts:
            context.close()
        if kind is None:
            assert not self.left_the_machine, f"requests left this machine: {self.left_the_machine}"
            assert not self.complaints, f"the console complained: {self.complaints}"


def barriers(page: Page) -> list[str]:
    """What axe-core finds serious or critical in the page as it is now, once it has loaded."""
    page.wait_for_load_state("load")
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['help']}: {node['html'][:120]} {node['any'][0]['message'] if node['any'] else ''}"
        for one in found
        if one["impact"] in _BAD
        for node in one["nodes"]
    ]
