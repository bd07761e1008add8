"""The README keeps its word: its commands run, its tables say what the code says."""

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from mock_ctrader.application import routes as application_routes
from mock_ctrader.backend.calls import CALLS
from mock_ctrader.cli import main
from mock_ctrader.conformance.adapter import Surroundings
from mock_ctrader.conformance.adapters import make_adapter
from mock_ctrader.conformance.broker_file import PLANS, read_broker_file
from mock_ctrader.conformance.trace import Trace
from mock_ctrader.conformance.verdicts import Verdict
from mock_ctrader.control.schemas import NewSandbox
from mock_ctrader.processes import MockProcess
from mock_ctrader.settings import SANDBOX_OPTIONS
from mock_ctrader.switches import Switches

_ROOT = Path(__file__).parents[2]
_README = (_ROOT / "README.md").read_text(encoding="utf-8")
_COMMANDS = [
    line
    for block in re.findall(r"```console\n(.*?)```", _README, re.DOTALL)
    for line in block.splitlines()
    if line
]


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table below a heading."""
    section = _README.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def test_every_command_is_known_to_this_test() -> None:
    assert {shlex.split(command)[0] for command in _COMMANDS} == {"make", "mock-ctrader"}
    assert _COMMANDS[:2] == ["make demo", "make test"]


@pytest.mark.parametrize("command", [one for one in _COMMANDS if one.startswith("make")])
def test_make_commands_have_a_recipe(command: str) -> None:
    done = subprocess.run(
        [*shlex.split(command), "--dry-run"], cwd=_ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert {"make demo": "mock-ctrader demo", "make test": "-m pytest"}[command] in done.stdout


@pytest.mark.parametrize("command", [one for one in _COMMANDS if " serve" in one])
def test_serve_commands_start_a_mock(command: str) -> None:
    with MockProcess.start(*shlex.split(command)[2:]) as mock:
        assert mock.ready["baseUrl"].startswith("http://127.0.0.1:")


@pytest.mark.parametrize("command", [one for one in _COMMANDS if " verify" in one and "--config" not in one])
def test_verify_commands_pass(command: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mock_ctrader", *shlex.split(command)[1:]],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "72 passed" in done.stdout
    assert (tmp_path / "junit.xml").exists()


def test_api_table_lists_every_call() -> None:
    of_ours = ("3.", "WS ", "C.2", "C.4")
    listed = {(cells[0], cells[1].strip("`")) for cells in rows("API") if cells[0].startswith(of_ours)}
    assert listed == {(call.number, f"{call.method} {call.path}") for call in CALLS}


def test_configuration_table_lists_every_option() -> None:
    options = {
        option.opts[0]: option.envvar
        for option in main.commands["serve"].params
        if option.opts[0] not in ("--with-reference-broker", "--given", "--ready-file", "--config")
    }
    listed = {re.findall(r"--[\w-]+", cells[0])[0]: cells[1].strip("`") for cells in rows("Configuration")}
    assert listed == options
    assert len(options) == len(SANDBOX_OPTIONS) + 10


def test_sandbox_tables_list_every_key_and_switch() -> None:
    cells = rows("Sandboxes")
    # two tables stand in the section; the second begins with its own head
    head = next(index for index, row in enumerate(cells) if row[0] == "switch")
    keys = {key for row in cells[:head] for key in re.findall(r"`(\w+)`", row[0])}
    assert keys == set(NewSandbox().fields)
    switches = {row[0].strip("`"): row[1].strip("`") for row in cells[head + 1 :]}
    assert switches == {name: str(value).replace("False", "false") for name, value in Switches().as_dict().items()}


def test_the_broker_toml_of_the_readme_is_one(tmp_path: Path) -> None:
    """Its adapter is made, every verb of it is there, and the excuse below it is a known issue."""
    blocks = re.findall(r"```toml\n(.*?)```", _README, re.DOTALL)
    whole = next(block for block in blocks if "[broker]" in block)
    excuse = next(block for block in blocks if "[[known_issue]]" in block)
    path = tmp_path / "broker.toml"
    path.write_text(whole + excuse, encoding="utf-8")
    secrets = {"NORTHWIND_MANAGER_PASSWORD": "m", "NORTHWIND_CRM_PASSWORD": "c"}

    file = read_broker_file(path, secrets)
    adapter = make_adapter(file.adapter, Surroundings(file.base_url, "", lambda _: {}, Trace()), tmp_path)

    assert [one.id for one in file.known_issues] == ["NW-123"]
    assert len([line for line in whole.splitlines() if line.strip()]) <= 30
    for verb in ("sign_up", "register_client", "register_partner", "referral_link", "referrals"):
        assert adapter.offers(verb)


def test_the_three_steps_take_the_file_of_the_first(tmp_path: Path) -> None:
    """init writes it; check and verify read it and say that no broker is there yet, and what to do."""
    steps = [one for one in _COMMANDS if "broker.toml" in one]
    codes = []
    for step in steps:
        done = subprocess.run(
            [sys.executable, "-m", "mock_ctrader", *shlex.split(step)[1:]],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        codes.append(done.returncode)
        assert "Traceback" not in done.stderr
    assert [step.split()[1] for step in steps] == ["adapter", "adapter", "verify"]
    assert codes[0] == 0
    assert 0 not in codes[1:]


def test_tables_of_plans_and_verdicts_are_whole() -> None:
    cells = [row[0] for row in rows("Verify your broker in ten minutes")]
    plans = re.findall(r"\[`([\w-]+)`\]\(docs/plan-", "".join(cells))
    assert tuple(sorted(plans)) == tuple(sorted(PLANS))
    assert {one.value for one in Verdict} <= {cell.lower() for cell in cells}


def test_application_table_lists_every_route() -> None:
    app = Flask("routes")
    nothing: Any = None
    app.register_blueprint(
        application_routes.blueprint(nothing, nothing, nothing, nothing, nothing, "http://127.0.0.1")
    )
    served = {
        (method, rule.rule.removeprefix("/app/<broker_name>/"))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/app/") and "path" not in rule.rule and not rule.rule.endswith("/")
    }
    listed = re.findall(r"^\| `(GET|POST) ([\w-]+)", _README, re.MULTILINE)
    assert set(listed) == served
