"""The mock of the tests over HTTP, on PostgreSQL and with two processes."""

from collections.abc import Iterator

import pytest

from mock_ctrader.processes import MockProcess
from tests.conftest import broker, sandbox
from tests.http.conftest import crm, signed_in, user, visitor
from tests.scale.postgresql import PostgresServer
from tests.support import ControlApi

__all__ = ["broker", "crm", "sandbox", "signed_in", "user", "visitor"]


@pytest.fixture(scope="session")
def mock(postgresql: PostgresServer) -> Iterator[MockProcess]:
    """A running mock."""
    with MockProcess.start("--state", postgresql.database(), "--workers", "2") as process:
        yield process


@pytest.fixture(scope="session")
def control(mock: MockProcess) -> ControlApi:
    """The control API of the running mock."""
    return ControlApi(mock.ready["controlUrl"])
