"""Sends the webhooks: in threads of their own, again and again with the same payload until taken or given up."""

import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from mock_ctrader import ids, invites
from mock_ctrader.clock import Clock
from mock_ctrader.invites import Delivery, DeliveryState, WebhookKind
from mock_ctrader.outgoing import Outgoing
from mock_ctrader.outgoing_faults import Reply
from mock_ctrader.store import Store
from mock_ctrader.store import invites as stored

logger = logging.getLogger(__name__)

# A broker that hangs must not keep the webhooks of others waiting.
_WORKERS = 4
_TROUBLE_SECONDS = 1.0
# Another process may have queued a delivery, or died with one; a sender that is silent for so long counts as dead.
_LOOK_SECONDS = 2.0
_LEASE_MS = 15_000
_PATHS = {
    WebhookKind.ATTRIBUTION: "/webhooks/ctrader/attribution",
    WebhookKind.NEW_USER: "/webhooks/ctrader/new-user",
}
_TITLES = {
    WebhookKind.ATTRIBUTION: "Attribution webhook",
    WebhookKind.NEW_USER: "New-user webhook",
}


def _log_failure(sent: "Future[None]") -> None:
    # Nobody waits for the result, and a sandbox may be deleted while its webhook is on its way.
    if (failure := sent.exception()) is not None:
        logger.error("a webhook could not be concluded", exc_info=failure)


class Dispatcher:
    """Takes due deliveries from the store and sends them. Of several processes exactly one sends each attempt."""

    def __init__(self, store: Store, outgoing: Outgoing, clock: Clock) -> None:
        self._store = store
        self._outgoing = outgoing
        self._clock = clock
        self._name = ids.random_token()
        self._wake = threading.Event()
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="webhook")

    def start(self) -> None:
        """Begin, with what an earlier process left undelivered."""
        threading.Thread(target=self._run, name="webhooks", daemon=True).start()

    def wake(self) -> None:
        """Look for due deliveries now; call it after the commit that queued one."""
        self._wake.set()

    def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                self._say_alive()
                pause = self._send_due()
            except SQLAlchemyError:
                logger.exception("the webhooks' queue could not be read; trying again")
                pause = _TROUBLE_SECONDS
            self._wake.wait(pause)

    def _say_alive(self) -> None:
        with self._store.read() as transaction:
            sending = stored.is_sending(transaction, self._name)
        if sending:
            with self._store.write() as transaction:
                stored.still_sending(transaction, self._name, self._clock.now_ms() + _LEASE_MS)

    def _send_due(self) -> float:
        """Hand every due delivery to a thread; returns the seconds after which to look again."""
        while True:
            now = self._clock.now_ms()
            with self._store.read() as transaction:
                due = stored.next_due(transaction)
            if due is None or due > now:
                return _LOOK_SECONDS if due is None else min((due - now) / 1000, _LOOK_SECONDS)
            with self._store.write() as transaction:
                claimed = stored.claim(transaction, now, self._name, now + _LEASE_MS)
            if claimed is not None:
                self._pool.submit(self._send, *claimed).add_done_callback(_log_failure)

    def _send(self, sandbox_id: str, delivery: Delivery) -> None:
        with self._store.read() as transaction:
            settings = stored.settings(transaction, sandbox_id)
        url = settings.url(delivery.kind)
        if url is None:
            reply = Reply(None, None, "no URL is announced for this webhook")
        else:
            reply = self._outgoing.post(
                sandbox_id,
                delivery.kind.value,
                _TITLES[delivery.kind],
                url,
                delivery.payload,
                contract_path=_PATHS[delivery.kind],
                authorization=settings.authorization,
            )
        self._conclude(sandbox_id, delivery, reply)
        self.wake()

    def _conclude(self, sandbox_id: str, delivery: Delivery, reply: Reply) -> None:
        attempts = delivery.attempts + 1
        problem = reply.problem
        changes: dict[str, Any] = {"attempts": attempts, "status": reply.status}
        if reply.succeeded:
            problem = invites.judge_answer(reply.body) if delivery.kind is WebhookKind.ATTRIBUTION else None
            changes["state"] = DeliveryState.DELIVERED
            changes["answer"] = reply.body if problem is None else None
        elif attempts > len(invites.RETRY_DELAYS):
            changes["state"] = DeliveryState.FAILED
        else:
            delay = round(invites.RETRY_DELAYS[attempts - 1] * 1000)
            changes |= {"state": DeliveryState.PENDING, "next_at": self._clock.now_ms() + delay}
        with self._store.write(sandbox_id) as transaction:
            if not stored.conclude(transaction, sandbox_id, delivery.id, self._name, problem=problem, **changes):
                return
            if delivery.kind is WebhookKind.ATTRIBUTION and isinstance(changes.get("answer"), dict):
                partner_id = changes["answer"].get("brokerPartnerId")
                invited = stored.registration(transaction, sandbox_id, delivery.payload["invitedUserId"])
                if partner_id is not None and invited is not None:
                    known = replace(invited, broker_partner_id=partner_id)
                    stored.put_registration(transaction, sandbox_id, known)
