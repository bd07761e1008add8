"""Two servers of two processes each on one state: a SQLite file, and a PostgreSQL database."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mock_ctrader.processes import MockProcess
from tests.http.fake_crm import CrmServer, FakeCrm, serving
from tests.http.visitor import Visitor
from tests.scale.postgresql import PostgresServer, running
from tests.support import Broker, ControlApi


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker of the test run has the one PostgreSQL server, and all tests that need it."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("scale"))


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresServer]:
    """A running PostgreSQL server."""
    with running() as server:
        yield server


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def state(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Where both servers keep their state."""
    if request.param == "sqlite":
        return str(tmp_path_factory.mktemp("scale") / "state.db")
    server: PostgresServer = request.getfixturevalue("postgresql")
    return server.database()


@dataclass(frozen=True, slots=True)
class Pair:
    """Two servers that share their state."""

    servers: tuple[MockProcess, MockProcess]

    def control(self, nth: int) -> ControlApi:
        """The control API of one of them; any number names one."""
        return ControlApi(self.servers[nth % 2].ready["controlUrl"])

    def broker(self, nth: int, sandbox: dict[str, Any]) -> Broker:
        """A broker's backend that speaks to one of them."""
        return Broker(self.servers[nth % 2].ready["baseUrl"], sandbox)

    def visitor(self, nth: int, sandbox: dict[str, Any]) -> Visitor:
        """Somebody with a fresh browser at one of them."""
        return Visitor(f"{self.servers[nth % 2].ready['baseUrl']}/app/{sandbox['brokerNames'][0]}")


@pytest.fixture(scope="session")
def pair(state: str) -> Iterator[Pair]:
    """Both servers, started one after the other."""
    options = ("--state", state, "--workers", "2")
    with MockProcess.start(*options) as first, MockProcess.start(*options) as second:
        yield Pair((first, second))


@pytest.fixture
def sandbox(pair: Pair) -> Iterator[dict[str, Any]]:
    """A sandbox of the test's own."""
    made = pair.control(0).create()
    yield made
    pair.control(1).delete(made["id"])


@pytest.fixture(scope="session")
def crm_server() -> Iterator[CrmServer]:
    """The server of all scriptable CRMs."""
    with serving() as server:
        yield server


@pytest.fixture
def crm(crm_server: CrmServer, pair: Pair, sandbox: dict[str, Any]) -> FakeCrm:
    """The CRM of the test's sandbox."""
    made = crm_server.new()
    pair.control(0).change(sandbox["id"], crmUrl=made.url, loginUrl=f"{made.url}/auth/login")
    return made
