"""Differently built brokers pass both flows at both levels, driven by their broker.toml alone."""

from dataclasses import replace

import pytest

from mock_ctrader.conformance.adapter import Misdeclared
from mock_ctrader.conformance.adapters import make_adapter
from mock_ctrader.conformance.drive import Drive
from mock_ctrader.conformance.findings import Findings
from mock_ctrader.conformance.recording import _verdict
from mock_ctrader.conformance.verdicts import Verdict, judge
from mock_ctrader.flows import STAGES_PER_FLOW, Level
from tests.foreign.conftest import FOLDER, PREFIXES, Start

BROKERS = list(PREFIXES)


@pytest.mark.parametrize("flow", [1, 2])
@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("name", BROKERS)
def test_every_stage_passes(foreign: Start, name: str, level: Level, flow: int) -> None:
    _, bench = foreign(name)

    journey = Drive(bench, flow, level).run()

    verdicts = judge(journey)
    assert [(one.stage["number"], one.reason) for one in verdicts if one.verdict is not Verdict.PASS] == []
    assert len(verdicts) == STAGES_PER_FLOW
    assert {stage["state"] for stage in journey["stages"]} == {"observed", "reported"}


@pytest.mark.parametrize("name", BROKERS)
def test_thirty_lines_are_enough(name: str) -> None:
    lines = (FOLDER / f"{name}.toml").read_text(encoding="utf-8").splitlines()
    assert len([line for line in lines if line.strip()]) <= 30


def test_a_level_that_broker_toml_does_not_name_is_no_failure_of_the_broker(foreign: Start) -> None:
    file, bench = foreign("forms_broker")
    link = {**file.adapter["referral_link"], "level": r"re:(\w+)"}
    adapter = make_adapter({**file.adapter, "referral_link": link}, bench.adapter.surroundings, FOLDER)

    with pytest.raises(Misdeclared, match="which is neither 'client' nor 'trading' of level_names") as problem:
        Drive(replace(bench, adapter=adapter), 1, Level.USER).run()

    assert _verdict(problem.value, Findings()) is Verdict.ERROR
