"""User creation, section 5.3: from the internal user to the one-time token on the success URL.

Every answer of cTrader is stored before the next call is made: a broken-off flow goes on where it stopped.
"""

import logging
from dataclasses import dataclass
from urllib.parse import urlencode

from broker_reference.clock import Clock
from broker_reference.ctrader import (
    ACCOUNT_ALREADY_LINKED,
    EMAIL_ALREADY_EXISTS,
    CTrader,
    CTraderError,
    NewAccount,
    md5_hex,
)
from broker_reference.ids import Ids
from broker_reference.invitations import Invitations
from broker_reference.locks import ClientLocks
from broker_reference.settings import Settings
from broker_reference.store import accounts as stored_accounts
from broker_reference.store import attributions as stored_attributions
from broker_reference.store import clients as stored_clients
from broker_reference.store import tokens as stored_tokens
from broker_reference.store.accounts import Account
from broker_reference.store.clients import Client
from broker_reference.store.database import Database
from broker_reference.tokens import NONCE_PREFIX, ONE_TIME_PREFIX, OneTimePurpose, digest, has_shape

logger = logging.getLogger(__name__)

_DEMO_BALANCE = 1_000_000  # 10 000.00: money to practise with


class UserTaken(Exception):
    """cTrader names a user for this address who already belongs to another client of the broker."""


class UnknownForm(Exception):
    """The form was not made by the broker."""


@dataclass(frozen=True)
class AccountWishes:
    """What the client chooses about the trading account. `leverage` is the n of 1:n."""

    deposit_currency: str
    leverage: int
    account_type: str


class UserCreation:
    """Makes the calls of flow 5.3 for one client at a time; different clients do not wait for each other."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        ctrader: CTrader,
        invitations: Invitations,
        locks: ClientLocks,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._settings = settings
        self._invitations = invitations
        self._database = database
        self._ctrader = ctrader
        self._clock = clock
        self._ids = ids
        self._locks = locks

    def ensure_user(self, client_id: int) -> None:
        """Stages 5 to 8: the client is a user in cTrader and a ticked agreement is confirmed.

        Raises CTraderError if cTrader refuses or does not answer, UserTaken if its user is another client's.
        """
        with self._locks.holding(client_id):
            self._ensure_user(client_id)

    def open_account(self, client_id: int, wishes: AccountWishes) -> None:
        """Stages 5 to 12: the client has a linked trading account. What exists already is not created again.

        Raises CTraderError if cTrader refuses or does not answer, UserTaken if its user is another client's.
        """
        with self._locks.holding(client_id):
            self._ensure_account(client_id, wishes, stored_accounts.first_submit(client_id))

    def open_further_account(self, client_id: int, wishes: AccountWishes, nonce: str) -> Account:
        """Open and link one more account (case 6.3.6), one per form however often it is submitted.

        Args:
            nonce: the form's own, as minted by `nonce`. Of a client without an account, this is the first one.

        Raises UnknownForm, CTraderError if cTrader refuses or does not answer, UserTaken if its user is another's.
        """
        if not has_shape(NONCE_PREFIX, nonce):
            raise UnknownForm
        with self._locks.holding(client_id):
            first = self._account(client_id)
            further = first is not None and first.linked
            submit = digest(nonce) if further else stored_accounts.first_submit(client_id)
            return self._ensure_account(client_id, wishes, submit)

    def nonce(self) -> str:
        """Return what makes one form one account."""
        return NONCE_PREFIX + self._ids.secret()

    def has_linked_account(self, client_id: int) -> bool:
        """Tell whether stage 11 is done for this client."""
        account = self._account(client_id)
        return account is not None and account.linked

    def success_url(self, client_id: int, *, keep_logged_in: bool) -> str:
        """Stages 12 and 13: mint a one-time token and return the success URL that carries it."""
        return self._success_url(token=self._one_time_token(client_id, keep_logged_in=keep_logged_in))

    def finished_url(self, login: int) -> str:
        """Return the success URL that ends an InApp screen: it names the account, and lets nobody in."""
        return self._success_url(account=str(login))

    def ctrader_web_url(self, client_id: int, *, keep_logged_in: bool, language: str) -> str | None:
        """Mint a one-time token and return the URL that opens cTrader Web with it on the client's account.

        Embedded cTrader Web (section 5.6, stage 3). Returns None if the client has no linked account.
        """
        account = self._account(client_id)
        if account is None or not account.linked:
            return None
        token = self._one_time_token(client_id, keep_logged_in=keep_logged_in)
        query = {"source": "web", "token": token, "lang": language, "acc": account.login}
        return f"{self._settings.app_url.rstrip('/')}/info?{urlencode(query)}"

    def _success_url(self, **query: str) -> str:
        separator = "&" if "?" in self._settings.success_url else "?"
        return self._settings.success_url + separator + urlencode(query)

    def _one_time_token(self, client_id: int, *, keep_logged_in: bool) -> str:
        token = ONE_TIME_PREFIX + self._ids.secret()
        with self._database.write() as connection:
            stored_tokens.add_one_time(
                connection,
                token,
                client_id,
                OneTimePurpose.ENTRY,
                keep_logged_in=keep_logged_in,
                now=self._clock.now_ms(),
            )
        return token

    def _ensure_user(self, client_id: int) -> int:
        with self._database.read() as connection:
            client = stored_clients.existing(connection, client_id)
        user_id = client.user_id
        if user_id is None:
            user_id = self._create_user(client)
        if client.agreed_at is not None and client.agreement_confirmed_at is None:
            self._confirm_agreement(client_id, user_id)
        return user_id

    def _create_user(self, client: Client) -> int:
        try:
            user_id = self._ctrader.create_user(client.email, client.first_name, client.language)
        except CTraderError as error:
            if error.error_code != EMAIL_ALREADY_EXISTS:
                raise
            # E-19: an earlier answer was lost, or cTrader knew the address before this broker did.
            found = self._ctrader.user_id_by_email(client.email)
            if found is None:
                raise
            user_id = found
        with self._database.write() as connection:
            holder = stored_clients.by_user_id(connection, user_id)
            if holder is None:
                stored_clients.set_user_id(connection, client.id, user_id)
                self._invitations.settle_known_user(connection, user_id)
        if holder is not None:
            logger.error("cTrader names user %d for client %d, but it is client %d", user_id, client.id, holder.id)
            raise UserTaken
        return user_id

    def _confirm_agreement(self, client_id: int, user_id: int) -> None:
        """Stage 8 is optional in the vendor's flow: a refusal is logged and does not stop the client."""
        try:
            self._ctrader.accept_agreement(user_id)
        except CTraderError as error:
            if error.passing:
                raise
            logger.warning("agreement of client %d not confirmed: %s", client_id, error)
            return
        with self._database.write() as connection:
            stored_clients.mark_agreement_confirmed(connection, client_id, self._clock.now_ms())

    def _ensure_account(self, client_id: int, wishes: AccountWishes, submit: str) -> Account:
        """Open and link the account of one submit, or what of it is still to be done."""
        user_id = self._ensure_user(client_id)
        account = self._account_of(client_id, submit) or self._create_account(client_id, wishes, submit)
        if not account.linked:
            self._link(account, user_id)
        return account

    def _create_account(self, client_id: int, wishes: AccountWishes, submit: str) -> Account:
        with self._database.read() as connection:
            client = stored_clients.existing(connection, client_id)
            attribution = stored_attributions.of_client(connection, client_id)
        # Nobody ever types this password: clients enter through the broker's screens.
        password_md5 = md5_hex(self._ids.secret())
        login = self._ctrader.open_account(
            NewAccount(
                email=client.email,
                first_name=client.first_name,
                last_name=client.last_name,
                account_type=wishes.account_type,
                deposit_currency=wishes.deposit_currency,
                leverage_in_cents=wishes.leverage * 100,
                balance=_DEMO_BALANCE if self._settings.environment_name == "demo" else 0,
                password_md5=password_md5,
                introducing_broker=None if attribution is None else attribution.partner_id,
            )
        )
        with self._database.write() as connection:
            stored_accounts.add(
                connection,
                client_id,
                opened_by=submit,
                login=login,
                environment_name=self._settings.environment_name,
                password_md5=password_md5,
                now=self._clock.now_ms(),
            )
            account = stored_accounts.opened_by(connection, client_id, submit)
        if account is None:
            raise LookupError(f"account {login} of client {client_id} was stored and is not there")
        return account

    def _link(self, account: Account, user_id: int) -> None:
        if account.password_md5 is None:
            raise LookupError(f"account {account.login} is not linked and its password hash is gone")
        ctid_trader_account_id: int | None
        try:
            ctid_trader_account_id = self._ctrader.link_account(account.login, account.password_md5, user_id)
        except CTraderError as error:
            if error.error_code != ACCOUNT_ALREADY_LINKED:
                raise
            # Nobody else knows this account's password, so the link is ours and only its answer was lost. No
            # call tells its id afterwards; the client can trade but not be a partner with this account.
            logger.warning("account %d is linked but the id of the link is unknown", account.login)
            ctid_trader_account_id = None
        with self._database.write() as connection:
            stored_accounts.mark_linked(connection, account.id, ctid_trader_account_id, self._clock.now_ms())

    def _account(self, client_id: int) -> Account | None:
        return self._account_of(client_id, stored_accounts.first_submit(client_id))

    def _account_of(self, client_id: int, submit: str) -> Account | None:
        with self._database.read() as connection:
            return stored_accounts.opened_by(connection, client_id, submit)
