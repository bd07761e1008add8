"""The broker as its own process."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from broker_fakes import FakeCTrader
from broker_site import CRM_PASSWORD, SUCCESS_URL, WEBHOOK_AUTHORIZATION, Browser, new_email, wait_until

START_S = 30


@pytest.fixture
def launch(ctrader: FakeCTrader, tmp_path: Path) -> Iterator[Callable[..., tuple[subprocess.Popen[str], str]]]:
    processes: list[subprocess.Popen[str]] = []

    def run(*more: str) -> tuple[subprocess.Popen[str], str]:
        ready = tmp_path / f"ready{len(processes)}.json"
        options = {
            "--port": "0",
            "--ctrader-url": ctrader.url,
            "--broker-crm-name": "NORTHWINDCRM",
            "--broker-name": "northwind",
            "--manager-login": "4410",
            "--group-name": "Retail-A",
            "--success-url": SUCCESS_URL,
            "--ready-file": str(ready),
        }
        secrets = {
            "BROKER_REFERENCE_CRM_PASSWORD": CRM_PASSWORD,
            "BROKER_REFERENCE_MANAGER_PASSWORD": "manager-secret",
        }
        command = [
            sys.executable,
            "-m",
            "broker_reference",
            *(part for pair in options.items() for part in pair),
        ]
        process = subprocess.Popen(
            [*command, *more], env={**os.environ, **secrets}, stderr=subprocess.PIPE, text=True
        )
        processes.append(process)
        wait_until(lambda: ready.exists() or process.poll() is not None, "the broker is ready")
        assert ready.exists(), process.communicate()[1]
        told = json.loads(ready.read_text())
        assert told == {
            "brokerUrl": told["brokerUrl"],
            "loginUrl": f"{told['brokerUrl']}/auth/login",
            "crmUrl": told["brokerUrl"],
        }
        return process, told["brokerUrl"]

    yield run
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.communicate()


def end(process: subprocess.Popen[str]) -> str:
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=START_S)
    assert process.returncode == 0, log
    return log


def test_sigterm_ends_it_and_a_restart_resumes(
    launch: Callable[..., tuple[subprocess.Popen[str], str]], ctrader: FakeCTrader, tmp_path: Path
) -> None:
    database = str(tmp_path / "kept.sqlite3")
    process, url = launch("--database", database)
    browser, email = Browser(url), new_email()
    browser.sign_up(email)
    token = browser.open_account().removeprefix("ot_")
    ctrader.misbehave("3.6", 503, times=1000)
    browser.become_partner("user")
    wait_until(lambda: ctrader.made("3.6"), "the first attempt")
    partner_id = browser.partner_id()
    log = end(process)
    assert "call 3.6 status 503" in log
    assert "call 3.2 status 201" in log
    for secret in (token, "manager-secret", CRM_PASSWORD, "manager-10"):
        assert secret not in log

    ctrader.behave()
    process, url = launch("--database", database)
    browser = Browser(url)
    browser.log_in(email)
    wait_until(lambda: browser.partner()["state"] == "set", "delivered after the restart")
    assert ctrader.made("3.6")[-1].body["partnerId"] == partner_id == browser.partner_id()
    end(process)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("success_url", "nowhere"),
        ("app_url", "nowhere"),
        ("port", "70000"),
        ("database", "/nowhere/b.sqlite3"),
        ("database", __file__),
    ],
)
def test_bad_option_is_named(option: str, value: str) -> None:
    command = [sys.executable, "-m", "broker_reference", "--port", "0", "--success-url", SUCCESS_URL]
    command += ["--" + option.replace("_", "-"), value]
    names = (
        "CTRADER_URL",
        "BROKER_CRM_NAME",
        "BROKER_NAME",
        "MANAGER_PASSWORD",
        "GROUP_NAME",
        "CRM_PASSWORD",
    )
    environment = {**os.environ, **{f"BROKER_REFERENCE_{name}": "http://127.0.0.1:1" for name in names}}
    environment["BROKER_REFERENCE_MANAGER_LOGIN"] = "1"
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=START_S, check=False)
    assert done.returncode == 2
    assert option in done.stderr
    assert str(Path(value).parent if option == "database" and value != __file__ else value) in done.stderr


def test_webhook_value_and_app_url_come_in_as_options(
    launch: Callable[..., tuple[subprocess.Popen[str], str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROKER_REFERENCE_WEBHOOK_AUTHORIZATION", WEBHOOK_AUTHORIZATION)
    process, url = launch("--app-url", "http://127.0.0.1:9/elsewhere")
    body = {"userId": 1, "brokerName": "northwind", "email": "rui@example.net"}
    statuses = [
        requests.post(
            f"{url}/webhooks/ctrader/new-user", json=body, headers={"Authorization": value}, timeout=START_S
        ).status_code
        for value in (WEBHOOK_AUTHORIZATION, "Basic wrong")
    ]
    assert statuses == [200, 401]
    browser = Browser(url)
    browser.sign_up(new_email())
    browser.open_account()
    page = browser.submit(browser.get("/area"), "/area/ctrader-web")
    assert page.location.startswith("http://127.0.0.1:9/elsewhere/info?")
    assert WEBHOOK_AUTHORIZATION not in end(process)


def test_settings_for_tests_and_the_legal_entity_come_in_by_environment(
    launch: Callable[..., tuple[subprocess.Popen[str], str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    process, url = launch()
    closed = requests.post(f"{url}/operator/clock", json={"advance_seconds": 60}, timeout=START_S)
    assert (closed.status_code, requests.get(f"{url}/outbox", timeout=START_S).status_code) == (404, 200)
    end(process)
    monkeypatch.setenv("BROKER_REFERENCE_CLOCK_CONTROL", "1")
    monkeypatch.setenv("BROKER_REFERENCE_MAIL_OUTBOX", "0")
    monkeypatch.setenv("BROKER_REFERENCE_LEGAL_NAME", "Northwind Markets Ltd.")
    process, url = launch()
    moved = requests.post(f"{url}/operator/clock", json={"advance_seconds": 60}, timeout=START_S)
    assert (moved.status_code, requests.get(f"{url}/outbox", timeout=START_S).status_code) == (200, 404)
    assert "Northwind Markets Ltd." in requests.get(f"{url}/auth/login", timeout=START_S).text
    end(process)
