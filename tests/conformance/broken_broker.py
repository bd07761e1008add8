"""The reference broker with one planted defect, as a process of its own: `BROKEN_BROKER` names the defect."""

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from broker_reference import session
from broker_reference.__main__ import main
from broker_reference.clients import Clients
from broker_reference.context import broker
from broker_reference.ctrader import CTrader
from broker_reference.partner_programme import PartnerProgramme
from broker_reference.store import attributions, clients

DEFECTS: dict[str, Callable[[], None]] = {}


def defect(plant: Callable[[], None]) -> Callable[[], None]:
    DEFECTS[plant.__name__] = plant
    return plant


@defect
def healthy() -> None:
    """No defect: what the other runs are compared with."""


@defect
def partner_id_never_sent() -> None:
    """Flow 1 stage 4: the outbox swallows call 3.6."""
    CTrader.set_partner_identifier = lambda *_: None  # type: ignore[method-assign]


@defect
def wrong_crm_name() -> None:
    """Stage 4: call 3.6 names a CRM that is not the manager's."""
    original = CTrader.set_partner_identifier

    def send(self: CTrader, *arguments: Any) -> None:
        good, self._settings = self._settings, replace(self._settings, broker_crm_name="OTHERCRM")
        try:
            original(self, *arguments)
        finally:
            self._settings = good

    CTrader.set_partner_identifier = send  # type: ignore[method-assign]


@defect
def website_refuses_clients() -> None:
    """Flow 2 stage 1: whoever registers on the website is turned away."""

    def refuse(*_: Any, **__: Any) -> None:
        raise RuntimeError("planted")

    Clients.register = refuse


@defect
def partner_id_in_lower_case() -> None:
    """Stage 4: the identifier changes its case on the way to cTrader."""
    original = CTrader.set_partner_identifier

    def send(self: CTrader, partner_id: str, target: Any) -> None:
        original(self, partner_id.lower(), target)

    CTrader.set_partner_identifier = send  # type: ignore[method-assign]


@defect
def signup_refused() -> None:
    """Stage 13: the screen refuses whoever brings a partnerId."""

    def refuse(*_: Any, **__: Any) -> None:
        raise RuntimeError("planted")

    attributions.record = refuse


@defect
def never_attributed() -> None:
    """Stage 15: the pending attribution is never completed."""
    attributions.complete = lambda *_: False


@defect
def list_hides_newest() -> None:
    """Stage 15 as seen from outside: the list is read, but leaves the newest referral out."""
    original = attributions.referrals
    attributions.referrals = lambda *arguments: original(*arguments)[1:]


@defect
def list_open_to_all() -> None:
    """Stage 16: the list opens without a log-in."""
    original = session.logged_in_client

    def anybody() -> Any:
        known = original()
        if known is not None:
            return known
        with broker().database.read() as connection:
            return clients.existing(connection, 1)

    session.logged_in_client = anybody


@defect
def listed_twice() -> None:
    """Stage 18: every referral is shown twice."""
    original = attributions.referrals
    attributions.referrals = lambda *arguments: [one for one in original(*arguments) for _ in range(2)]


@defect
def old_identifier_kept() -> None:
    """Flow 2 stage 4: an existing partner gets no new identifier."""
    PartnerProgramme.settle_after_authorisation = lambda *_: None  # type: ignore[method-assign]


if __name__ == "__main__":
    DEFECTS[os.environ["BROKEN_BROKER"]]()
    main()
