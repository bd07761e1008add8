"""Webhooks whose ground is taken away while they are on their way."""

import logging
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from mock_ctrader.clock import SystemClock
from mock_ctrader.invite.dispatcher import Dispatcher, _log_failure
from mock_ctrader.invites import DeliveryState, InviteSettings, Registration, WebhookKind
from mock_ctrader.outgoing_faults import Reply
from mock_ctrader.sandboxes import Sandbox, new_sandbox
from mock_ctrader.store import Store, sandboxes
from mock_ctrader.store import invites as stored

PAYLOAD = {"invitedUserId": 7, "partnerUserId": 8, "brokerName": "b"}


class Broker:
    """In the place of the network: answers 200, and does something meanwhile."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.meanwhile = lambda: None

    def post(self, *told: Any, **_more: Any) -> Reply:
        self.asked.append(told[3])
        self.meanwhile()
        return Reply(200, {"brokerPartnerId": "IB-1"}, None)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "state.db")
    yield made
    made.close()


@pytest.fixture
def sandbox(store: Store) -> Sandbox:
    made = new_sandbox({"seed": "a"}, "http://127.0.0.1:1")
    with store.write() as transaction:
        sandboxes.add(transaction, made, 0)
        stored.put_settings(transaction, made.id, InviteSettings("http://b/a", "http://b/n", None, False))
        stored.queue(transaction, made.id, WebhookKind.ATTRIBUTION, PAYLOAD, 0)
    return made


def sent(store: Store, broker: Broker) -> None:
    """One look at the queue, and everything it leads to."""
    dispatcher = Dispatcher(store, broker, SystemClock())  # type: ignore[arg-type]
    dispatcher._send_due()
    dispatcher._pool.shutdown(wait=True)


def test_a_webhook_without_a_url_any_more_is_told_so(store: Store, sandbox: Sandbox) -> None:
    with store.write() as transaction:
        stored.put_settings(transaction, sandbox.id, InviteSettings(None, None, None, False))
    broker = Broker()
    sent(store, broker)

    with store.read() as transaction:
        (left,) = stored.after(transaction, sandbox.id, 0, 10)
    assert broker.asked == []
    assert (left.state, left.attempts, left.problem) == (
        DeliveryState.PENDING,
        1,
        "no URL is announced for this webhook",
    )


def test_a_webhook_that_another_process_took_over_is_left_to_it(store: Store, sandbox: Sandbox) -> None:
    broker = Broker()

    def take_over() -> None:
        with store.write() as transaction:
            stored.save(transaction, sandbox.id, 1, state=DeliveryState.PENDING, attempts=5, next_at=2**60)
            stored.put_registration(transaction, sandbox.id, Registration(7, "b", 0, partner_user_id=8))

    broker.meanwhile = take_over
    sent(store, broker)

    with store.read() as transaction:
        (left,) = stored.after(transaction, sandbox.id, 0, 10)
        invited = stored.registration(transaction, sandbox.id, 7)
    assert broker.asked == ["http://b/a"]
    assert invited is not None
    assert invited.broker_partner_id is None  # the other process writes what its own answer says
    assert (left.state, left.attempts, left.answer) == (DeliveryState.PENDING, 5, None)


def test_what_goes_wrong_in_a_sender_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    failed: Future[None] = Future()
    failed.set_exception(RuntimeError("no more threads"))
    fine: Future[None] = Future()
    fine.set_result(None)
    with caplog.at_level(logging.ERROR):
        _log_failure(fine)
        assert caplog.records == []
        _log_failure(failed)

    assert "no more threads" in caplog.text


class Pauses:
    """In the place of the event a dispatcher waits for: two waits, then an end."""

    class Over(Exception):
        pass

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def clear(self) -> None:
        """Nothing is set."""

    set = clear

    def wait(self, seconds: float) -> None:
        self.seconds.append(seconds)
        if len(self.seconds) == 2:
            raise Pauses.Over


def test_a_queue_that_cannot_be_read_is_read_again(
    store: Store, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    troubles = [OperationalError("select", None, Exception("disk I/O error"))]
    real = stored.next_due

    def next_due(transaction: Any) -> Any:
        if troubles:
            raise troubles.pop()
        return real(transaction)

    monkeypatch.setattr(stored, "next_due", next_due)
    broker, pauses = Broker(), Pauses()
    dispatcher = Dispatcher(store, broker, SystemClock())  # type: ignore[arg-type]
    dispatcher._wake = pauses  # type: ignore[assignment]
    with pytest.raises(Pauses.Over):
        dispatcher._run()
    dispatcher._pool.shutdown(wait=True)

    assert "trying again" in caplog.text
    assert pauses.seconds[0] == 1.0
    assert broker.asked == ["http://b/a"]
