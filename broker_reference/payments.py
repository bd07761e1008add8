"""Deposits and withdrawals from an InApp screen (section 5.7): the one-time token in, call 3.5 out."""

import logging
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection

from broker_reference.clock import Clock
from broker_reference.ctrader import BalanceChange, CTrader, CTraderError
from broker_reference.ids import Ids
from broker_reference.inapp_entry import InAppEntry
from broker_reference.locks import ClientLocks
from broker_reference.money import Action
from broker_reference.store import accounts as stored_accounts
from broker_reference.store import payments as stored
from broker_reference.store.database import Database
from broker_reference.store.payments import Payment, Screen
from broker_reference.tokens import NONCE_PREFIX, SCREEN_PREFIX, Verdict, has_shape

logger = logging.getLogger(__name__)

_CALL = "3.5"


class ForeignAccount(Exception):
    """The account is not one of this user's."""


class ScreenOver(Exception):
    """The form comes from no open screen of this action."""


@dataclass(frozen=True)
class Opened:
    """A screen that just opened: the secret its form sends back, and the screen."""

    secret: str
    screen: Screen


class Payments:
    """Opens money screens and makes call 3.5, once per form."""

    def __init__(self, database: Database, ctrader: CTrader, locks: ClientLocks, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._ctrader = ctrader
        self._locks = locks
        self._clock = clock
        self._ids = ids
        self._entry = InAppEntry(database, clock, ids)

    def open_screen(self, token: str, action: Action, login: int) -> Opened | Verdict:
        """Use a one-time token up and open the screen of one action on one account.

        Returns the verdict if the token is not valid. Raises ForeignAccount, which leaves the token unused.
        """

        def keep(connection: Connection, secret: str, client_id: int, now: int) -> Screen:
            accounts = stored_accounts.linked_of_client(connection, client_id)
            account = next((one for one in accounts if one.login == login), None)
            if account is None:
                raise ForeignAccount
            stored.open_screen(connection, secret, client_id, account.id, action, now)
            return Screen(client_id, account.id, login, action)

        opened = self._entry.open_screen(token, keep)
        return opened if isinstance(opened, Verdict) else Opened(*opened)

    def nonce(self) -> str:
        """Return what makes one form one payment, however often it is submitted."""
        return NONCE_PREFIX + self._ids.secret()

    def screen(self, secret: str, action: Action) -> Screen:
        """Return the open screen behind a form. Raises ScreenOver."""
        if not has_shape(SCREEN_PREFIX, secret):
            raise ScreenOver
        with self._database.read() as connection:
            screen = stored.screen(connection, secret, action, self._clock.now_ms())
        if screen is None:
            raise ScreenOver
        return screen

    def submit(self, screen: Screen, nonce: str, amount: Decimal) -> Payment:
        """Move the money, or return what the same form came to before.

        Call 3.5 is never repeated by itself: nothing documents that cTrader would notice. If its outcome is not
        certain the payment stays UNKNOWN, for people to clear up by its external id. Raises ScreenOver for a
        nonce of another screen.
        """
        if not has_shape(NONCE_PREFIX, nonce):
            raise ScreenOver
        with self._locks.holding(screen.client_id):
            with self._database.write() as connection:
                payment, is_new = stored.begin(
                    connection, screen, nonce, f"TX-{self._ids.secret()}", amount, self._clock.now_ms()
                )
            if payment.account_id != screen.account_id or payment.action is not screen.action:
                raise ScreenOver
            return self._make(payment) if is_new else payment

    def latest(self, client_id: int, limit: int) -> list[Payment]:
        """Return a client's latest payments, newest first."""
        with self._database.read() as connection:
            return stored.of_client(connection, client_id, limit)

    def _make(self, payment: Payment) -> Payment:
        change = BalanceChange(payment.action.change_type, payment.amount, payment.external_id)
        try:
            balance_history_id = self._ctrader.change_balance(payment.login, change)
        except CTraderError as error:
            return self._record_failure(payment, error)
        with self._database.write() as connection:
            stored.mark_done(connection, payment.id, balance_history_id)
            return stored.by_id(connection, payment.id)

    def _record_failure(self, payment: Payment, error: CTraderError) -> Payment:
        answered = error.http_status is not None and error.http_status < 500
        # A failed call 3.1 means that call 3.5 was never made.
        certain = answered or not error.sent or error.call != _CALL
        mark = stored.mark_refused if certain else stored.mark_unknown
        log = logger.warning if certain else logger.error
        log("payment %s %s: %s", payment.external_id, "refused" if certain else "of unknown outcome", error)
        with self._database.write() as connection:
            mark(connection, payment.id, error.error_code, str(error))
            return stored.by_id(connection, payment.id)
