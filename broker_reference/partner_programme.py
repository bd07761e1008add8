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


class UnusableAccount(ValueError):
    """The trading account is not the client's, or call 3.6 cannot name it."""


class NotReplaceable(ValueError):
    """The identifier is not one of the client's that another may take the place of."""


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

    def register(self, client_id: int, level: Level, mode: Mode | None, login: int | None = None) -> Step:
        """Register a client as a partner; doing it twice changes nothing.

        Args:
            login: the trading account that becomes a partner at account level; the first one by default.

        Returns what it led to. Raises ModeRequired if the client must choose a way and did not, UnusableAccount
        if the account named is not one of the client's that call 3.6 could name.
        """
        with self._database.write() as connection:
            step = self._register(connection, client_id, level, mode, login)
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

    def change_identifier(self, client_id: int, partner_id: str) -> None:
        """Give a partner another identifier in the place of one in use, which stays resolvable (E-7).

        In cTrader the new one takes over what the old one was set on; the outbox sees to it. An identifier that
        was replaced already is left as it is, so that submitting twice mints once.

        Raises NotReplaceable for what is not a current identifier of this client.
        """
        with self._database.write() as connection:
            partner = stored_partners.of_client(connection, client_id)
            found = [] if partner is None else stored_partners.identifiers_of(connection, partner)
            old = next((one for one in found if one.identifier == partner_id), None)
            if partner is None or old is None:
                raise NotReplaceable
            if old.replaced:
                return
            if not is_replaceable(old, found):
                raise NotReplaceable
            self._replace(connection, partner, old)
        self._outbox.wake()

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

    def _register(
        self, connection: Connection, client_id: int, level: Level, mode: Mode | None, login: int | None
    ) -> Step:
        client = stored_clients.existing(connection, client_id)
        partner = stored_partners.of_client(connection, client_id)
        minted = None if partner is None else self._for_ctrader(connection, partner, level)
        target = self._target(connection, client_id, level, login)
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

    def _replace(self, connection: Connection, partner: Partner, old: Identifier) -> None:
        now = self._clock.now_ms()
        stored_partners.mark_replaced(connection, old.id, now)
        new = stored_partners.mint(connection, partner, old.level, old.purpose, self._ids, now)
        if old.purpose is Purpose.CTRADER:
            target = stored_outbox.target_of(connection, old.id)
            stored_outbox.drop_unset(connection, old.id)
            stored_outbox.add(connection, new, target, now)

    def _target(
        self, connection: Connection, client_id: int, level: Level, login: int | None = None
    ) -> Target | None:
        client = stored_clients.existing(connection, client_id)
        links = {
            account.login: account.ctid_trader_account_id
            for account in stored_accounts.linked_of_client(connection, client_id)
            if account.ctid_trader_account_id is not None
        }
        if level is Level.ACCOUNT and login is not None and login not in links:
            raise UnusableAccount
        chosen = links.get(login) if login is not None else next(iter(links.values()), None)
        return target_at(level, client.user_id, chosen)

    def _has_joined(self, connection: Connection, partner: Partner) -> bool:
        """Tell whether the client joined on their own, and not only by inviting in cTrader."""
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
                if identifier.purpose is Purpose.CTRADER and identifier.level is level and not identifier.replaced
            ),
            None,
        )


def is_replaceable(identifier: Identifier, all_of_partner: list[Identifier]) -> bool:
    """Tell whether a partner may have another identifier in the place of this one.

    What cTrader Invite asked for is cTrader's; a website identifier that one for cTrader has followed is history.
    """
    if identifier.replaced or identifier.purpose is Purpose.INVITE:
        return False
    for_ctrader = any(other.purpose is Purpose.CTRADER for other in all_of_partner)
    return identifier.purpose is Purpose.CTRADER or not for_ctrader


def state_word(identifier: Identifier) -> str:
    """Return how an identifier stands in one word.

    `website_only`, `invite`, `pending`, `set`, `failed`, or `replaced` by a newer one.
    """
    if identifier.replaced:
        return "replaced"
    if identifier.purpose is Purpose.INVITE:
        return "invite"
    if identifier.purpose is Purpose.WEBSITE:
        return "website_only"
    return (identifier.setting or SettingState.PENDING).value
