"""One request from cTrader to a broker: bounded in time and size, journaled, held to its contract."""

import json
import threading
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from urllib3.exceptions import HTTPError

from mock_ctrader.clock import Clock
from mock_ctrader.contract import Contract
from mock_ctrader.journal import Direction, Journal, exchange

# Connect and read time-outs, in seconds; the vendor publishes none.
_TIMEOUT = (3.0, 10.0)
_BODY_LIMIT = 1_000_000


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: no status means no answer; `problem` says what was wrong with the answer, if anything."""

    status: int | None
    body: Any
    problem: str | None

    @property
    def succeeded(self) -> bool:
        """Whether the broker answered 2xx with something that can be read."""
        return self.status is not None and 200 <= self.status < 300 and self.problem is None


class Outgoing:
    """Speaks to brokers; safe to share between threads. Call it with no transaction open."""

    def __init__(self, journal: Journal, contract: Contract, clock: Clock) -> None:
        self._journal = journal
        self._contract = contract
        self._clock = clock
        self._local = threading.local()

    def post(
        self,
        sandbox_id: str,
        call: str,
        title: str,
        url: str,
        body: dict[str, Any] | None,
        *,
        contract_path: str,
        authorization: str | None = None,
    ) -> Reply:
        """POST JSON to a broker; never raises for what the broker or the network does.

        Args:
            sandbox_id: whose journal gets the exchange.
            call: the vendor's number of the call.
            url: with its query; secrets in it are masked in the journal.
            body: JSON object, or None for no body.
            contract_path: the path in the document `broker` that describes this exchange.
            authorization: value of the `Authorization` header (Invite webhooks).
        """
        started = self._clock.monotonic()
        status: int | None = None
        parsed: Any = None
        problem: str | None = None
        headers = {} if authorization is None else {"Authorization": authorization}
        try:
            with self._session().post(
                url, json=body, headers=headers, timeout=_TIMEOUT, allow_redirects=False, stream=True
            ) as response:
                status = response.status_code
                parsed, problem = _read(response)
        except (requests.RequestException, HTTPError) as failure:
            # the failure's own text would repeat the URL, and with it the crmApiToken
            problem = (
                f"{_origin(url)} could not be reached ({type(failure).__name__}): "
                "is the broker running there, and is that the address the sandbox should have?"
            )
        parts = urlsplit(url)
        event = exchange(
            call,
            Direction.CTRADER_TO_BROKER,
            "POST",
            parts.path,
            parts.query,
            body,
            status,
            parsed,
            title=f"{call} {title}",
            details={
                "milliseconds": round((self._clock.monotonic() - started) * 1000),
                **({"problem": problem} if problem else {}),
            },
        )
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        event.violations = self._contract.check("broker", "POST", contract_path, query, body, status, parsed)
        self._journal.record(sandbox_id, event)
        return Reply(status, parsed, problem)

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
            # Proxies and netrc of the machine have no business between the mock and the broker under test.
            self._local.session.trust_env = False
            self._local.session.headers["Accept"] = "application/json"
        session: requests.Session = self._local.session
        return session


def _read(response: requests.Response) -> tuple[Any, str | None]:
    """The JSON of an answer, or None and what is wrong with it."""
    content = response.raw.read(_BODY_LIMIT + 1, decode_content=True)
    if len(content) > _BODY_LIMIT:
        return None, f"the answer is longer than {_BODY_LIMIT} bytes"
    if not content:
        return None, None
    try:
        return json.loads(content), None
    except (ValueError, RecursionError):
        return None, "the answer is not JSON"


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
