"""The verbs the harness needs of a broker: what the vendor leaves to the broker, everyone does differently."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import unquote

from mock_ctrader.conformance.people import Person as Person
from mock_ctrader.conformance.trace import Trace
from mock_ctrader.flows import Level

_MASKED = re.compile(r"[^@]*(?:\*{2}|[•…]|\.{3})[^@]*@")


@dataclass(frozen=True, slots=True)
class ReferralLink:
    """What the broker shows a partner: the link, its identifier, and the level if the broker tells."""

    url: str
    partner_id: str
    level: str | None = None


@dataclass(frozen=True, slots=True)
class Referral:
    """One entry of a partner's referral list; `partner_id` if the broker tells."""

    email: str
    partner_id: str | None = None

    @classmethod
    def shown(cls, email: str, partner_id: str | None) -> "Referral":
        """An entry as a page shows it, where the address may be that of a `mailto:` link.

        Raises: Misdeclared: the address is masked; people are told apart by their addresses.
        """
        if email.casefold().startswith("mailto:"):
            email = unquote(email[len("mailto:") :].partition("?")[0])
        if _MASKED.match(email):
            raise Misdeclared(
                f"adapter.referrals: email finds {email.strip()!r}, which is masked; people are told apart by "
                "their addresses, so let it find the whole one, which may be in a link (mailto:), an attribute or "
                "the API behind the page; an adapter in Python can also ask the broker's database"
            )
        return cls(email.strip(), partner_id)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an adapter may need to know of the run.

    Attributes:
        base_url: where the broker's relative addresses start.
        success_url: where the broker sends a signed-up user, with the one-time token; a browser stops there.
        lookup: what cTrader knows of a person, by e-mail address: `user_id`, `login` and
            `ctid_trader_account_id` of the newest account, as text; what is not known is left out.
        trace: takes every exchange the adapter makes with the broker.
        patience: how long to wait for a page or an answer, in seconds.
    """

    base_url: str
    success_url: str
    lookup: Callable[[str], Mapping[str, str]]
    trace: Trace
    patience: float = 5.0


class AdapterError(Exception):
    """A verb could not be carried out; the text quotes what the broker showed."""


class NoIdentifier(AdapterError):
    """The partner's record is shown, but no referral link with an identifier."""


class Unjudgeable(AdapterError):
    """Nothing can be said of the broker: an ERROR of the run, never a failure of the broker."""


class Unreachable(Unjudgeable):
    """The broker did not answer at all: the network's fault or the configuration's, not the broker's."""


class Throttled(Unjudgeable):
    """The broker answers that the harness asks too often (429); see `throttling`."""


class Misdeclared(Unjudgeable):
    """What broker.toml says does not fit what the broker shows."""


class NotOffered(AdapterError):
    """The adapter does not have this verb, so what needs it is skipped."""

    def __init__(self, verb: str) -> None:
        super().__init__(f"the adapter does not offer the verb {verb}")
        self.verb = verb


class Adapter:
    """A broker, as the harness acts on it. Each verb raises `AdapterError`; one that is not there `NotOffered`.

    An adapter in Python is a subclass, made with its `Surroundings`.
    """

    def __init__(self, surroundings: Surroundings) -> None:
        self.surroundings = surroundings

    def register_client(self, person: Person) -> None:
        """Become a client on the broker's website, without the application and without a cTID (flow 2)."""
        self._not_offered("register_client")

    def sign_up(self, person: Person, screen_url: str) -> str:
        """Pass the user creation flow in a browser, from the login/signup URL the application opened.

        Returns:
            The success URL with the one-time token, not yet opened.
        """
        self._not_offered("sign_up")

    def sign_up_client(self, person: Person, screen_url: str) -> str:
        """As `sign_up`, for somebody who is a client of the website already (flow 2 stage 3)."""
        return self.sign_up(person, screen_url)

    def sign_up_beside(self, person: Person, screen_url: str, other_url: str) -> str:
        """As `sign_up`, but once the screen is open, another one is opened in a second tab of the same browser."""
        self._not_offered("sign_up_beside")

    def log_in_at_screen(self, person: Person, screen_url: str) -> str:
        """Log in on the login/signup screen (flow 5.4). Returns the success URL, not yet opened."""
        self._not_offered("log_in_at_screen")

    def register_partner(self, person: Person, level: Level) -> None:
        """Register an existing client as a partner at a level, in the client area."""
        self._not_offered("register_partner")

    def referral_link(self, person: Person) -> ReferralLink:
        """Read the partner's current referral link."""
        self._not_offered("referral_link")

    def referrals(self, person: Person) -> list[Referral]:
        """Log in to the client area afresh and read the partner's whole referral list, all pages."""
        self._not_offered("referrals")

    def pages_of_last_list(self) -> int:
        """How many pages the last `referrals` read."""
        return 1

    def list_opens_without_login(self) -> bool:
        """Whether somebody who is not logged in can read a referral list."""
        self._not_offered("list_opens_without_login")

    def deposit(self, person: Person, screen_url: str, amount: str) -> None:
        """Submit the deposit screen that the application opened, with the amount; ends on its success page."""
        self._not_offered("deposit")

    def withdraw(self, person: Person, screen_url: str, amount: str) -> None:
        """As `deposit`, for the withdrawal screen."""
        self._not_offered("withdraw")

    def open_account(self, person: Person, screen_url: str) -> None:
        """Submit the screen for a further trading account (6.3.6)."""
        self._not_offered("open_account")

    def open_web(self, person: Person) -> str:
        """Ask the client area for cTrader Web (5.6). Returns the address that opens, with its one-time token."""
        self._not_offered("open_web")

    def reset_password(self, person: Person, new_password: str) -> None:
        """Ask for a reset, follow the link of the mail and set the new password (6.3.9)."""
        self._not_offered("reset_password")

    def change_partner_id(self, person: Person) -> None:
        """Have the broker give the partner another identifier."""
        self._not_offered("change_partner_id")

    def advance_clock(self, seconds: int) -> None:
        """Move the broker's clock forward."""
        self._not_offered("advance_clock")

    def restart(self) -> None:
        """End the broker's backend and start it again with the same data."""
        self._not_offered("restart")

    def reset(self) -> None:
        """Bring the broker back to an empty state, before the run."""
        self._not_offered("reset")

    def close(self) -> None:
        """Free what the adapter holds, such as a browser."""

    def _not_offered(self, verb: str) -> NoReturn:
        raise NotOffered(verb)

    def offers(self, verb: str) -> bool:
        """Whether the verb is there."""
        return getattr(type(self), verb) is not getattr(Adapter, verb)
