"""Nobody gets in: control token, names of the server, other sites; and the headers of every page."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from mock_ctrader import ids
from mock_ctrader.contract import Contract
from mock_ctrader.processes import BrokerProcess, MockProcess
from mock_ctrader.resources import resource
from mock_ctrader.settings import CONTROL_TOKEN_VARIABLE
from mock_ctrader.testing import Mock
from tests.support import TIMEOUT, Broker, ControlApi, http

TOKEN = ids.random_token()
BEARER = {"Authorization": f"Bearer {TOKEN}"}
OPERATIONS = [
    (method, path)
    for path, item in yaml.safe_load((resource("openapi") / "control.yaml").read_text(encoding="utf-8"))[
        "paths"
    ].items()
    for method in item
    if method != "parameters"
]


@pytest.fixture(scope="module")
def guarded() -> Iterator[MockProcess]:
    """A mock that other machines can reach, as far as it knows."""
    with MockProcess.start("--host", "0.0.0.0", environment={CONTROL_TOKEN_VARIABLE: TOKEN}) as process:
        yield process


@pytest.fixture(scope="module")
def url(guarded: MockProcess) -> str:
    return f"http://127.0.0.1:{guarded.ready['baseUrl'].rpartition(':')[2]}"


def filled(path: str, sandbox_id: str) -> str:
    return re.sub(r"\{\w+\}", "1", path.replace("{sandboxId}", sandbox_id))


def serve(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mock_ctrader", "serve", "--port", "0", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **environment},
    )


class TestServing:
    """`serve --host` of something that other machines reach."""

    def test_without_a_token_is_a_usage_error_that_says_the_way_out(self) -> None:
        done = serve("--host", "0.0.0.0")

        assert done.returncode == 2
        assert "0.0.0.0" in done.stderr
        assert "--control-token" in done.stderr
        assert CONTROL_TOKEN_VARIABLE in done.stderr

    def test_with_a_poor_token_is_a_usage_error_that_does_not_repeat_it(self) -> None:
        done = serve(**{CONTROL_TOKEN_VARIABLE: "hunter2"})

        assert done.returncode == 2
        assert "control_token" in done.stderr
        assert "hunter2" not in done.stderr


class TestControlToken:
    """What is asked for it, and what is not."""

    @pytest.mark.parametrize(("method", "path"), OPERATIONS)
    def test_every_operation_asks_for_it(self, guarded: MockProcess, url: str, method: str, path: str) -> None:
        address = url + filled(path, guarded.ready["sandbox"]["id"])
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}):
            answer = http().request(method, address, headers=headers, json={}, timeout=TIMEOUT)
            assert answer.status_code == 401, answer.text
            assert answer.headers["WWW-Authenticate"].startswith("Bearer ")
            assert TOKEN not in answer.text
            told = Contract().check("control", method.upper(), path, {}, {}, 401, answer.json())
            assert [one for one in told if one["where"].startswith("response")] == []
        # the ready sandbox is still there
        assert http().get(f"{url}/control/sandboxes", headers=BEARER, timeout=TIMEOUT).json()["sandboxes"]

    def test_it_opens_the_control_api_and_the_metrics(self, url: str) -> None:
        for path in ("/control/sandboxes", "/metrics"):
            assert http().get(url + path, timeout=TIMEOUT).status_code == 401
            assert http().get(url + path, headers=BEARER, timeout=TIMEOUT).status_code == 200
            cookie = {"mock_ctrader_inspector": TOKEN}
            assert http().get(url + path, cookies=cookie, timeout=TIMEOUT).status_code == 401

    def test_vendor_calls_the_application_and_health_do_not_ask(self, guarded: MockProcess, url: str) -> None:
        sandbox = guarded.ready["sandbox"]
        assert Broker(url, sandbox).token
        assert http().get(f"{url}/app/{sandbox['brokerNames'][0]}/", timeout=TIMEOUT).status_code == 200
        assert [http().get(url + path, timeout=TIMEOUT).status_code for path in ("/healthz", "/readyz")] == [
            200,
            200,
        ]

    def test_the_harness_finds_it_in_the_environment(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(CONTROL_TOKEN_VARIABLE, TOKEN)
        sandbox = Mock(url).sandbox()
        assert sandbox.journal() == []
        sandbox.delete()

    def test_the_application_and_a_broker_never_see_it(
        self, guarded: MockProcess, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(CONTROL_TOKEN_VARIABLE, TOKEN)
        with BrokerProcess.start(guarded.ready["baseUrl"], guarded.ready["sandbox"]) as broker:
            environment = Path(f"/proc/{broker.pid}/environ").read_bytes()
        assert b"BROKER_REFERENCE_CRM_PASSWORD" in environment
        assert TOKEN.encode() not in environment

    def test_a_fresh_world_is_played_through_it(self) -> None:
        place = "features/attribution/flow_1_new_partner.feature:81"
        arguments = ("--with-reference-broker", "--control-token", TOKEN, "--given", place)
        with MockProcess.start(*arguments) as process:
            assert process.ready["brokerUrl"]
            assert TOKEN not in process.log()


class TestInspector:
    """A browser shows the token once."""

    PATHS = ("/", "/inspector/live", "/inspector/{}/", "/inspector/{}/exchanges", "/inspector/{}/setup")

    @pytest.fixture
    def paths(self, guarded: MockProcess) -> list[str]:
        return [path.format(guarded.ready["sandbox"]["id"]) for path in self.PATHS]

    def test_is_closed_until_the_token_was_shown(self, url: str, paths: list[str]) -> None:
        browser = http()
        for path in paths:
            answer = browser.get(url + path, timeout=TIMEOUT)
            assert answer.status_code == 401
            assert 'action="/inspector/sign-in"' in answer.text
            assert "BESTBROKERCRM" not in answer.text

        wrong = browser.post(f"{url}/inspector/sign-in", data={"token": "wrong"}, timeout=TIMEOUT)
        assert (wrong.status_code, dict(browser.cookies)) == (403, {})
        done = browser.post(
            f"{url}/inspector/sign-in", data={"token": TOKEN}, allow_redirects=False, timeout=TIMEOUT
        )
        assert (done.status_code, done.headers["Location"]) == (303, "/")
        cookie = done.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert TOKEN not in cookie
        assert [browser.get(url + path, timeout=TIMEOUT).status_code for path in paths] == [200] * len(paths)

    def test_its_cookie_is_kept_from_plain_http_where_tls_is_spoken(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = str(free.getsockname()[1])
        with MockProcess.start(
            *("--port", port, "--public-url", "https://mock.example"), environment={CONTROL_TOKEN_VARIABLE: TOKEN}
        ):
            here = f"http://127.0.0.1:{port}"
            done = http().post(
                f"{here}/inspector/sign-in", data={"token": TOKEN}, allow_redirects=False, timeout=TIMEOUT
            )
            opened = http().get(f"{here}/app/BESTBROKER/", timeout=TIMEOUT)
        for answer in (done, opened):
            assert "; Secure" in answer.headers["Set-Cookie"]

    def test_forms_are_closed_too(self, guarded: MockProcess, url: str) -> None:
        home = f"{url}/inspector/{guarded.ready['sandbox']['id']}"
        for address in (f"{url}/inspector/sandboxes", f"{home}/controls/reset"):
            assert http().post(address, timeout=TIMEOUT).status_code == 401

    def test_a_mock_without_a_token_lets_nobody_sign_in(self, mock: MockProcess) -> None:
        answer = http().post(
            f"{mock.ready['baseUrl']}/inspector/sign-in",
            data={"token": ""},
            timeout=TIMEOUT,
            allow_redirects=False,
        )
        assert answer.status_code == 403


def ours(mock: MockProcess, sandbox: dict[str, Any]) -> list[str]:
    base = mock.ready["baseUrl"]
    return [
        f"{base}/",
        f"{base}/inspector/{sandbox['id']}/setup",
        f"{base}/control/sandboxes",
        f"{base}/control/sandboxes/{sandbox['id']}/faults",
        f"{base}/control/sandboxes/{sandbox['id']}/invite",
        f"{base}/metrics",
        f"{base}/app/{sandbox['brokerNames'][0]}/me",
    ]


class TestNames:
    """DNS rebinding: the name of a page elsewhere that suddenly means this machine."""

    def test_what_is_ours_answers_to_its_own_names_only(self, mock: MockProcess, sandbox: dict[str, Any]) -> None:
        for address in ours(mock, sandbox):
            evil = http().get(address, headers={"Host": "evil.example"}, timeout=TIMEOUT)
            assert (evil.status_code, "evil.example" in evil.text) == (403, True), address
            assert sandbox["managerPassword"] not in evil.text
            assert http().get(address, headers={"Host": "localhost:1"}, timeout=TIMEOUT).status_code == 200

    def test_brokers_call_by_any_name(self, broker: Broker) -> None:
        user_id = broker.new_user()
        found = broker.call(
            "GET",
            "/cid/oauth2/ctid/referral",
            query={"brokerCrmName": broker.crm_name, "userId": user_id},
            headers={"Host": "ctrader.internal:8080", "Origin": "http://evil.example"},
        )
        assert found.status_code == 200

    def test_a_further_name_is_allowed(self) -> None:
        with MockProcess.start("--allowed-host", "mock.example") as process:
            address = f"{process.ready['baseUrl']}/control/sandboxes"
            assert [
                http().get(address, headers={"Host": host}, timeout=TIMEOUT).status_code
                for host in ("mock.example:8080", "evil.example")
            ] == [200, 403]


class TestOtherSites:
    """CSRF: a page elsewhere that posts a form, or sends a request, through somebody's browser."""

    @pytest.mark.parametrize(
        "headers", [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "same-site"}]
    )
    def test_every_change_is_refused(
        self, mock: MockProcess, control: ControlApi, sandbox: dict[str, Any], headers: dict[str, str]
    ) -> None:
        base = mock.ready["baseUrl"]
        application = f"{base}/app/{sandbox['brokerNames'][0]}"
        changes = [
            *((method, base + filled(path, sandbox["id"])) for method, path in OPERATIONS if method != "get"),
            *(("post", f"{application}/{path}") for path in ("links", "actions", "look", "close", "sign-out")),
            ("post", f"{base}/inspector/sandboxes"),
            ("post", f"{base}/inspector/sign-in"),
            ("post", f"{base}/inspector/{sandbox['id']}/controls/reset"),
        ]
        before = len(control.http.get(f"{control.url}/sandboxes", timeout=TIMEOUT).json()["sandboxes"])
        for method, address in changes:
            answer = http().request(method, address, headers=headers, timeout=TIMEOUT, allow_redirects=False)
            assert answer.status_code == 403, (method, address, answer.text)
            assert next(iter(headers)) in answer.text
        after = control.http.get(f"{control.url}/sandboxes", timeout=TIMEOUT).json()["sandboxes"]
        assert len(after) == before
        assert sandbox["id"] in [one["id"] for one in after]

    def test_programs_and_own_pages_pass(self, mock: MockProcess, sandbox: dict[str, Any]) -> None:
        base = mock.ready["baseUrl"]
        address = f"{base}/control/sandboxes/{sandbox['id']}/reset"
        for headers in ({}, {"Origin": base, "Sec-Fetch-Site": "same-origin"}):
            assert http().post(address, headers=headers, timeout=TIMEOUT).status_code == 200


def policy(answer: requests.Response) -> dict[str, str]:
    """The Content-Security-Policy by directive."""
    return dict(one.strip().split(" ", 1) for one in answer.headers["Content-Security-Policy"].split(";"))


class TestHeaders:
    """What pages say about themselves."""

    def test_of_the_inspector(self, mock: MockProcess, sandbox: dict[str, Any]) -> None:
        home = f"{mock.ready['baseUrl']}/inspector/{sandbox['id']}"
        for address in (
            mock.ready["baseUrl"],
            f"{home}/setup",
            f"{home}/exchanges",
            f"{home}/nothing",
            f"{home}x/",
        ):
            answer = http().get(address, timeout=TIMEOUT)
            if address.endswith("/nothing"):
                assert (answer.status_code, answer.headers["Content-Type"][:10]) == (404, "text/plain")
            else:
                assert policy(answer)["frame-ancestors"] == "'none'"
                assert policy(answer)["form-action"] == "'self'"
                self.hold(answer)
            assert answer.headers["X-Content-Type-Options"] == "nosniff"

    def test_of_the_application_which_brokers_embed(self, sandbox: dict[str, Any]) -> None:
        url = sandbox["appUrls"][sandbox["brokerNames"][0]]
        for path in ("/", "/nothing/there", "/success", "/info?token=x"):
            answer = http().get(url + path, timeout=TIMEOUT)
            assert "frame-ancestors" not in policy(answer)
            assert "X-Frame-Options" not in answer.headers
            self.hold(answer)

    def hold(self, answer: requests.Response) -> None:
        """Nothing but the mock's own files runs, and nobody keeps or sniffs the page."""
        kept = policy(answer)
        assert kept["default-src"] == "'none'"
        assert kept["script-src"] == kept["style-src"] == kept["connect-src"] == "'self'"
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
