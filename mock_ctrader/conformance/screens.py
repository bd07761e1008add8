"""Looks at a broker's screen in Chromium and measures what section 6.2 asks about; judges nothing.

One look is one fresh profile at one size. What is measured is plain data, so that it can be judged, and kept as
evidence, after the browser has moved on.
"""

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit, urlunsplit

from mock_ctrader.conformance.adapter import Unreachable
from mock_ctrader.conformance.chromium import first_line
from mock_ctrader.conformance.throttling import Patience
from mock_ctrader.conformance.trace import masked_url
from mock_ctrader.links import join_query, query_pairs

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Dialog, Page

_MEASURE = Path(__file__).with_name("screens.js")
_PATIENCE_MS = 15_000
_SETTLE_MS = 4_000
_PICTURE_LIMIT = 200_000


@dataclass(frozen=True, slots=True)
class Size:
    """A window, in CSS pixels. A phone or tablet also obeys the page's viewport declaration."""

    width: int
    height: int
    handheld: bool = False

    def __str__(self) -> str:
        return f"{self.width} x {self.height}"


SIZES = {
    "small phone": Size(320, 568, handheld=True),
    "phone on its side": Size(844, 390, handheld=True),
    "tablet": Size(768, 1024, handheld=True),
    "laptop": Size(1280, 800),
    "large monitor": Size(1920, 1080),
}
DESKTOP = SIZES["laptop"]


@dataclass(frozen=True, slots=True)
class Control:
    """A field or a button that can be seen.

    Attributes:
        name: as a CSS selector, with a button's text.
        type: an input's type, else the tag.
        hints: what tells its meaning: id, name, autocomplete, label.
        trouble: why it cannot be reached, or None.
    """

    name: str
    type: str
    hints: str
    trouble: str | None


@dataclass(frozen=True, slots=True)
class Look:
    """One screen, as it was seen.

    Attributes:
        asked: the address that was opened.
        address: where the browser ended up.
        language: the page's own `lang` attribute, "" if it has none.
        text: what can be read, in one line.
        words: what placeholders, alternative texts and the like say.
        width: how many pixels the page needs from side to side.
        brightness: of the middle pixel in order of brightness, 0 black to 1 white.
        load_seconds: until the load event and the first field, or None if that was not within 15 s.
        popups: dialogs, windows and modal layers that came up by themselves, or on the first typing or leaving.
        picture: PNG, base64.
    """

    asked: str
    address: str
    status: int
    size: Size
    title: str
    language: str
    text: str
    words: str
    width: int
    fields: tuple[Control, ...]
    submits: tuple[Control, ...]
    brightness: float
    load_seconds: float | None
    popups: tuple[str, ...]
    picture: str

    def evidence(self) -> list[dict[str, Any]]:
        """The picture, as reports show it."""
        title = f"{masked_url(self.asked)} at {self.size}: {self.title}"
        return [{"kind": "screenshot", "title": title, "png": self.picture}]


def with_parameters(url: str, **parameters: str) -> str:
    """A screen's URL with parameters as the application adds them (5.2); those of the same name are replaced."""
    parts = urlsplit(url)
    kept = [pair for pair in query_pairs(parts.query) if pair[0] not in parameters]
    return urlunsplit(parts._replace(query=join_query([*kept, *parameters.items()])))


def look(
    browser: "Browser",
    url: str,
    size: Size = DESKTOP,
    *,
    prefers: Literal["light", "dark"] = "light",
    linger_seconds: float = 0.0,
) -> Look:
    """Open a screen in a fresh profile and measure it.

    Args:
        prefers: the colour scheme of the person's system.
        linger_seconds: how long to stay before leaving, for what comes up late.

    Raises:
        Unreachable: the address does not answer.
        Throttled: it answers 429, however long one waited.
    """
    context = browser.new_context(
        viewport={"width": size.width, "height": size.height},
        screen={"width": size.width, "height": size.height},
        is_mobile=size.handheld,
        has_touch=size.handheld,
        color_scheme=prefers,
        locale="en-US",
    )
    try:
        return _measure(context, url, size, linger_seconds)
    finally:
        context.close()


def _measure(context: "BrowserContext", url: str, size: Size, linger_seconds: float) -> Look:
    popups: list[str] = []
    page = context.new_page()
    page.on("dialog", lambda dialog: _answer(dialog, popups))
    context.on("page", lambda other: popups.append(f"a window at {masked_url(other.url)}"))
    status, seconds = _open(page, url)
    measured = page.evaluate(_MEASURE.read_text(encoding="utf-8"))
    address = page.url
    brightness, picture = _picture(context, page.screenshot())
    page.wait_for_timeout(linger_seconds * 1000)
    _touch_and_leave(page)
    return Look(
        asked=url,
        address=address,
        status=status,
        size=size,
        title=measured["title"],
        language=measured["language"],
        text=measured["text"],
        words=measured["words"],
        width=measured["width"],
        fields=tuple(Control(**one) for one in measured["fields"]),
        submits=tuple(Control(**one) for one in measured["submits"]),
        brightness=brightness,
        load_seconds=seconds,
        popups=(*(f"a layer over the page: {one}" for one in measured["modals"]), *popups),
        picture=picture,
    )


def _open(page: "Page", url: str) -> tuple[int, float | None]:
    """The status, and the seconds until the page was loaded and showed a field."""
    from playwright.sync_api import Error, TimeoutError

    patience, again = Patience(f"GET {url.partition('?')[0]}"), True
    while again:
        try:
            response = page.goto(url, wait_until="commit", timeout=_PATIENCE_MS)
        except Error as problem:
            raise Unreachable(f"{masked_url(url)} did not open: {first_line(problem)}") from problem
        status = 0 if response is None else response.status
        again = patience.again(status, None if response is None else response.headers.get("retry-after"))
    try:
        page.wait_for_load_state("load", timeout=_PATIENCE_MS)
        loaded = page.evaluate("performance.getEntriesByType('navigation')[0].loadEventStart")
    except TimeoutError:
        return status, None
    return status, max(loaded, _field_shown(page)) / 1000


def _field_shown(page: "Page") -> float:
    """When the first field or button could be seen, in milliseconds; 0 if it was there at the load event."""
    from playwright.sync_api import TimeoutError

    field = page.locator("input, select, textarea, button").locator("visible=true").first
    if field.is_visible():
        return 0
    try:
        field.wait_for(timeout=_SETTLE_MS)
    except TimeoutError:
        return 0  # a screen without a field is told by its fields, not by its time
    return float(page.evaluate("performance.now()"))


def _answer(dialog: "Dialog", popups: list[str]) -> None:
    popups.append(f"a dialog ({dialog.type}): {dialog.message}".rstrip(": "))
    dialog.accept()


def _touch_and_leave(page: "Page") -> None:
    """Type something and leave: what pops up only then has its chance."""
    from playwright.sync_api import Error

    field = page.locator("input[type=email], input[type=text], input:not([type])").locator("visible=true").first
    try:
        if field.is_visible():
            field.click(timeout=1_000)
            page.keyboard.type("a")
        page.goto("about:blank", timeout=_SETTLE_MS)
    except Error:
        return  # covered or busy: what came up until now has been noted


# Chromium decodes and scales the picture itself; a pixel in the middle of the order is one of the background.
_DEVELOP = """
async ([png, width]) => {
  const image = new Image();
  image.src = 'data:image/png;base64,' + png;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = Math.min(width, image.width);
  canvas.height = Math.round(image.height * canvas.width / image.width);
  const context = canvas.getContext('2d');
  context.imageSmoothingQuality = 'high';
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  const brightness = [];
  for (let i = 0; i < data.length; i += 4)
    brightness.push((0.2126 * data[i] + 0.7152 * data[i + 1] + 0.0722 * data[i + 2]) / 255);
  brightness.sort((one, other) => one - other);
  return [brightness[brightness.length >> 1], canvas.toDataURL('image/png').split(',')[1]];
}
"""


def _picture(context: "BrowserContext", png: bytes) -> tuple[float, str]:
    """The brightness of a screenshot, and the screenshot small enough to be kept."""
    darkroom = context.browser.new_page() if context.browser else context.new_page()
    try:
        width = 800
        while True:
            brightness, small = darkroom.evaluate(_DEVELOP, [base64.b64encode(png).decode(), width])
            if len(small) <= _PICTURE_LIMIT:
                return brightness, small
            width = width * 2 // 3
    finally:
        darkroom.close()
