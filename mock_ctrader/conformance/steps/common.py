"""What every plan stands on: the mock, the broker and what was played."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mock_ctrader.conformance.drive import Bench
from mock_ctrader.conformance.played import Library
from mock_ctrader.conformance.stories import keep_journeys
from mock_ctrader.conformance.target import STORIES_VARIABLE, prepared_bench


@pytest.fixture(scope="session")
def bench() -> Iterator[Bench]:
    """The mock, a sandbox and the broker under test."""
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
