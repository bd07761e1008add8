"""One request from cTrader to a broker: bounded in time and size, journaled, held to its contract."""

import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from mock_ctrader import json_text
from mock_ctrader.clock import Clock
from mock_ctrader.contract import Contract
from mock_ctrader.faults import Fault, Kind, Phase
from mock_ctrader.journal import Direction, Journal, exchange
from mock_ctrader.outgoing_faults import Reply, Take, details, is_sent, nothing_planted, seen_by_ctrader

if TYPE_CHECKING:
    import requests

# Connect and read time-outs, in seconds; the vendor publishes none.
_TIMEOUT = (3.0, 10.0)
_BODY_LIMIT = 1_000_000
# The read time-out is for silence; who answers a byte at a time is never silent.
_LONGEST_BODY = 30.0
_PIECE = 65_536
# For how long a call that is to fall behind is held back when no other follows, in seconds.
_LONGEST_WAIT = 5.0


class Outgoing:
    """Speaks to brokers; safe to share between threads. Call it with no transaction open."""

    def __init__(
        self, journal: Journal, contract: Contract, clock: Clock, take_fault: Take = nothing_planted
    ) -> None:
        self._journal = journal
        self._contract = contract
        self._clock = clock
        self._take_fault = take_fault
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
        fault = self._take_fault(sandbox_id, call)
        falls_behind = fault is not None and fault.kind is Kind.REORDER
        overtaken = falls_behind and self._fall_behind(sandbox_id, call)

        def once(hit_by: Fault | None) -> Reply:
            started = self._clock.monotonic()
            reply = self._exchange(url, body, authorization, hit_by)
            seen = reply if hit_by is None else seen_by_ctrader(hit_by, reply)
            noted: dict[str, Any] = {"milliseconds": round((self._clock.monotonic() - started) * 1000)}
            if seen.problem:
                noted["problem"] = seen.problem
            if fault is not None:
                noted["fault"] = details(fault, reply) | ({"overtaken": overtaken} if falls_behind else {})
            parts = urlsplit(url)
            event = exchange(
                call,
                Direction.CTRADER_TO_BROKER,
                "POST",
                parts.path,
                parts.query,
                body,
                seen.status,
                seen.body,
                title=f"{call} {title}",
                details=noted,
            )
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            event.violations = self._contract.check(
                "broker", "POST", contract_path, query, body, reply.status, reply.body
            )
            self._journal.record(sandbox_id, event)
            return seen

        reply = once(fault)
        if fault is not None and fault.kind is Kind.DUPLICATE:
            once(None)  # the first answer is the one that counts
        return reply

    def _fall_behind(self, sandbox_id: str, call: str) -> bool:
        """Wait until the next call of this kind has been made, by whichever process, but not for ever; whether it
        was."""
        newest = self._journal.newest(sandbox_id)
        return bool(self._journal.wait(sandbox_id, newest, 1, call, _LONGEST_WAIT))

    def _exchange(
        self, url: str, body: dict[str, Any] | None, authorization: str | None, fault: Fault | None
    ) -> Reply:
        """Send the request, unless a fault keeps it back for good; wait where a fault is a delay."""
        delay = fault.delay_ms / 1000 if fault is not None and fault.kind is Kind.LATENCY else 0.0
        if fault is not None and fault.phase is Phase.BEFORE and delay:
            self._clock.pause(delay)
        reply = self._send(url, body, authorization) if is_sent(fault) else Reply(None, None, None)
        if fault is not None and fault.phase is Phase.AFTER and delay:
            self._clock.pause(delay)
        return reply

    def _send(self, url: str, body: dict[str, Any] | None, authorization: str | None) -> Reply:
        # here, because it is a fifth of what a server imports, and many a server never calls a broker
        import requests
        from urllib3.exceptions import HTTPError

        headers = {} if authorization is None else {"Authorization": authorization}
        try:
            with self._session().post(
                url, json=body, headers=headers, timeout=_TIMEOUT, allow_redirects=False, stream=True
            ) as response:
                return Reply(response.status_code, *self._read(response))
        except (requests.RequestException, HTTPError) as failure:
            # the failure's own text would repeat the URL, and with it the crmApiToken
            problem = (
                f"{_origin(url)} could not be reached ({type(failure).__name__}): "
                "is the broker running there, and is that the address the sandbox should have?"
            )
            return Reply(None, None, problem)

    def _read(self, response: "requests.Response") -> tuple[Any, str | None]:
        """The JSON of an answer, or None and what is wrong with it."""
        content, until = b"", self._clock.monotonic() + _LONGEST_BODY
        while piece := response.raw.read1(_PIECE, decode_content=True):
            content += piece
            if len(content) > _BODY_LIMIT:
                return None, f"the answer is longer than {_BODY_LIMIT} bytes"
            if self._clock.monotonic() > until:
                return None, f"the answer was not complete in {_LONGEST_BODY:.0f} seconds"
        if not content:
            return None, None
        try:
            return json_text.parse(content), None
        except json_text.TooDeep as problem:
            return None, f"the answer is {problem}"
        except ValueError:
            return None, "the answer is not JSON"

    def _session(self) -> "requests.Session":
        if not hasattr(self._local, "session"):
            import requests

            self._local.session = requests.Session()
            # Proxies and netrc of the machine have no business between the mock and the broker under test.
            self._local.session.trust_env = False
            self._local.session.headers["Accept"] = "application/json"
        session: requests.Session = self._local.session
        return session


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
