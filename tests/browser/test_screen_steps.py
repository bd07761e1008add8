"""The steps of the screens plan hold a bad screen to the right duty: documented ones fail, optional ones warn."""

from collections.abc import Callable

import pytest

from mock_ctrader.conformance.findings import Broken, Findings
from mock_ctrader.conformance.gallery import Gallery
from mock_ctrader.conformance.screen_settings import ScreenSettings
from mock_ctrader.conformance.steps import screens as steps
from tests.browser.pages import website
from tests.browser.test_screens import GOOD

_BAD = GOOD.replace("max-width: 20rem", "width: 500px").replace(
    "</body>", "<p>MT4</p><script>setTimeout(() => alert('now'), 500)</script></body>"
)
_SETTINGS = ScreenSettings(("en", "de"))


def _fits(gallery: Gallery, findings: Findings) -> None:
    steps.fits(gallery, steps.open_on_device(gallery, "signup", "small phone"), findings)


def _shows_form(gallery: Gallery, findings: Findings) -> None:
    steps.shows_form(steps.open_face(gallery, "login"), findings)


def _no_popups(gallery: Gallery, findings: Findings) -> None:
    steps.no_popups(steps.open_and_leave(gallery, "login"), findings)


def _clean_words(gallery: Gallery, findings: Findings) -> None:
    steps.clean_words(steps.open_face(gallery, "login"), findings)


def _resets(gallery: Gallery, findings: Findings) -> None:
    steps.resets(gallery, steps.look_for_reset(gallery, findings), findings)


def _german(gallery: Gallery, findings: Findings) -> None:
    seen = steps.open_in_other_language(gallery, findings)
    steps.speaks(seen, findings)
    steps.differs_from_english(gallery, seen, findings)


def _dark(gallery: Gallery, findings: Findings) -> None:
    steps.dark(steps.open_dark(gallery), findings)


def _login_face(gallery: Gallery, findings: Findings) -> None:
    steps.asks_no_newcomer(gallery, steps.open_later(gallery), findings)


def _both(gallery: Gallery, findings: Findings) -> None:
    steps.both(gallery, steps.open_english_dark(gallery), findings)


@pytest.mark.parametrize(
    ("check", "page", "duty"),
    [
        (_fits, _BAD, "screen-fits"),
        (_shows_form, "<p>nothing here</p>", "screen-opens"),
        (_no_popups, _BAD, "screen-popups"),
        (_clean_words, _BAD, "screen-wording"),
        (_resets, _BAD, "screen-reset-password"),
    ],
)
def test_documented_duty_fails_with_its_picture(
    check: Callable[[Gallery, Findings], None], page: str, duty: str
) -> None:
    findings = Findings()

    with website(lambda *_: (200, page)) as url, pytest.raises(Broken) as broken:
        check(Gallery(f"{url}/login", _SETTINGS), findings)

    assert broken.value.complaint.duty.id == duty
    assert [one["kind"] for one in findings.evidence] == ["screenshot"]


@pytest.mark.parametrize(
    ("check", "duties"),
    [
        # one page for every parameter: it says that it is English, is light, and always a signup
        (_german, ["screen-language", "screen-language"]),
        (_dark, ["screen-theme"]),
        (_login_face, ["screen-first-login"]),
        (_both, ["screen-parameters-together"]),
    ],
)
def test_optional_duty_warns(check: Callable[[Gallery, Findings], None], duties: list[str]) -> None:
    findings = Findings()

    with website(lambda *_: (200, GOOD)) as url:
        check(Gallery(f"{url}/login", _SETTINGS), findings)

    assert [one.duty.id for one in findings.warnings] == duties


def test_language_that_is_ignored_is_told_as_such_beside_a_theme() -> None:
    findings = Findings()

    with website(lambda *_: (200, GOOD)) as url:
        gallery = Gallery(f"{url}/login", _SETTINGS)
        steps.both(gallery, steps.open_other_light(gallery, findings), findings)

    assert [one.reason for one in findings.warnings] == [
        "lang=de was asked for, and the page says that it is in 'en'"
    ]


def test_screen_that_is_always_a_signup_is_right_for_somebody_new() -> None:
    findings = Findings()

    with website(lambda *_: (200, GOOD)) as url:
        gallery = Gallery(f"{url}/login", _SETTINGS)
        steps.asks_newcomer(gallery, steps.open_first(gallery), findings)

    assert findings.warnings == []
