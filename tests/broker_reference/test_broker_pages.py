"""What every page has in common."""

import re

import pytest
from broker_site import SUCCESS_URL, Page, Site, new_email

STRANGERS = ["/auth/login", "/auth/login?firstLogin=true", "/register", "/nowhere"]
CLIENTS = [
    "/area",
    "/area/partner",
    "/area/referrals",
    "/area/payments",
    "/area/email",
    "/area/password",
    "/account/create",
]


def check(page: Page) -> None:
    assert page.soup.html["lang"] == "en"
    assert page.soup.find("meta", {"name": "viewport"}) is not None
    assert len(page.soup.find_all("h1")) == 1
    loaded = [tag.get("src") or tag.get("href") for tag in page.soup.find_all(["script", "link", "img", "iframe"])]
    assert loaded == ["data:,", "/static/broker.css"]
    for control in page.soup.select("input:not([type=hidden]), select"):
        named = control.find_parent("label") or page.soup.find("label", {"for": control.get("id")})
        assert named is not None, control
    ids = [tag["id"] for tag in page.soup.find_all(id=True)]
    assert len(ids) == len(set(ids))
    policy = page.response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert re.match(r"http://[^/]+", SUCCESS_URL)[0] in policy
    assert page.response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", STRANGERS)
def test_pages_for_everybody(site: Site, path: str) -> None:
    check(site.browser().get(path))


def test_pages_of_a_client(site: Site) -> None:
    browser = site.browser()
    browser.register(new_email())
    for path in CLIENTS:
        check(browser.get(path))
    browser.become_partner("user", mode="website_only")
    check(browser.get("/area/partner"))


def test_style_sheet_is_served(site: Site) -> None:
    page = site.browser().get("/static/broker.css")
    assert page.status == 200
    assert "url(" not in page.text
    assert "@import" not in page.text


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_theme_follows_the_parameter_to_the_account_screen(site: Site, theme: str) -> None:
    browser = site.browser()
    location = browser.sign_up(new_email(), theme=theme).location
    assert browser.get(location).soup.html["data-theme"] == theme


def test_start_leads_to_the_client_area(site: Site) -> None:
    assert site.browser().get("/").location == "/area"
