"""`serve --given` starts in the world in which a scenario begins, or says why it cannot."""

import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from mock_ctrader.conformance.staging import calls, staging_of
from mock_ctrader.conformance.staging.flow import Moment, moment_of
from mock_ctrader.conformance.staging.scenario import find_scenario
from mock_ctrader.flows import Level
from mock_ctrader.processes import BrokerProcess, MockProcess
from mock_ctrader.resources import resource
from mock_ctrader.settings import SettingsError
from tests.support import TIMEOUT, Broker, ControlApi

FLOW_1 = "features/attribution/flow_1_new_partner.feature"
FLOW_2 = "features/attribution/flow_2_existing_partner.feature"
BOTH = [FLOW_1, FLOW_2]


def line_of(file: str, text: str, nth: int = 1) -> str:
    """The place of the nth line that holds a text."""
    lines = resource("features").parent.joinpath(file).read_text().splitlines()
    return f"{file}:{[number for number, line in enumerate(lines, 1) if text in line][nth - 1]}"


def row_of(file: str, stage: int, level: str) -> str:
    """The place of a level's row of examples of a stage's outline."""
    heading = int(line_of(file, f"Stage {stage} - ").rpartition(":")[2])
    lines = resource("features").parent.joinpath(file).read_text().splitlines()
    rows = (nth for nth, line in enumerate(lines, 1) if nth > heading and line.split() == ["|", level, "|"])
    return f"{file}:{next(rows)}"


def headings(folder: str) -> list[str]:
    """Every scenario of a folder of features."""
    return [
        f"features/{file.relative_to(resource('features'))}:{number}"
        for file in sorted(resource("features").joinpath(folder).glob("*.feature"))
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if line.strip().startswith(("Scenario:", "Scenario Outline:"))
    ]


class TestFinding:
    """A line means one scenario."""

    def test_heading_of_an_outline_is_its_first_row_and_a_row_is_itself(self) -> None:
        heading, user = line_of(FLOW_1, "Stage 4 - "), row_of(FLOW_1, 4, "user")
        file, _, number = heading.rpartition(":")
        inside = f"{file}:{int(number) + 2}"

        assert {moment_of(find_scenario(place)) for place in (heading, inside, user)} == {Moment(1, Level.USER, 4)}
        assert moment_of(find_scenario(row_of(FLOW_1, 4, "account"))) == Moment(1, Level.ACCOUNT, 4)

    def test_background_comes_first(self) -> None:
        found = find_scenario(line_of("features/api/set_partner_identifier.feature", "Both ids must belong"))

        assert found.name == "Both ids must belong together"
        assert found.givens == ("the user Ines", "Ines has the account A", "the user Rui")

    @pytest.mark.parametrize("folder", ["api", "attribution"])
    def test_every_scenario_of_the_calls_and_flows_can_be_staged(self, folder: str) -> None:
        places = [place for place in headings(folder) if "rulings" not in place]

        assert len(places) > 30
        assert {staging_of(place).needs_broker for place in places} == {folder == "attribution"}

    @pytest.mark.parametrize(
        ("place", "complaint"),
        [
            ("features/api/balance.feature", "not of the form FILE:LINE"),
            ("features/api/balance.feature:x", "not of the form FILE:LINE"),
            ("features/api/balance.feature:1", "has no scenario at line 1; its first begins at line"),
            ("features/api/balance.feature:99999", "has no scenario at line 99999"),
            ("features/api/nothing.feature:1", "there is no such feature file"),
            ("README.md:1", "there is no such feature file|is no feature file"),
            ("features/application/invite.feature:12", "cannot be played beforehand"),
        ],
    )
    def test_what_is_no_scenario_is_refused(self, place: str, complaint: str) -> None:
        with pytest.raises(SettingsError, match=complaint):
            staging_of(place)

    def test_file_that_is_no_feature_is_refused(self, tmp_path: Path) -> None:
        file = tmp_path / "x.feature"
        file.write_text("no feature\n")
        with pytest.raises(SettingsError, match="is no feature file"):
            staging_of(f"{file}:1")


@pytest.fixture
def bare(mock: MockProcess, control: ControlApi, sandbox: dict[str, Any]) -> dict[str, Any]:
    """Ready values of a fresh sandbox without a broker."""
    return {**mock.ready, "sandbox": sandbox, "brokerUrl": None}


@pytest.fixture
def pair() -> Iterator[Callable[[], dict[str, Any]]]:
    """Ready values of a fresh sandbox with a reference broker, on one mock."""
    with ExitStack() as running:
        mock = running.enter_context(MockProcess.start())
        control = ControlApi(mock.ready["controlUrl"])

        def started() -> dict[str, Any]:
            sandbox = control.create()
            broker = running.enter_context(BrokerProcess.start(mock.ready["baseUrl"], sandbox))
            changed = control.change(sandbox["id"], **broker.sandbox_urls())
            return {**mock.ready, "sandbox": changed, "brokerUrl": broker.ready["brokerUrl"]}

        yield started


@pytest.mark.parametrize("file", BOTH)
@pytest.mark.parametrize("level", ["user", "account"])
def test_stages_before_the_scenario_have_happened_and_no_others(
    pair: Callable[[], dict[str, Any]], file: str, level: str
) -> None:
    ready = pair()
    control = ControlApi(ready["controlUrl"])
    ends = {1: 0, 6: 5, 7: 6, 11: 10, 13: 12, 14: 13, 15: 13, 18: 15} if file == FLOW_1 else {4: 0, 7: 6, 11: 10}
    for stage, last in ends.items():
        told = staging_of(row_of(file, stage, level)).play(ready)

        journey = [one for one in control.journeys(ready["sandbox"]["id"]) if one["announced"]][-1]
        proved = [one["number"] for one in journey["stages"] if one["state"] not in ("pending", "violated")]
        assert journey["level"] == level
        assert proved == list(range(1, last + 1)), (stage, journey)
        assert journey["partnerEmail"] in told[0]
        assert f"stage {stage}" in told[-1]
        if last >= 6:
            assert journey["partnerId"] in " ".join(told)


def test_world_of_a_call_is_there_with_its_ids(bare: dict[str, Any]) -> None:
    told = calls.play(
        bare,
        (
            "the user Ines",
            "Ines has the account A",
            'account A has the partnerId "IB-A"',
            'Ines has the partnerId "IB-U"',
        ),
    )

    user, account = re.search(r"userId (\d+)", told[0]), re.search(r"ctidTraderAccountId (\d+)", told[1])
    assert user is not None
    assert account is not None
    broker = Broker(bare["baseUrl"], bare["sandbox"])
    assert broker.read_partner(userId=user[1]).json()["partnerId"] == "IB-U"
    assert broker.read_partner(ctidTraderAccountId=account[1]).json()["partnerId"] == "IB-A"


@pytest.mark.parametrize("place", sorted(set(headings("api")))[::4])
def test_worlds_of_the_calls_can_be_played(bare: dict[str, Any], place: str) -> None:
    staging = staging_of(place)

    assert len(staging.play(bare)) == len(staging.scenario.givens)


@contextmanager
def serving(*arguments: str) -> Iterator[Callable[[], str]]:
    """`serve`, until its output says that it is ready; gives all it says after it was ended."""
    with subprocess.Popen(
        [sys.executable, "-m", "mock_ctrader", "serve", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        said: list[str] = []
        for line in process.stdout:
            said.append(line)
            if "Ctrl+C" in line:
                break

        def end() -> str:
            process.send_signal(signal.SIGINT)
            assert process.wait(TIMEOUT) == 0
            return "".join(said)

        yield end
        process.kill()


def test_serve_says_what_is_there_and_where_to_go() -> None:
    with serving("--with-reference-broker", "--given", line_of(FLOW_1, "Stage 7 - ")) as end:
        said = end()

    assert "The world before: Stage 7 - User 1 asks the application for a link" in said
    assert re.search(r"User 1 is a partner at user level: partnerId \S+", said)
    addresses = {
        name: re.search(rf"^{name} +(http\S+)   (\S.*)$", said, re.MULTILINE)
        for name in ("inspector", "application", "broker")
    }
    assert all(addresses.values()), said


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--given", line_of(FLOW_1, "Stage 7 - ")], "add --with-reference-broker"),
        (["--given", "features/api/balance.feature:1"], "--given: features/api/balance.feature has no scenario"),
    ],
)
def test_serve_refuses_what_it_cannot_begin_with(arguments: list[str], complaint: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mock_ctrader", "serve", "--port", "0", *arguments],
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )

    assert done.returncode == 2
    assert complaint in " ".join(done.stderr.split())
