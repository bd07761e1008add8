"""A broker that answers a byte at a time is given up, however long each pause is within its time-out."""

from typing import Any

from mock_ctrader.clock import SystemClock
from mock_ctrader.contract import Contract
from mock_ctrader.journal import Event
from mock_ctrader.outgoing import Outgoing
from tests.http.test_hostile_answers import raw_broker


class Fast(SystemClock):
    """A clock on which a minute passes whenever somebody looks."""

    def __init__(self) -> None:
        self._looked = 0

    def monotonic(self) -> float:
        self._looked += 1
        return 60.0 * self._looked


class Kept:
    """In the place of the journal."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def record(self, _sandbox_id: str, *new: Event) -> None:
        self.events += new


def test_a_body_that_drips_is_given_up() -> None:
    journal: Any = Kept()
    with raw_broker(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{") as url:
        asked = Outgoing(journal, Contract(), Fast())
        reply = asked.post("sb", "4.1", "x", url, {}, contract_path="/oauth2/crmApiToken")

    assert (reply.status, reply.body) == (200, None)
    assert reply.problem == "the answer was not complete in 30 seconds"
    assert [one.details["problem"] for one in journal.events] == [reply.problem]
