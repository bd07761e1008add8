"""Nothing that a run leaves behind holds a secret that was used in it."""

import os
import re
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from mock_ctrader import ids
from mock_ctrader.processes import BrokerProcess, MockProcess
from mock_ctrader.settings import CONTROL_TOKEN_VARIABLE
from tests.support import TIMEOUT, http, md5
from tests.system.wiretap import tapped

_DECLARED = Path(__file__).parents[2] / "broker_reference" / "broker.toml"
# a run in which none of a kind was seen proves nothing about that kind
_KINDS = {
    *("token", "crmApiToken", "code", "accessToken", "inappToken", "webservToken", "hashedPassword"),
    *(
        "traderPasswordHash",
        "password",
        "broker_session",
        "mock_ctrader_browser",
        "csrf",
        "person",
        "minted",
        "bearer",
    ),
}


@dataclass
class Run:
    """What a run used, and what it left."""

    secrets: dict[str, set[str]]
    artefacts: dict[str, str]
    output: str


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """`verify` of the reference broker, with a wiretap on both sides."""
    folder = tmp_path_factory.mktemp("run")
    manager, crm, control = (ids.random_token() for _ in range(3))
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    environment = {CONTROL_TOKEN_VARIABLE: control}
    with (
        tapped() as to_mock,
        tapped() as to_broker,
        MockProcess.start(
            *("--access-log", "--public-url", to_mock.url, "--port", str(port)),
            environment=environment,
            manager_password=manager,
            crm_password=crm,
        ) as mock,
    ):
        to_mock.target = f"http://127.0.0.1:{port}"
        with BrokerProcess.start(to_mock.url, mock.ready["sandbox"]) as broker:
            to_broker.target = broker.ready["brokerUrl"]
            bearer = {"Authorization": f"Bearer {control}"}
            api = f"{to_mock.url}/control/sandboxes/{mock.ready['sandbox']['id']}"
            hooks = {
                key: value.replace(to_broker.target, to_broker.url)
                for key, value in broker.invite_settings().items()
            }
            assert http().put(f"{api}/invite", json=hooks, headers=bearer, timeout=TIMEOUT).status_code == 200
            done = subprocess.run(
                [
                    *(sys.executable, "-m", "mock_ctrader", "verify", "--config", str(_DECLARED), "-v"),
                    *("--mock-url", to_mock.url, "--report", str(folder), "--junit", str(folder / "j.xml")),
                    *("--plan", "attribution", "--plan", "crm-api", "--plan", "functional"),
                ],
                capture_output=True,
                text=True,
                timeout=900,
                env=os.environ
                | environment
                | {"BROKER_URL": to_broker.url, "GITHUB_STEP_SUMMARY": str(folder / "s.md")},
            )
            artefacts = {path.name: path.read_text("utf-8", "replace") for path in folder.iterdir()}
            artefacts |= {
                "terminal": done.stdout + done.stderr,
                "mock's log": whole(mock),
                "broker's log": whole(broker),
            }
            session = http()
            session.headers.update(bearer)
            for path in ("/journal?limit=1000", "/journeys", "/deliveries", "/faults", "/invite"):
                artefacts[path] = session.get(api + path, timeout=TIMEOUT).text
            home = f"{to_mock.target}/inspector/{mock.ready['sandbox']['id']}"
            pages = ["/", "/exchanges", "/controls", *(f"/exchanges/{seq}" for seq in range(1, 400, 7))]
            for path in pages:
                artefacts[f"inspector {path}"] = session.get(home + path, timeout=TIMEOUT).text
            artefacts["front page"] = session.get(f"{to_mock.target}/", timeout=TIMEOUT).text
            artefacts["metrics"] = session.get(f"{to_mock.target}/metrics", timeout=TIMEOUT).text
            secrets = {"settings": {manager, md5(manager), crm, control, broker.webhook_authorization.split()[-1]}}
    for tap in (to_mock, to_broker):
        for kind, found in tap.secrets().items():
            secrets.setdefault(kind, set()).update(found)
    return Run(secrets, artefacts, done.stdout + done.stderr)


def whole(process: MockProcess | BrokerProcess) -> str:
    """All that a process printed."""
    return process._log.read_text(encoding="utf-8", errors="replace")


def test_the_run_used_secrets_of_every_kind(run: Run) -> None:
    assert {kind for kind, found in run.secrets.items() if found} == _KINDS | {"settings"}, run.output[-3000:]
    assert {"report.html", "events.ndjson", "junit.xml", "cucumber.json", "summary.md", "j.xml", "s.md"} <= {
        *run.artefacts
    }
    assert len(run.artefacts["/journal?limit=1000"]) > 100_000
    assert "functional" in run.artefacts["report.html"]


def test_no_artefact_holds_one(run: Run) -> None:
    leaks = sorted(
        f"{name}: a {kind} secret, near {re.sub(re.escape(secret), '***', text[max(0, at - 60) : at + 90])!r}"
        for name, text in run.artefacts.items()
        for kind, found in run.secrets.items()
        for secret in found
        if (at := text.find(secret)) >= 0
    )
    assert leaks == [], "\n".join(leaks[:20])


def test_what_is_searched_for_would_be_found(run: Run) -> None:
    planted = next(iter(run.secrets["webservToken"]))
    spoilt = Run(run.secrets, {"report.html": f"<p>{planted}</p>"}, "")
    with pytest.raises(AssertionError, match="webservToken"):
        test_no_artefact_holds_one(spoilt)
