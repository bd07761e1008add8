"""What clients change about themselves: the address, the password, being logged in."""

from sqlalchemy import Connection

from broker_reference.clients import Clients, EmailTaken
from broker_reference.clock import Clock
from broker_reference.locks import ClientLocks
from broker_reference.outbox import Outbox
from broker_reference.store import clients as stored_clients
from broker_reference.store import notices as stored_notices
from broker_reference.store import tokens as stored_tokens
from broker_reference.store.database import Database
from broker_reference.store.notices import EmailChange, NoticeState


class ChangePending(Exception):
    """cTrader has not answered to the previous change of address yet."""


class Profile:
    """Decides and stores; what cTrader must be told of it is the outbox's."""

    def __init__(
        self, database: Database, clients: Clients, outbox: Outbox, locks: ClientLocks, clock: Clock
    ) -> None:
        self._database = database
        self._clients = clients
        self._outbox = outbox
        self._locks = locks
        self._clock = clock

    def change_email(self, client_id: int, email: str, password: str) -> None:
        """Change the address here and, for a user, in cTrader (call 3.10); the same address changes nothing.

        If cTrader refuses, the outbox takes the change back. Until it has answered, the old address is kept free
        for that and no further change is taken.

        Raises WrongPassword, EmailTaken, ChangePending.
        """
        # Waits for a running call 3.2: it carries the old address, and decides whether cTrader must be told.
        with self._locks.holding(client_id):
            self._recognise(client_id, password)
            with self._database.write() as connection:
                client = stored_clients.existing(connection, client_id)
                if email == client.email:
                    return
                holder = stored_clients.by_email(connection, email)
                reserved = stored_notices.holds_address(connection, email, other_than=client_id)
                if reserved or (holder is not None and holder.id != client_id):
                    raise EmailTaken
                latest = stored_notices.latest_email_change(connection, client_id)
                if latest is not None and latest.state is NoticeState.PENDING:
                    raise ChangePending
                stored_clients.set_email(connection, client_id, email)
                if client.user_id is not None:
                    stored_notices.add_email_change(
                        connection,
                        client_id,
                        client.user_id,
                        previous=client.email,
                        new=email,
                        now=self._clock.now_ms(),
                    )
        self._outbox.wake()

    def latest_email_change(self, client_id: int) -> EmailChange | None:
        """Return how the latest change of address fared in cTrader."""
        with self._database.read() as connection:
            return stored_notices.latest_email_change(connection, client_id)

    def change_password(self, client_id: int, current: str, new: str) -> None:
        """Change the password and end every session begun with the old one: here, and in cTrader's applications.

        The caller starts a new session for the client who typed it. Raises WrongPassword.
        """
        self._recognise(client_id, current)
        password_hash = self._clients.hash_of(new)
        with self._database.write() as connection:
            self.set_password(connection, client_id, password_hash)
        self._outbox.wake()

    def set_password(self, connection: Connection, client_id: int, password_hash: str) -> None:
        """Store a new password, as `Clients.hash_of` gives it, and end every session.

        The caller wakes the outbox.
        """
        stored_clients.set_password(connection, client_id, password_hash)
        self._log_out(connection, client_id)

    def log_out(self, client_id: int) -> None:
        """Log the client out of all cTrader applications (call 3.12).

        The broker's own tokens go in the same transaction: call 3.12 drops the user's sessions, and an accessToken
        left valid would let the applications straight back in (section 5.5).
        """
        with self._database.write() as connection:
            self._log_out(connection, client_id)
        self._outbox.wake()

    def _log_out(self, connection: Connection, client_id: int) -> None:
        client = stored_clients.existing(connection, client_id)
        now = self._clock.now_ms()
        stored_tokens.revoke_all(connection, client_id, now)
        if client.user_id is not None:
            stored_notices.add_log_out(connection, client_id, client.user_id, now)

    def _recognise(self, client_id: int, password: str) -> None:
        with self._database.read() as connection:
            email = stored_clients.existing(connection, client_id).email
        self._clients.recognise(email, password)
