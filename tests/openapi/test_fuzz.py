"""schemathesis, all checks on, against running servers: each operation alone, then chains along the links."""

from typing import Any, ClassVar

import pytest

from mock_ctrader.processes import BrokerProcess, MockProcess
from tests.openapi import fuzzing
from tests.support import ControlApi

ctrader, broker, control_api = (fuzzing.load(name) for name in ("ctrader", "broker", "control"))


@pytest.fixture
def world(mock: MockProcess, control: ControlApi) -> str:
    """The prepared sandbox; the base URL it is reached at."""
    fuzzing.fresh_world(control)
    return str(mock.ready["baseUrl"])


@ctrader.parametrize()
@fuzzing.STATELESS
def test_vendor_calls(case: Any, world: str) -> None:
    case.call_and_validate(base_url=world)


@control_api.parametrize()
@fuzzing.STATELESS
def test_control_api(case: Any, world: str) -> None:
    case.call_and_validate(base_url=world)


class _CrmToken:
    """Authorises calls 4.2-4.5 and the webhooks with what a fixture asked for."""

    value: ClassVar[str] = ""
    webhook: ClassVar[str] = ""

    def get(self, _case: Any, _context: Any) -> str:
        return self.value

    def set(self, case: Any, data: str, _context: Any) -> None:
        if case.path.startswith("/webhooks"):
            case.headers["Authorization"] = self.webhook
        else:
            case.query = {**(case.query or {}), "crmApiToken": data}


@broker.auth()
class CrmToken(_CrmToken):
    """The provider schemathesis makes an instance of."""


@pytest.fixture
def broker_url(reference_broker: BrokerProcess, crm_api_token: str) -> str:
    """The reference broker, with its token at hand."""
    _CrmToken.value = crm_api_token
    _CrmToken.webhook = reference_broker.webhook_authorization
    return str(reference_broker.ready["crmUrl"])


@broker.parametrize()
@fuzzing.STATELESS
def test_broker_calls(case: Any, broker_url: str) -> None:
    case.call_and_validate(base_url=broker_url)


@pytest.fixture
def running(mock: MockProcess, control: ControlApi) -> None:
    """Tells the state machines, which schemathesis makes, where the server is."""
    _Machine.mock_url, _Machine.mock_control = mock.ready["baseUrl"], control


class _Machine:
    mock_url: ClassVar[str]
    mock_control: ClassVar[ControlApi]

    def setup(self) -> None:
        fuzzing.fresh_world(self.mock_control)

    def get_call_kwargs(self, _case: Any) -> dict[str, Any]:
        return {"base_url": self.mock_url}


@pytest.mark.usefixtures("running")
def test_vendor_calls_along_their_links() -> None:
    class Machine(_Machine, ctrader.as_state_machine()):  # type: ignore[misc]
        pass

    Machine.run(settings=fuzzing.STATEFUL)


@pytest.mark.usefixtures("running")
def test_control_api_along_its_links() -> None:
    class Machine(_Machine, control_api.as_state_machine()):  # type: ignore[misc]
        pass

    Machine.run(settings=fuzzing.STATEFUL)
