"""Defects of partner records and referral links: flow 1 stages 1 to 3, flow 2 stages 1 and 4."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from broker_reference.clients import Clients
from broker_reference.ctrader import CTrader
from broker_reference.mutants.odd import mint_as
from broker_reference.mutants.register import instead_of, mutant
from broker_reference.partner_programme import Membership, PartnerProgramme
from broker_reference.partners import Level


def _link_with(change: Callable[[str], str]) -> None:
    @instead_of("client_area.partner", "referral_link")
    def link(_: object, broker_url: str, identifier: str) -> str:
        return f"{broker_url}/auth/login?firstLogin=true&partnerId={change(identifier)}"


@mutant("attribution/flow-1/user/stage-01", duty="partner-registers")
def registration_crashes() -> None:
    """Whoever registers as a partner gets an error page."""

    @instead_of(PartnerProgramme, "register")
    def register(*_: Any) -> None:
        raise RuntimeError("planted")


@mutant("attribution/flow-2/user/stage-01", duty="new-ctid-asked")
def website_refuses_clients() -> None:
    """Whoever registers on the website is turned away."""

    @instead_of(Clients, "register")
    def register(*_: Any) -> None:
        raise RuntimeError("planted")


@mutant("attribution/flow-1/account/stage-02", duty="record-at-level")
def level_forgotten() -> None:
    """Every partner record is made at user level, whatever was chosen."""

    @instead_of(PartnerProgramme, "register")
    def register(original: Any, self: PartnerProgramme, client_id: int, _: Level, *rest: Any) -> Any:
        return original(self, client_id, Level.USER, *rest)


@mutant("attribution/flow-1/user/stage-03", duty="link-has-partner-id")
def link_without_partner_id() -> None:
    """The referral link has an empty partnerId."""
    _link_with(lambda _: "")


@mutant("attribution/flow-1/account/stage-03", duty="link-has-partner-id")
def link_in_lower_case() -> None:
    """The referral link carries the identifier in lower case."""
    _link_with(lambda identifier: quote(identifier.lower()))


@mutant("attribution/flow-2/user/stage-04", duty="link-has-partner-id")
def link_encoded_twice() -> None:
    """The referral link carries the identifier percent-encoded twice."""
    mint_as(lambda plain: f"{plain} é")
    _link_with(lambda identifier: quote(quote(identifier)))


@mutant("attribution/flow-1/user/stage-03", duty="link-has-partner-id")
def link_not_encoded() -> None:
    """The referral link carries a + as it is, which every reader takes for a space."""
    mint_as(lambda plain: plain.replace("-", "+"))
    _link_with(lambda identifier: identifier)


@mutant("attribution/flow-1/user/stage-03", duty="partner-id-unique")
def one_identifier_for_all() -> None:
    """All partners are given the same identifier."""
    shared = "IB-PARTNER"

    @instead_of(PartnerProgramme, "membership")
    def membership(original: Any, self: PartnerProgramme, client_id: int) -> Membership:
        found: Membership = original(self, client_id)
        return replace(found, identifiers=[replace(one, identifier=shared) for one in found.identifiers])

    @instead_of(CTrader, "set_partner_identifier")
    def send(original: Any, self: CTrader, _: str, target: object) -> None:
        original(self, shared, target)


@mutant("attribution/flow-2/account/stage-04", duty="partner-id-new")
def old_identifier_kept() -> None:
    """An existing partner who creates a cTID gets no new identifier."""

    @instead_of(PartnerProgramme, "settle_after_authorisation")
    def settle(*_: Any) -> None:
        return
