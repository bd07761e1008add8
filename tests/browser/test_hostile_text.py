"""Texts of strangers, stored or reflected, break no page: inspector, application, broker, report.

Each page is shown with its Content-Security-Policy switched off, so that it is the escaping that is tried; what
would run opens a dialog or leaves an element. The policies themselves are held where the pages are.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from playwright.sync_api import Page

from mock_ctrader.conformance.clients import AppClient
from mock_ctrader.conformance.people import fresh_person
from mock_ctrader.conformance.reference import ReferenceAdapter
from mock_ctrader.conformance.reports import html
from mock_ctrader.conformance.reports.model import fold
from mock_ctrader.processes import MockProcess
from tests.browser.clicking import Places, become_partner, follow, sign_up
from tests.browser.hostile_text import PAYLOADS, planted
from tests.browser.pages import website
from tests.browser.windows import Windows
from tests.reports import samples
from tests.support import TIMEOUT, Broker, ControlApi

Play = Callable[[Callable[[Windows], None]], None]
MOCK_PATHS = ("/cid/oauth2/ctid/create", "/cid/oauth2/ctid/referral", "/cid/nowhere")


def look(page: Page, address: str) -> None:
    """Open a page, and find nothing in it that a stranger put there."""
    page.goto(address)
    assert planted(page) == [], address


@pytest.fixture
def control(served: MockProcess) -> ControlApi:
    return ControlApi(served.ready["controlUrl"])


@pytest.fixture(params=PAYLOADS, ids=range(len(PAYLOADS)))
def payload(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def hostile(control: ControlApi, served: MockProcess, payload: str) -> Iterator[dict[str, Any]]:
    """A sandbox whose every text is hostile, with a journal of hostile requests, answers and reports."""
    name = payload[:100]
    sandbox = control.create(
        brokerCrmName=name, groupName=name, managerPassword=name, crmPassword=name, disabledBrokerNames=[]
    )
    home = f"{control.url}/sandboxes/{sandbox['id']}"
    broker = Broker(served.ready["baseUrl"], sandbox)
    local = "".join(char for char in payload if not char.isspace())
    user_id = broker.new_user(email=f"{local}@example.net", firstName=payload, nickName=payload)
    account = broker.new_account(user_id)
    for path in MOCK_PATHS:
        for key in ("brokerCrmName", "email", "partnerId", "userId", "token", payload):
            broker.call("PUT", path, {"brokerCrmName": name, key: payload}, query={key: payload})
    assert broker.set_partner(userId=user_id, partnerId=payload).status_code == 200
    assert broker.set_partner(ctidTraderAccountId=account, partnerId=payload).status_code == 200
    ribbon = {
        **{"color": "#112233", "title": payload, "enabled": True, "closable": False},
        "action": {"urlExternal": 'https://example.net/"><xss-mark/onclick=alert(1)>'},
    }
    controls = {"brokerCrmName": name, "userId": user_id, "rules": {"ribbons": [ribbon]}}
    assert broker.call("PUT", "/cid/oauth2/ctid/inAppControls", controls).status_code == 201
    fault = {"call": "3.7", "kind": "answer", "status": 418, "errorCode": payload[:100], "description": payload}
    assert control.http.post(f"{home}/faults", json=fault, timeout=TIMEOUT).status_code == 201
    broker.read_partner(userId=user_id)
    journey = {
        "flow": 1,
        "level": "user",
        "partnerEmail": f"{local}@example.net",
        "invitedEmail": f"{local}@b.example",
    }
    made = control.http.post(f"{home}/journeys", json=journey, timeout=TIMEOUT).json()
    told = {"stage": 3, "facts": {"partnerId": payload, payload: [payload]}}
    control.http.post(f"{home}/journeys/{made['id']}/reports", json=told, timeout=TIMEOUT)
    yield sandbox | {"journey": made["id"], "user": user_id}
    control.delete(sandbox["id"])


def test_the_inspector(
    play: Play, served: MockProcess, control: ControlApi, hostile: dict[str, Any], payload: str
) -> None:
    base = served.ready["baseUrl"]
    home = f"{base}/inspector/{hostile['id']}"
    asked = urlencode(
        dict.fromkeys(("text", "call", "direction", "status", "violations", "done", "journey", "stage"), payload)
    )
    stages = [f"{home}/?journey={quote(hostile['journey'])}&stage={stage}" for stage in (1, 3, 6, 15)]
    journal = [f"{home}/exchanges/{event['seq']}" for event in control.events(hostile["id"])]
    filled = {
        "crmUrl": payload,
        "call": payload,
        "kind": payload,
        "milliseconds": payload,
        "attributionUrl": payload,
    }

    def scene(windows: Windows) -> None:
        windows.expects_refusals = True
        page = windows.open(bypass_csp=True)
        for path in (
            "/",
            "/exchanges",
            "/controls",
            "/setup",
            f"/?{asked}",
            f"/exchanges?{asked}",
            f"/controls?{asked}",
        ):
            look(page, f"{home}{path}")
        for address in (f"{base}/?skip={quote(payload)}", *stages, *journal[::4]):
            look(page, address)
        for form in ("urls", "fault", "clock", "invite"):  # a refusal repeats what was filled in
            page.goto(f"{home}/controls")
            page.evaluate(
                """([action, values]) => {
                  const form = Object.assign(document.createElement("form"), {method: "post", action});
                  for (const [name, value] of Object.entries(values))
                    form.append(Object.assign(document.createElement("input"), {name, value}));
                  document.body.append(form); form.submit();
                }""",
                [f"{home}/controls/{form}", filled],
            )
            page.wait_for_url(f"**/controls/{form}")
            assert planted(page) == []

    play(scene)


def test_the_application(
    play: Play, served: MockProcess, control: ControlApi, hostile: dict[str, Any], payload: str
) -> None:
    url = hostile["appUrls"][hostile["brokerNames"][0]]

    def crm(_method: str, path: str, body: str) -> Any:
        if "crmApiToken" in path.split("?")[0]:
            return 200, '{"crmApiToken": "good"}', {"Content-Type": "application/json"}
        if "authorize" in path and "good-token" in body:
            return 200, f'{{"userId": {hostile["user"]}}}', {"Content-Type": "application/json"}
        return 200, "<link rel='icon' href='data:,'><p>a screen of the broker</p>"

    with website(crm) as broker_url:
        control.change(hostile["id"], crmUrl=broker_url, loginUrl=f"{broker_url}/login")

        def scene(windows: Windows) -> None:
            windows.expects_refusals = True
            page = windows.open(bypass_csp=True)
            carried = quote(payload, safe="")
            for path in (
                f"/success?token=good-token&partnerId={carried}",
                f"/?partnerId={carried}&lang={carried}&theme={carried}",
                f"/symbols/{carried}/info?acc={carried}",
            ):
                look(page, url + path)
            page.goto(f"{url}/")
            assert page.locator("#partner .partner-id").inner_text().split() == payload.split()
            for kind in ("Symbol", "Invite"):
                follow(page.get_by_role("button", name=f"Get the link: {kind}"))
                assert planted(page) == []
            look(page, f"{url}/sign-in?firstLogin=true&partnerId={carried}")

        play(scene)


@pytest.mark.parametrize("payload", PAYLOADS[:4], ids=range(4))
def test_refusals_repeat_what_they_refuse_as_text(play: Play, served: MockProcess, payload: str) -> None:
    base, carried = served.ready["baseUrl"], quote(payload, safe="")

    def scene(windows: Windows) -> None:
        windows.expects_refusals = True
        page = windows.open(bypass_csp=True)
        for path in (f"/app/{carried}/", f"/app/BESTBROKER/{carried}", f"/app/BESTBROKER/success?token={carried}",
                     f"/inspector/{carried}/", f"/{carried}", f"/cid/{carried}?{carried}={carried}"):  # fmt: skip
            look(page, base + path)

    play(scene)


def test_the_broker(play: Play, places: Places, served: MockProcess, payload: str) -> None:
    local = "".join(char for char in payload if not char.isspace() and char != "@")
    plain, invited = fresh_person("hostile"), fresh_person("invited")
    person = replace(plain, first_name=payload[:100], last_name=payload[:100])
    # browsers refuse such an address; programs may send it
    stranger = replace(invited, email=f"{local}{invited.email}", first_name=payload[:100])
    ready = served.ready["sandbox"]
    manager = Broker(served.ready["baseUrl"], served.ready["sandbox"])
    carried = quote(payload, safe="")
    screens = ("/auth/login", "/auth/login?firstLogin=true&", "/auth/reset", "/auth/new-password", "/register",
               "/inapp/deposit", "/account/new", f"/{carried}", f"/inapp/{carried}")  # fmt: skip
    names = (
        "partnerId",
        "lang",
        "theme",
        "source",
        "token",
        "reset_token",
        "account",
        "firstLogin",
        "next",
        payload,
    )
    query = urlencode(dict.fromkeys(names, payload))

    def scene(windows: Windows) -> None:
        windows.expects_refusals = True
        page = windows.open(bypass_csp=True)
        for path in screens:
            look(page, f"{places.broker_url}{path}{'&' if '?' in path else '?'}{query}")
        sign_up(page, places, person)
        assert planted(page) == []
        user_id = int(page.locator("#partner").inner_text().split("userId ")[1].split()[0])
        manager.set_partner(userId=user_id, partnerId=payload)
        for path in (
            "/area",
            "/area/partner",
            "/area/referrals",
            "/area/payments",
            "/area/email",
            "/area/password",
        ):
            look(page, f"{places.broker_url}{path}?{query}")
        page.goto(f"{places.broker_url}/area")
        partner_id = become_partner(page, "user")
        assert planted(page) == []
        app = AppClient(places.app_url)
        screen = app.open_sign_in(first_login=True) + f"&partnerId={quote(partner_id)}"
        adapter = ReferenceAdapter(places.broker_url, ready["successUrl"])
        assert app.finish(adapter.sign_up(stranger, screen))[0]
        look(page, f"{places.broker_url}/area/referrals")
        assert stranger.email in page.locator("main").inner_text()
        look(page, f"{places.broker_url}/area/referrals?after={carried}")
        other = windows.open(bypass_csp=True)
        other.goto(f"{places.broker_url}/auth/login")
        other.get_by_label("E-mail").fill(payload)
        other.get_by_label("Password").fill(payload)
        other.locator("form").evaluate_all("all => all.forEach((one) => one.noValidate = true)")
        follow(other.get_by_role("button", name="Log in"))
        assert planted(other) == []
        look(other, f"{places.broker_url}/outbox?{query}")

    play(scene)


def test_the_report_as_a_file(play: Play, tmp_path: Path, payload: str) -> None:
    def hostile(value: Any) -> Any:
        if isinstance(value, dict):
            kept = {
                "type",
                "verdict",
                "flow",
                "level",
                "stage",
                "plan",
                "id",
                "at",
                "direction",
                "kind",
                "state",
                "sender",
                "receiver",
            }
            return {key: inner if key in kept else hostile(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [hostile(one) for one in value]
        return payload if isinstance(value, str) and not value.startswith("iVBOR") else value

    events = [hostile(event) for event in samples.run_events()]
    report = tmp_path / "report.html"
    report.write_text(html.render(fold(events)), encoding="utf-8")

    def scene(windows: Windows) -> None:
        windows.expects_refusals = True
        for options in ({"bypass_csp": True}, {}):
            page = windows.open(**options)
            page.goto(report.as_uri())
            assert page.locator("h1").count() == 1
            assert payload[:20] in page.locator("body").inner_text()
            assert planted(page) == []

    play(scene)
