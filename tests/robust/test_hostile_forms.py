"""Forms nobody sane fills in, at every form of the mock's pages and of the reference broker's."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from bs4 import BeautifulSoup

from mock_ctrader.conformance.clients import AppClient
from mock_ctrader.conformance.people import fresh_person
from mock_ctrader.conformance.reference import ReferenceAdapter
from mock_ctrader.flows import Level
from mock_ctrader.processes import BrokerProcess, MockProcess
from tests.support import TIMEOUT, ControlApi, http

pytestmark = pytest.mark.xdist_group("robust")

FIELDS = (
    *("email", "password", "first_name", "last_name", "partner_id", "accept_agreement", "keep_me_logged_in"),
    *(
        "current_password",
        "new_password",
        "reset_token",
        "parameters",
        "screen",
        "nonce",
        "amount",
        "level",
        "mode",
    ),
    *(
        "deposit_currency",
        "leverage",
        "account_type",
        "account",
        "action",
        "kind",
        "target",
        "token",
        "lang",
        "theme",
    ),
    *("ctidTraderAccountId", "call", "status", "milliseconds", "times", "share", "seed", "phase", "crmUrl", "id"),
    *("brokerCrmName", "managerPassword", "strict", "hourlyLimit", "attributionUrl", "authorization", "delivery"),
)
_VALUES = {
    "NUL": "%00",
    "a lone surrogate": "%ed%a0%80",
    "no UTF-8": "%ff%fe",
    "a line end": "a%0d%0aSet-Cookie:%20evil=1",
    "a huge number": "9" * 400,
    "5,000 digits": "9" * 5000,
    "digits of other scripts": "%d9%a1%d9%a2%f0%9d%9f%97",
    "infinity": "1e999",
    "NaN": "NaN",
    "a negative number": "-1",
    "text from right to left": "%e2%80%ae%e2%81%a6abc",
    "10,000 letters": "a" * 10_000,
    "an address of odd parts": "%27%22%3c%3e%40%c4%b0%c3%9f.example.%ef%bc%8e",
    "SQL": "%27%20OR%201%3d1%20--",
    "a template": "%7b%7b7*7%7d%7d%7bx%7d%25s%25n",
    "nothing": "",
}
_URLENCODED = "application/x-www-form-urlencoded"
_PART = '--x\r\nContent-Disposition: form-data; name="{}"{}\r\n\r\n{}\r\n'


def _everywhere(value: str) -> tuple[str, bytes]:
    """In every field; a long one in the first five, as the reference broker takes no more than 64 KiB."""
    fields = FIELDS if len(value) < 1000 else FIELDS[:5]
    return _URLENCODED, "&".join(f"{name}={value}" for name in fields).encode()


BODIES = {name: _everywhere(value) for name, value in _VALUES.items()} | {
    "5,000 fields": (_URLENCODED, "&".join(f"f{number}=1" for number in range(5000)).encode()),
    "a field 1,000 times": (_URLENCODED, b"&".join([b"email=a%40b.example&amount=1"] * 1000)),
    "no form at all": (_URLENCODED, b"\x00\xff&&&===%zz%&;"),
    "a file for each field": (
        "multipart/form-data; boundary=x",
        "".join(_PART.format(name, '; filename="../../etc/passwd"', "x") for name in FIELDS).encode()
        + b"--x--\r\n",
    ),
    "2,000 parts": (
        "multipart/form-data; boundary=x",
        "".join(_PART.format(number, "", 1) for number in range(2000))[:60_000].encode() + b"--x--\r\n",
    ),
    "parts that never end": ("multipart/form-data; boundary=x", _PART.format("email", "", "x").encode()),
    "no boundary": ("multipart/form-data", b"--x\r\n"),
    "a charset nobody knows": (f"{_URLENCODED}; charset=x-none", b"email=%e9"),
    "JSON for a form": ("application/json", b'{"email": {"a": [1]}, "kind": [], "target": {}, "action": null}'),
    "XML for a form": ("text/xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
}


@dataclass(frozen=True, slots=True)
class Doors:
    """The cookies of a browser that is signed in everywhere, and where the forms lead."""

    cookies: dict[str, str]
    csrf: str
    forms: list[str]

    def submit(self, form: str, kind: str, body: bytes) -> requests.Response:
        """What comes of a form; whatever came of others before, this browser is still signed in."""
        headers = {"Content-Type": kind, "X-CSRFToken": self.csrf}
        return http().post(
            form, body, headers=headers, cookies=self.cookies, allow_redirects=False, timeout=TIMEOUT
        )


@pytest.fixture(scope="module")
def doors() -> Iterator[Doors]:
    """A mock and a broker of the module's own, as both may be changed by what is sent."""
    with MockProcess.start() as mock, BrokerProcess.start(mock.ready["baseUrl"], mock.ready["sandbox"]) as broker:
        sandbox, home = mock.ready["sandbox"], broker.ready["brokerUrl"]
        control = ControlApi(mock.ready["controlUrl"])
        control.change(sandbox["id"], **broker.sandbox_urls())
        [app_url] = sandbox["appUrls"].values()
        adapter, app, person = (
            ReferenceAdapter(home, sandbox["successUrl"]),
            AppClient(app_url),
            fresh_person("form"),
        )
        assert app.finish(adapter.sign_up(person, app.open_sign_in(first_login=True)))[0]
        adapter.register_partner(person, Level.USER)
        browser = http()
        entrance = browser.get(f"{home}/auth/login", timeout=TIMEOUT).text
        keys = {"email": person.email, "password": person.password, "csrf_token": token_of(entrance)}
        assert browser.post(f"{home}/auth/login", keys, timeout=TIMEOUT).url.endswith("/area")
        csrf = token_of(browser.get(f"{home}/area/email", timeout=TIMEOUT).text)
        inspector = f"{mock.ready['baseUrl']}/inspector"
        controls = (
            "urls",
            "behaviour",
            "fault",
            "fault-removed",
            "clock",
            "invite",
            "replay",
            "duplicate",
            "none",
        )
        yield Doors(
            {one.name: str(one.value) for one in (*browser.cookies, *app._http.cookies)},
            csrf,
            [
                *(f"{home}/auth/{one}" for one in ("login", "signup", "reset", "new-password")),
                *(f"{home}/area/{one}" for one in ("email", "password", "partner", "ctrader-web")),
                *(f"{home}/{one}" for one in ("register", "inapp/deposit", "account/new", "account/create")),
                *(f"{app_url}/{one}" for one in ("links", "actions", "active-account", "look")),
                *(f"{inspector}/{one}" for one in ("sandboxes", "sign-in")),
                *(f"{inspector}/{sandbox['id']}/controls/{one}" for one in controls),
            ],
        )


def token_of(page: str) -> str:
    """The CSRF token of a page's forms."""
    found: Any = BeautifulSoup(page, "html.parser").select_one("[name=csrf_token]")
    return str(found["value"])


@pytest.mark.parametrize("name", BODIES)
def test_answered_or_refused_and_nothing_else(doors: Doors, name: str) -> None:
    for form in doors.forms:
        answer = doors.submit(form, *BODIES[name])
        assert answer.status_code < 500, (form, answer.text[:500])
        assert "evil" not in answer.cookies


def test_the_forms_are_reached(doors: Doors) -> None:
    """What a CSRF check or a log-in turned away would have proved nothing."""
    for form in doors.forms:
        answer = doors.submit(form, *_everywhere("-1"))
        assert answer.status_code not in (401, 405), form
        assert "(CSRF)" not in answer.text, form
        assert not answer.headers.get("Location", "").startswith("/auth/login"), form
