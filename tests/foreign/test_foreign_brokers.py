"""Differently built brokers pass both flows at both levels, driven by their broker.toml alone."""

import pytest

from mock_ctrader.conformance.drive import Drive
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
