"""What cTrader Invite told us: who invited whom (section C.1), and which users registered (section C.3)."""

from dataclasses import dataclass

from sqlalchemy import Connection, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from broker_reference.store.schema import announced_users, invitations


@dataclass(frozen=True)
class Invitation:
    """One delivery of the attribution webhook.

    `announced_partner_id` is the partner's identifier as cTrader knows it already, if it does.
    """

    invited_user_id: int
    partner_user_id: int
    broker_name: str
    announced_partner_id: str | None


@dataclass(frozen=True)
class AnnouncedUser:
    """One delivery of the new-user webhook. `partner_user_id` is None for who came without an invite."""

    user_id: int
    broker_name: str
    email: str
    partner_user_id: int | None


def remember(connection: Connection, invitation: Invitation, now: int) -> None:
    """Keep an invitation until it is settled; a later word on the same invited trader replaces it."""
    key = {"invited_user_id": invitation.invited_user_id, "broker_name": invitation.broker_name}
    facts = {
        "partner_user_id": invitation.partner_user_id,
        "announced_partner_id": invitation.announced_partner_id,
        "state": "pending",
        "received_at": now,
    }
    connection.execute(
        insert(invitations).values(**key, **facts).on_conflict_do_update(index_elements=list(key), set_=facts)
    )


def pending_of_user(connection: Connection, user_id: int) -> list[Invitation]:
    """Return the invitations that wait for a user, as the invited one or as the partner."""
    rows = connection.execute(
        select(
            invitations.c.invited_user_id,
            invitations.c.partner_user_id,
            invitations.c.broker_name,
            invitations.c.announced_partner_id,
        )
        .where(
            invitations.c.state == "pending",
            or_(invitations.c.invited_user_id == user_id, invitations.c.partner_user_id == user_id),
        )
        .order_by(invitations.c.received_at, invitations.c.invited_user_id)
    )
    return [Invitation(**row._mapping) for row in rows]


def mark_settled(connection: Connection, invitation: Invitation) -> None:
    """The invitation has led to what it leads to."""
    connection.execute(
        update(invitations)
        .where(
            invitations.c.invited_user_id == invitation.invited_user_id,
            invitations.c.broker_name == invitation.broker_name,
        )
        .values(state="settled")
    )


def record_user(connection: Connection, user: AnnouncedUser, now: int) -> None:
    """Keep a new-user notice; a later one on the same user replaces it."""
    facts = {"email": user.email, "partner_user_id": user.partner_user_id, "received_at": now}
    connection.execute(
        insert(announced_users)
        .values(user_id=user.user_id, broker_name=user.broker_name, **facts)
        .on_conflict_do_update(index_elements=["user_id", "broker_name"], set_=facts)
    )


def announced_user(connection: Connection, user_id: int, broker_name: str) -> AnnouncedUser | None:
    """Return what the new-user webhook told of a user."""
    row = connection.execute(
        select(
            announced_users.c.user_id,
            announced_users.c.broker_name,
            announced_users.c.email,
            announced_users.c.partner_user_id,
        ).where(announced_users.c.user_id == user_id, announced_users.c.broker_name == broker_name)
    ).one_or_none()
    return None if row is None else AnnouncedUser(**row._mapping)
