"""A broker that throttles the harness is obeyed, or the run is incomplete; it is never the broker's defect."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from mock_ctrader.processes import MockProcess, ServerProcess
from tests.foreign.conftest import FOLDER, PREFIXES, settings_of
from tests.foreign.test_adapter_command import declared_for, run
from tests.support import ControlApi

PREFIX = PREFIXES["forms_broker"]
PLACES = {
    "sign-up": "GET /join",
    "sign-up form": "POST /join/details",
    "log-in": "POST /session",
    "list": "GET /cabinet/referrals",
}
Command = Callable[..., Any]


@pytest.fixture
def behind_a_limit(
    mock: MockProcess, control: ControlApi, sandbox: dict[str, Any], tmp_path: Path
) -> Iterator[Command]:
    """Runs a command on the broker, where requests to one place are refused."""
    with ExitStack() as running:

        def command(place: str, retry_after: str, name: str, *arguments: str, nth: int = 0) -> Any:
            url = mock.ready["baseUrl"]
            limit = {
                f"{PREFIX}_{key}": value
                for key, value in {"THROTTLED": place, "RETRY_AFTER": retry_after, "NTH": str(nth)}.items()
            }
            process = running.enter_context(
                ServerProcess(
                    "throttling broker",
                    ["tests.foreign.throttling_broker"],
                    settings_of(PREFIX, url, sandbox) | limit,
                )
            )
            there = str(process.ready["brokerUrl"])
            control.change(sandbox["id"], crmUrl=f"{there}/ctrader-crm", loginUrl=f"{there}/join")
            config = declared_for(FOLDER / "forms_broker.toml", sandbox, tmp_path / "broker.toml")
            options = ("--config", config.name, "--mock-url", url)
            return run(tmp_path, *arguments, *options, command=name, **{f"{PREFIX}_URL": there})

        yield command


def verdicts(folder: Path) -> list[tuple[str, str]]:
    lines = (folder / "reports" / "events.ndjson").read_text(encoding="utf-8").splitlines()
    told = [json.loads(line) for line in lines]
    return [(one["verdict"], one["reason"]) for one in told if one["type"] == "check"]


ONE_FLOW = ("--plan", "attribution", "--flow", "1", "--level", "user")


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_a_throttle_that_passes_is_waited_for(behind_a_limit: Command, tmp_path: Path, place: str) -> None:
    done = behind_a_limit(place, "0", "verify", *ONE_FLOW)

    assert done.returncode == 0, done.stdout + done.stderr
    assert {verdict for verdict, _ in verdicts(tmp_path)} == {"pass"}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_a_throttle_that_stays_makes_the_run_incomplete(
    behind_a_limit: Command, tmp_path: Path, place: str
) -> None:
    done = behind_a_limit(place, "900", "verify", *ONE_FLOW)

    assert done.returncode == 3, done.stdout + done.stderr
    found = verdicts(tmp_path)
    assert {verdict for verdict, _ in found} <= {"error", "blocked", "pass"}
    reasons = [reason for verdict, reason in found if verdict == "error"]
    assert reasons
    assert all("was answered 429, Retry-After 900: the broker throttles the harness" in one for one in reasons)
    assert "Lift or widen the limit of the broker under test" in " ".join(done.stdout.split())


# who signs up in this order: a partner and whom he invites, User 1, another partner, User 2
@pytest.mark.parametrize("nth", [1, 2, 4], ids=["the first partner", "whom he invited", "the newest partner"])
def test_a_flow_is_not_judged_without_its_company(behind_a_limit: Command, tmp_path: Path, nth: int) -> None:
    """Whoever attributes to the newest partner would pass if there were no newer one."""
    done = behind_a_limit(PLACES["sign-up form"], "900", "verify", *ONE_FLOW, nth=nth)

    assert done.returncode == 3, done.stdout + done.stderr
    assert {verdict for verdict, _ in verdicts(tmp_path)} == {"error"}
    assert all("the broker throttles the harness" in reason for _, reason in verdicts(tmp_path))


def test_who_is_missing_for_another_reason_is_told(behind_a_limit: Command, tmp_path: Path) -> None:
    done = behind_a_limit(PLACES["sign-up form"], "", "verify", *ONE_FLOW, nth=4)

    assert done.returncode == 0, done.stdout + done.stderr
    told = (tmp_path / "reports" / "events.ndjson").read_text(encoding="utf-8")
    assert re.search(r'"withoutCompany": ?\[".*not you', told)


def test_an_identifier_that_nobody_could_compare_is_not_judged(behind_a_limit: Command, tmp_path: Path) -> None:
    """The eighth look at a partner's page is that at the other partner's link: is it the same one?"""
    done = behind_a_limit("GET /cabinet/partner", "900", "verify", *ONE_FLOW, nth=8)

    assert done.returncode == 3, done.stdout + done.stderr
    assert {verdict for verdict, _ in verdicts(tmp_path)} == {"error"}


def test_a_refused_log_in_is_not_judged_where_the_log_in_is_throttled(
    behind_a_limit: Command, tmp_path: Path
) -> None:
    """429 lets nobody in, and yet says nothing of what the broker does with a wrong password."""
    done = behind_a_limit("POST /session", "900", "verify", "--plan", "functional", "--tags", "case-6.3.2")

    assert done.returncode == 3, done.stdout + done.stderr
    assert {verdict for verdict, _ in verdicts(tmp_path)} == {"error"}


def test_a_throttled_crm_is_told_before_anything_is_judged(behind_a_limit: Command, tmp_path: Path) -> None:
    done = behind_a_limit("POST /ctrader-crm/oauth2/crmApiToken", "900", "verify", "--plan", "crm-api")

    assert done.returncode == 3, done.stdout + done.stderr
    assert "the broker throttles the harness" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "reports").exists()


def test_a_throttle_of_a_call_that_ctrader_makes_is_no_defect_either(
    behind_a_limit: Command, tmp_path: Path
) -> None:
    """Call 4.2 at the end of a sign-up is the mock's, not the harness's own."""
    done = behind_a_limit("POST /ctrader-crm/oauth2/onetime/authorize", "900", "verify", *ONE_FLOW)

    assert done.returncode == 3, done.stdout + done.stderr
    found = verdicts(tmp_path)
    assert {verdict for verdict, _ in found} == {"error"}
    assert all(reason.startswith("call 4.2 of cTrader was answered 429: the broker") for _, reason in found)


def test_adapter_check_blames_no_verb(behind_a_limit: Command) -> None:
    done = behind_a_limit("POST /session", "900", "adapter", "check")

    assert done.returncode == 2, done.stdout + done.stderr
    assert "the broker throttles the harness" in " ".join(done.stderr.split())
    assert "failed" not in done.stdout
