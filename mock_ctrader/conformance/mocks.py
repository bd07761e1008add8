"""The mock that a broker is verified with: started as broker.toml says, or one that runs already."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from mock_ctrader.conformance.broker_file import BrokerFile
from mock_ctrader.conformance.clients import MockError, control_headers
from mock_ctrader.processes import LaunchError, MockProcess
from mock_ctrader.settings import SettingsError

_TIMEOUT = (5.0, 20.0)


@contextmanager
def mock_for(file: BrokerFile, mock_url: str | None = None) -> Iterator[tuple[str, dict[str, Any]]]:
    """A mock whose sandbox knows the broker.

    Args:
        mock_url: a running mock; its sandbox is found by the file's brokerCrmName and told the broker's URLs.
            None starts one at the address of `[mock]`, and ends it afterwards.

    Yields:
        The mock's URL and the sandbox, as the control API shows it.

    Raises:
        SettingsError: the mock cannot be started at that address.
        MockError: the running mock has no such sandbox, or does not answer.
    """
    if mock_url is not None:
        yield mock_url.rstrip("/"), _told(file, mock_url.rstrip("/"))
        return
    if not file.mock.url.startswith("http://"):
        raise SettingsError(f"mock.url must begin with http://, got {file.mock.url!r}; the mock serves no TLS")
    sandbox = {"crm_url": file.crm_url, "login_url": file.screen_url, **file.mock.sandbox}
    try:
        process = MockProcess.start("--host", file.mock.host, "--port", str(file.mock.port), **sandbox)
    except LaunchError as problem:
        raise SettingsError(
            f"no mock could be started at mock.url {file.mock.url}: {str(problem).splitlines()[-1]}. "
            "If a mock runs there, end it, or use it with --mock-url; if something else does, choose another "
            "mock.url and let the broker call cTrader there"
        ) from None
    with process:
        yield process.ready["baseUrl"], _told(file, process.ready["baseUrl"])


@contextmanager
def fresh_sandbox(mock_url: str) -> Iterator[dict[str, Any]]:
    """A sandbox of a running mock, freed afterwards.

    Raises: MockError: the mock does not answer.
    """
    made = _ask("POST", f"{mock_url}/control/sandboxes", {})
    try:
        yield made
    finally:
        _ask("DELETE", f"{mock_url}/control/sandboxes/{made['id']}")


def tell_sandbox(mock_url: str, sandbox_id: str, values: dict[str, Any]) -> dict[str, Any]:
    """Change a sandbox of a running mock; returns it as it is then. Raises: MockError."""
    return _ask("PATCH", f"{mock_url}/control/sandboxes/{sandbox_id}", values)


def _told(file: BrokerFile, mock_url: str) -> dict[str, Any]:
    wanted = file.mock.sandbox.get("broker_crm_name")
    found = _ask("GET", f"{mock_url}/control/sandboxes")["sandboxes"]
    fitting = [one for one in found if wanted in (None, one["brokerCrmName"])]
    if len(fitting) != 1:
        names = ", ".join(one["brokerCrmName"] for one in found) or "none"
        raise MockError(
            f"the mock at {mock_url} has {len(fitting)} sandboxes with the brokerCrmName {wanted!r} "
            f"(mock.broker_crm_name); there are {names}"
        )
    urls: dict[str, Any] = {"crmUrl": file.crm_url, "loginUrl": file.screen_url, "actionUrls": file.action_urls}
    if "success_url" in file.mock.sandbox:
        urls["successUrl"] = file.mock.sandbox["success_url"]
    return tell_sandbox(mock_url, fitting[0]["id"], urls)


def _ask(method: str, url: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    with requests.Session() as http:
        http.trust_env = False
        try:
            answer = http.request(method, url, json=body, headers=control_headers(), timeout=_TIMEOUT)
            answer.raise_for_status()
            values: dict[str, Any] = answer.json() if answer.content else {}
        except requests.HTTPError:
            raise MockError(f"{method} {url} answered {answer.status_code}: {answer.text[:300]}") from None
        except (requests.RequestException, ValueError) as problem:
            raise MockError(f"no mock answers at {url} ({type(problem).__name__}); --mock-url names it") from None
    return values
