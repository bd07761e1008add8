"""A running mock and its sandboxes, for a broker's own tests: everything over the control API."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from mock_ctrader.clock import SystemClock
from mock_ctrader.conformance.clients import AppClient, ControlClient, MockError
from mock_ctrader.testing.faults import Fault

_TIMEOUT = (5.0, 40.0)


class Journal:
    """What happened in a sandbox: exchanges, acts in the application, reports. Oldest first, secrets masked."""

    def __init__(self, control: ControlClient, after: int = 0) -> None:
        """Args: after: only events with a higher `seq`."""
        self._control = control
        self._after = after

    def events(self, call: str | None = None) -> list[dict[str, Any]]:
        """The events so far. Args: call: only exchanges of this call, by the vendor's number."""
        return self._control.all_events(self._after, call)

    def wait_for(self, call: str, timeout: float = 5.0, count: int = 1, **having: Any) -> list[dict[str, Any]]:
        """Wait until a call was exchanged, and give its exchanges.

        Args:
            call: the vendor's number, such as "3.6".
            timeout: in seconds.
            count: how many exchanges to wait for.
            having: what their events have, such as `partner_id="IB-7"`: other tests may use the same broker.

        Raises:
            AssertionError: they did not come; names what came instead.
        """
        clock = SystemClock()
        deadline = clock.monotonic() + timeout
        found: list[dict[str, Any]] = []
        last = self._after
        while len(found) < count:
            left = deadline - clock.monotonic()
            new = self._control.events(last, wait=1 if left > 0 else 0, call=call)
            if not new and left <= 0:
                came = [str(event.get("call") or event["title"]) for event in self.events()]
                raise AssertionError(
                    f"waited {timeout} s for {count} x call {call}, {len(found)} came; "
                    f"the journal has {', '.join(came[-20:]) or 'nothing'}"
                )
            found += [one for one in new if all(one.get(key) == value for key, value in having.items())]
            last = int(new[-1]["seq"]) if new else last
        return found


class Sandbox:
    """One broker's world in a mock.

    `values` is what a broker is configured with, as the control API names it: `brokerCrmName`, `brokerNames`,
    `managerLogin`, `managerPassword`, `crmPassword`, `successUrl`, `appUrls` and more.
    """

    def __init__(self, mock_url: str, values: dict[str, Any]) -> None:
        self.mock_url = mock_url
        self.values = values
        self.control = ControlClient(mock_url, values["id"])
        self._url = f"{mock_url}/control/sandboxes/{values['id']}"

    def change(self, **values: Any) -> None:
        """Change what may change, such as `crmUrl` and `loginUrl`. Raises: MockError: a value does not fit."""
        self.values = _ask("PATCH", self._url, values)

    def journal(self, call: str | None = None) -> list[dict[str, Any]]:
        """The journal's events so far; only exchanges of one call, if it is named."""
        return Journal(self.control).events(call)

    def wait_for(self, call: str, timeout: float = 5.0, count: int = 1, **having: Any) -> list[dict[str, Any]]:
        """As `Journal.wait_for`, from the sandbox's first event on."""
        return Journal(self.control).wait_for(call, timeout, count, **having)

    def application(self) -> AppClient:
        """A new person's browser in the application of the sandbox's first broker."""
        return AppClient(str(next(iter(self.values["appUrls"].values()))))

    def plant(self, fault: Fault) -> dict[str, Any]:
        """Plant a fault; returns it as the control API shows it. Raises: MockError: it cannot be planted."""
        return _ask("POST", f"{self._url}/faults", fault.as_dict())

    def faults(self) -> list[dict[str, Any]]:
        """The planted faults, with how many requests each has `seen` and how many it hit (`fired`)."""
        return list(_ask("GET", f"{self._url}/faults")["faults"])

    def pull_faults(self) -> None:
        """Take every fault away."""
        _ask("DELETE", f"{self._url}/faults")

    @contextmanager
    def trouble(self, *faults: Fault) -> Iterator[list[dict[str, Any]]]:
        """Faults for the time of a block: planted at its beginning, and every fault taken away at its end."""
        try:
            yield [self.plant(fault) for fault in faults]
        finally:
            self.pull_faults()

    def delete(self) -> None:
        """Free it with all it holds."""
        _ask("DELETE", self._url)


class Mock:
    """A running mock. `url` is where a broker sends the calls 3.x."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def sandbox(self, **values: Any) -> Sandbox:
        """A new sandbox; what is not given follows from chance. Raises: MockError: a value does not fit."""
        return Sandbox(self.url, _ask("POST", f"{self.url}/control/sandboxes", values))

    def sandboxes(self) -> list[Sandbox]:
        """Those there are; a mock that was just started has its ready one."""
        found = _ask("GET", f"{self.url}/control/sandboxes")["sandboxes"]
        return [Sandbox(self.url, values) for values in found]


def _ask(method: str, url: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    with requests.Session() as http:
        http.trust_env = False
        try:
            answer = http.request(method, url, json=body, timeout=_TIMEOUT)
        except requests.RequestException as problem:
            raise MockError(f"{method} {url}: {type(problem).__name__}") from problem
    if not answer.ok:
        raise MockError(f"{method} {url} answered {answer.status_code}: {answer.text[:300]}")
    found: dict[str, Any] = answer.json() if answer.content else {}
    return found
