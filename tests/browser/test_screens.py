"""What section 6.2 asks of a screen is measured right: a good page, and one planted fault at a time."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from mock_ctrader.conformance import screen_rules as rules
from mock_ctrader.conformance.adapter import Unreachable
from mock_ctrader.conformance.chromium import chromium_for
from mock_ctrader.conformance.gallery import Gallery
from mock_ctrader.conformance.screen_settings import ScreenSettings, parse_screens
from mock_ctrader.conformance.screens import SIZES, Look, look
from mock_ctrader.settings import SettingsError
from tests.browser.pages import Answer, website

_VIEWPORT = '<meta name="viewport" content="width=device-width">'
GOOD = f"""<!doctype html><html lang="en"><head><title>Sign up</title>{_VIEWPORT}
<style>body {{ margin: 1rem }} form {{ max-width: 20rem }} input {{ max-width: 100%; box-sizing: border-box }}
</style></head><body><form method="post">
<label>First name <input name="first_name"></label>
<label>E-mail <input name="email" type="email"></label>
<label>Password <input name="password" type="password"></label>
<button>Sign up</button></form></body></html>"""


@pytest.fixture
def see() -> Iterator[Callable[..., Look]]:
    """Looks at a page of the test's own."""
    with ExitStack() as running:

        def looked(html: str, size: str = "laptop", status: int = 200, **options: Any) -> Look:
            url = running.enter_context(website(lambda *_: (status, html)))
            return chromium_for().run(
                lambda browser: look(browser, f"{url}/login?lang=de", SIZES[size], **options)
            )

        yield looked


@pytest.mark.parametrize("size", SIZES)
def test_good_page_is_found_good(see: Callable[..., Look], size: str) -> None:
    seen = see(GOOD, size)

    assert rules.misfits(seen, see(GOOD)) == []
    assert rules.unwanted_words(seen) == []
    assert seen.popups == ()
    assert rules.in_time(seen)
    assert (seen.status, seen.language, rules.is_light(seen)) == (200, "en", True)
    assert [field.name for field in seen.fields] == [
        'input[name="first_name"]',
        'input[name="email"]',
        'input[name="password"]',
    ]
    assert [button.name for button in seen.submits] == ["button (Sign up)"]
    assert rules.newcomer_fields(seen) == ['input[name="first_name"]']
    assert rules.keeps(seen, "lang")
    assert 0 < len(seen.picture) <= 200_000


@pytest.mark.parametrize(
    ("planted", "complaint"),
    [
        (("max-width: 20rem", "width: 700px"), "scrolls sideways"),
        ((_VIEWPORT, ""), "scrolls sideways"),
        (("margin: 1rem", "overflow-x: hidden } form { position: relative; left: 200px"), "sticks out"),
        (
            ("</style>", "@media (max-width: 400px) { [name=email] { display: none } }</style>"),
            'email"] is not there',
        ),
        (("</style>", "@media (max-width: 400px) { button { display: none } }</style>"), "no button to submit"),
        (
            ("</form>", '</form><div id="banner" style="position: fixed; inset: 0">!</div>'),
            "is covered by div#banner",
        ),
        (("<form", '<form style="position: fixed; top: 540px"'), "cannot be scrolled to"),
    ],
)
def test_what_does_not_fit_is_found(see: Callable[..., Look], planted: tuple[str, str], complaint: str) -> None:
    broken = GOOD.replace(*planted)

    assert complaint in "; ".join(rules.misfits(see(broken, "small phone"), see(broken)))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Enter your cTrader ID", True),
        ("Enter your cTID", True),
        ("Also on MetaTrader 5", True),
        ("Also on MT5", True),
        ("Also on MT\u00a04", True),
        ('<input placeholder="Your cTrader\u200b ID">', True),
        ("Trade with cTrader. Identity check: MT-free.", False),
        ('<p style="display: none">MT4</p>', False),
    ],
)
def test_unwanted_words_are_found(see: Callable[..., Look], text: str, found: bool) -> None:
    assert bool(rules.unwanted_words(see(GOOD.replace("<form", f"<p>{text}</p><form")))) is found


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        ("alert('hello')", "a dialog (alert): hello"),
        ("setTimeout(() => confirm('stay?'), 700)", "a dialog (confirm): stay?"),
        ("window.open('about:blank')", "a window at about:blank"),
        ("addEventListener('click', () => window.open('about:blank'))", "a window at about:blank"),
        ("addEventListener('beforeunload', (event) => event.preventDefault())", "a dialog (beforeunload)"),
        (
            "addEventListener('load', () => document.body.append(Object.assign(document.createElement('dialog'), "
            "{innerText: 'News!'})) || document.querySelector('dialog').showModal())",
            "a layer over the page: dialog: News!",
        ),
    ],
)
def test_what_pops_up_is_found(see: Callable[..., Look], script: str, kind: str) -> None:
    seen = see(GOOD.replace("</body>", f"<script>{script}</script></body>"), linger_seconds=1.0)

    assert kind in seen.popups


@pytest.mark.parametrize(
    ("style", "dark"),
    [
        ("body { background: #111 }", True),
        ("body > form { position: fixed; inset: 0; max-width: none; background: #123 }", True),
        (":root { color-scheme: dark }", True),
        ("body { background: #eef }", False),
    ],
)
def test_background_is_what_is_seen(see: Callable[..., Look], style: str, dark: bool) -> None:
    seen = see(GOOD.replace("</style>", f"{style}</style>"))

    assert (rules.is_dark(seen), rules.is_light(seen)) == (dark, not dark)


def test_slow_page_is_slow_by_its_files_and_by_its_fields(see: Callable[..., Look]) -> None:
    late = GOOD.replace("<form", "<form hidden").replace(
        "</body>", "<script>setTimeout(() => document.forms[0].hidden = false, 3200)</script></body>"
    )

    assert not rules.in_time(see(late))


def test_error_page_tells_its_status(see: Callable[..., Look]) -> None:
    seen = see("<h1>Oops</h1>", status=500)

    assert (seen.status, seen.fields, seen.text) == (500, (), "Oops")


def test_address_that_does_not_answer_is_nobodys_fault() -> None:
    with website(lambda *_: (200, GOOD)) as url:
        pass

    with pytest.raises(Unreachable, match="did not open"):
        chromium_for().run(lambda browser: look(browser, url))


@pytest.mark.parametrize(
    ("control", "works", "seen"),
    [
        ('<a href="/reset">Forgot your password?</a>', True, "answered 200"),
        ('<a href="/gone">Forgot your password?</a>', False, "answered 404"),
        ('<a href="#">Reset password</a>', False, "changed nothing"),
        ("<button onclick=\"document.body.append('Enter your e-mail')\">Recover access</button>", True, "led to"),
        ("", False, "links and buttons: Sign up"),
    ],
)
def test_reset_control_is_tried(control: str, works: bool, seen: str) -> None:
    def answer(_method: str, path: str, _body: str) -> Answer:
        if path.startswith("/gone"):
            return 404, "not here"
        return 200, "Enter your e-mail" if path.startswith("/reset") else GOOD.replace(
            "</body>", control + "</body>"
        )

    with website(answer) as url:
        found = Gallery(f"{url}/login", ScreenSettings()).reset_control()

    assert (found.works, found.name is not None) == (works, bool(control))
    assert seen in found.seen


def test_address_that_loses_a_parameter_is_noticed() -> None:
    def answer(_method: str, path: str, _body: str) -> Answer:
        return (200, GOOD) if path == "/plain" else (302, "", {"Location": "/plain"})

    with website(answer) as url:
        gallery = Gallery(f"{url}/login?lang=en", ScreenSettings())
        seen = gallery.see(gallery.face(first_login=True, lang="zz"))

    assert not rules.keeps(seen, "lang")


def test_further_screens_are_declared() -> None:
    settings = parse_screens({"languages": ["de", "en"], "urls": {"reset": "/reset"}}, "http://127.0.0.1:9000/x")

    assert (settings.other_language, settings.unsupported_language) == ("de", "zz")
    assert settings.urls == (("reset", "http://127.0.0.1:9000/reset"),)


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ({"langauges": ["en"]}, "screens.langauges is not known"),
        ({"languages": ["english"]}, "screens.languages must be a list of two-letter codes"),
        ({"urls": ["/reset"]}, "screens.urls must be a table"),
    ],
)
def test_wrong_table_is_refused_by_name(table: dict[str, Any], complaint: str) -> None:
    with pytest.raises(SettingsError, match=complaint):
        parse_screens(table, "http://127.0.0.1:9000")
