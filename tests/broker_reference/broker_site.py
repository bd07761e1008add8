"""Running a broker in a thread and visiting it as a browser or as cTrader would."""

import itertools
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from bs4 import BeautifulSoup
from flask import Flask
from waitress import wasyncore
from waitress.server import create_server

from broker_reference.app import create_app
from broker_reference.context import Broker

CRM_PASSWORD = "crm-secret"
WEBHOOK_AUTHORIZATION = "Basic b3Vyczpob29r"
SUCCESS_URL = "http://127.0.0.1:9/app/northwind/success"
PASSWORD = "correct horse"
TIMEOUT_S = 10

_emails = itertools.count(1)


def new_email() -> str:
    return f"person{next(_emails)}@example.net"


@contextmanager
def serving(make_app: Callable[[str], Flask]) -> Iterator[str]:
    """Serve an app on a free port of the loopback; `make_app` gets the base URL."""
    listening = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    server = create_server(make_app(url), sockets=[listening], threads=16)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield url
    finally:
        # Closed in the server's own thread: its loop ends when nothing is left to listen to.
        # If the loop is just awake it may do so, and close the trigger, before the trigger is pulled.
        with suppress(OSError):
            server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))
        thread.join(TIMEOUT_S)
        server.task_dispatcher.shutdown()


def wait_until(condition: Callable[[], Any], what: str) -> None:
    """Poll a condition until it holds; fail after a deadline."""
    deadline = time.monotonic() + TIMEOUT_S
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, f"still not: {what}"
        pause.wait(0.01)


class Site:
    """One running broker."""

    def __init__(self, wire: Callable[[str], Broker], *, outbox: bool) -> None:
        self.broker: Broker

        def make_app(url: str) -> Flask:
            self.broker = wire(url)
            return create_app(self.broker)

        self._serving = serving(make_app)
        self.url = self._serving.__enter__()
        self._stopped = False
        if outbox:
            self.broker.outbox.start()

    def stop(self) -> None:
        if self._stopped:
            return
        self._stopped = True
        self.broker.outbox.stop()
        self._serving.__exit__(None, None, None)
        self.broker.database.close()

    def browser(self) -> "Browser":
        return Browser(self.url)

    def crm_api_token(self) -> str:
        answer = requests.post(
            f"{self.url}/oauth2/crmApiToken", json={"password": CRM_PASSWORD}, timeout=TIMEOUT_S
        )
        assert answer.status_code == 200
        return str(answer.json()["crmApiToken"])

    def exchange(self, code: object, crm_api_token: str | None = None) -> requests.Response:
        """Make call 4.2 as cTrader does."""
        return requests.post(
            f"{self.url}/oauth2/onetime/authorize",
            params={"crmApiToken": crm_api_token or self.crm_api_token()},
            json={"code": code},
            timeout=TIMEOUT_S,
        )

    def crm(self, path: str, body: object = None, **query: str) -> requests.Response:
        """Make a call of section 4 as cTrader does; a crmApiToken is fetched unless one is given."""
        return requests.post(
            f"{self.url}/oauth2/{path}",
            params={"crmApiToken": query.pop("crmApiToken", None) or self.crm_api_token(), **query},
            json=body,
            timeout=TIMEOUT_S,
        )

    def app_session(self, email: str | None = None) -> "AppSession":
        """Take a new person into the application, with "keep me logged in"."""
        browser = self.browser()
        browser.sign_up(email or new_email(), tick="keep_me_logged_in")
        told = self.exchange(browser.open_account()).json()
        account = browser.json("/area/me.json")["accounts"][0]["login"]
        return AppSession(self, browser, told["userId"], told["accessToken"], told["inappToken"], account)

    def trader(self, email: str | None = None, **screen: str) -> "Browser":
        """Take a new person through flow 5.3 to its end."""
        browser = self.browser()
        browser.sign_up(email or new_email(), **screen)
        assert self.exchange(browser.open_account()).status_code == 200
        return browser


@dataclass
class AppSession:
    """A user in the application: what cTrader knows of the session, and the user's own browser."""

    site: Site
    browser: "Browser"
    user_id: int
    access_token: str
    inapp_token: str
    login: int
    screen: "Browser" = field(init=False)

    def resume(self) -> requests.Response:
        """Call 4.3."""
        return self.site.crm("authorize", {"accessToken": self.access_token})

    def generate(self, user_id: object = None, **query: str) -> requests.Response:
        """Call 4.4."""
        return self.site.crm(
            "onetime/generate", {"userId": user_id or self.user_id}, **{"inappToken": self.inapp_token, **query}
        )

    def log_out(self, **query: str) -> requests.Response:
        """Call 4.5."""
        given = {"userId": str(self.user_id), "accessToken": self.access_token}
        return self.site.crm("logout", **{**given, **query})

    def open_money(self, action: str, **query: str) -> "Page":
        """Open a money screen as the application does, with a one-time token and no cookies."""
        if "token" not in query:
            query["token"] = self.generate().json()["token"]
        self.screen = self.site.browser()
        return self.screen.get(f"/inapp/{action}", **{"account": str(self.login), **query})

    def move(self, action: str, amount: str) -> "Page":
        """Open a money screen and submit it."""
        page = self.open_money(action)
        return self.screen.submit(page, f"/inapp/{action}", amount=amount)


@dataclass
class Page:
    """What a browser shows."""

    response: requests.Response

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def location(self) -> str:
        return self.response.headers.get("Location", "")

    @property
    def text(self) -> str:
        return self.response.text

    @property
    def soup(self) -> BeautifulSoup:
        return BeautifulSoup(self.text, "html.parser")


class Browser:
    """Cookies, forms with their hidden fields; redirects are looked at, not followed."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False
        self.email = ""

    def get(self, path: str, **query: str) -> Page:
        return self._visit("GET", path, params=query)

    def json(self, path: str, **query: str) -> Any:
        page = self.get(path, **query)
        assert page.status == 200, page.text
        return page.response.json()

    def submit(self, page: Page, action: str, **fields: str) -> Page:
        """Submit the form that posts to `action`, its hidden fields included."""
        form = page.soup.find("form", action=action)
        assert form is not None, page.text
        hidden = {tag["name"]: tag["value"] for tag in form.find_all("input", type="hidden")}
        return self._visit("POST", action, data={**hidden, **fields})

    def sign_up(self, email: str, *, password: str = PASSWORD, tick: str = "", **screen: str) -> Page:
        self.email = email
        page = self.get("/auth/login", **{"firstLogin": "true", "source": "Web", **screen})
        boxes = dict.fromkeys(tick.split(), "yes")
        person = {"email": email, "first_name": "Ines", "last_name": "Silva", "password": password}
        return self.submit(page, "/auth/signup", **person, **boxes)

    def log_in(self, email: str, *, password: str = PASSWORD, tick: str = "", **screen: str) -> Page:
        page = self.get("/auth/login", **screen)
        boxes = dict.fromkeys(tick.split(), "yes")
        return self.submit(page, "/auth/login", email=email, password=password, **boxes)

    def register(self, email: str) -> Page:
        self.email = email
        person = {"email": email, "first_name": "Rui", "last_name": "Costa", "password": PASSWORD}
        return self.submit(self.get("/register"), "/register", **person)

    def open_account(self) -> str:
        """Submit the account form and return the one-time token on the success URL."""
        page = self.submit(self.get("/account/create"), "/account/create")
        return one_time_token(page)

    def become_partner(self, level: str, **mode: str) -> Page:
        return self.submit(self.get("/area/partner"), "/area/partner", level=level, **mode)

    def partner(self) -> Any:
        return self.json("/area/partner.json")["partner"]

    def partner_id(self) -> str:
        return str(self.partner()["partnerId"])

    def _visit(self, method: str, path: str, **arguments: Any) -> Page:
        response = self.session.request(
            method, self.url + path, allow_redirects=False, timeout=TIMEOUT_S, **arguments
        )
        assert response.status_code != 500, response.text
        # a token is random: one in some thousands of pages has these four letters in one of its own
        words = re.sub(r"[\w.-]{40,}", "", response.text)
        assert not re.search("(?i)ctrader id|ctid", words) or path.endswith(".json")
        return Page(response)


def one_time_token(page: Page) -> str:
    """Return the token of a redirect to the success URL."""
    assert page.status == 303, page.text
    assert page.location.startswith(SUCCESS_URL + "?"), page.location
    return parse_qs(urlsplit(page.location).query)["token"][0]
