"""One mock per session as a real process; a fresh sandbox per test."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mock_ctrader.processes import MockProcess
from mock_ctrader.resources import resource
from tests.support import Broker, ControlApi

# Passwords of tests are made up: no broker's process that is started here needs to make guessing them expensive.
os.environ.setdefault("BROKER_REFERENCE_PASSWORD_COST", "1024")


@pytest.fixture(scope="session")
def mock_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the running mock keeps its temporary files, its state among them."""
    return tmp_path_factory.mktemp("mock")


@pytest.fixture(scope="session")
def mock(mock_folder: Path) -> Iterator[MockProcess]:
    """A running mock without a broker."""
    with MockProcess.start(environment={"TMPDIR": str(mock_folder)}) as process:
        yield process


@pytest.fixture(scope="session")
def control(mock: MockProcess) -> ControlApi:
    """The control API of the running mock."""
    return ControlApi(mock.ready["controlUrl"])


@pytest.fixture
def sandbox(control: ControlApi) -> Iterator[dict[str, Any]]:
    """A sandbox of the test's own, freed afterwards."""
    made = control.create()
    yield made
    control.delete(made["id"])


@pytest.fixture
def broker(mock: MockProcess, sandbox: dict[str, Any]) -> Broker:
    """A broker's backend, as its vendor calls show it."""
    return Broker(mock.ready["baseUrl"], sandbox)


def pytest_configure(config: pytest.Config) -> None:
    """Every tag of the feature files is a marker."""
    for feature in resource("features").rglob("*.feature"):
        for tag in re.findall(r"@(\S+)", "\n".join(re.findall(r"^\s*@.*$", feature.read_text(), re.MULTILINE))):
            config.addinivalue_line("markers", f"{tag}: tag of {feature.name}")
