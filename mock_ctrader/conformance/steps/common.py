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
from mock_ctrader.conformance.target import STORIES_VARIABLE, prepared_bench
from mock_ctrader.resources import resource


@pytest.fixture(scope="session")
def bench() -> Iterator[Bench]:
    """The mock, a sandbox and the broker under test."""
    with prepared_bench() as prepared:
        yield prepared


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
