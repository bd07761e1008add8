"""A Chromium, or a skip that CI does not allow itself."""

import os

import pytest

from mock_ctrader.conformance.chromium import NoBrowser, chromium_for


@pytest.fixture(scope="session", autouse=True)
def chromium_is_there() -> None:
    """Skips where no browser is; in CI (the environment variable CI is set) that is a failure."""
    try:
        chromium_for()
    except NoBrowser as problem:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(problem))
