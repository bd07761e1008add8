"""Partner records: the rules of calls 3.6, 3.7 and 3.8 as plain functions.

A record is keyed by CRM, user and, at account level, the link between user and account; this shape follows
from the wording of call 3.8, which tells records with and without an account apart.
"""

from dataclasses import dataclass

from mock_ctrader import errors
from mock_ctrader.accounts import Link
from mock_ctrader.flows import Level


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a partner identifier belongs to: a user, or one account of that user."""

    user_id: int
    ctid_trader_account_id: int | None = None

    @property
    def level(self) -> Level:
        """Account level as soon as an account is named (E-3)."""
        return Level.USER if self.ctid_trader_account_id is None else Level.ACCOUNT

    def answer(self) -> dict[str, int]:
        """What call 3.6 returns: one id, according to level (stage 5; E-4)."""
        if self.ctid_trader_account_id is None:
            return {"userId": self.user_id}
        return {"ctidTraderAccountId": self.ctid_trader_account_id}


@dataclass(frozen=True, slots=True)
class PartnerRecord:
    """A partner identifier attached to a target, within one `brokerCrmName`."""

    target: Target
    partner_id: str

    def answer(self) -> dict[str, int | str]:
        """What call 3.7 returns; at user level the account's key is absent (section 3.7)."""
        ids: dict[str, int | str] = {"userId": self.target.user_id}
        if self.target.ctid_trader_account_id is not None:
            ids["ctidTraderAccountId"] = self.target.ctid_trader_account_id
        return ids | {"partnerId": self.partner_id}


def require_an_id(user_id: int | None, ctid_trader_account_id: int | None) -> None:
    """Calls 3.6 and 3.7 need one of the two ids: section 3.6.

    Raises:
        CTraderError: 400 `INVALID_REQUEST`.
    """
    if user_id is None and ctid_trader_account_id is None:
        raise errors.invalid_request("userId, ctidTraderAccountId: at least one of the two is required")


def resolve_target(
    user_id: int | None,
    user_exists: bool,
    ctid_trader_account_id: int | None,
    link: Link | None,
) -> Target:
    """The target that the ids of a call name: sections 3.6 to 3.8, E-3, E-5.

    Args:
        user_id: the call's `userId`, if given.
        user_exists: whether that user is known to this CRM.
        ctid_trader_account_id: the call's `ctidTraderAccountId`, if given.
        link: the link with that id, if there is one.

    Raises:
        CTraderError: 404 `ENTITY_NOT_FOUND` for an unknown id; 400 `INVALID_REQUEST` if the pair does not
            belong together.
    """
    if user_id is not None and not user_exists:
        raise errors.user_not_found(user_id)
    if ctid_trader_account_id is None:
        if user_id is None:
            raise errors.invalid_request("userId: required when ctidTraderAccountId is not given")
        return Target(user_id)
    if link is None:
        raise errors.account_not_found(ctid_trader_account_id)
    if user_id is not None and link.user_id != user_id:
        raise errors.invalid_request(
            f"ctidTraderAccountId: {ctid_trader_account_id} does not belong to userId {user_id}"
        )
    return Target(link.user_id, ctid_trader_account_id)


def check_unique(partner_id: str, target: Target, holders: set[int]) -> None:
    """Refuse an identifier that another user has; a user and the user's accounts may share one (E-8).

    Raises:
        CTraderError: 400 `INVALID_REQUEST`.
    """
    if holders - {target.user_id}:
        raise errors.invalid_request(f"partnerId: {partner_id!r} is already the identifier of another user")


def effective_partner_id(records: list[PartnerRecord], active_account: int | None) -> str | None:
    """Which identifier a link carries: that of the active account, else the user's (section B)."""
    by_account = {record.target.ctid_trader_account_id: record.partner_id for record in records}
    if active_account is not None and active_account in by_account:
        return by_account[active_account]
    return by_account.get(None)
