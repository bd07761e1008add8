"""Partners, applications and every identifier ever minted."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from broker_reference.attributions import PartnerOwner
from broker_reference.ids import Ids
from broker_reference.partners import Level, Purpose, SettingState
from broker_reference.store.schema import clients, identifiers, outbox, partner_applications, partners

_MINTING_TRIES = 8


@dataclass(frozen=True)
class Partner:
    """A client who is a partner, and the level chosen at registration."""

    id: int
    level: Level


@dataclass(frozen=True)
class Identifier:
    """One identifier. `setting` and what follows tell how call 3.6 fared; None for website identifiers.

    `replaced`: another took its place; it still resolves (E-7).
    """

    id: int
    identifier: str
    level: Level
    purpose: Purpose
    setting: SettingState | None
    attempts: int | None
    last_error: str | None
    replaced: bool


@dataclass(frozen=True)
class Resolved:
    """An identifier found by its text: its row and the client behind it."""

    identifier_id: int
    owner: PartnerOwner


def of_client(connection: Connection, client_id: int) -> Partner | None:
    """Return the client's partner record."""
    row = connection.execute(
        select(partners.c.id, partners.c.level).where(partners.c.client == client_id)
    ).one_or_none()
    return None if row is None else Partner(row.id, Level(row.level))


def ensure(connection: Connection, client_id: int, level: Level, now: int) -> Partner:
    """Return the client's partner record, creating it at `level` if there is none."""
    connection.execute(
        insert(partners)
        .values(client=client_id, level=level.value, since=now)
        .on_conflict_do_nothing(index_elements=["client"])
    )
    row = connection.execute(select(partners.c.id, partners.c.level).where(partners.c.client == client_id)).one()
    return Partner(row.id, Level(row.level))


def application_of(connection: Connection, client_id: int) -> Level | None:
    """Return the level of the client's waiting application."""
    level = connection.execute(
        select(partner_applications.c.level).where(partner_applications.c.client == client_id)
    ).scalar_one_or_none()
    return None if level is None else Level(level)


def remember_application(connection: Connection, client_id: int, level: Level, now: int) -> None:
    """Remember an application until the user exists; a later one replaces it."""
    statement = insert(partner_applications).values(client=client_id, level=level.value, applied_at=now)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["client"], set_={"level": statement.excluded.level, "applied_at": now}
        )
    )


def drop_application(connection: Connection, client_id: int) -> None:
    """Forget a waiting application that was fulfilled or replaced."""
    connection.execute(delete(partner_applications).where(partner_applications.c.client == client_id))


def mint(connection: Connection, partner: Partner, level: Level, purpose: Purpose, ids: Ids, now: int) -> int:
    """Mint an identifier and return its row id. The unique constraint decides; a collision draws again.

    Raises RuntimeError if no free identifier was drawn in a few tries: the random source is broken.
    """
    for _ in range(_MINTING_TRIES):
        row_id: int | None = connection.execute(
            insert(identifiers)
            .values(
                partner=partner.id,
                identifier=ids.partner_identifier(),
                level=level.value,
                purpose=purpose.value,
                minted_at=now,
            )
            .on_conflict_do_nothing(index_elements=["identifier"])
            .returning(identifiers.c.id)
        ).scalar_one_or_none()
        if row_id is not None:
            return row_id
    raise RuntimeError(f"no free partner identifier in {_MINTING_TRIES} tries")


def mark_replaced(connection: Connection, identifier_id: int, now: int) -> None:
    """Make way for another identifier of the same partner, level and purpose."""
    connection.execute(update(identifiers).where(identifiers.c.id == identifier_id).values(replaced_at=now))


def identifiers_of(connection: Connection, partner: Partner) -> list[Identifier]:
    """Return all identifiers of a partner, the newest (current) first."""
    rows = connection.execute(
        select(
            identifiers.c.id,
            identifiers.c.identifier,
            identifiers.c.level,
            identifiers.c.purpose,
            outbox.c.state,
            outbox.c.attempts,
            outbox.c.last_error,
            identifiers.c.replaced_at,
        )
        .select_from(identifiers.outerjoin(outbox, outbox.c.identifier == identifiers.c.id))
        .where(identifiers.c.partner == partner.id)
        .order_by(identifiers.c.id.desc())
    )
    return [
        Identifier(
            id=row.id,
            identifier=row.identifier,
            level=Level(row.level),
            purpose=Purpose(row.purpose),
            setting=None if row.state is None else SettingState(row.state),
            attempts=row.attempts,
            last_error=row.last_error,
            replaced=row.replaced_at is not None,
        )
        for row in rows
    ]


def resolve(connection: Connection, identifier: str) -> Resolved | None:
    """Find who an identifier belongs to: exact and case-sensitive, current or not (E-7, E-9)."""
    row = connection.execute(
        select(identifiers.c.id, clients.c.id.label("client"), clients.c.email)
        .select_from(identifiers.join(partners).join(clients))
        .where(identifiers.c.identifier == identifier)
    ).one_or_none()
    return None if row is None else Resolved(row.id, PartnerOwner(row.client, row.email))
