"""What the fuzzer fuzzes: a mock with a sandbox of known ids, and a mock with the reference broker."""

from collections.abc import Iterator

import pytest

from mock_ctrader.processes import MockProcess
from tests.support import TIMEOUT, http


@pytest.fixture(scope="session")
def mock_with_broker() -> Iterator[MockProcess]:
    """A mock and the reference broker."""
    with MockProcess.start("--with-reference-broker") as process:
        yield process


@pytest.fixture(scope="session")
def crm_api_token(mock_with_broker: MockProcess) -> str:
    """Call 4.1: what authorises 4.2."""
    ready = mock_with_broker.ready
    response = http().post(
        f"{ready['brokerUrl']}/oauth2/crmApiToken",
        json={"password": ready["sandbox"]["crmPassword"]},
        timeout=TIMEOUT,
    )
    assert response.status_code == 200, response.text
    return str(response.json()["crmApiToken"])
