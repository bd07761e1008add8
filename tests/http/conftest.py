"""A scriptable CRM and people who use the application."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.http.fake_crm import CrmServer, FakeCrm, serving
from tests.http.visitor import Visitor
from tests.robust.invariants import broken
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
def watched(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """After every single request to the mock: what must always hold in the test's sandbox does."""
    if "sandbox" not in request.fixturenames:
        yield
        return
    sandbox, mock, folder = (request.getfixturevalue(name) for name in ("sandbox", "mock", "mock_folder"))
    state = state_of(folder)
    complaints: list[str] = []
    send = requests.Session.send

    def looked_at(session: requests.Session, sent: requests.PreparedRequest, **options: Any) -> requests.Response:
        try:
            return send(session, sent, **options)
        finally:  # a connection that a fault dropped as well
            if (sent.url or "").startswith(mock.ready["baseUrl"]):
                complaints.extend(f"{sent.method} {sent.url}: {one}" for one in broken(state, sandbox["id"]))

    monkeypatch.setattr(requests.Session, "send", looked_at)
    yield
    assert complaints == []


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
