"""The command line as its users run it: real processes, their output and exit codes."""

import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from mock_ctrader.flows import STAGES, Level
from mock_ctrader.processes import LaunchError, MockProcess
from tests.support import Broker, http, md5

_TIMEOUT = 240


def run(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """`mock-ctrader ...` in a directory of its own."""
    return subprocess.run(
        [sys.executable, "-m", "mock_ctrader", *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=_TIMEOUT,
        check=False,
    )


def test_demo_proves_72_stages(tmp_path: Path) -> None:
    done = run("demo", cwd=tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    assert len(re.findall(r"^ +\d+  proved ", done.stdout, re.MULTILINE)) == len(STAGES) * len(Level)
    for stage in STAGES:
        assert done.stdout.count(stage.title) >= len(Level)
    assert "72 of 72 stages proved" in done.stdout
    assert "\x1b[" not in done.stdout, "no colours when piped"
    assert not list(tmp_path.iterdir()), "leaves nothing behind"


def test_verify_writes_junit(tmp_path: Path) -> None:
    done = run("verify", "--flow", "2", "--junit", "junit.xml", cwd=tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    cases = ElementTree.parse(tmp_path / "junit.xml").getroot().findall(".//testcase")
    assert len(cases) == 36
    told = [{one.get("name"): one.get("value") for one in case.iter("property")} for case in cases]
    assert {(one["flow"], one["level"], one["stage"]) for one in told} == {
        ("2", level.value, str(number)) for level in Level for number in range(1, 19)
    }


def test_verify_with_nothing_to_run_is_incomplete(tmp_path: Path) -> None:
    done = run("verify", "--tags", "no-such-tag", cwd=tmp_path)
    assert done.returncode == 3, done.stdout + done.stderr
    assert "nothing is proved" in done.stdout


def test_stages_prints_the_table(tmp_path: Path) -> None:
    done = run("stages", cwd=tmp_path)
    assert done.returncode == 0
    assert len(re.findall(r"^ +\d+ ", done.stdout, re.MULTILINE)) == len(STAGES)
    assert all(stage.title in done.stdout for stage in STAGES)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["serve", "--port", "70000"], "--port"),
        (["serve", "--crm-url", "ftp://x"], "crmUrl: must be an absolute http or https URL, got 'ftp://x'"),
        (["serve", "--state", "/no/such/folder/state.db"], "--state"),
        (["serve", "--config", "no-such-file.toml"], "--config"),
        (["verify", "--stage", "19"], "--stage"),
        (["verify", "--tags", "and and"], "--tags: 'and and' is not an expression"),
        (["sreve"], "sreve"),
    ],
)
def test_wrong_usage_is_explained(tmp_path: Path, arguments: list[str], told: str) -> None:
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert told in done.stderr


def test_unknown_setting_in_the_file_is_explained(tmp_path: Path) -> None:
    (tmp_path / "mock.toml").write_text("[sandbox]\nmanager_lgoin = 7\n")
    done = run("serve", "--config", "mock.toml", cwd=tmp_path)
    assert done.returncode == 2
    assert "sandbox.manager_lgoin is no setting" in done.stderr


def test_port_in_use_is_explained(tmp_path: Path, mock: MockProcess) -> None:
    port = mock.ready["baseUrl"].rsplit(":", 1)[1]
    done = run("serve", "--port", port, cwd=tmp_path)
    assert done.returncode == 1
    assert f"port {port}: cannot listen there" in done.stderr
    assert "--port 0" in done.stderr


def test_ready_file_holds_what_a_script_needs(mock: MockProcess) -> None:
    ready = mock.ready
    assert set(ready) == {"baseUrl", "controlUrl", "sandbox", "brokerUrl"}
    assert ready["brokerUrl"] is None
    sandbox = ready["sandbox"]
    assert {
        "id",
        "brokerCrmName",
        "brokerNames",
        "managerLogin",
        "managerPassword",
        "groupName",
        "crmUrl",
        "loginUrl",
        "successUrl",
        "crmPassword",
    } <= set(sandbox)
    assert (sandbox["brokerCrmName"], sandbox["brokerNames"]) == ("BESTBROKERCRM", ["BESTBROKER"])
    assert (sandbox["managerLogin"], sandbox["managerPassword"]) == (2309, "password")
    assert sandbox["groupName"] == "Default"
    assert sandbox["environmentNames"] == ["demo", "live"]


def test_settings_come_from_line_environment_file_in_this_order(tmp_path: Path) -> None:
    config = tmp_path / "mock.toml"
    config.write_text(
        '[sandbox]\nbroker_crm_name = "FILE"\ngroup_name = "FILE"\nmanager_login = 11\nbroker_names = ["A", "B"]\n'
    )
    with MockProcess.start(
        "--config", str(config), "--broker-crm-name", "LINE", broker_crm_name="ENVIRONMENT", manager_login=12
    ) as mock:
        sandbox = mock.ready["sandbox"]
    assert sandbox["brokerCrmName"] == "LINE"
    assert sandbox["managerLogin"] == 12
    assert sandbox["groupName"] == "FILE"
    assert sandbox["brokerNames"] == ["A", "B"]


def test_state_file_keeps_everything(tmp_path: Path) -> None:
    state = ["--state", str(tmp_path / "state.db")]
    with MockProcess.start(*state) as mock:
        broker = Broker(mock.ready["baseUrl"], mock.ready["sandbox"])
        user_id = broker.new_user(email="kept@example.net")
        assert broker.set_partner(userId=user_id, partnerId="IB-KEPT").status_code == 200
        token, first = broker.token, mock.ready["sandbox"]
    with MockProcess.start(*state) as mock:
        again = mock.ready["sandbox"]
        assert again["id"] == first["id"]
        assert again["successUrl"].startswith(mock.ready["baseUrl"])
        broker = Broker(mock.ready["baseUrl"], again)
        kept = broker.call(
            "GET",
            "/cid/oauth2/ctid/referral",
            query={"brokerCrmName": broker.crm_name, "userId": user_id},
            token=token,
        )
        assert kept.json() == {"userId": user_id, "partnerId": "IB-KEPT"}
        assert broker.new_user() > user_id, "ids are never handed out twice"


def test_same_seed_gives_the_same_bytes() -> None:
    seen = []
    for _ in range(2):
        with MockProcess.start("--seed", "seven") as mock:
            broker = Broker(mock.ready["baseUrl"], mock.ready["sandbox"])
            user_id = broker.new_user(email="same@example.net")
            seen.append((mock.ready["sandbox"]["id"], broker.token, user_id, broker.new_account(user_id)))
    assert seen[0] == seen[1]


def test_signal_ends_mock_and_broker(tmp_path: Path) -> None:
    mock = MockProcess.start("--with-reference-broker")
    broker_url = mock.ready["brokerUrl"]
    assert http().get(f"{broker_url}/healthz", timeout=10).ok
    assert mock.stop() == 0
    for url in (f"{broker_url}/healthz", f"{mock.ready['baseUrl']}/healthz"):
        with pytest.raises(OSError, match="refused"):
            http().get(url, timeout=10)


def test_failed_start_shows_why(tmp_path: Path) -> None:
    broken = tmp_path / "state.db"
    broken.write_text("this is no database, only text that is long enough to look like one" * 10)
    with pytest.raises(LaunchError, match="database"):
        MockProcess.start("--state", str(broken))


def test_ready_file_is_json_a_shell_can_read(tmp_path: Path, mock: MockProcess) -> None:
    # the manager's password works as call 3.1 wants it
    sandbox = json.loads(json.dumps(mock.ready))["sandbox"]
    answer = http().post(
        f"{mock.ready['baseUrl']}/v2/webserv/managers/token",
        json={"login": sandbox["managerLogin"], "hashedPassword": md5(sandbox["managerPassword"])},
        timeout=10,
    )
    assert answer.status_code == 200
