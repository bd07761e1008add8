"""Registering and recognising clients: passwords, and the partnerId a signup arrives with."""

import logging
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import Connection
from werkzeug.security import check_password_hash, generate_password_hash

from broker_reference.attributions import refusal_of
from broker_reference.clock import Clock
from broker_reference.languages import DEFAULT_LANGUAGE
from broker_reference.store import attributions as stored_attributions
from broker_reference.store import clients as stored_clients
from broker_reference.store import notices as stored_notices
from broker_reference.store import partners as stored_partners
from broker_reference.store.clients import Client
from broker_reference.store.database import Database

logger = logging.getLogger(__name__)

_LOGGED_PARTNER_ID_LENGTH = 255


class WrongPassword(Exception):
    """No client has this address and password."""


class EmailTaken(Exception):
    """The address belongs to a registered client."""


@dataclass(frozen=True)
class NewClient:
    """What a person types to become a client, and the language of the screen it was typed on."""

    email: str
    first_name: str
    last_name: str
    password: str
    language: str = DEFAULT_LANGUAGE


class Clients:
    """The broker's register of clients."""

    def __init__(self, database: Database, clock: Clock, password_cost: int) -> None:
        """Args: password_cost: the cost of scrypt, a power of two."""
        self._password_cost = password_cost
        self._database = database
        self._clock = clock

    def register(self, person: NewClient) -> int:
        """Register a client of the website. Returns the internal id; raises EmailTaken."""
        client_id = self._add(person, partner_id=None, agreed=False, starts_flow=False)
        if client_id is None:
            raise EmailTaken
        return client_id

    def sign_up(self, person: NewClient, *, partner_id: str | None, agreed: bool) -> int:
        """Take a submit of the signup face (section 5.3 stage 4, section 5.8 stage 13).

        A known address with the right password goes on with the flow where it stopped: that is a repeated
        submit or an existing client of the website. The partnerId of the first submit stays (E-13).

        Returns the internal id; raises WrongPassword if the address is known and the password is not its own.
        """
        client_id = self._add(person, partner_id=partner_id, agreed=agreed, starts_flow=True)
        if client_id is not None:
            return client_id
        client = self.recognise(person.email, person.password)
        with self._database.write() as connection:
            self._start_flow(connection, client.id, agreed=agreed)
            if partner_id is not None:
                self._record_partner(connection, client, partner_id, existed_before=True)
        return client.id

    def recognise(self, email: str, password: str) -> Client:
        """Return the client with this address and password, or raise WrongPassword."""
        with self._database.read() as connection:
            client = stored_clients.by_email(connection, email)
        # Unknown addresses cost the same hashing, so the time taken does not tell them apart.
        right = check_password_hash(self._decoy if client is None else client.password_hash, password)
        if client is None or not right:
            raise WrongPassword
        return client

    def hash_of(self, password: str) -> str:
        """Return the form in which a password is stored."""
        return generate_password_hash(password, method=f"scrypt:{self._password_cost}:8:1")

    @cached_property
    def _decoy(self) -> str:
        return self.hash_of("")

    def continue_flow(self, client_id: int) -> None:
        """Remember that a client set out to open a trading account by logging in through the application."""
        with self._database.write() as connection:
            self._start_flow(connection, client_id, agreed=False)

    def _add(self, person: NewClient, *, partner_id: str | None, agreed: bool, starts_flow: bool) -> int | None:
        with self._database.read() as connection:
            if stored_clients.by_email(connection, person.email) is not None:
                return None
        password_hash = self.hash_of(person.password)
        with self._database.write() as connection:
            if stored_notices.holds_address(connection, person.email):
                return None
            client_id = stored_clients.add(
                connection,
                email=person.email,
                first_name=person.first_name,
                last_name=person.last_name,
                password_hash=password_hash,
                language=person.language,
                now=self._clock.now_ms(),
            )
            if client_id is None:
                return None  # another submit of the same address was faster
            if starts_flow:
                self._start_flow(connection, client_id, agreed=agreed)
            if partner_id is not None:
                client = stored_clients.existing(connection, client_id)
                self._record_partner(connection, client, partner_id, existed_before=False)
        return client_id

    def _start_flow(self, connection: Connection, client_id: int, *, agreed: bool) -> None:
        now = self._clock.now_ms()
        stored_clients.mark_flow_started(connection, client_id, now)
        if agreed:
            stored_clients.mark_agreed(connection, client_id, now)

    def _record_partner(
        self, connection: Connection, client: Client, partner_id: str, *, existed_before: bool
    ) -> None:
        resolved = stored_partners.resolve(connection, partner_id)
        owner = None if resolved is None else resolved.owner
        refusal = refusal_of(owner, client.id, client.email, existed_before=existed_before)
        recorded = stored_attributions.record(
            connection, client.id, partner_id, resolved, refusal, self._clock.now_ms()
        )
        if recorded and refusal is not None:
            logger.warning(
                "client %d came with partnerId %a and is not attributed: %s",
                client.id,
                partner_id[:_LOGGED_PARTNER_ID_LENGTH],
                refusal.value,
            )
