"""Reset of a forgotten password (cases 6.2.7 and 6.3.9): a link by mail, good once and for half an hour."""

from collections.abc import Callable
from dataclasses import dataclass

from broker_reference.clients import Clients
from broker_reference.clock import Clock
from broker_reference.ids import Ids
from broker_reference.outbox import Outbox
from broker_reference.profile import Profile
from broker_reference.store import clients as stored_clients
from broker_reference.store import mails as stored_mails
from broker_reference.store import password_resets as stored
from broker_reference.store.database import Database
from broker_reference.store.mails import Mail
from broker_reference.tokens import RESET_PREFIX, has_shape

_NOBODY = "Nobody"


class LinkOver(Exception):
    """The link was used, has expired, or was not made by the broker."""


@dataclass(frozen=True)
class Letter:
    """What the mail says."""

    subject: str
    text: str


class PasswordReset:
    """Sends the links and takes the new passwords."""

    def __init__(
        self, database: Database, clients: Clients, profile: Profile, outbox: Outbox, clock: Clock, ids: Ids
    ) -> None:
        self._database = database
        self._clients = clients
        self._profile = profile
        self._outbox = outbox
        self._clock = clock
        self._ids = ids

    def send_link(
        self, email: str, link_of: Callable[[str], str], letter_of: Callable[[str, str], Letter]
    ) -> None:
        """Mail a link to the client with this address.

        For an unknown address nothing comes of it, and the caller is not told. The same is done for it and then
        taken back, so that the time of the answer does not tell either: most of it goes into the disk.

        Args:
            email: as typed.
            link_of: makes the link that carries a token.
            letter_of: writes the mail, from the client's first name and the link.
        """
        token = RESET_PREFIX + self._ids.secret()
        link, now = link_of(token), self._clock.now_ms()
        with self._database.write() as connection:
            client = stored_clients.by_email(connection, email)
            letter = letter_of(_NOBODY if client is None else client.first_name, link)
            recipient = email if client is None else client.email
            mail = stored_mails.add(connection, Mail(recipient, letter.subject, letter.text, link, now))
            if client is None:
                stored_mails.take_back(connection, mail)
            else:
                stored.add(connection, token, client.id, now)

    def is_open(self, token: str) -> bool:
        """Tell whether a link may be used still. Looking does not use it up: programs open links of mails too."""
        if not has_shape(RESET_PREFIX, token):
            return False
        with self._database.read() as connection:
            return stored.holder(connection, token, self._clock.now_ms()) is not None

    def complete(self, token: str, password: str) -> int:
        """Set the new password; ends all sessions and uses up all links of the client. Returns the internal id.

        cTrader is told before this returns, if it answers at all: call 3.12 must not end the session that the
        client is about to begin with the new password. Raises LinkOver.
        """
        if not has_shape(RESET_PREFIX, token):
            raise LinkOver
        password_hash = self._clients.hash_of(password)
        now = self._clock.now_ms()
        with self._database.write() as connection:
            client_id = stored.holder(connection, token, now)
            if client_id is None:
                raise LinkOver
            stored.use_up(connection, client_id, now)
            self._profile.set_password(connection, client_id, password_hash)
        self._outbox.deliver_notices_of(client_id)
        return client_id

    def mails(self, recipient: str | None, limit: int) -> list[Mail]:
        """Return the latest mails sent, newest first: to one address, or all."""
        with self._database.read() as connection:
            return stored_mails.latest(connection, recipient, limit)
