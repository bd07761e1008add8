"""Who uses the application on which browser: flows 5.3 to 5.7."""

from typing import Any

from mock_ctrader import ids
from mock_ctrader.acts import Act
from mock_ctrader.application import screens
from mock_ctrader.application.events import act_event
from mock_ctrader.clock import Clock
from mock_ctrader.crm import CrmClient, CrmError, CrmIdentity
from mock_ctrader.invite.dispatcher import Dispatcher
from mock_ctrader.invite.service import note_sign_in
from mock_ctrader.journal import Journal
from mock_ctrader.sandboxes import Sandbox
from mock_ctrader.store import Store, browsers
from mock_ctrader.store.browsers import Browser
from mock_ctrader.store.world import World

# The CRM's verdicts on a token, as against troubles of its own (section 9, E-25).
_TOKEN_VERDICTS = (404, 410, 417)


class Sessions:
    """Sign-in, automatic re-login, InApp actions and log-out."""

    def __init__(
        self, store: Store, journal: Journal, crm: CrmClient, dispatcher: Dispatcher, clock: Clock
    ) -> None:
        self._store = store
        self._dispatcher = dispatcher
        self._clock = clock
        self._journal = journal
        self._crm = crm

    def browser(self, sandbox: Sandbox, broker_name: str, browser_id: str | None) -> Browser:
        """The browser with this id, or a new one for this broker."""
        with self._store.read() as transaction:
            found = browsers.find(transaction, sandbox.id, browser_id) if browser_id else None
        if found is not None and found.broker_name == broker_name:
            return found
        fresh = Browser(ids.random_token(), broker_name)
        with self._store.write(sandbox.id) as transaction:
            browsers.add(transaction, sandbox.id, fresh)
        return fresh

    def open_sign_in(
        self, sandbox: Sandbox, browser: Browser, first_login: bool, pairs: list[tuple[str, str]]
    ) -> str:
        """5.3 stages 1-3, 5.4 stages 1-3, flow 2 stages 1-2: the URL of the broker's screen to open."""
        url = screens.login_screen(sandbox, first_login, pairs)
        events = [act_event(Act.NEW_CTID_ASKED, browser)] if first_login else []
        events.append(act_event(Act.SCREEN_OPENED, browser, url=url, firstLogin=first_login))
        self._journal.record(sandbox.id, *events)
        return url

    def complete_sign_in(self, sandbox: Sandbox, browser: Browser, token: str) -> Browser:
        """5.3 stages 14-19, 5.6: exchange the one-time token and start the session.

        Raises:
            CrmError: the CRM refused the token, could not be reached, or named an unknown user.
        """
        try:
            identity = self._crm.exchange_one_time_token(sandbox, token)
            return self._start("4.2", sandbox, browser, identity, identity.access_token)
        except CrmError as failure:
            self._note_failure(sandbox, browser, failure)
            raise

    def launch(self, sandbox: Sandbox, browser: Browser) -> Browser | None:
        """5.5: start the application; sign in again by the stored access token, if there is a good one.

        Returns:
            The signed-in browser, or None if the user has to log in.

        Raises:
            CrmError: the CRM has troubles of its own; the token is kept for another try.
        """
        if browser.user_id is not None:
            return browser
        if browser.access_token is None:
            return None
        try:
            identity = self._crm.check_access_token(sandbox, browser.access_token)
            return self._start("4.3", sandbox, browser, identity, browser.access_token)
        except CrmError as failure:
            self._note_failure(sandbox, browser, failure)
            if failure.status not in _TOKEN_VERDICTS:
                raise
            self._change(sandbox, browser, access_token=None, inapp_token=None)
            return None

    def _start(
        self, call: str, sandbox: Sandbox, browser: Browser, identity: CrmIdentity, access_token: str | None
    ) -> Browser:
        """A session for whom the CRM named.

        The browser gets a new id, so that an id known before the sign-in is worth nothing after it.
        """
        with self._store.write(sandbox.id) as transaction:
            world = World(transaction, sandbox)
            if world.user(identity.user_id) is None:
                raise CrmError(call, f"userId: cTrader knows no user with id={identity.user_id}")
            accounts = [link.ctid_trader_account_id for link in world.links_of_user(identity.user_id)]
            same_user = browser.last_user_id == identity.user_id
            kept = browser.active_account if same_user and browser.active_account in accounts else None
            signed_in = browser.with_(
                id=ids.random_token(),
                user_id=identity.user_id,
                last_user_id=identity.user_id,
                access_token=access_token,
                inapp_token=identity.inapp_token,
                active_account=kept or next(iter(accounts), None),
                known_partner_ids=browser.known_partner_ids if same_user else {},
            )
            event = act_event(Act.SIGNED_IN, browser, staysSignedIn=access_token is not None)
            event.user_id = identity.user_id
            browsers.remove(transaction, browser.id)
            browsers.add(transaction, sandbox.id, signed_in)
            self._journal.append(transaction, sandbox.id, event)
            webhooks = note_sign_in(transaction, sandbox, browser, identity.user_id, self._clock)
        self._journal.announce()
        if webhooks:
            self._dispatcher.wake()
        return signed_in

    def _note_failure(self, sandbox: Sandbox, browser: Browser, failure: CrmError) -> None:
        self._journal.record(sandbox.id, act_event(Act.SIGN_IN_FAILED, browser, reason=str(failure)))

    def start_action(
        self, sandbox: Sandbox, browser: Browser, action: str, login: int, pairs: list[tuple[str, str]]
    ) -> str:
        """5.7: ask the CRM for a one-time token (4.4); the URL of the action's screen.

        Raises:
            CrmError: the CRM gave no token.
        """
        assert browser.user_id is not None
        token = self._crm.generate_one_time_token(sandbox, browser.user_id, browser.inapp_token)
        event = act_event(Act.ACTION_STARTED, browser, action=action)
        event.login = login
        self._journal.record(sandbox.id, event)
        return screens.action_screen(sandbox, action, token, login, pairs)

    def choose_account(self, sandbox: Sandbox, browser: Browser, ctid_trader_account_id: int) -> bool:
        """Make one of the user's accounts the active one; False if it is not the user's."""
        with self._store.write(sandbox.id) as transaction:
            link = World(transaction, sandbox).link(ctid_trader_account_id)
            if browser.user_id is None or link is None or link.user_id != browser.user_id:
                return False
            browsers.change(transaction, browser.id, active_account=ctid_trader_account_id)
        return True

    def choose_login(self, sandbox: Sandbox, browser: Browser, login: int) -> Browser:
        """5.6: make the account with this number active, if it is the user's; otherwise nothing changes."""
        with self._store.read() as transaction:
            link = World(transaction, sandbox).link_of_trader(login)
        if link is None or not self.choose_account(sandbox, browser, link.ctid_trader_account_id):
            return browser
        return browser.with_(active_account=link.ctid_trader_account_id)

    def close(self, sandbox: Sandbox, browser: Browser) -> None:
        """Close the application: the session ends, a stored access token stays for the next launch."""
        self._change(sandbox, browser, user_id=None)

    def sign_out(self, sandbox: Sandbox, browser: Browser) -> None:
        """Log out: nothing stays on the device, and the CRM is told (4.5) if there was an access token (E-21)."""
        self._change(
            sandbox,
            browser,
            user_id=None,
            access_token=None,
            inapp_token=None,
            active_account=None,
            known_partner_ids={},
        )
        if browser.user_id is not None and browser.access_token is not None:
            try:
                self._crm.log_out(sandbox, browser.user_id, browser.access_token)
            except CrmError as failure:
                # The user is logged out here whatever the CRM says; that it was not told is in the journal.
                self._journal.record(sandbox.id, act_event(Act.LOG_OUT_NOT_TOLD, browser, reason=str(failure)))

    def _change(self, sandbox: Sandbox, browser: Browser, **changes: Any) -> None:
        with self._store.write(sandbox.id) as transaction:
            browsers.change(transaction, browser.id, **changes)
