"""Whether there is a broker at all."""

import requests

from mock_ctrader.conformance.broker_file import BrokerFile
from mock_ctrader.conformance.clients import MockError

_TIMEOUT = (5.0, 20.0)


def require_broker(file: BrokerFile) -> None:
    """Say so where nothing listens: no verdict would say anything about the broker.

    Raises:
        MockError: nothing answers at the login/signup screen, or where calls 4.x go.
    """
    for key, url in (("screen_url", file.screen_url), ("crm_url", file.crm_url)):
        with requests.Session() as http:
            http.trust_env = False
            try:
                http.get(url, timeout=_TIMEOUT, allow_redirects=False)
            except requests.exceptions.SSLError:
                continue  # case 6.1.9 judges certificates
            except requests.RequestException as problem:
                raise MockError(
                    f"no broker answers at broker.{key} {url} ({type(problem).__name__}); start it, "
                    f"and let it call cTrader at {file.mock.url}"
                ) from None
