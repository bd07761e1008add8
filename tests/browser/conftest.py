"""A Chromium, or a skip that CI does not allow itself."""

import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from mock_ctrader.conformance.chromium import NoBrowser, chromium_for
from mock_ctrader.processes import MockProcess
from tests.browser.clicking import Places
from tests.browser.windows import Windows


@pytest.fixture(scope="session", autouse=True)
def chromium_is_there() -> None:
    """Skips where no browser is; in CI (the environment variable CI is set) that is a failure."""
    try:
        chromium_for()
    except NoBrowser as problem:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(problem))


@pytest.fixture(scope="session")
def served() -> Iterator[MockProcess]:
    """A mock with the reference broker, as `serve --with-reference-broker` starts them."""
    with MockProcess.start("--with-reference-broker") as process:
        yield process


@pytest.fixture(scope="session")
def places(served: MockProcess) -> Places:
    """Where their pages are."""
    ready = served.ready
    return Places(ready["sandbox"]["appUrls"][ready["sandbox"]["brokerNames"][0]], ready["brokerUrl"])


@pytest.fixture
def play() -> Callable[[Callable[[Windows], None]], None]:
    """Plays a scene in private windows, on the thread that Playwright belongs to."""

    def played(scene: Callable[[Windows], None]) -> None:
        def work(browser: Browser) -> None:
            with Windows(browser) as windows:
                scene(windows)

        chromium_for().run(work)

    return played
