"""Defects of the money screens: cases 6.3.4 and 6.3.5."""

from dataclasses import replace
from typing import Any

from sqlalchemy import select

from broker_reference.ctrader import BalanceChange, CTrader
from broker_reference.money import Action
from broker_reference.mutants.register import instead_of, mutant
from broker_reference.payments import Opened, Payments
from broker_reference.store import payments as stored_payments
from broker_reference.store.payments import Screen
from broker_reference.store.schema import accounts
from broker_reference.tokens import SCREEN_PREFIX

_DEPOSIT = "functional/6.3.4-a-deposit-from-the-application"
_WITHDRAWAL = "functional/6.3.5-a-withdrawal-from-the-application"
_FORGED = "functional/6.3.4-the-deposit-screen-does-not-work-with-a-made-up-one-time-token"


@mutant(_DEPOSIT, duty="deposit-booked", played=(_WITHDRAWAL, _FORGED))
def deposit_doubled() -> None:
    """A deposit is booked with twice its amount."""

    @instead_of(CTrader, "change_balance")
    def change_balance(original: Any, self: CTrader, login: int, change: BalanceChange) -> Any:
        if change.type == "DEPOSIT":
            change = replace(change, amount=change.amount * 2)
        return original(self, login, change)


@mutant(_DEPOSIT, duty="deposit-booked", also=(_WITHDRAWAL,), played=(_FORGED,))
def deposit_in_cents() -> None:
    """Money is booked in cents where cTrader wants units of the currency."""

    @instead_of(CTrader, "change_balance")
    def change_balance(original: Any, self: CTrader, login: int, change: BalanceChange) -> Any:
        return original(self, login, replace(change, amount=change.amount * 100))


@mutant(_WITHDRAWAL, duty="withdrawal-booked", played=(_DEPOSIT,))
def withdrawal_booked_as_deposit() -> None:
    """A withdrawal is booked as a deposit."""

    @instead_of(CTrader, "change_balance")
    def change_balance(original: Any, self: CTrader, login: int, change: BalanceChange) -> Any:
        return original(self, login, replace(change, type="DEPOSIT"))


@mutant(_FORGED, duty="inapp-token-needed", played=(_DEPOSIT, _WITHDRAWAL))
def deposit_without_token() -> None:
    """The money screens open for any account, whatever the one-time token."""

    @instead_of(Payments, "open_screen")
    def open_screen(original: Any, self: Payments, token: str, action: Action, login: int) -> Any:
        opened = original(self, token, action, login)
        if isinstance(opened, Opened):
            return opened
        secret = SCREEN_PREFIX + self._ids.secret()
        with self._database.write() as connection:
            row = connection.execute(
                select(accounts.c.id, accounts.c.client).where(accounts.c.login == login)
            ).one()
            stored_payments.open_screen(connection, secret, row.client, row.id, action, self._clock.now_ms())
        return Opened(secret, Screen(row.client, row.id, login, action))
