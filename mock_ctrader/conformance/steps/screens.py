"""The steps of the screens: one look per screen, judged by the duties of section 6.2."""

import pytest
from pytest_bdd import parsers, then, when

from mock_ctrader.conformance import screen_rules as rules
from mock_ctrader.conformance.chromium import NoBrowser, find_chromium
from mock_ctrader.conformance.drive import Bench
from mock_ctrader.conformance.findings import Findings, Unfit
from mock_ctrader.conformance.gallery import Gallery
from mock_ctrader.conformance.screen_reset import ResetControl
from mock_ctrader.conformance.screens import SIZES, Look

_NO_SECOND = "broker.toml names no language besides English under [screens] languages"


@pytest.fixture(scope="session")
def gallery(bench: Bench) -> Gallery:
    """The broker's screens."""
    try:
        find_chromium()
    except NoBrowser as problem:
        raise Unfit(str(problem)) from problem
    return Gallery(bench.sandbox["loginUrl"], bench.screens)


def _first(face: str) -> bool:
    return face == "signup"


def _other_language(gallery: Gallery, findings: Findings) -> str:
    return gallery.settings.other_language or findings.skip("one-language", _NO_SECOND)


# opening


@when(parsers.parse("the {face} face is opened in Chromium"), target_fixture="seen")
def open_face(gallery: Gallery, face: str) -> Look:
    return gallery.see(gallery.face(first_login=_first(face)))


@when(parsers.parse("the {face} face is opened on a {device}"), target_fixture="seen")
def open_on_device(gallery: Gallery, face: str, device: str) -> Look:
    return gallery.see(gallery.face(first_login=_first(face)), SIZES[device])


@when(parsers.parse("the {face} face is opened, used for a while and left"), target_fixture="seen")
def open_and_leave(gallery: Gallery, face: str) -> Look:
    return gallery.see(gallery.face(first_login=_first(face)), linger=True)


@when("the signup face is opened in English", target_fixture="seen")
def open_in_english(gallery: Gallery) -> Look:
    return gallery.see(gallery.face(first_login=True, lang="en"))


@when("the signup face is opened in another language of the broker", target_fixture="seen")
def open_in_other_language(gallery: Gallery, findings: Findings) -> Look:
    return gallery.see(gallery.face(first_login=True, lang=_other_language(gallery, findings)))


@when("the signup face is opened in a language that the broker does not have", target_fixture="seen")
def open_in_unknown_language(gallery: Gallery) -> Look:
    return gallery.see(gallery.face(first_login=True, lang=gallery.settings.unsupported_language))


@when("the signup face is opened with the light theme on a system that prefers dark", target_fixture="seen")
def open_light(gallery: Gallery) -> Look:
    return gallery.see(gallery.face(first_login=True, theme="light"), prefers="dark")


@when("the signup face is opened with the dark theme on a system that prefers light", target_fixture="seen")
def open_dark(gallery: Gallery) -> Look:
    return gallery.see(gallery.face(first_login=True, theme="dark"), prefers="light")


@when("the screen is opened for a first login", target_fixture="seen")
def open_first(gallery: Gallery) -> Look:
    return gallery.see(gallery.face(first_login=True))


@when("the screen is opened for a later login", target_fixture="seen")
def open_later(gallery: Gallery) -> Look:
    return gallery.see(gallery.face(first_login=False))


@when("the signup face is opened in English with the dark theme", target_fixture="seen")
def open_english_dark(gallery: Gallery) -> Look:
    return gallery.see(gallery.face(first_login=True, lang="en", theme="dark"), prefers="light")


@when("the signup face is opened in another language of the broker with the light theme", target_fixture="seen")
def open_other_light(gallery: Gallery, findings: Findings) -> Look:
    language = _other_language(gallery, findings)
    return gallery.see(gallery.face(first_login=True, lang=language, theme="light"), prefers="dark")


@when("the reset of the password is looked for on the login face", target_fixture="control")
def look_for_reset(gallery: Gallery, findings: Findings) -> ResetControl:
    _opened(gallery.see(gallery.face(first_login=False, lang="en")), findings)
    return gallery.reset_control()


@when("the further screens of broker.toml are opened at every size", target_fixture="further")
def open_further(gallery: Gallery, findings: Findings) -> list[Look]:
    if not gallery.settings.urls:
        findings.skip("one-screen", "broker.toml names no further screens under [screens] urls")
    return [
        gallery.see(url, size, linger=size == SIZES["laptop"])
        for _, url in gallery.settings.urls
        for size in SIZES.values()
    ]


# judging


def _judge(
    findings: Findings, duty: str, kept: object, look: Look, *, reason: str, expected: str, seen: str
) -> None:
    """Hold the broker to a duty; the picture is kept if it was broken."""
    findings.require(
        duty, kept, reason=reason, expected=expected, seen=seen, evidence=() if kept else look.evidence()
    )


def _opened(seen: Look, findings: Findings) -> Look:
    """What a look at something else than a screen shows is no news about the screen."""
    _judge(
        findings,
        "screen-opens",
        seen.status < 400,
        seen,
        reason=f"the screen answered {seen.status}",
        expected="a page",
        seen=f'{seen.status}: "{seen.text[:200]}"',
    )
    return seen


@then("the screen shows a form")
def shows_form(seen: Look, findings: Findings) -> None:
    _opened(seen, findings)
    _judge(
        findings,
        "screen-opens",
        seen.fields and seen.submits,
        seen,
        reason="the screen shows no form" if not seen.fields else "the form has no button to submit with",
        expected="fields, and a button to submit them with",
        seen=f'{rules.what_is_asked(seen)}; "{seen.text[:200]}"',
    )


@then("the screen fits the window")
def fits(gallery: Gallery, seen: Look, findings: Findings) -> None:
    _fits(_opened(seen, findings), gallery.see(seen.asked), findings)


def _fits(seen: Look, wide: Look, findings: Findings) -> None:
    wrong = rules.misfits(seen, wide)
    _judge(
        findings,
        "screen-fits",
        not wrong,
        seen,
        reason=f"at {seen.size} {'; '.join(wrong[:5])}",
        expected=f"no wider than {seen.size.width} px, and {rules.what_is_asked(wide)} within reach",
        seen="; ".join(wrong),
    )


def _speaks_instead(seen: Look, asked: str | None) -> str:
    return f"lang={asked} was asked for, and the page says that it is in {seen.language!r}"


@then("the screen speaks the language that was asked for")
def speaks(seen: Look, findings: Findings) -> None:
    asked = rules.asked_for(_opened(seen, findings), "lang")
    _judge(
        findings,
        "screen-language",
        rules.speaks(seen, asked),
        seen,
        reason=_speaks_instead(seen, asked),
        expected=asked,
        seen=seen.language,
    )


@then("the screen does not read as it does in English")
def differs_from_english(gallery: Gallery, seen: Look, findings: Findings) -> None:
    english = gallery.see(gallery.face(first_login=True, lang="en"))
    asked = rules.asked_for(seen, "lang")
    _judge(
        findings,
        "screen-language",
        seen.text != english.text,
        seen,
        reason=f"the screen reads the same with lang={asked} as with lang=en",
        expected=f"a text in the language {asked}",
        seen=seen.text[:200],
    )


@then("the screen reads as it does when no language is asked for")
def falls_back(gallery: Gallery, seen: Look, findings: Findings) -> None:
    default = gallery.see(gallery.face(first_login=True))
    asked = rules.asked_for(seen, "lang")
    _judge(
        findings,
        "screen-language-fallback",
        seen.status < 400 and (seen.language, seen.text) == (default.language, default.text),
        seen,
        reason=f"with lang={asked} the screen answered {seen.status} and does not read as it does without lang",
        expected=f"language {default.language!r}: {default.text[:200]}",
        seen=f"language {seen.language!r}: {seen.text[:200]}",
    )


@then("the address keeps the language that was asked for")
def language_kept(seen: Look, findings: Findings) -> None:
    _judge(
        findings,
        "screen-language-kept",
        rules.keeps(seen, "lang"),
        seen,
        reason="the address in the browser has another value of lang, or none",
        expected=seen.asked,
        seen=seen.address,
    )


@then("the screen is light")
def light(seen: Look, findings: Findings) -> None:
    _themed(_opened(seen, findings), findings, "screen-theme")


@then("the screen is dark")
def dark(seen: Look, findings: Findings) -> None:
    _themed(_opened(seen, findings), findings, "screen-theme")


def _themed(seen: Look, findings: Findings, duty: str) -> None:
    theme = rules.asked_for(seen, "theme")
    _judge(
        findings,
        duty,
        rules.is_dark(seen) if theme == "dark" else rules.is_light(seen),
        seen,
        reason=f"theme={theme} was asked for, and the background is {rules.brightness_in_words(seen)}",
        expected=f"a {theme} background",
        seen=rules.brightness_in_words(seen),
    )


@then("the screen asks for what only a new user is asked")
def asks_newcomer(gallery: Gallery, seen: Look, findings: Findings) -> None:
    login = gallery.see(gallery.face(first_login=False))
    asks = rules.newcomer_fields(_opened(seen, findings))
    _judge(
        findings,
        "screen-first-login",
        asks or (len(seen.fields) > len(login.fields) and seen.text != login.text),
        seen,
        reason="firstLogin=true shows nothing that somebody new would be asked",
        expected="a signup form: names, a new password, consent, or at least more than the login asks",
        seen=f"{rules.what_is_asked(seen)}; with firstLogin=false: {rules.what_is_asked(login)}",
    )


@then("the screen asks for nothing that only a new user is asked")
def asks_no_newcomer(gallery: Gallery, seen: Look, findings: Findings) -> None:
    signup = gallery.see(gallery.face(first_login=True))
    asks = rules.newcomer_fields(_opened(seen, findings))
    _judge(
        findings,
        "screen-first-login",
        not asks and seen.text != signup.text,
        seen,
        reason="firstLogin=false shows "
        + (f"fields of a signup: {', '.join(asks)}" if asks else "the same as firstLogin=true"),
        expected="a login form",
        seen=rules.what_is_asked(seen),
    )


@then("the screen speaks the language and shows the theme that were asked for")
def both(gallery: Gallery, seen: Look, findings: Findings) -> None:
    asked = rules.asked_for(_opened(seen, findings), "lang")
    alone = gallery.see(gallery.face(first_login=True, lang=asked))
    _judge(
        findings,
        "screen-parameters-together",
        rules.speaks(seen, asked) and seen.text == alone.text,
        seen,
        reason=f"with a theme beside it, lang={asked} gives another text than alone"
        if rules.speaks(seen, asked)
        else _speaks_instead(seen, asked),
        expected=alone.text[:200],
        seen=f"language {seen.language!r}: {seen.text[:200]}",
    )
    _themed(seen, findings, "screen-parameters-together")


@then("the control is there and leads to something")
def resets(gallery: Gallery, control: ResetControl, findings: Findings) -> None:
    login = gallery.see(gallery.face(first_login=False, lang="en"))
    missing = "the login screen has no control to reset the password"
    _judge(
        findings,
        "screen-reset-password",
        control.works,
        login,
        reason=missing if control.name is None else f"{control.name!r} does not work: {control.seen}",
        expected="a link or button such as Forgot your password?, that leads to the reset",
        seen=control.seen,
    )


@then("the screen is loaded within three seconds")
def loads_in_time(seen: Look, findings: Findings) -> None:
    _loads(_opened(seen, findings), findings)


def _loads(seen: Look, findings: Findings) -> None:
    took = "more than 15 s" if seen.load_seconds is None else f"{seen.load_seconds:.1f} s"
    _judge(
        findings,
        "screen-load-time",
        rules.in_time(seen),
        seen,
        reason=f"the screen took {took} to load, twice",
        expected=f"at most {rules.LOAD_LIMIT_SECONDS:.0f} s",
        seen=took,
    )


@then("the screen mentions neither cTrader ID nor another platform")
def clean_words(seen: Look, findings: Findings) -> None:
    _words(_opened(seen, findings), findings)


def _words(seen: Look, findings: Findings) -> None:
    found = rules.unwanted_words(seen)
    _judge(
        findings,
        "screen-wording",
        not found,
        seen,
        reason=f"the screen reads: {'; '.join(found[:3])}",
        expected="no mention of cTrader ID or of another platform",
        seen="; ".join(found),
    )


@then("nothing has popped up")
def no_popups(seen: Look, findings: Findings) -> None:
    _popups(_opened(seen, findings), findings)


def _popups(seen: Look, findings: Findings) -> None:
    _judge(
        findings,
        "screen-popups",
        not seen.popups,
        seen,
        reason=f"there came up {'; '.join(seen.popups[:3])}",
        expected="nothing but the page",
        seen="; ".join(seen.popups),
    )


@then("each of them opens, fits, loads in time, and is free of pop-ups and of other platforms")
def all_well(gallery: Gallery, further: list[Look], findings: Findings) -> None:
    for seen in further:
        _fits(_opened(seen, findings), gallery.see(seen.asked, linger=True), findings)
        _loads(seen, findings)
        _words(seen, findings)
        _popups(seen, findings)
