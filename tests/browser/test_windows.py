"""Private windows fail a test for what its pages do behind its back."""

from collections.abc import Callable

import pytest

from tests.browser.pages import website
from tests.browser.windows import Windows, barriers

Play = Callable[[Callable[[Windows], None]], None]
_PAGE = (
    "<!doctype html><html lang='en'><head><title>x</title><link rel='icon' href='data:,'></head>"
    "<body><main><h1>x</h1>{}</main></body></html>"
)


@pytest.mark.parametrize(
    ("planted", "noticed"),
    [
        ("<img alt='' src='http://example.com/x.png'>", "example.com"),
        ("<script>fetch('http://192.0.2.1/')</script>", "192.0.2.1"),
        ("<script>console.error('oops')</script>", "oops"),
        ("<script>alert('boo')</script>", "a dialog: boo"),
        ("<script>nothing.there()</script>", "nothing is not defined"),
    ],
)
def test_what_a_page_does_is_noticed(play: Play, planted: str, noticed: str) -> None:
    def scene(windows: Windows) -> None:
        page = windows.open()
        page.goto(url, wait_until="networkidle")

    with website(lambda *_: (200, _PAGE.format(planted))) as url, pytest.raises(AssertionError, match=noticed):
        play(scene)


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        ("<p>fine</p>", ""),
        ("<input>", "label"),
        ("<p style='color: #ccc; background: #fff'>pale</p>", "color-contrast"),
    ],
)
def test_barriers_are_found(play: Play, planted: str, found: str) -> None:
    def scene(windows: Windows) -> None:
        page = windows.open()
        page.goto(url)
        assert [one.split(":")[0] for one in barriers(page)] == ([found] if found else [])

    with website(lambda *_: (200, _PAGE.format(planted))) as url:
        play(scene)
