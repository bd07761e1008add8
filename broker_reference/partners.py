"""Rules of the partner programme: levels, ways to join, what a registration leads to (section 5.8)."""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote


class Level(StrEnum):
    """Where the identifier is attached in cTrader: to the user or to one trading account (section 3.6)."""

    USER = "user"
    ACCOUNT = "account"


class Mode(StrEnum):
    """The two choices of a client who cannot be set in cTrader yet: flows 1 and 2 of section 5.8."""

    CREATE_ACCOUNT_FIRST = "create_account_first"
    WEBSITE_ONLY = "website_only"


class Purpose(StrEnum):
    """What an identifier was minted for: links of the website only, to be set in cTrader, or to be shown there
    by cTrader Invite, which learns it from the broker's answer and needs no call 3.6 (section C)."""

    WEBSITE = "website"
    CTRADER = "ctrader"
    INVITE = "invite"


class SettingState(StrEnum):
    """How far call 3.6 has come for one identifier."""

    PENDING = "pending"
    SET = "set"
    FAILED = "failed"


class Step(StrEnum):
    """What a registration leads to."""

    MINT_AND_SET = "mint an identifier and set it in cTrader"
    SEND_AGAIN = "send the same identifier again"
    BECOME_WEBSITE_PARTNER = "mint an identifier for the website"
    REMEMBER_APPLICATION = "remember the application until the user exists"
    LEAD_INTO_USER_CREATION = "nothing to remember, go on with user creation"
    NOTHING = "already done"


class ModeRequired(ValueError):
    """The client cannot be set in cTrader yet and did not choose between the two ways."""


@dataclass(frozen=True)
class Target:
    """What call 3.6 attaches the identifier to: one key of its body and the integer behind it."""

    key: str
    value: int


@dataclass(frozen=True)
class Standing:
    """What is known about a client when he or she registers as a partner at one level.

    Args:
        target: what call 3.6 could name at that level, None while it does not exist.
        flow_complete: a call 4.2 has succeeded for this client (section 5.3 stage 20).
        is_partner: the client has a partner record.
        has_application: an application waits for user creation.
        setting: how far call 3.6 is for the identifier of that level, None if none was minted for cTrader.
    """

    target: Target | None
    flow_complete: bool
    is_partner: bool
    has_application: bool
    setting: SettingState | None


def target_at(level: Level, user_id: int | None, ctid_trader_account_id: int | None) -> Target | None:
    """Return what call 3.6 names at `level`, None while the client lacks it. One id, never both (E-3)."""
    if level is Level.USER:
        return None if user_id is None else Target("userId", user_id)
    return None if ctid_trader_account_id is None else Target("ctidTraderAccountId", ctid_trader_account_id)


def next_step(standing: Standing, mode: Mode | None) -> Step:
    """Decide what a registration leads to.

    A registration put off until user creation (an application, or a partner of the website) is settled by the
    first successful call 4.2 and not before, even if the `userId` exists already.

    Raises:
        ModeRequired: the client lacks what call 3.6 needs and `mode` is None.
    """
    if standing.setting is SettingState.FAILED:
        return Step.SEND_AGAIN
    if standing.setting is not None:
        return Step.NOTHING
    put_off = standing.is_partner or standing.has_application
    if standing.target is not None and (standing.flow_complete or not put_off):
        return Step.MINT_AND_SET
    if mode is None:
        raise ModeRequired
    if mode is Mode.WEBSITE_ONLY:
        return Step.NOTHING if standing.is_partner else Step.BECOME_WEBSITE_PARTNER
    return Step.LEAD_INTO_USER_CREATION if standing.is_partner else Step.REMEMBER_APPLICATION


def referral_link(broker_url: str, identifier: str) -> str:
    """Return the broker referral link: the signup screen with the encoded identifier (section 5.2)."""
    return f"{broker_url}/auth/login?firstLogin=true&partnerId={quote(identifier, safe='')}"
