"""What every plan stands on: the mock, the broker and what was played."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mock_ctrader.conformance.adapters.manual import ManualAdapter
from mock_ctrader.conformance.drive import Bench
from mock_ctrader.conformance.findings import Findings
from mock_ctrader.conformance.played import Library
from mock_ctrader.conformance.stories import keep_journeys
from mock_ctrader.conformance.target import STORIES_VARIABLE, prepared_bench, prepared_target
from mock_ctrader.resources import resource


@pytest.fixture(scope="session")
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """The mock, a sandbox and the broker under test."""
    config = request.config
    # a broker's own repository, or a run of the suite that names a broker.toml: never our own broker instead
    theirs = config.pluginmanager.hasplugin("mock_ctrader.testing.steps")
    if prepared_target() is None and (theirs or config.getoption("mock_ctrader_config", None)):
        yield request.getfixturevalue("mock_ctrader_bench")
        return
    with prepared_bench() as prepared:
        yield prepared


@pytest.fixture
def duty(request: pytest.FixtureRequest) -> str:
    """The duty that the scenario's tag names, for steps that several duties share."""
    names = [mark.name for mark in request.node.iter_markers() if mark.name.startswith("duty-")]
    return str(names[0]).removeprefix("duty-")


@pytest.fixture(scope="session")
def library(bench: Bench) -> Iterator[Library]:
    """Every flow that was played in this session."""
    library = Library(bench)
    yield library
    folder = os.environ.get(STORIES_VARIABLE)
    if folder:
        keep_journeys(library, Path(folder))


@pytest.hookimpl(trylast=True)
def pytest_bdd_before_scenario(request: pytest.FixtureRequest, feature: Any) -> None:
    """Whoever acts by hand plays the attribution flow; the other plans need verbs."""
    if resource("features") / "conformance" not in Path(str(feature.filename)).parents:
        return
    bench: Bench = request.getfixturevalue("bench")
    if isinstance(bench.adapter, ManualAdapter):
        findings: Findings = request.getfixturevalue("findings")
        findings.skip("manual", "a manual adapter plays the plan attribution only")
