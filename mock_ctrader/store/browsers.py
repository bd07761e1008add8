"""Browsers and devices that run the application."""

from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from mock_ctrader.store import schema
from mock_ctrader.store.engine import Transaction
from mock_ctrader.texts import can_be_kept

_b = schema.browsers
_ONE = select(_b).where(_b.c.id == bindparam("id"), _b.c.sandbox_id == bindparam("here"))


@dataclass(frozen=True, slots=True)
class Browser:
    """One browser or device: who is signed in, which account is active, which link it came by.

    `last_user_id` is who was signed in last. It outlives the session: it tells a first login on this device
    from a later one.
    """

    id: str
    broker_name: str
    user_id: int | None = None
    last_user_id: int | None = None
    access_token: str | None = None
    inapp_token: str | None = None
    active_account: int | None = None
    opened_link: str | None = None
    known_partner_ids: dict[str, str] = field(default_factory=dict)

    def with_(self, **changes: Any) -> "Browser":
        """The same browser after a change."""
        return replace(self, **changes)


def find(transaction: Transaction, sandbox_id: str, browser_id: str) -> Browser | None:
    """The browser with this id in this sandbox."""
    if not can_be_kept(browser_id):
        return None
    row = transaction.one(_ONE, {"id": browser_id, "here": sandbox_id})
    return None if row is None else Browser(**{key: value for key, value in row.items() if key != "sandbox_id"})


def add(transaction: Transaction, sandbox_id: str, browser: Browser) -> None:
    """Keep a new browser."""
    transaction.run(insert(_b), {"sandbox_id": sandbox_id, **_values(browser)})


def remove(transaction: Transaction, browser_id: str) -> None:
    """Forget a browser."""
    transaction.run(delete(_b).where(_b.c.id == browser_id))


def change(transaction: Transaction, browser_id: str, **changes: Any) -> None:
    """Keep what changed in a browser; the rest may have been changed by another request meanwhile."""
    transaction.run(update(_b).where(_b.c.id == browser_id).values(**changes))


def _values(browser: Browser) -> dict[str, Any]:
    return {
        "id": browser.id,
        "broker_name": browser.broker_name,
        "user_id": browser.user_id,
        "last_user_id": browser.last_user_id,
        "access_token": browser.access_token,
        "inapp_token": browser.inapp_token,
        "active_account": browser.active_account,
        "opened_link": browser.opened_link,
        "known_partner_ids": browser.known_partner_ids,
    }
