"""Links and partnerIds in the application: stages 6 to 12."""

from dataclasses import dataclass
from typing import Any

from mock_ctrader import links
from mock_ctrader.accounts import MONEY_DIGITS
from mock_ctrader.acts import Act
from mock_ctrader.application import screens
from mock_ctrader.application.events import act_event
from mock_ctrader.application.look import Look
from mock_ctrader.flows import Level
from mock_ctrader.invites import USERNAME
from mock_ctrader.journal import Direction, Event, Journal
from mock_ctrader.links import LinkKind
from mock_ctrader.partners import PartnerRecord, effective_partner_id
from mock_ctrader.ribbons import visible
from mock_ctrader.sandboxes import Sandbox
from mock_ctrader.store import Store, browsers
from mock_ctrader.store.browsers import Browser
from mock_ctrader.store.world import World


@dataclass(frozen=True, slots=True)
class SharedLink:
    """A link the application built."""

    kind: str
    link: str
    partner_id: str | None


class Sharing:
    """What the application shows its user, the links it builds, and the links it opens."""

    def __init__(self, store: Store, journal: Journal) -> None:
        self._store = store
        self._journal = journal

    def open_link(self, sandbox: Sandbox, browser: Browser, path: str, query: str, look: Look) -> str:
        """Stages 11-12: someone without a session clicked a link; the URL of the broker's screen to open.

        The partnerId of the link travels unchanged; the link is kept for after the sign-in (section B). What the
        link says of language and theme wins over the `look` chosen on the device.
        """
        pairs = links.carried_parameters(path, query)
        partner_id = dict(pairs).get(links.PARTNER_ID)
        url = screens.login_screen(sandbox, True, look.beside(pairs))
        opened = f"{path}?{query}" if query else path
        clicked = act_event(Act.LINK_CLICKED, browser, link=opened)
        screen = act_event(Act.SCREEN_OPENED, browser, url=url, firstLogin=True)
        clicked.partner_id = screen.partner_id = partner_id
        with self._store.write(sandbox.id) as transaction:
            browsers.change(transaction, browser.id, opened_link=opened)
            self._journal.append(transaction, sandbox.id, clicked, screen)
        self._journal.announce()
        return url

    def profile(self, sandbox: Sandbox, browser: Browser, app_url: str) -> dict[str, Any]:
        """Stage 6: what the application shows its user, the partnerIds included.

        The real application learns them over a proprietary channel; ours asks its own store (E-23).
        """
        if browser.user_id is None:
            return {"signedIn": False}
        with self._store.read() as transaction:
            world = World(transaction, sandbox)
            user = world.user(browser.user_id)
            accounts = [(link, world.trader(link.login)) for link in world.links_of_user(browser.user_id)]
            records = world.partner_records_of(browser.user_id)
            ribbons = world.ribbons(browser.user_id)
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
                    "balance": trader.balance if trader else 0,
                    "moneyDigits": MONEY_DIGITS,
                }
                for link, trader in accounts
            ],
            "activeAccount": browser.active_account,
            "partnerId": effective_partner_id(records, browser.active_account),
            "partnerIds": [record.answer() | {"level": record.target.level.value} for record in records],
            "ribbons": visible(ribbons, browser.active_account, browser.broker_name),
            "openedLink": browser.opened_link,
            "inviteLink": f"{app_url}/?{USERNAME}={links.encode(user.nickname)}",
        }

    def concerns(self, sandbox: Sandbox, browser: Browser, events: list[Event]) -> bool:
        """Whether any of these events may have changed what the application shows its user."""
        if browser.user_id is None:
            return False
        with self._store.read() as transaction:
            mine = World(transaction, sandbox).links_of_user(browser.user_id)
        accounts = {link.ctid_trader_account_id for link in mine}
        logins = {link.login for link in mine}
        return any(
            event.direction is Direction.BROKER_TO_CTRADER
            and event.method != "GET"
            and (
                event.user_id == browser.user_id
                or event.ctid_trader_account_id in accounts
                or event.login in logins
            )
            for event in events
        )

    def _note_learned(self, sandbox: Sandbox, browser: Browser, records: list[PartnerRecord]) -> None:
        now = {str(record.target.ctid_trader_account_id or Level.USER): record for record in records}
        known = {key: record.partner_id for key, record in now.items()}
        if known == browser.known_partner_ids:
            return
        with self._store.write(sandbox.id) as transaction:
            # another request of this browser may have noted it meanwhile
            current = browsers.find(transaction, sandbox.id, browser.id) or browser
            events = []
            for key, record in now.items():
                if current.known_partner_ids.get(key) != record.partner_id:
                    event = act_event(Act.PARTNER_ID_LEARNED, browser, level=record.target.level.value)
                    event.user_id = record.target.user_id
                    event.ctid_trader_account_id = record.target.ctid_trader_account_id
                    event.partner_id = record.partner_id
                    events.append(event)
            browsers.change(transaction, browser.id, known_partner_ids=known)
            self._journal.append(transaction, sandbox.id, *events)
        self._journal.announce()

    def share(
        self, sandbox: Sandbox, browser: Browser, app_url: str, kind: LinkKind, target: str | None
    ) -> SharedLink:
        """Stages 7-9: the link to what is shared, with the partnerId of the active account or of the user."""
        assert browser.user_id is not None
        with self._store.write(sandbox.id) as transaction:
            records = World(transaction, sandbox).partner_records_of(browser.user_id)
            partner_id = effective_partner_id(records, browser.active_account)
            link = links.share_link(app_url, kind, target, partner_id)
            acts = [
                act_event(Act.LINK_ASKED, browser, kind=kind.name, target=target),
                act_event(Act.LINK_BUILT, browser, kind=kind.name, link=link),
                act_event(Act.LINK_SHOWN, browser, kind=kind.name, link=link),
            ]
            for event in acts:
                event.user_id = browser.user_id
                event.ctid_trader_account_id = browser.active_account
            for event in acts[1:]:
                event.partner_id = partner_id
            self._journal.append(transaction, sandbox.id, *acts)
        self._journal.announce()
        return SharedLink(kind.name, link, partner_id)
