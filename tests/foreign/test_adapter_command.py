"""`mock-ctrader adapter init` and `adapter check`, as their users run them."""

import os
import re
import socket
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from mock_ctrader.conformance.adapter import Surroundings
from mock_ctrader.conformance.adapters import make_adapter
from mock_ctrader.conformance.broker_file import read_broker_file
from mock_ctrader.conformance.drive import Bench, Drive
from mock_ctrader.conformance.target import OF_ONE_RUN
from mock_ctrader.conformance.trace import Trace
from mock_ctrader.conformance.verdicts import Verdict, judge
from mock_ctrader.flows import Level
from mock_ctrader.processes import BrokerProcess, MockProcess
from mock_ctrader.resources import reference_broker_file
from mock_ctrader.settings import SettingsError
from tests.support import ControlApi

_ROOT = Path(__file__).parents[2]


def run(
    folder: Path, *arguments: str, command: str = "adapter", **environment: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "mock_ctrader", command, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(_ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def declared_for(file: Path, sandbox: dict[str, Any], to: Path) -> Path:
    """A broker.toml that also says which sandbox of a running mock is meant."""
    to.write_text(
        f'{file.read_text()}\n[mock]\nbroker_crm_name = "{sandbox["brokerCrmName"]}"\n', encoding="utf-8"
    )
    return to


@pytest.mark.parametrize("kind", ["http", "browser", "python", "manual"])
def test_init_writes_what_can_be_read_and_never_overwrites(tmp_path: Path, kind: str) -> None:
    assert run(tmp_path, "init", "--kind", kind).returncode == 0
    file = read_broker_file(tmp_path / "broker.toml", {})
    assert file.adapter["kind"] == kind
    if kind in ("http", "browser"):
        make_adapter(file.adapter, Surroundings(file.base_url, "http://a/b", lambda _: {}, Trace()), tmp_path)
    again = run(tmp_path, "init")
    assert again.returncode == 2
    assert "exists already" in again.stderr
    assert read_broker_file(tmp_path / "broker.toml", {}).adapter["kind"] == kind


def test_check_says_yes_to_the_reference_broker(
    mock: MockProcess, sandbox: dict[str, Any], tmp_path: Path
) -> None:
    url = mock.ready["baseUrl"]
    config = declared_for(reference_broker_file(), sandbox, tmp_path / "broker.toml")
    with BrokerProcess.start(url, sandbox, environment=OF_ONE_RUN) as broker:
        done = run(
            tmp_path, "check", "--config", config.name, "--mock-url", url, BROKER_URL=broker.ready["brokerUrl"]
        )
    lines = [line.split(maxsplit=1) for line in done.stdout.splitlines() if line.startswith("  ")]
    worked = {rest.partition(":")[0] for mark, rest in lines if mark == "ok"}
    assert done.returncode == 0, done.stdout + done.stderr
    assert worked == {
        *("crm_url", "register_client", "sign_up", "log_in", "log_in_at_screen", "sign_up_client"),
        *("register_partner at user level", "register_partner at account level"),
        *("register_partner at user level, before a cTID", "register_partner at account level, before a cTID"),
        *("referral_link", "referrals", "list_opens_without_login", "deposit", "withdraw", "open_web"),
        *("change_partner_id", "reset_password", "advance_clock"),
    }


def test_check_tells_what_to_change(mock: MockProcess, sandbox: dict[str, Any], tmp_path: Path) -> None:
    url = mock.ready["baseUrl"]
    config = declared_for(reference_broker_file(), sandbox, tmp_path / "broker.toml")
    config.write_text(config.read_text().replace("first_name = ", "given = ", 1), encoding="utf-8")
    with BrokerProcess.start(url, sandbox) as broker:
        done = run(
            tmp_path, "check", "--config", config.name, "--mock-url", url, BROKER_URL=broker.ready["brokerUrl"]
        )
    assert done.returncode == 1
    assert "sign_up: adapter.sign_up, step 2 (submit): there is no form with the fields" in done.stdout
    assert "the page has form /auth/signup with accept_agreement, csrf_token, email, first_name" in done.stdout
    assert "not tried     log_in: needs somebody who signed up" in done.stdout
    assert "ok            register_client" in done.stdout


@pytest.mark.parametrize(
    ("misled", "told"),
    [
        ({"brokerCrmName": "NOBODYCRM"}, "404 CH_BROKER_NOT_FOUND: brokerCrmName was 'NOBODYCRM'"),
        ({"managerPassword": "nope"}, "your broker's call 3.1 Generate a manager's token -> 403"),
        (
            {"crmPassword": "nope"},
            "call 4.1 with mock.crm_password is answered 403 CH_CLIENT_AUTH_FAILURE, without",
        ),
    ],
)
def test_check_tells_what_ctrader_refused(
    mock: MockProcess, sandbox: dict[str, Any], tmp_path: Path, misled: dict[str, str], told: str
) -> None:
    url = mock.ready["baseUrl"]
    config = declared_for(reference_broker_file(), sandbox, tmp_path / "broker.toml")
    with BrokerProcess.start(url, sandbox | misled) as broker:
        done = run(
            tmp_path, "check", "--config", config.name, "--mock-url", url, BROKER_URL=broker.ready["brokerUrl"]
        )
    assert done.returncode == 1
    assert told in done.stdout


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("/nowhere", "none of the calls 4.1 to 4.4 is there"),
        # a page, whose host answers everything
        ("/auth/login", "none of the calls 4.1 to 4.4 is there"),
    ],
)
def test_a_crm_url_that_leads_elsewhere_is_told_and_not_judged(
    mock: MockProcess, sandbox: dict[str, Any], tmp_path: Path, place: str, told: str
) -> None:
    url = mock.ready["baseUrl"]
    config = declared_for(reference_broker_file(), sandbox, tmp_path / "broker.toml")
    config.write_text(re.sub(r'crm_url = "[^"]*', f'crm_url = "${{BROKER_URL}}{place}', config.read_text()))
    with BrokerProcess.start(url, sandbox) as broker:
        options = ("--config", config.name, "--mock-url", url)
        there = {"BROKER_URL": str(broker.ready["brokerUrl"])}
        checked = run(tmp_path, "check", *options, **there)
        judged = run(tmp_path, *options, "--plan", "crm-api", command="verify", **there)
    assert checked.returncode == 1
    assert f"failed        crm_url: broker.crm_url looks wrong, for {told}" in checked.stdout
    assert judged.returncode == 2
    assert f"broker.crm_url looks wrong, for {told}" in " ".join(judged.stderr.split())
    assert not (tmp_path / "reports").exists()


def test_check_tells_that_nothing_came_to_the_mock(
    mock: MockProcess, sandbox: dict[str, Any], tmp_path: Path
) -> None:
    url = mock.ready["baseUrl"]
    config = declared_for(reference_broker_file(), sandbox, tmp_path / "broker.toml")
    with BrokerProcess.start("http://127.0.0.1:1", sandbox) as broker:
        done = run(
            tmp_path, "check", "--config", config.name, "--mock-url", url, BROKER_URL=broker.ready["brokerUrl"]
        )
    assert done.returncode == 1
    assert f"no call 3.x came to {url}: is that where your broker sends them?" in done.stdout


def test_check_quotes_the_entries_that_are_nobody(
    mock: MockProcess, sandbox: dict[str, Any], tmp_path: Path
) -> None:
    url = mock.ready["baseUrl"]
    config = declared_for(reference_broker_file(), sandbox, tmp_path / "broker.toml")
    text = config.read_text()
    config.write_text(re.sub(r'email = "(css:[^"]+|json:[^"]+)"', 'email = "re:example"', text), encoding="utf-8")
    with BrokerProcess.start(url, sandbox) as broker:
        done = run(
            tmp_path, "check", "--config", config.name, "--mock-url", url, BROKER_URL=broker.ready["brokerUrl"]
        )
    assert done.returncode == 1
    assert "is not in the list (1 entries on 1 pages, email finds 'example')" in done.stdout


def test_check_starts_the_mock_and_says_when_it_cannot(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        text = reference_broker_file().read_text() + f'\n[mock]\nurl = "http://127.0.0.1:{port}"\n'
        (tmp_path / "broker.toml").write_text(text, encoding="utf-8")
        refused = run(tmp_path, "check", BROKER_URL="http://127.0.0.1:1")
    assert refused.returncode == 2
    assert f"no mock could be started at mock.url http://127.0.0.1:{port}" in " ".join(refused.stderr.split())
    # the port is free now; the broker is not there, so that no verb needs to be tried
    done = run(tmp_path, "check", BROKER_URL="http://127.0.0.1:1")
    told = " ".join(done.stderr.split())
    assert done.returncode == 2
    assert "no broker answers at broker.screen_url http://127.0.0.1:1/auth/login" in told
    assert f"start it, and let it call cTrader at http://127.0.0.1:{port}" in told
    assert done.stdout == ""


def test_check_refuses_a_file_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "broker.toml").write_text("[brokr]\n", encoding="utf-8")
    done = run(tmp_path, "check")
    assert done.returncode == 2
    assert "did you mean broker" in done.stderr


@pytest.mark.parametrize("flow", [1, 2])
@pytest.mark.parametrize("level", list(Level))
def test_reference_broker_passes_by_its_file(
    mock: MockProcess, control: ControlApi, sandbox: dict[str, Any], level: Level, flow: int
) -> None:
    url = mock.ready["baseUrl"]
    with BrokerProcess.start(url, sandbox) as broker:
        told = control.change(sandbox["id"], **broker.sandbox_urls())
        file = read_broker_file(reference_broker_file(), {"BROKER_URL": broker.ready["brokerUrl"]})
        bare = Bench(url, told, None)  # type: ignore[arg-type]
        surroundings = Surroundings(file.base_url, told["successUrl"], bare.control().lookup, Trace())
        journey = Drive(Bench(url, told, make_adapter(file.adapter, surroundings)), flow, level).run()
    assert [one.reason for one in judge(journey) if one.verdict is not Verdict.PASS] == []


def test_python_adapters_are_found_beside_the_file(tmp_path: Path) -> None:
    code = "from mock_ctrader.conformance.adapter import Adapter\nclass Mine(Adapter):\n    pass\n"
    (tmp_path / "mine_beside_the_file.py").write_text(code, encoding="utf-8")
    surroundings = Surroundings("http://a", "http://b", lambda _: {}, Trace())
    table = tomllib.loads('kind = "python"\nclass = "mine_beside_the_file:Mine"')
    before = list(sys.path)
    made = [make_adapter(table, surroundings, tmp_path) for _ in range(2)]
    assert [type(one).__name__ for one in made] == ["Mine", "Mine"]
    assert sys.path == [str(tmp_path.absolute()), *before]  # once


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Mine", 'adapter.class must be "module:Class"'),
        ("nowhere_at_all:Mine", "no module nowhere_at_all, neither in"),
        ("half:Mine", "half needs nothing_like_it"),
        ("broken:Mine", "broken cannot be imported: ZeroDivisionError"),
        ("empty:Mine", "Mine is no class in .*; there is none"),
    ],
)
def test_a_python_adapter_that_cannot_be_is_told(tmp_path: Path, name: str, reason: str) -> None:
    for module, code in (("half", "import nothing_like_it"), ("broken", "1 / 0"), ("empty", "")):
        (tmp_path / f"{module}_{tmp_path.name}.py").write_text(code, encoding="utf-8")
    suffix = f"_{tmp_path.name}:" if name.partition(":")[0] in ("half", "broken", "empty") else ":"
    table = {"kind": "python", "class": name.replace(":", suffix)}
    wanted = reason.replace("half needs", f"half_{tmp_path.name} needs").replace(
        "broken cannot", f"broken_{tmp_path.name} cannot"
    )
    with pytest.raises(SettingsError, match=wanted):
        make_adapter(table, Surroundings("http://a", "http://b", lambda _: {}, Trace()), tmp_path)
