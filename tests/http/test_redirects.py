"""The mock leads people, and sends requests, to configured places only."""

from collections.abc import Callable
from http import client as http_client
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from mock_ctrader.processes import MockProcess
from tests.browser.pages import website
from tests.http.fake_crm import FakeCrm
from tests.http.visitor import HTML, Visitor
from tests.support import TIMEOUT, Broker, ControlApi, http, md5

ELSEWHERE = (
    *("//evil.example", "https:evil.example", "\\\\evil.example", "/\\evil.example", "http://evil.example/x"),
    *(
        "javascript:alert(1)",
        "\t//evil.example",
        "//evil.example%0d%0aSet-Cookie:x=1",
        "\r\nLocation: //evil.example",
    ),
    *("@evil.example", "..//evil.example", "data:text/html,x"),
)
PARAMETERS = (
    "next",
    "success_url",
    "successUrl",
    "redirect_uri",
    "loginUrl",
    "url",
    "partnerId",
    "username",
    "acc",
)


def places(location: str, url: str) -> tuple[str, str]:
    """Scheme and host of a redirect, as a browser reads it: without tabs and line ends, backslashes as slashes."""
    read = "".join(char for char in location if char not in "\t\r\n").replace("\\", "/")
    if read.startswith("/") and not read.startswith("//"):
        read = f"{urlsplit(url).scheme}://{urlsplit(url).netloc}{read}"
    return urlsplit(read).scheme, urlsplit(read).netloc


@pytest.mark.parametrize("target", ELSEWHERE)
@pytest.mark.parametrize("headers", [HTML, {"Accept": "application/json"}], ids=["page", "json"])
def test_no_address_of_the_application_leads_elsewhere(
    crm: FakeCrm, user: int, visitor: Visitor, target: str, headers: dict[str, str]
) -> None:
    carried = quote(target, safe="")
    query = "&".join(f"{name}={carried}" for name in PARAMETERS)
    ways = [
        f"/{path}?{query}" for path in ("", "launch", "sign-in", "success", "info", "signal", "copy/strategy/1")
    ]
    ways += [f"/{carried}", f"/{target.strip()}", f"/symbols/{carried}/info?{query}", f"/success?token={carried}"]
    allowed = {urlsplit(crm.url)[:2], urlsplit(visitor.app_url)[:2]}
    led = 0
    for signed_in in (False, True):
        if signed_in:
            assert visitor.sign_in(crm.one_time_token(user)).status_code == 200
        answers = [visitor.get(way, headers) for way in ways]
        for path in ("/look", "/active-account", "/actions", "/links", "/close"):
            answers.append(
                visitor.post(path, dict.fromkeys((*PARAMETERS, "action", "kind", "lang"), target), headers)
            )
        for answer in answers:
            assert answer.status_code < 500 or answer.status_code == 502, answer.text
            assert "Set-Cookie: x" not in str(answer.headers)
            if "Location" in answer.headers:
                led += 1
                assert places(answer.headers["Location"], visitor.app_url) in allowed, answer.headers["Location"]
    assert led > 5


def test_the_inspector_leads_to_its_own_pages(mock: MockProcess, sandbox: dict[str, Any]) -> None:
    base = mock.ready["baseUrl"]
    for target in ELSEWHERE:
        form = dict.fromkeys((*PARAMETERS, "id", "done"), target)
        for action in ("reset", "faults-removed", target):
            address = f"{base}/inspector/{sandbox['id']}/controls/{quote(action, safe='')}"
            answer = http().post(address, data=form, allow_redirects=False, timeout=TIMEOUT)
            location = answer.headers.get("Location", "/")
            assert places(location, base) == urlsplit(base)[:2], location


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_request_follows_the_brokers_redirect(
    control: ControlApi, sandbox: dict[str, Any], visitor: Visitor, user: int, status: int
) -> None:
    reached: list[str] = []

    def elsewhere(method: str, path: str, _body: str) -> Any:
        reached.append(f"{method} {path}")
        return 200, '{"crmApiToken": "stolen", "userId": 1}'

    with (
        website(elsewhere) as evil,
        website(lambda *_: (status, "", {"Location": f"{evil}/inside"})) as broker_url,
    ):
        control.change(sandbox["id"], crmUrl=broker_url)
        answer = visitor.sign_in("ot-1")
        assert answer.status_code == 502
    assert reached == []
    [tried] = [event for event in control.events(sandbox["id"]) if event.get("call") == "4.1"]
    assert tried["status"] == status


@pytest.mark.parametrize(
    "url", [one for one in ELSEWHERE if not one.startswith("http:")] + ["file:///etc/passwd", "ftp://a/"]
)
def test_addresses_that_are_none_are_refused(
    control: ControlApi, sandbox: dict[str, Any], broker: Broker, url: str
) -> None:
    home = f"{control.url}/sandboxes/{sandbox['id']}"
    for body in ({"crmUrl": url}, {"loginUrl": url}, {"successUrl": url}, {"actionUrls": {"deposit": url}}):
        assert control.http.patch(home, json=body, timeout=TIMEOUT).status_code == 400
    for key in ("attributionUrl", "newUserUrl"):
        assert control.http.put(f"{home}/invite", json={key: url}, timeout=TIMEOUT).status_code == 400
    ribbon = {"color": "#112233", "title": "x", "enabled": True, "closable": False}
    for name in ("urlExternal", "urlinApp"):
        rules = {"ribbons": [ribbon | {"action": {name: url}}]}
        body = {"brokerCrmName": broker.crm_name, "userId": broker.new_user(), "rules": rules}
        assert broker.call("PUT", "/cid/oauth2/ctid/inAppControls", body).status_code == 400
    assert md5(url)  # the sandbox is as it was
    assert control.http.get(home, timeout=TIMEOUT).json() == sandbox


def test_a_signed_in_link_stays_in_the_application(
    crm: FakeCrm, user: int, signed_in: Callable[[int], Visitor]
) -> None:
    visitor = signed_in(user)
    opened = visitor.get("//evil.example/copy/strategy/1", HTML)
    assert opened.status_code in (200, 302, 308, 404)
    assert "evil.example" not in urlsplit(opened.headers.get("Location", "")).netloc


FORWARDED = {
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Prefix": "//evil.example",
    "X-Original-URL": "//evil.example",
    "Forwarded": "host=evil.example;proto=https",
    "Referer": "http://evil.example/",
}


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1@evil.example", "evil.example/x?"])
def test_host_decides_nothing(mock: MockProcess, visitor: Visitor, host: str) -> None:
    """A path that is put right by a redirect (a slash too many, or too few) stays where it is."""
    base, app = mock.ready["baseUrl"], urlsplit(visitor.app_url).path
    led = 0
    for path in (
        *(app, f"{app}//sign-in", f"/{app}//success?token=x", f"{app}/copy//strategy/1?partnerId=A"),
        *("/control//sandboxes", "//control//sandboxes", "/v2//webserv/traders", "/cid//oauth2/ctid/referral"),
        *("//evil.example//app", "/\\evil.example//app", f"/%5Cevil.example/..//{app}", "//evil.example" + app),
        "/inspector//x",
    ):
        for method in ("GET", "POST"):
            status, location = raw(base, method, path, {"Host": host, **FORWARDED})
            assert status < 500
            assert not urlsplit(location).netloc, (path, status, location)
            assert location[:2] not in ("//", "/\\")
            led += location.startswith("/")
    assert led >= 4


def test_forwarded_headers_decide_nothing(crm: FakeCrm, user: int, visitor: Visitor) -> None:
    plain = visitor.get("/sign-in?firstLogin=true", HTML)
    told = visitor.get("/sign-in?firstLogin=true", HTML | FORWARDED)
    assert told.headers["Location"] == plain.headers["Location"]
    assert visitor.sign_in(crm.one_time_token(user)).status_code == 200
    shared = visitor.post("/links", {"kind": "copy", "id": "1"}, {"Accept": "application/json", **FORWARDED})
    assert "evil" not in shared.text


def raw(base: str, method: str, target: str, headers: dict[str, str]) -> tuple[int, str]:
    """The status and the Location of a request to an address as it stands."""
    parts = urlsplit(base)
    connection = http_client.HTTPConnection(str(parts.hostname), parts.port, timeout=TIMEOUT)
    connection.putrequest(method, target, skip_host=True)
    for name, value in {**headers, "Content-Length": "0", "Connection": "close"}.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    found = answer.status, answer.getheader("Location") or ""
    connection.close()
    return found
