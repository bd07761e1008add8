"""One person's browser tab: acts as a person does, and keeps what was exchanged with the broker.

Everything here runs on Chromium's own thread.
"""

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from mock_ctrader.clock import SystemClock
from mock_ctrader.conformance.adapter import AdapterError, Surroundings, Unreachable
from mock_ctrader.conformance.chromium import first_line
from mock_ctrader.conformance.throttling import TOO_MANY_REQUESTS, Patience, throttled
from mock_ctrader.conformance.trace import masked_url, veiled_text

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page, Request, Response

_TELLING = ("document", "xhr", "fetch")
_TICK_MS = 15
_QUIET_TICKS = 3
_TEXT_SHOWN = 400

# What a person's other tabs would do happens in this one: the harness follows a single tab.
_ONE_TAB = """
window.open = (address) => { if (address) location.href = address; return window; };
for (const kind of ['click', 'submit'])
  document.addEventListener(kind, (event) => {
    for (const element of event.composedPath())
      if (element.target && element.removeAttribute) element.removeAttribute('target');
  }, true);
"""

# A script may have set the value of a field, which the text of the page does not tell.
_TYPED = """
() => {
  for (const field of document.querySelectorAll('input:not([type="password"])'))
    if (field.value && !['checkbox', 'radio'].includes(field.type)) field.setAttribute('value', field.value);
}
"""

_LOOK = """
() => {
  const shown = (element) => element.checkVisibility() && element.type !== 'hidden';
  const name = (element) => element.tagName.toLowerCase()
    + (element.id ? '#' + element.id : '')
    + (element.name ? `[name="${element.name}"]` : '')
    + (element.type === 'submit' ? '[type="submit"]' : '')
    + (element.tagName === 'BUTTON' ? ` (${element.innerText.trim().slice(0, 30)})` : '');
  const controls = [...document.querySelectorAll('input, select, textarea, button')].filter(shown);
  const alerts = [...document.querySelectorAll('[role="alert"], .error, .problem')].filter(shown);
  return {
    title: document.title,
    alert: alerts.map((one) => one.innerText.trim()).filter(Boolean).join(' '),
    text: document.body ? document.body.innerText.replace(/\\s+/g, ' ').trim() : '',
    fields: controls.slice(0, 25).map(name),
  };
}
"""


class Tab:
    """A fresh browser profile with one page."""

    def __init__(self, browser: "Browser", surroundings: Surroundings) -> None:
        self._surroundings = surroundings
        self._clock = SystemClock()
        self._requests: list[Request] = []
        self._responses: dict[Request, Response] = {}
        self._pending: set[Request] = set()
        self._status: int | None = None
        self.stopped_at: str | None = None
        self._stays_with: set[str] | None = None
        self._context = browser.new_context(locale="en-US")
        self._context.set_default_timeout(surroundings.patience * 1000)
        self._context.add_init_script(_ONE_TAB)
        self.page: Page = self._context.new_page()
        self.page.on("request", self._began)
        self.page.on("response", self._answered)
        self.page.on("requestfinished", self._ended)
        self.page.on("requestfailed", self._ended)
        self.page.on("dialog", lambda dialog: dialog.accept())
        self._stop_before_success()

    def close(self) -> None:
        """Forget the profile."""
        self._context.close()

    # acting

    def resume(self, stay_with: set[str] | None) -> None:
        """Begin another verb.

        Args:
            stay_with: stop before leaving the websites of these addresses; None: at the success URL only.
        """
        self.stopped_at = None
        self._stays_with = None if stay_with is None else {_origin(url) for url in stay_with}

    def open(self, url: str) -> None:
        """Open an address and let what follows happen.

        Raises:
            Unreachable: nobody answers there.
            Throttled: 429, however long one waited.
            AdapterError: the broker answers with an error.
        """
        from playwright.sync_api import Error

        patience, response, again = Patience(f"GET {url.partition('?')[0]}"), None, True
        while again:
            try:
                response = self.page.goto(url)
            except Error as problem:
                if self.stopped_at is None:
                    raise Unreachable(f"{masked_url(url)} did not open: {first_line(problem)}") from problem
                break
            told = None if response is None else response.headers.get("retry-after")
            again = patience.again(None if response is None else response.status, told)
        self.settle()

    def find(self, selector: str) -> "Locator":
        """The first visible element of a CSS selector."""
        return self.page.locator(selector).locator("visible=true").first

    def has(self, selector: str) -> bool:
        """Whether the page shows such an element right now."""
        return self.page.locator(selector).locator("visible=true").count() > 0

    def is_live(self, selector: str) -> bool:
        """Whether the page shows such an element and lets it be used."""
        return self.has(selector) and not self.find(selector).evaluate(
            "(one) => one.disabled || one.ariaDisabled === 'true' || one.classList.contains('disabled')"
        )

    def html(self) -> str:
        """The page as it is now, with what has been typed or set into its fields."""
        self.page.evaluate(_TYPED)
        return self.page.content()

    def settle(self) -> None:
        """Wait until the page is loaded and nothing is on its way, then judge what was answered.

        Raises:
            Throttled: what the person did was refused as too much; it is not done again.
            AdapterError: the page itself is an error page.
        """
        deadline = self._clock.monotonic() + self._surroundings.patience
        quiet = 0
        while quiet < _QUIET_TICKS and self.stopped_at is None and self._clock.monotonic() < deadline:
            self.page.wait_for_timeout(_TICK_MS)  # lets Playwright tell its events
            quiet = quiet + 1 if self._at_rest() else 0
        self._keep()
        if self.stopped_at is None and self._status == TOO_MANY_REQUESTS:
            raise throttled(f"what led to {masked_url(self.page.url)}")
        if self.stopped_at is None and self._status is not None and self._status >= 400:
            raise AdapterError(f"the broker answered {self._status}. {self.describe()}")

    def await_stop(self) -> str:
        """Wait until the tab is about to leave for the success URL; returns it, unopened.

        Raises:
            AdapterError: it stays at the broker.
        """
        deadline = self._clock.monotonic() + self._surroundings.patience
        while self.stopped_at is None:
            if self._clock.monotonic() > deadline:
                raise AdapterError(f"the success URL was not reached. {self.describe()}")
            self.page.wait_for_timeout(_TICK_MS)
        self._keep()
        return self.stopped_at

    # looking

    def describe(self) -> str:
        """What a person sees: title, the beginning of the text, the fields."""
        from playwright.sync_api import Error

        try:
            look = self.page.evaluate(_LOOK)
        except Error as problem:
            return f"The page at {masked_url(self.page.url)} could not be read: {first_line(problem)}"
        text = veiled_text(look["alert"] or look["text"])[:_TEXT_SHOWN]
        fields = ", ".join(look["fields"]) or "none"
        shown = f'"{text}"' if text else "nothing"
        return (
            f'The page "{look["title"]}" at {masked_url(self.page.url)} shows {shown}. '
            f"Its fields and buttons: {fields}"
        )

    def status(self) -> int | None:
        """The status of the page that is open."""
        return self._status

    # what happens underneath

    def _stop_before_success(self) -> None:
        """Pause every navigation, redirects included, which Playwright's own routes do not see."""
        session = self._context.new_cdp_session(self.page)

        def paused(event: dict[str, Any]) -> None:
            url, request = event["request"]["url"], {"requestId": event["requestId"]}
            if self._stops(url):
                self.stopped_at = url
                session.send("Fetch.failRequest", request | {"errorReason": "Aborted"})
            else:
                session.send("Fetch.continueRequest", request)

        session.on("Fetch.requestPaused", paused)
        session.send("Fetch.enable", {"patterns": [{"urlPattern": "*", "resourceType": "Document"}]})

    def _stops(self, url: str) -> bool:
        if url.split("?", 1)[0] == self._surroundings.success_url.split("?", 1)[0]:
            return True
        return self._stays_with is not None and _origin(url) not in self._stays_with

    def _began(self, request: "Request") -> None:
        if request.resource_type in _TELLING:
            self._requests.append(request)
            self._pending.add(request)

    def _ended(self, request: "Request") -> None:
        self._pending.discard(request)

    def _answered(self, response: "Response") -> None:
        self._responses[response.request] = response
        if response.request.is_navigation_request() and response.frame.parent_frame is None:
            self._status = response.status

    def _at_rest(self) -> bool:
        from playwright.sync_api import Error

        try:
            return not self._pending and self.page.evaluate("document.readyState") == "complete"
        except Error:  # the page went away under the question
            return False

    def _keep(self) -> None:
        """Hand the finished exchanges to the trace, in the order they were asked for."""
        for request in [one for one in self._requests if one not in self._pending]:
            self._requests.remove(request)
            response = self._responses.pop(request, None)
            self._surroundings.trace.add(
                request.method,
                request.url,
                _sent(request),
                None if response is None else response.status,
                (request.failure or "no answer") if response is None else _received(response),
                milliseconds=max(0, round(request.timing["responseEnd"])),
            )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _sent(request: "Request") -> Any:
    from playwright.sync_api import Error

    kind = request.headers.get("content-type", "")
    try:
        text = request.post_data
        if text is None:
            return None
        if "json" in kind:
            return request.post_data_json
    except (Error, UnicodeDecodeError):
        return "a body that is no text"
    return dict(parse_qsl(text, keep_blank_values=True)) if "urlencoded" in kind else text


def _received(response: "Response") -> Any:
    from playwright.sync_api import Error

    if 300 <= response.status < 400:
        return f"leads to {masked_url(response.headers.get('location', ''))}"
    kind = response.headers.get("content-type", "")
    try:
        if "json" in kind:
            return response.json()
        return response.text() if kind.startswith("text/") else f"a body of {kind or 'no content type'}"
    except (Error, ValueError):  # the browser drops the bodies of pages it has left
        return ""
