"""The screens of a broker, each looked at once per address, size and preference."""

from typing import TYPE_CHECKING, Literal

from mock_ctrader.conformance.chromium import Chromium, chromium_for
from mock_ctrader.conformance.screen_reset import ResetControl, try_reset
from mock_ctrader.conformance.screen_rules import LOAD_LIMIT_SECONDS
from mock_ctrader.conformance.screen_settings import ScreenSettings
from mock_ctrader.conformance.screens import DESKTOP, Look, Size, look, with_parameters

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_LINGER_SECONDS = 1.5
_Scheme = Literal["light", "dark"]


class Gallery:
    """Opens the login/signup screen as the application does, and further screens as they are declared."""

    def __init__(self, login_url: str, settings: ScreenSettings) -> None:
        self.settings = settings
        self._login_url = login_url
        self._looks: dict[tuple[str, Size, _Scheme, bool], Look] = {}

    def face(self, *, first_login: bool, **parameters: str) -> str:
        """The address of a face of the screen, with further parameters of section 5.2."""
        told = {"firstLogin": str(first_login).lower(), "source": "Web", **parameters}
        return with_parameters(self._login_url, **told)

    def see(self, url: str, size: Size = DESKTOP, *, prefers: _Scheme = "light", linger: bool = False) -> Look:
        """Look at a screen, now if it was not looked at yet. One that loads too slowly gets a second chance.

        Args:
            linger: stay for a while before leaving.

        Raises:
            NoBrowser: there is no Chromium.
            Unreachable: the address does not answer.
        """
        key = (url, size, prefers, linger)
        if key not in self._looks:
            self._looks[key] = self._look(*key)
        return self._looks[key]

    def reset_control(self) -> ResetControl:
        """Look for the control on the login face, in English, and use it."""
        url = self.face(first_login=False, lang="en")
        return self._chromium().run(lambda browser: try_reset(browser, url))

    def _look(self, url: str, size: Size, prefers: _Scheme, linger: bool) -> Look:
        seconds = _LINGER_SECONDS if linger else 0.0

        def once(browser: "Browser") -> Look:
            return look(browser, url, size, prefers=prefers, linger_seconds=seconds)

        first = self._chromium().run(once)
        if first.load_seconds is not None and first.load_seconds <= LOAD_LIMIT_SECONDS:
            return first
        return self._chromium().run(once)

    def _chromium(self) -> Chromium:
        return chromium_for(self._login_url, *(url for _, url in self.settings.urls))
