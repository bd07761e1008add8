"""Rules of the register that only a look inside can exercise."""

import socket
from pathlib import Path
from typing import Any

import pytest

from mock_ctrader import invites, outgoing
from mock_ctrader.clock import SystemClock
from mock_ctrader.contract import Contract
from mock_ctrader.invite.dispatcher import Dispatcher
from mock_ctrader.invites import DeliveryState, InviteSettings, WebhookKind
from mock_ctrader.journal import Event
from mock_ctrader.outgoing import Outgoing
from mock_ctrader.outgoing_faults import Reply
from mock_ctrader.sandboxes import Sandbox, new_sandbox
from mock_ctrader.store import Store, sandboxes
from mock_ctrader.store import invites as stored
from tests.support import eventually


class Diary:
    """A journal that remembers."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def record(self, _sandbox_id: str, *events: Event) -> None:
        self.events += events


class WebhookReceiver:
    """Answers every webhook with one status."""

    def __init__(self, status: int) -> None:
        self.status = status
        self.payloads: list[Any] = []

    def post(self, _sandbox: str, _call: str, _title: str, _url: str, body: Any, **_: Any) -> Reply:
        self.payloads.append(body)
        return Reply(self.status, None, None)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "state.db")


@pytest.fixture
def home(store: Store) -> Sandbox:
    sandbox = new_sandbox({"seed": "a"}, "http://127.0.0.1:1")
    with store.write() as transaction:
        sandboxes.add(transaction, sandbox, 0)
        stored.put_settings(transaction, sandbox.id, InviteSettings(attribution_url="http://127.0.0.1:1/a"))
    return sandbox


def test_a_webhook_is_given_up_after_its_last_repetition(
    store: Store, home: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invites, "RETRY_DELAYS", (0.0,) * len(invites.RETRY_DELAYS))
    payload = {"invitedUserId": 2, "partnerUserId": 1, "brokerName": "B"}
    with store.write() as transaction:
        number = stored.queue(transaction, home.id, WebhookKind.ATTRIBUTION, payload, 0)
    broker: Any = WebhookReceiver(503)
    Dispatcher(store, broker, SystemClock()).start()

    def given_up() -> bool:
        with store.read() as transaction:
            found = stored.find(transaction, home.id, number)
        assert found is not None
        return found.state is DeliveryState.FAILED

    eventually(given_up, "the delivery is given up")
    assert broker.payloads == [payload] * 5


def test_a_webhook_that_was_on_its_way_at_the_end_is_sent_after_the_restart(store: Store, home: Sandbox) -> None:
    with store.write() as transaction:
        stored.queue(transaction, home.id, WebhookKind.ATTRIBUTION, {"invitedUserId": 2}, 0)
        assert stored.claim(transaction, 1, "an earlier process", 2) is not None
        assert stored.claim(transaction, 1, "another", 3) is None
    broker: Any = WebhookReceiver(200)
    Dispatcher(store, broker, SystemClock()).start()

    eventually(lambda: broker.payloads, "the webhook is sent again")


def test_a_broker_that_never_answers_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert all(0 < seconds <= 10 for seconds in outgoing._TIMEOUT)
    monkeypatch.setattr(outgoing, "_TIMEOUT", (0.2, 0.2))
    diary: Any = Diary()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/oauth2/crmApiToken?crmApiToken=secret-1"
        client = Outgoing(diary, Contract(), SystemClock())
        reply = client.post("s", "4.1", "t", url, {"password": "p"}, contract_path="/oauth2/crmApiToken")

    assert (reply.status, reply.succeeded) == (None, False)
    assert reply.problem is not None
    assert "secret-1" not in reply.problem
    assert [event.call for event in diary.events] == ["4.1"]


@pytest.mark.parametrize("inviter", [None, 7])
def test_who_may_be_invited(inviter: int | None) -> None:
    assert not invites.may_be_invited(7, inviter, None)
    assert invites.may_be_invited(8, 7, None)
    assert not invites.may_be_invited(8, 7, 6)
