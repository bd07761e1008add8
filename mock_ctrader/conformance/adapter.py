"""The verbs the harness needs of a broker: what the vendor leaves to the broker, everyone does differently."""

from dataclasses import dataclass
from typing import Protocol

from mock_ctrader.flows import Level


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody the harness plays, with an address nobody had before."""

    email: str
    first_name: str
    last_name: str
    password: str


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


class AdapterError(Exception):
    """A verb could not be carried out; the text quotes what the broker showed."""


class Adapter(Protocol):
    """A broker, as the harness acts on it. Each verb raises `AdapterError`."""

    def register_client(self, person: Person) -> None:
        """Become a client on the broker's website, without the application and without a cTID."""
        ...

    def sign_up(self, person: Person, screen_url: str) -> str:
        """Pass the user creation flow in a browser, from the login/signup URL the application opened.

        Returns:
            The success URL with the one-time token, not yet opened.
        """
        ...

    def register_partner(self, person: Person, level: Level) -> None:
        """Register an existing client as a partner at a level, in the client area."""
        ...

    def referral_link(self, person: Person) -> ReferralLink:
        """Read the partner's current referral link."""
        ...

    def referrals(self, person: Person) -> list[Referral]:
        """Log in to the client area and read the partner's whole referral list, all pages."""
        ...

    def list_opens_without_login(self) -> bool:
        """Whether somebody who is not logged in can read a referral list."""
        ...
