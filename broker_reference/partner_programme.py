"""The partner programme: registering, recognising and describing partners (section 5.8, flows 1 and 2)."""

import logging
from dataclasses import dataclass

from sqlalchemy import Connection

from broker_reference.clock import Clock
from broker_reference.ids import Ids
from broker_reference.outbox import Outbox
from broker_reference.partners import (
    Level,
    Mode,
    Purpose,
    SettingState,
    Standing,
    Step,
    Target,
    next_step,
    target_at,
)
from broker_reference.store import accounts as stored_accounts
from broker_reference.store import clients as stored_clients
from broker_reference.store import outbox as stored_outbox
from broker_reference.store import partners as stored_partners
from broker_reference.store.database import Database
from broker_reference.store.partners import Identifier, Partner

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Membership:
    """Where a client stands: the level applied for, the partner record, its identifiers, newest first."""

    application: Level | None
    partner: Partner | None
    identifiers: list[Identifier]


class PartnerProgramme:
    """Decides and stores; the calls to cTrader are the outbox's."""

    def __init__(self, database: Database, outbox: Outbox, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._outbox = outbox
        self._clock = clock
        self._ids = ids

    def register(self, client_id: int, level: Level, mode: Mode | None) -> Step:
        """Register a client as a partner; doing it twice changes nothing.

        Returns what it led to. Raises ModeRequired if the client must choose a way and did not.
        """
        with self._database.write() as connection:
            step = self._register(connection, client_id, level, mode)
        self._outbox.wake()
        return step

    def settle_after_authorisation(self, connection: Connection, client_id: int) -> None:
        """Do what was put off until the user exists, in the transaction of a successful call 4.2.

        An application becomes a partner record (flow 1). A partner of the website is recognised and gets a
        new identifier, the one to be set in cTrader (flow 2 stage 4); the old one stays resolvable (E-7).
        The caller wakes the outbox after its commit.
        """
        application = stored_partners.application_of(connection, client_id)
        partner = stored_partners.of_client(connection, client_id)
        level = application or (None if partner is None else self._waiting_level(connection, partner))
        if level is None:
            return
        target = self._target(connection, client_id, level)
        if target is None:
            logger.warning("client %d completed user creation without what level %s needs", client_id, level.value)
            return
        self._mint_and_set(connection, client_id, level, target)

    def membership(self, client_id: int) -> Membership:
        """Return where a client stands in the programme."""
        with self._database.read() as connection:
            partner = stored_partners.of_client(connection, client_id)
            return Membership(
                application=stored_partners.application_of(connection, client_id),
                partner=partner,
                # What the client joined with comes before what cTrader Invite asked for.
                identifiers=[]
                if partner is None
                else sorted(
                    stored_partners.identifiers_of(connection, partner),
                    key=lambda identifier: identifier.purpose is Purpose.INVITE,
                ),
            )

    def _register(self, connection: Connection, client_id: int, level: Level, mode: Mode | None) -> Step:
        client = stored_clients.existing(connection, client_id)
        partner = stored_partners.of_client(connection, client_id)
        minted = None if partner is None else self._for_ctrader(connection, partner, level)
        target = self._target(connection, client_id, level)
        step = next_step(
            Standing(
                target=target,
                flow_complete=client.authorised_at is not None,
                is_partner=partner is not None and self._has_joined(connection, partner),
                has_application=stored_partners.application_of(connection, client_id) is not None,
                setting=None if minted is None else minted.setting,
            ),
            mode,
        )
        now = self._clock.now_ms()
        if step is Step.MINT_AND_SET and target is not None:
            self._mint_and_set(connection, client_id, level, target)
        elif step is Step.SEND_AGAIN and minted is not None:
            stored_outbox.requeue(connection, minted.id, now)
        elif step is Step.BECOME_WEBSITE_PARTNER:
            partner = stored_partners.ensure(connection, client_id, level, now)
            stored_partners.mint(connection, partner, level, Purpose.WEBSITE, self._ids, now)
            stored_partners.drop_application(connection, client_id)
        elif step is Step.REMEMBER_APPLICATION:
            stored_partners.remember_application(connection, client_id, level, now)
        return step

    def _mint_and_set(self, connection: Connection, client_id: int, level: Level, target: Target) -> None:
        now = self._clock.now_ms()
        partner = stored_partners.ensure(connection, client_id, level, now)
        identifier_id = stored_partners.mint(connection, partner, level, Purpose.CTRADER, self._ids, now)
        stored_outbox.add(connection, identifier_id, target, now)
        stored_partners.drop_application(connection, client_id)

    def _target(self, connection: Connection, client_id: int, level: Level) -> Target | None:
        client = stored_clients.existing(connection, client_id)
        account = stored_accounts.of_client(connection, client_id)
        return target_at(level, client.user_id, None if account is None else account.ctid_trader_account_id)

    def _has_joined(self, connection: Connection, partner: Partner) -> bool:
        """Tell whether the client joined by himself or herself, and not only by inviting in cTrader."""
        identifiers = stored_partners.identifiers_of(connection, partner)
        return any(identifier.purpose is not Purpose.INVITE for identifier in identifiers)

    def _waiting_level(self, connection: Connection, partner: Partner) -> Level | None:
        """Return the level at which a partner of the website has yet to be set in cTrader."""
        levels = (
            identifier.level
            for identifier in stored_partners.identifiers_of(connection, partner)
            if identifier.purpose is Purpose.WEBSITE
        )
        return next((level for level in levels if self._for_ctrader(connection, partner, level) is None), None)

    def _for_ctrader(self, connection: Connection, partner: Partner, level: Level) -> Identifier | None:
        """Return the identifier minted for call 3.6 at a level."""
        return next(
            (
                identifier
                for identifier in stored_partners.identifiers_of(connection, partner)
                if identifier.purpose is Purpose.CTRADER and identifier.level is level
            ),
            None,
        )


def state_word(identifier: Identifier) -> str:
    """Return how an identifier stands in one word: `website_only`, `invite`, `pending`, `set` or `failed`."""
    if identifier.purpose is Purpose.INVITE:
        return "invite"
    if identifier.purpose is Purpose.WEBSITE:
        return "website_only"
    return (identifier.setting or SettingState.PENDING).value
