"""The broker leads people to its own pages and to the configured addresses, whatever a request says."""

import http.client
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import pytest
from broker_site import PASSWORD, SUCCESS_URL, Browser, Page, Site, new_email

ELSEWHERE = {
    "protocol-relative": "//evil.example",
    "three slashes": "///evil.example",
    "no slashes": "https:evil.example",
    "one slash": "https:/evil.example",
    "backslashes": "\\\\evil.example",
    "slash and backslash": "/\\evil.example",
    "absolute": "https://evil.example/x",
    "userinfo": "http://127.0.0.1:9@evil.example/app/northwind/success",
    "suffix": "http://127.0.0.1:9.evil.example/app/northwind/success",
    "tab": "/\t/evil.example",
    "line end": "/x\r\nLocation: http://evil.example\r\nSet-Cookie: evil=1",
    "script": "javascript:alert(1)",
    "data": "data:text/html,x",
}
NAMES = ("next", "return", "returnUrl", "return_to", "success_url", "successUrl", "redirect_uri", "url", "app_url")
KNOWN = ("source", "lang", "theme", "partnerId", "token", "account", "utm_source", "parameters", "screen")
FORWARDED = {
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-For": "192.0.2.9",
    "X-Forwarded-Prefix": "//evil.example",
    "X-Original-URL": "//evil.example",
    "Forwarded": "host=evil.example;proto=https",
    "Referer": "http://evil.example/",
}
SUCCESS = urlsplit(SUCCESS_URL)
each = pytest.mark.parametrize("target", ELSEWHERE.values(), ids=ELSEWHERE)


def led_to(page: Page, site: Site) -> str:
    """Where a redirect leads, as a browser reads it: "own", "application" or an address."""
    assert "evil" not in page.response.cookies
    read = "".join(char for char in page.location if char not in "\t\r\n").replace("\\", "/")
    if read.startswith("/") and not read.startswith("//"):
        return "own"
    parts = urlsplit(read)
    if (parts.scheme, parts.netloc) == urlsplit(site.url)[:2]:
        return "own"
    inside = (parts.scheme, parts.netloc) == SUCCESS[:2] and parts.path in (SUCCESS.path, "/app/northwind/info")
    return "application" if inside else page.location


def query_of(target: str) -> dict[str, str]:
    return dict.fromkeys((*NAMES, *(name for name in KNOWN if name not in ("token", "account"))), target)


def ways(site: Site, target: str) -> Iterator[Page]:
    """Everything that redirects, with the target in every parameter, field and header."""
    given = query_of(target)
    stranger = site.browser()
    stranger.session.headers.update(FORWARDED)
    for path in (
        "/",
        "/area",
        "/area/partner",
        "/area/referrals",
        "/area/password",
        "/account/create",
        "/account/new",
    ):
        yield stranger.get(path, **given)
    person, email = site.browser(), new_email()
    person.session.headers.update(FORWARDED)
    yield person.sign_up(email, **given)
    page = person.get("/account/create", **given)
    yield person.submit(page, "/account/create", **dict.fromkeys(NAMES, target))
    yield person.submit(person.get("/area", **given), "/area/ctrader-web", **dict.fromkeys(NAMES, target))
    yield person.submit(person.get("/area/partner", **given), "/area/partner", level="user", next=target)
    change = {"current_password": PASSWORD, "new_password": PASSWORD}
    yield person.submit(person.get("/area/password", **given), "/area/password", **change, next=target)
    yield person.submit(person.get("/account/new", **given), "/account/new", next=target)
    yield person.submit(person.get("/area", **given), "/logout", next=target)
    yield person.log_in(email, firstLogin="false", **given)
    website = site.browser()
    page = website.get("/auth/login", lang=target, theme=target, next=target)
    yield website.submit(page, "/auth/login", email=email, password=PASSWORD, next=target)


@each
def test_no_parameter_field_or_header_leads_elsewhere(site: Site, target: str) -> None:
    seen = [(page.status, led_to(page, site)) for page in ways(site, target) if page.location]

    assert {place for _, place in seen} == {"own", "application"}, seen
    assert len(seen) >= 12


@each
def test_money_screens_end_on_the_success_url(site: Site, target: str) -> None:
    session = site.app_session()
    given = query_of(target)
    page = session.open_money("deposit", **given)
    done = session.screen.submit(page, "/inapp/deposit", amount="1", **dict.fromkeys(NAMES, target))
    assert (done.status, led_to(done, site)) == (303, "application")


def raw(site: Site, method: str, target: str, host: str) -> tuple[int, str]:
    """A request whose Host is not the server's."""
    parts = urlsplit(site.url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=10)
    connection.putrequest(method, target, skip_host=True)
    connection.putheader("Host", host)
    connection.putheader("Content-Length", "0")
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status < 500
    location = answer.getheader("Location") or ""
    connection.close()
    return answer.status, location


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1@evil.example", "evil.example/x?"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_host_decides_nothing(site: Site, host: str, method: str) -> None:
    for path in (
        *("/", "/area", "//area", "/auth//login", "/area//partner", "/area/", "//evil.example/area", "/static"),
        *(f"/{quote('/evil.example', safe='')}", "/\\evil.example/..//area", "/%5Cevil.example//area"),
    ):
        status, location = raw(site, method, path, host)
        assert "evil" not in location, (path, status, location)
        assert location[:2] not in ("//", "/\\")


def test_the_link_of_a_reset_names_the_broker_itself(site: Site) -> None:
    mails = []
    for header in ("Host", *FORWARDED):
        site.browser().register(email := new_email())
        browser = site.browser()
        page = browser.get("/auth/reset", next="//evil.example")
        cookies = "; ".join(f"{one.name}={one.value}" for one in browser.session.cookies)
        browser.session.headers.update({header: FORWARDED.get(header, "evil.example"), "Cookie": cookies})
        browser.submit(page, "/auth/reset", email=email)
        mails += site.broker.password_reset.mails(email, 50)
    assert len(mails) == 1 + len(FORWARDED)
    for mail in mails:
        assert mail.link.startswith(f"{site.url}/auth/new-password?token=rp_")


def test_a_page_in_another_language_stays_here(site: Site) -> None:
    browser: Browser = site.browser()
    for path in ("/auth/login", "/register", "/auth/reset"):
        page = browser.get(path, **query_of("//evil.example"))
        for link in page.soup.select("a[href]"):
            parts = urlsplit(str(link["href"]).replace("\\", "/"))
            assert not parts.scheme, link
            assert not parts.netloc, link
