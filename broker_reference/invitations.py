"""cTrader Invite: attribution that happens in cTrader and is then told to the broker (section C)."""

import logging
from dataclasses import dataclass

from sqlalchemy import Connection

from broker_reference.attributions import AttributionState, BrokerResult, InviteStep, invite_step
from broker_reference.clock import Clock
from broker_reference.ids import Ids
from broker_reference.partners import Level, Purpose
from broker_reference.store import attributions as stored_attributions
from broker_reference.store import clients as stored_clients
from broker_reference.store import invitations as stored
from broker_reference.store import partners as stored_partners
from broker_reference.store.database import Database
from broker_reference.store.invitations import AnnouncedUser, Invitation
from broker_reference.store.partners import Identifier

logger = logging.getLogger(__name__)

# Best first. Which one is shown is the broker's choice; all of them resolve.
_PREFERRED = (Purpose.CTRADER, Purpose.INVITE, Purpose.WEBSITE)


@dataclass(frozen=True)
class Answer:
    """What cTrader gets back. `partner_id` is None while the partner has no user-level identifier."""

    result: BrokerResult
    partner_id: str | None


class Invitations:
    """Takes in what the webhooks deliver."""

    def __init__(self, database: Database, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids

    def attribute(self, invitation: Invitation) -> Answer:
        """Take in one attribution (section C.1); a repeat changes nothing.

        The payload carries neither time nor number, so what comes last counts as the latest word: an old delivery
        held back for long cannot be told from a return to the former partner.
        """
        with self._database.write() as connection:
            stored.remember(connection, invitation, self._clock.now_ms())
            return self._settle(connection, invitation)

    def settle_known_user(self, connection: Connection, user_id: int) -> None:
        """Complete the invitations that waited for a user, in the transaction that makes the user known."""
        for invitation in stored.pending_of_user(connection, user_id):
            self._settle(connection, invitation)

    def record_user(self, user: AnnouncedUser) -> None:
        """Keep what the new-user webhook says (section C.3)."""
        with self._database.write() as connection:
            stored.record_user(connection, user, self._clock.now_ms())

    def _settle(self, connection: Connection, invitation: Invitation) -> Answer:
        invited = stored_clients.by_user_id(connection, invitation.invited_user_id)
        partner = stored_clients.by_user_id(connection, invitation.partner_user_id)
        if invited is None or partner is None:
            known = None if partner is None else self._known_identifier(connection, partner.id, invitation)
            return Answer(BrokerResult.PENDING_ATTRIBUTION, None if known is None else known.identifier)
        stored.mark_settled(connection, invitation)
        brought = stored_attributions.brought_by(connection, invited.id)
        step = invite_step(brought, partner.id)
        if brought is not None and step in (InviteStep.KEEP, InviteStep.KEEP_OTHER):
            if step is InviteStep.KEEP_OTHER:
                logger.warning(
                    "client %d was brought by client %d and stays so, though cTrader Invite names client %d",
                    invited.id,
                    brought.partner_client_id,
                    partner.id,
                )
            done = brought.state is AttributionState.ATTRIBUTED
            # A partnerId becomes an attribution when the flow is complete (E-12), invited or not.
            result = BrokerResult.ATTRIBUTED if done else BrokerResult.PENDING_ATTRIBUTION
            return Answer(result, brought.partner_id)
        identifier = self._known_identifier(connection, partner.id, invitation)
        result = BrokerResult.ATTRIBUTED
        if identifier is None:
            identifier, result = self._mint(connection, partner.id), BrokerResult.ATTRIBUTED_NEW
        stored_attributions.attribute_by_invite(
            connection, invited.id, partner.id, identifier, self._clock.now_ms()
        )
        return Answer(BrokerResult.REATTRIBUTED if step is InviteStep.MOVE else result, identifier.identifier)

    def _known_identifier(
        self, connection: Connection, client_id: int, invitation: Invitation
    ) -> Identifier | None:
        """Return the partner's user-level identifier: the one cTrader names, else the best there is."""
        partner = stored_partners.of_client(connection, client_id)
        if partner is None:
            return None
        found = [
            identifier
            for identifier in stored_partners.identifiers_of(connection, partner)
            if identifier.level is Level.USER
        ]
        for identifier in found:
            if identifier.identifier == invitation.announced_partner_id:
                return identifier
        return min(found, key=lambda identifier: _PREFERRED.index(identifier.purpose), default=None)

    def _mint(self, connection: Connection, client_id: int) -> Identifier:
        """Make the client a partner, if need be, and mint an identifier. cTrader learns it from our answer."""
        now = self._clock.now_ms()
        partner = stored_partners.ensure(connection, client_id, Level.USER, now)
        minted = stored_partners.mint(connection, partner, Level.USER, Purpose.INVITE, self._ids, now)
        return next(
            identifier
            for identifier in stored_partners.identifiers_of(connection, partner)
            if identifier.id == minted
        )
