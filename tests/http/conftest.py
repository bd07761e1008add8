"""A scriptable CRM and people who use the application."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.http.fake_crm import CrmServer, FakeCrm, serving
from tests.http.visitor import Visitor
from tests.robust.invariants import watching
from tests.robust.ledger import disagreements, readable
from tests.support import Broker, ControlApi


def state_of(mock_folder: Path) -> Path:
    """The state file of the running mock."""
    (state,) = mock_folder.glob("*/state.db")
    return state


@pytest.fixture(scope="session")
def crm_server() -> Iterator[CrmServer]:
    """The server of all scriptable CRMs."""
    with serving() as server:
        yield server


@pytest.fixture
def crm(crm_server: CrmServer, control: ControlApi, sandbox: dict[str, Any]) -> FakeCrm:
    """The CRM of the test's sandbox."""
    made = crm_server.new()
    control.change(sandbox["id"], crmUrl=made.url, loginUrl=f"{made.url}/auth/login")
    return made


@pytest.fixture
def visitor(sandbox: dict[str, Any]) -> Visitor:
    """Somebody with a fresh browser."""
    return Visitor(sandbox["appUrls"][sandbox["brokerNames"][0]])


@pytest.fixture
def signed_in(crm: FakeCrm, visitor: Visitor) -> Callable[[int], Visitor]:
    """Signs the visitor in as a user."""

    def sign_in(user_id: int) -> Visitor:
        response = visitor.sign_in(crm.one_time_token(user_id))
        assert response.status_code == 200, response.text
        return visitor

    return sign_in


@pytest.fixture
def user(broker: Broker) -> int:
    """A user that exists."""
    return broker.new_user()


@pytest.fixture(autouse=True)
def watched(request: pytest.FixtureRequest) -> Iterator[None]:
    """What must always hold in the test's sandbox does, after every single request."""
    if "sandbox" not in request.fixturenames:
        yield
        return
    sandbox, mock, folder = (request.getfixturevalue(name) for name in ("sandbox", "mock", "mock_folder"))
    with watching(mock.ready["baseUrl"], state_of(folder), sandbox["id"]):
        yield


@pytest.fixture(autouse=True)
def ledger(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test did to its sandbox: call 3.7 shows what the journal of calls 3.6 and 3.8 adds up to."""
    if "sandbox" not in request.fixturenames:
        yield
        return
    sandbox, control, mock = (request.getfixturevalue(name) for name in ("sandbox", "control", "mock"))
    yield
    now = readable(control, sandbox["id"])
    if now is not None:
        assert disagreements(Broker(mock.ready["baseUrl"], now), control) == []
