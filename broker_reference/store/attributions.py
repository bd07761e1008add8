"""Attributions: who was brought by whom, and a partner's list of referrals."""

from dataclasses import dataclass

from sqlalchemy import Connection, select, tuple_, update
from sqlalchemy.dialects.sqlite import insert

from broker_reference.attributions import AttributionState, Brought, Refusal, Source
from broker_reference.partners import Level
from broker_reference.store.partners import Identifier, Resolved
from broker_reference.store.schema import attributions, clients, identifiers


@dataclass(frozen=True)
class Attribution:
    """What the broker recorded about the partnerId one client came with."""

    state: AttributionState
    partner_id: str


@dataclass(frozen=True)
class Referral:
    """One line of a partner's list. `attributed_at` is epoch ms."""

    client_id: int
    email: str
    first_name: str
    last_name: str
    partner_id: str
    level: Level
    attributed_at: int


@dataclass(frozen=True)
class Position:
    """Place in a list sorted newest first: after the referral with these two keys."""

    attributed_at: int
    client_id: int


def record(
    connection: Connection,
    client_id: int,
    partner_id: str,
    resolved: Resolved | None,
    refusal: Refusal | None,
    now: int,
) -> bool:
    """Record the partnerId of a signup, pending or refused. Returns False if there is a record already."""
    pending = refusal is None
    statement = (
        insert(attributions)
        .values(
            client=client_id,
            partner_id=partner_id,
            identifier=None if resolved is None else resolved.identifier_id,
            partner_client=resolved.owner.client_id if resolved is not None and pending else None,
            state=(AttributionState.PENDING if pending else AttributionState.REFUSED).value,
            refusal=None if refusal is None else refusal.value,
            source=Source.PARTNER_ID.value,
            recorded_at=now,
        )
        .on_conflict_do_nothing(index_elements=["client"])
        .returning(attributions.c.client)
    )
    return connection.execute(statement).scalar_one_or_none() is not None


def of_client(connection: Connection, client_id: int) -> Attribution | None:
    """Return the client's attribution, pending or done; None if there is none or it was refused."""
    row = connection.execute(
        select(attributions.c.state, attributions.c.partner_id).where(
            attributions.c.client == client_id, attributions.c.state != AttributionState.REFUSED.value
        )
    ).one_or_none()
    return None if row is None else Attribution(AttributionState(row.state), row.partner_id)


def brought_by(connection: Connection, client_id: int) -> Brought | None:
    """Return who brought a client and how that is known; None if nobody, or if it was refused."""
    row = connection.execute(
        select(
            attributions.c.partner_client, attributions.c.partner_id, attributions.c.source, attributions.c.state
        ).where(attributions.c.client == client_id, attributions.c.state != AttributionState.REFUSED.value)
    ).one_or_none()
    if row is None:
        return None
    return Brought(row.partner_client, row.partner_id, Source(row.source), AttributionState(row.state))


def attribute_by_invite(
    connection: Connection, client_id: int, partner_client_id: int, identifier: Identifier, now: int
) -> None:
    """Attribute a client at once, instead of any earlier record: cTrader Invite speaks of users who exist."""
    facts = {
        "partner_id": identifier.identifier,
        "identifier": identifier.id,
        "partner_client": partner_client_id,
        "state": AttributionState.ATTRIBUTED.value,
        "refusal": None,
        "source": Source.INVITE.value,
        "recorded_at": now,
        "attributed_at": now,
    }
    connection.execute(
        insert(attributions)
        .values(client=client_id, **facts)
        .on_conflict_do_update(index_elements=["client"], set_=facts)
    )


def complete(connection: Connection, client_id: int, now: int) -> bool:
    """Turn a pending attribution into a visible one (E-12). Returns False if nothing was pending."""
    statement = (
        update(attributions)
        .where(attributions.c.client == client_id, attributions.c.state == AttributionState.PENDING.value)
        .values(state=AttributionState.ATTRIBUTED.value, attributed_at=now)
        .returning(attributions.c.client)
    )
    return connection.execute(statement).scalar_one_or_none() is not None


def referrals(
    connection: Connection, partner_client_id: int, after: Position | None, limit: int
) -> list[Referral]:
    """Return up to `limit` attributed clients of a partner, newest first, older than `after`.

    The sort keys change only when a client moves to another partner, and so to the top of that one's list: pages
    neither repeat nor skip while newer referrals arrive.
    """
    query = (
        select(
            attributions.c.client.label("client_id"),
            clients.c.email,
            clients.c.first_name,
            clients.c.last_name,
            identifiers.c.identifier.label("partner_id"),
            identifiers.c.level,
            attributions.c.attributed_at,
        )
        .select_from(
            attributions.join(clients, clients.c.id == attributions.c.client).join(
                identifiers, identifiers.c.id == attributions.c.identifier
            )
        )
        .where(
            attributions.c.partner_client == partner_client_id,
            attributions.c.state == AttributionState.ATTRIBUTED.value,
        )
        .order_by(attributions.c.attributed_at.desc(), attributions.c.client.desc())
        .limit(limit)
    )
    if after is not None:
        query = query.where(
            tuple_(attributions.c.attributed_at, attributions.c.client)
            < tuple_(after.attributed_at, after.client_id)
        )
    return [
        Referral(**{**row._mapping, "level": Level(row.level)})  # the column holds the plain string
        for row in connection.execute(query)
    ]
