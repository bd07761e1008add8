"""The mails the broker has sent. They are kept here instead of being handed to a mail server."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from broker_reference.attributions import email_key
from broker_reference.store.schema import mails


@dataclass(frozen=True)
class Mail:
    """One mail. `link` is the one its text asks to open; `sent_at` is epoch ms."""

    recipient: str
    subject: str
    text: str
    link: str
    sent_at: int


def add(connection: Connection, mail: Mail) -> int:
    """Send a mail, in the transaction that gives the reason for it. Returns its number."""
    added = connection.execute(
        insert(mails).values(
            recipient=mail.recipient,
            recipient_key=email_key(mail.recipient),
            subject=mail.subject,
            text=mail.text,
            link=mail.link,
            sent_at=mail.sent_at,
        )
    )
    assert added.inserted_primary_key is not None
    return int(added.inserted_primary_key[0])


def take_back(connection: Connection, number: int) -> None:
    """Send a mail after all not, in the transaction in which it was added: nobody has seen it."""
    connection.execute(delete(mails).where(mails.c.id == number))


def latest(connection: Connection, recipient: str | None, limit: int) -> list[Mail]:
    """Return the latest mails, newest first: those to one address in any spelling, or all."""
    query = (
        select(mails.c.recipient, mails.c.subject, mails.c.text, mails.c.link, mails.c.sent_at)
        .order_by(mails.c.id.desc())
        .limit(limit)
    )
    if recipient is not None:
        query = query.where(mails.c.recipient_key == email_key(recipient))
    return [Mail(**row._mapping) for row in connection.execute(query)]
