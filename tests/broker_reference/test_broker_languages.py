"""The screens speak the language they are asked for, and keep it from page to page (cases 6.2.3 and 6.2.6)."""

import re
import string
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from broker_fakes import FakeCTrader
from broker_site import AppSession, Browser, Page, Site, new_email

import broker_reference
from broker_reference.languages import DEFAULT_LANGUAGE, LANGUAGES, supported, texts, translate

ROOT = Path(broker_reference.__file__).parent
TEMPLATES = sorted((ROOT / "templates").glob("*.html"))
FOREIGN = [language for language in LANGUAGES if language != DEFAULT_LANGUAGE]
CARRIED = {"lang": "pt", "theme": "dark", "source": "iOS", "utm_source": "mail", "utm_term": "a b"}
AREA = ["/area", "/area/partner", "/area/referrals", "/area/payments", "/area/email", "/area/password"]
OPEN = ["/auth/login", "/auth/login?firstLogin=true", "/register", "/auth/reset", "/auth/new-password?token=x"]


def fields_of(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def title_in(language: str, key: str) -> str:
    return texts(language)[key]


def heading(page: Page) -> str:
    return page.soup.h1.get_text(strip=True)


# -- the texts


@pytest.mark.parametrize("language", FOREIGN)
def test_every_text_exists_in_every_language_with_the_same_values(language: str) -> None:
    english, other = texts(DEFAULT_LANGUAGE), texts(language)
    assert other.keys() == english.keys()
    assert {key: fields_of(text) for key, text in other.items()} == {
        key: fields_of(text) for key, text in english.items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_names_what_the_vendor_forbids(language: str) -> None:
    for key, text in texts(language).items():
        assert text.strip(), key
        assert not re.search("(?i)ctrader id|ctid|meta ?trader|mt[45]|tradingview", text), key


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_holds_a_bare_word(path: Path) -> None:
    plain = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    shown = re.sub(r"<[^>]*>", " ", plain)
    shown += " ".join(re.findall(r'(?:placeholder|title|alt|aria-label)="([^"]*)"', plain))
    assert re.findall(r"[^\W\d_]{2,}", shown) == []


def test_every_text_is_used_and_every_used_text_exists() -> None:
    sources = "\n".join(path.read_text(encoding="utf-8") for path in [*ROOT.rglob("*.py"), *ROOT.rglob("*.html")])
    known = set(texts(DEFAULT_LANGUAGE))
    called = set(re.findall(r"""\b(?:t|text)\(["']([a-z_]+\.[a-z0-9_]+)["'][,)]""", sources))
    assert called <= known
    beginnings = tuple(re.findall(r"""f?"([a-z]+\.[a-z_]*?)(?:" ?\+|\{)""", sources))
    assert len(beginnings) > 5
    unused = {key for key in known - called if f'"{key}"' not in sources and not key.startswith(beginnings)}
    assert unused == set()


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        ("en", "en"),
        ("pt", "pt"),
        ("de", "de"),
        ("DE", "de"),
        ("xx", "en"),
        ("", "en"),
        (None, "en"),
        ("../pt", "en"),
    ],
)
def test_unsupported_language_is_the_default(wanted: str | None, shown: str) -> None:
    assert supported(wanted) == shown


def test_missing_value_or_text_is_an_error() -> None:
    with pytest.raises(KeyError):
        translate("en", "account.number")
    with pytest.raises(KeyError):
        translate("en", "no.such")


# -- the pages


@pytest.mark.parametrize(("lang", "shown"), [("en", "en"), ("pt", "pt"), ("de", "de"), ("xx", "en")])
def test_every_page_speaks_the_language(site: Site, lang: str, shown: str) -> None:
    browser, titles = site.browser(), []
    for path in OPEN:
        page = browser.get(path, lang=lang)
        assert page.soup.html["lang"] == shown, path
        titles.append(heading(page))
    browser.register(new_email())
    for path in [*AREA, "/account/create"]:
        page = browser.get(path, lang=lang)
        assert page.soup.html["lang"] == shown, path
        titles.append(heading(page))
    keys = ["login", "signup", "register", "reset"]
    expected = [title_in(shown, f"{key}.title") for key in keys] + [title_in(shown, "reset.over_title")]
    keys = ["area", "partner", "referrals", "payments", "email", "password", "account"]
    assert titles == expected + [title_in(shown, f"{key}.title") for key in keys]


@pytest.mark.parametrize("language", FOREIGN)
def test_errors_speak_the_language(site: Site, language: str) -> None:
    browser = site.browser()
    signup = browser.get("/auth/login", firstLogin="true", lang=language)
    page = browser.submit(signup, "/auth/signup", email="x", password="x")
    for field, key, values in [
        ("email", "form.email", {}),
        ("first_name", "form.first_name", {"longest": 100}),
        ("password", "form.password", {"shortest": 8, "longest": 1024}),
    ]:
        assert page.soup.find(id=f"{field}-error").get_text() == translate(language, key, **values)
    assert heading(browser.get("/nowhere", lang=language)) == title_in(language, "error.title_404")
    stale = browser._visit("POST", "/auth/login", data={"parameters": f"lang={language}"})
    assert title_in(language, "error.csrf") in stale.text
    browser.register(new_email())
    limit = browser.get("/area/referrals", limit="1000", lang=language)
    assert translate(language, "error.limit", highest=100, value="'1000'") in limit.soup.get_text()


def test_oversized_form_is_told(site: Site) -> None:
    browser = site.browser()
    page = browser._visit("POST", "/auth/login", data={"parameters": "x" * 70_000})
    assert page.status == 413
    assert heading(page) == title_in("en", "error.title_413")


@pytest.mark.parametrize("language", FOREIGN)
def test_inapp_screens_speak_the_language(site: Site, language: str) -> None:
    session = site.app_session()
    form = session.open_money("deposit", lang=language)
    assert heading(form) == title_in(language, "payments.deposit")
    bad = session.screen.submit(form, "/inapp/deposit", amount="x")
    assert bad.soup.find(id="amount-error").get_text() == translate(language, "form.amount", largest=1000000)
    closed = session.open_money("withdrawal", token="nonsense", lang=language)
    assert title_in(language, "inapp.not_ours") in closed.text


def test_trouble_with_ctrader_speaks_the_language(site: Site, ctrader: FakeCTrader) -> None:
    ctrader.misbehave("3.2", 503)
    page = site.browser().sign_up(new_email(), lang="de")
    assert page.soup.html["lang"] == "de"
    assert title_in("de", "trouble.no_answer") in page.text


# -- carried along


def carried_by(address: str) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(address).query).items() if key in CARRIED}


def links_of(page: Page) -> list[str]:
    """The page's links to other pages; not those to the same one in another language, nor referral links."""
    return [tag["href"] for tag in page.soup.select("header a, main a:not(.referral)")]


def test_links_and_redirects_carry_what_the_screen_was_opened_with(site: Site) -> None:
    browser = site.browser()
    page = browser.sign_up(new_email(), **CARRIED, partnerId="IB-1")
    assert carried_by(page.location) == CARRIED
    screen = browser.get(page.location)
    browser.submit(screen, "/account/create")
    home = browser.get("/area", **CARRIED)
    seen = 0
    for path in [*AREA, "/account/new"]:
        page = browser.get(path, **CARRIED)
        assert page.status == 200
        for address in links_of(page):
            assert carried_by(address) == CARRIED, (path, address)
            assert "partnerId" not in address
            seen += 1
    assert seen > 30
    done = browser.submit(browser.get("/area/partner", **CARRIED), "/area/partner", level="user")
    assert carried_by(done.location) == CARRIED
    left = browser.submit(home, "/logout")
    assert carried_by(left.location) == {key: value for key, value in CARRIED.items() if key != "source"}


def test_login_face_leads_to_reset_and_back_with_all_parameters(site: Site) -> None:
    browser, query = site.browser(), {**CARRIED, "firstLogin": "false", "partnerId": "IB 1", "odd": "1"}
    login = browser.get("/auth/login", **query)
    reset = next(tag["href"] for tag in login.soup.select("main a") if tag["href"].startswith("/auth/reset"))
    assert parse_qs(urlsplit(reset).query) == {key: [value] for key, value in query.items()}
    back = browser.get(reset).soup.select_one("main a")["href"]
    assert parse_qs(urlsplit(back).query) == parse_qs(urlsplit(reset).query)


def test_page_leads_to_itself_in_the_other_languages(site: Site) -> None:
    page = site.browser().get("/auth/login", firstLogin="true", lang="pt", utm_term="a b", partnerId="IB-1")
    links = {tag["lang"]: tag["href"] for tag in page.soup.select("footer a")}
    assert list(links) == list(LANGUAGES)
    for language, address in links.items():
        assert parse_qs(urlsplit(address).query) == {
            "lang": [language],
            "firstLogin": ["true"],
            "utm_term": ["a b"],
            "partnerId": ["IB-1"],
        }


def test_one_time_token_is_never_carried(site: Site) -> None:
    session: AppSession = site.app_session()
    token = session.generate().json()["token"]
    page = session.open_money("deposit", token=token, lang="pt")
    assert page.status == 200
    assert token not in page.text


def test_language_of_the_signup_becomes_the_users_in_ctrader(site: Site, ctrader: FakeCTrader) -> None:
    browser: Browser = site.browser()
    browser.submit(
        browser.get("/register", lang="de"),
        "/register",
        email=new_email(),
        first_name="A",
        last_name="B",
        password="correct horse",
    )
    browser.open_account()
    assert ctrader.made("3.2")[0].body["preferredLanguage"] == "de"
    web = browser.submit(browser.get("/area", lang="pt"), "/area/ctrader-web")
    assert parse_qs(urlsplit(web.location).query)["lang"] == ["pt"]
