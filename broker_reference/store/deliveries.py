"""Every call of the outbox that is not done: for the operator, who must see what waits and what was given up."""

from dataclasses import dataclass

from sqlalchemy import Connection, literal, select, union_all

from broker_reference.partners import SettingState
from broker_reference.store.notices import NoticeState
from broker_reference.store.schema import identifiers, notices, outbox


@dataclass(frozen=True)
class Undone:
    """One call. `state` is pending or failed, `next_attempt_at` epoch ms; `about` names what it carries."""

    call: str
    about: str
    state: str
    attempts: int
    next_attempt_at: int
    last_error: str | None


def undone(connection: Connection, limit: int) -> list[Undone]:
    """Return the calls that wait or were refused, those that were refused first, then those tried most often."""
    shown = ("state", "attempts", "next_attempt_at", "last_error")
    set_calls = (
        select(
            literal("3.6").label("call"), identifiers.c.identifier.label("about"), *(outbox.c[n] for n in shown)
        )
        .select_from(outbox.join(identifiers))
        .where(outbox.c.state != SettingState.SET.value)
    )
    told = select(notices.c.call, notices.c.user_id.label("about"), *(notices.c[n] for n in shown)).where(
        notices.c.state != NoticeState.DONE.value
    )
    both = union_all(set_calls, told).subquery()
    rows = connection.execute(select(both).order_by(both.c.state, both.c.attempts.desc()).limit(limit))
    return [
        Undone(row.call, str(row.about), row.state, row.attempts, row.next_attempt_at, row.last_error)
        for row in rows
    ]
