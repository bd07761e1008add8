"""What the fuzzer fuzzes: a mock with a sandbox of known ids, and a mock with the reference broker."""

from collections.abc import Iterator

import pytest

from mock_ctrader.processes import BrokerProcess, MockProcess
from tests.support import TIMEOUT, http


@pytest.fixture(scope="session")
def reference_broker(mock: MockProcess) -> Iterator[BrokerProcess]:
    """The reference broker, pointed at the mock's ready sandbox."""
    with BrokerProcess.start(mock.ready["baseUrl"], mock.ready["sandbox"]) as process:
        yield process


@pytest.fixture(scope="session")
def crm_api_token(mock: MockProcess, reference_broker: BrokerProcess) -> str:
    """Call 4.1: what authorises the other calls of section 4."""
    response = http().post(
        f"{reference_broker.ready['crmUrl']}/oauth2/crmApiToken",
        json={"password": mock.ready["sandbox"]["crmPassword"]},
        timeout=TIMEOUT,
    )
    assert response.status_code == 200, response.text
    return str(response.json()["crmApiToken"])
