"""What the application does, apart from how it is reached over HTTP: flows 5.3, 5.4 and stages 6 to 12."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mock_ctrader import ids, links
from mock_ctrader.acts import TITLES, Act
from mock_ctrader.crm import CrmClient, CrmError
from mock_ctrader.flows import Level
from mock_ctrader.journal import Direction, Event, Journal, Kind
from mock_ctrader.links import LinkKind
from mock_ctrader.partners import PartnerRecord, effective_partner_id
from mock_ctrader.sandboxes import Sandbox
from mock_ctrader.store import Store, Transaction, browsers
from mock_ctrader.store.browsers import Browser
from mock_ctrader.store.world import World

# What a screen URL says when neither the user nor the link does (section 5.2).
_SCREEN_DEFAULTS = {"lang": "en", "theme": "light", "source": "Web"}


@dataclass(frozen=True, slots=True)
class SharedLink:
    """A link the application built."""

    kind: str
    link: str
    partner_id: str | None


class Application:
    """The application of every broker on this server."""

    def __init__(self, store: Store, journal: Journal, crm: CrmClient) -> None:
        self._store = store
        self._journal = journal
        self._crm = crm

    def browser(self, sandbox: Sandbox, broker_name: str, browser_id: str | None) -> Browser:
        """The browser with this id, or a new one for this broker."""
        with self._store.read() as transaction:
            found = browsers.find(transaction, sandbox.id, browser_id) if browser_id else None
        if found is not None and found.broker_name == broker_name:
            return found
        fresh = Browser(ids.random_token(), broker_name)
        with self._store.write() as transaction:
            browsers.add(transaction, sandbox.id, fresh)
        return fresh

    def open_sign_in(
        self, sandbox: Sandbox, browser: Browser, first_login: bool, pairs: list[tuple[str, str]]
    ) -> str:
        """5.3 stages 1-3, 5.4 stages 1-3, flow 2 stages 1-2: the URL of the broker's screen to open."""
        url = links.screen_url(sandbox.login_url, first_login, _with_defaults(pairs))
        events = [_act(Act.NEW_CTID_ASKED, browser)] if first_login else []
        events.append(_act(Act.SCREEN_OPENED, browser, url=url, firstLogin=first_login))
        self._journal.record(sandbox.id, *events)
        return url

    def open_link(self, sandbox: Sandbox, browser: Browser, path: str, query: str) -> str:
        """Stages 11-12: someone without a session clicked a link; the URL of the broker's screen to open.

        The partnerId of the link travels unchanged; the link is kept for after the sign-in (section B).
        """
        pairs = links.carried_parameters(path, query)
        partner_id = dict(pairs).get(links.PARTNER_ID)
        url = links.screen_url(sandbox.login_url, True, _with_defaults(pairs))
        opened = f"{path}?{query}" if query else path
        clicked = _act(Act.LINK_CLICKED, browser, link=opened)
        screen = _act(Act.SCREEN_OPENED, browser, url=url, firstLogin=True)
        clicked.partner_id = screen.partner_id = partner_id
        with self._store.write() as transaction:
            browsers.save(transaction, browser.with_(opened_link=opened))
            self._journal.append(transaction, sandbox.id, clicked, screen)
        self._journal.announce()
        return url

    def complete_sign_in(self, sandbox: Sandbox, browser: Browser, token: str) -> Browser:
        """5.3 stages 14-19: the success URL was seen; exchange its one-time token and start the session.

        The browser gets a new id, so that an id known before the sign-in is worth nothing after it.

        Raises:
            CrmError: the CRM refused the token, could not be reached, or named an unknown user.
        """
        try:
            identity = self._crm.exchange_one_time_token(sandbox, token)
            with self._store.read() as transaction:
                world = World(transaction, sandbox)
                if world.user(identity.user_id) is None:
                    raise CrmError("4.2", f"userId: cTrader knows no user with id={identity.user_id}")
                accounts = world.links_of_user(identity.user_id)
        except CrmError as failure:
            failed = _act(Act.SIGN_IN_FAILED, browser, reason=str(failure))
            self._journal.record(sandbox.id, failed)
            raise
        signed_in = browser.with_(
            id=ids.random_token(),
            user_id=identity.user_id,
            access_token=identity.access_token,
            active_account=accounts[0].ctid_trader_account_id if accounts else None,
            known_partner_ids={},
        )
        event = _act(Act.SIGNED_IN, browser, staysSignedIn=identity.access_token is not None)
        event.user_id = identity.user_id
        with self._store.write() as transaction:
            browsers.add(transaction, sandbox.id, signed_in)
            self._journal.append(transaction, sandbox.id, event)
        self._journal.announce()
        return signed_in

    def profile(self, sandbox: Sandbox, browser: Browser) -> dict[str, Any]:
        """Stage 6: what the application shows its user, the partnerIds included.

        The real application learns them over a proprietary channel; ours asks its own store (E-23).
        """
        if browser.user_id is None:
            return {"signedIn": False}
        with self._store.read() as transaction:
            world = World(transaction, sandbox)
            user = world.user(browser.user_id)
            accounts = world.links_of_user(browser.user_id)
            records = world.partner_records_of(browser.user_id)
        if user is None:
            return {"signedIn": False}
        self._note_learned(sandbox, browser, records)
        return {
            "signedIn": True,
            "staysSignedIn": browser.access_token is not None,
            "userId": user.user_id,
            "email": user.email,
            "nickname": user.nickname,
            "accounts": [
                {
                    "login": link.login,
                    "ctidTraderAccountId": link.ctid_trader_account_id,
                    "environmentName": link.environment_name,
                    "active": link.ctid_trader_account_id == browser.active_account,
                }
                for link in accounts
            ],
            "activeAccount": browser.active_account,
            "partnerId": effective_partner_id(records, browser.active_account),
            "partnerIds": [record.answer() | {"level": record.target.level.value} for record in records],
            "openedLink": browser.opened_link,
        }

    def _note_learned(self, sandbox: Sandbox, browser: Browser, records: list[PartnerRecord]) -> None:
        now = {str(record.target.ctid_trader_account_id or Level.USER): record for record in records}
        known = {key: record.partner_id for key, record in now.items()}
        if known == browser.known_partner_ids:
            return
        events = []
        for key, record in now.items():
            if browser.known_partner_ids.get(key) != record.partner_id:
                event = _act(Act.PARTNER_ID_LEARNED, browser, level=record.target.level.value)
                event.user_id = record.target.user_id
                event.ctid_trader_account_id = record.target.ctid_trader_account_id
                event.partner_id = record.partner_id
                events.append(event)
        with self._store.write() as transaction:
            browsers.save(transaction, browser.with_(known_partner_ids=known))
            self._journal.append(transaction, sandbox.id, *events)
        self._journal.announce()

    def share(
        self, sandbox: Sandbox, browser: Browser, app_url: str, kind: LinkKind, target: str | None
    ) -> SharedLink:
        """Stages 7-9: the link to what is shared, with the partnerId of the active account or of the user."""
        assert browser.user_id is not None
        with self._store.write() as transaction:
            records = World(transaction, sandbox).partner_records_of(browser.user_id)
            partner_id = effective_partner_id(records, browser.active_account)
            link = links.share_link(app_url, kind, target, partner_id)
            acts = [
                _act(Act.LINK_ASKED, browser, kind=kind.name, target=target),
                _act(Act.LINK_BUILT, browser, kind=kind.name, link=link),
                _act(Act.LINK_SHOWN, browser, kind=kind.name, link=link),
            ]
            for event in acts:
                event.user_id = browser.user_id
                event.ctid_trader_account_id = browser.active_account
            for event in acts[1:]:
                event.partner_id = partner_id
            self._journal.append(transaction, sandbox.id, *acts)
        self._journal.announce()
        return SharedLink(kind.name, link, partner_id)

    def choose_account(self, sandbox: Sandbox, browser: Browser, ctid_trader_account_id: int) -> bool:
        """Make one of the user's accounts the active one; False if it is not the user's."""

        def owns(transaction: Transaction) -> bool:
            link = World(transaction, sandbox).link(ctid_trader_account_id)
            return link is not None and link.user_id == browser.user_id

        return self._change(browser, owns, active_account=ctid_trader_account_id)

    def sign_out(self, browser: Browser) -> None:
        """End the session of this browser."""
        self._change(
            browser,
            lambda _: True,
            user_id=None,
            access_token=None,
            active_account=None,
            known_partner_ids={},
        )

    def _change(self, browser: Browser, allowed: Callable[[Transaction], bool], **changes: Any) -> bool:
        with self._store.write() as transaction:
            if not allowed(transaction):
                return False
            browsers.save(transaction, browser.with_(**changes))
        return True


def _with_defaults(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    given = {name for name, _ in pairs}
    return [*pairs, *((name, value) for name, value in _SCREEN_DEFAULTS.items() if name not in given)]


def _act(act: Act, browser: Browser, **details: Any) -> Event:
    # The id of a browser is its cookie, so the journal gets only a fingerprint of it.
    return Event(
        kind=Kind.ACT,
        title=TITLES[act],
        direction=Direction.APPLICATION,
        user_id=browser.user_id,
        browser=ids.fingerprint(browser.id),
        details={"act": act.value, **details},
    )
