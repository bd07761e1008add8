"""The Chromium of this machine, for what only a browser can tell.

Playwright's sync API belongs to the thread that started it, so each Chromium has a thread of its own, and whoever
needs it hands its work to that thread.
"""

import os
import shutil
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

CHROMIUM_VARIABLE = "MOCK_CTRADER_CHROMIUM"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
_LOOPBACK = ("localhost", "*.localhost", "127.0.0.1", "[::1]")

T = TypeVar("T")


class NoBrowser(Exception):
    """There is no browser to work with; the text says how to get one."""


def find_chromium() -> str:
    """The path of an installed Chromium or Chrome; the environment variable `MOCK_CTRADER_CHROMIUM` wins.

    Raises:
        NoBrowser: none is installed, or the variable names no program.
    """
    named = os.environ.get(CHROMIUM_VARIABLE)
    if named:
        found = shutil.which(named)
        if found is None:
            raise NoBrowser(f"{CHROMIUM_VARIABLE} names {named!r}, which is no program that can be run")
        return found
    for name in _NAMES:
        if (found := shutil.which(name)) is not None:
            return found
    for place in _PLACES:
        if Path(place).exists():
            return place
    raise NoBrowser(
        "no Chromium and no Chrome is installed. Install one (Debian, Ubuntu: `apt-get install chromium`), "
        f"or name its program in the environment variable {CHROMIUM_VARIABLE}"
    )


class Chromium:
    """One running Chromium. Its names resolve to this machine and to the given hosts; all others do not exist."""

    def __init__(self, hosts: frozenset[str]) -> None:
        """Start it.

        Raises:
            NoBrowser: Playwright or the browser is missing, or the browser does not start.
        """
        self._hosts = hosts
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="chromium")
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._thread.submit(self._running).result()

    def run(self, work: Callable[["Browser"], T]) -> T:
        """Do something with the browser on the browser's thread; starts it again if it has died."""
        return self._thread.submit(lambda: work(self._running())).result()

    def _running(self) -> "Browser":
        if self._browser is None or not self._browser.is_connected():
            self._end()
            self._browser = self._start()
        return self._browser

    def _start(self) -> "Browser":
        try:
            from playwright.sync_api import Error, sync_playwright
        except ImportError as problem:
            raise NoBrowser(
                "Playwright is not installed, which drives the browser: `pip install 'mock-ctrader[browser]'`"
            ) from problem
        program = find_chromium()
        self._playwright = sync_playwright().start()
        try:
            return self._playwright.chromium.launch(executable_path=program, args=_arguments(self._hosts))
        except Error as problem:
            raise NoBrowser(f"{program} did not start: {str(problem)[:500]}") from problem

    def _end(self) -> None:
        if self._playwright is not None:
            self._playwright.stop()  # ends its browsers too
        self._playwright = self._browser = None


def _arguments(hosts: Iterable[str]) -> list[str]:
    known = ", ".join(f"EXCLUDE {host}" for host in (*_LOOPBACK, *sorted(hosts)))
    arguments = [
        # below the level of pages, so that redirects, workers and sockets are held to it as well
        f"--host-resolver-rules=MAP * ~NOTFOUND, {known}",
        "--no-proxy-server",
        "--disable-background-networking",
        "--disable-component-update",
        "--no-first-run",
    ]
    # Chromium refuses to run sandboxed as root
    return [*arguments, "--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else arguments


def host_of(url: str) -> str:
    """The host of a URL as Chromium's rules spell it; an IPv6 address in brackets."""
    host = urlsplit(url).hostname or ""
    return f"[{host}]" if ":" in host else host


@cache
def _chromium(hosts: frozenset[str]) -> Chromium:
    return Chromium(hosts)


def chromium_for(*urls: str) -> Chromium:
    """The process's Chromium that reaches this machine and the hosts of these URLs, started on first use."""
    return _chromium(frozenset(host for host in map(host_of, urls) if host and host not in _LOOPBACK))


def first_line(problem: Any) -> str:
    """What an error of Playwright says, without its log."""
    return str(problem).strip().split("\n", 1)[0]
