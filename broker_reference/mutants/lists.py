"""Defects of the referral list: stages 15 to 18."""

from importlib import import_module
from typing import Any

from sqlalchemy import Connection, func, select

from broker_reference import session
from broker_reference.context import broker
from broker_reference.mutants.register import instead_of, mutant
from broker_reference.store import attributions as stored_attributions
from broker_reference.store import clients as stored_clients
from broker_reference.store.attributions import Position, Referral
from broker_reference.store.partners import Resolved
from broker_reference.store.schema import attributions, identifiers, partners

_PAGES = "robustness/more-referrals-than-one-page-holds"


def _everybody(original: Any, connection: Connection, after: Position | None, limit: int) -> list[Referral]:
    owners = connection.execute(select(attributions.c.partner_client).distinct()).scalars()
    found = [one for owner in owners if owner for one in original(connection, owner, after, limit)]
    return sorted(found, key=lambda one: (one.attributed_at, one.client_id), reverse=True)[:limit]


@mutant("attribution/flow-1/account/stage-15", duty="attributed")
def list_hides_newest() -> None:
    """The list leaves the newest referral out."""

    @instead_of(stored_attributions, "referrals")
    def referrals(original: Any, *arguments: Any) -> Any:
        return original(*arguments)[1:]


@mutant("attribution/flow-2/user/stage-16", duty="list-opens")
def list_crashes() -> None:
    """The list of referrals answers with an error."""

    @instead_of(stored_attributions, "referrals")
    def referrals(*_: Any) -> None:
        raise RuntimeError("planted")


@mutant("attribution/flow-1/user/stage-16", duty="list-needs-login")
def list_open_to_all() -> None:
    """The list opens without a log-in, as that of the first client."""

    @instead_of(session, "logged_in_client")
    def logged_in_client(original: Any) -> Any:
        known = original()
        if known is not None:
            return known
        with broker().database.read() as connection:
            return stored_clients.by_id(connection, 1)


@mutant("attribution/flow-2/account/stage-18", duty="listed-once")
def listed_twice() -> None:
    """Every referral is shown twice."""

    @instead_of(stored_attributions, "referrals")
    def referrals(original: Any, *arguments: Any) -> Any:
        return [one for one in original(*arguments) for _ in range(2)]


@mutant("attribution/flow-1/user/stage-18", duty="list-not-leaked")
def everybodys_referrals_shown() -> None:
    """Every partner's list shows the referrals of all partners."""

    @instead_of(stored_attributions, "referrals")
    def referrals(
        original: Any, connection: Connection, _: int, after: Position | None, limit: int
    ) -> list[Referral]:
        return _everybody(original, connection, after, limit)


@mutant("attribution/flow-1/account/stage-18", duty="list-not-leaked")
def first_partner_sees_all() -> None:
    """The list of the first partner of all shows the referrals of all partners."""

    @instead_of(stored_attributions, "referrals")
    def referrals(
        original: Any, connection: Connection, partner_client_id: int, after: Position | None, limit: int
    ) -> Any:
        first = connection.execute(
            select(partners.c.client).where(partners.c.id == select(func.min(partners.c.id)).scalar_subquery())
        ).scalar()
        if partner_client_id == first:
            return _everybody(original, connection, after, limit)
        return original(connection, partner_client_id, after, limit)


@mutant("attribution/flow-2/user/stage-18", duty="listed-under-link-id", verdict="warn")
def listed_under_the_earlier_identifier() -> None:
    """A referral is booked under the first identifier the partner ever had."""

    @instead_of(stored_attributions, "record")
    def record(
        original: Any,
        connection: Connection,
        client_id: int,
        partner_id: str,
        resolved: Resolved | None,
        *rest: Any,
    ) -> Any:
        if resolved is not None:
            first = connection.execute(
                select(func.min(identifiers.c.id))
                .select_from(identifiers.join(partners))
                .where(partners.c.client == resolved.owner.client_id)
            ).scalar_one()
            resolved = Resolved(first, resolved.owner)
        return original(connection, client_id, partner_id, resolved, *rest)


@mutant(_PAGES, duty="list-complete", played=("robustness/a-link-is-opened-twice*",))
def second_page_lost() -> None:
    """The list ends after its first page."""

    @instead_of("client_area.referrals", "_cursor")
    def cursor(*_: Any) -> None:
        return


@mutant(_PAGES, duty="list-complete", played=("robustness/a-link-is-opened-twice*",))
def pages_overlap() -> None:
    """Every page of the list begins with the last line of the one before."""
    vars(import_module("broker_reference.client_area.referrals"))["_DEFAULT_LIMIT"] = 3

    @instead_of(stored_attributions, "referrals")
    def referrals(
        original: Any, connection: Connection, partner_client_id: int, after: Position | None, limit: int
    ) -> Any:
        moved = after and Position(after.attributed_at, after.client_id + 1)
        return original(connection, partner_client_id, moved, limit)


@mutant(_PAGES, duty="list-not-leaked")
def later_pages_show_everybody() -> None:
    """From the second page on, the list shows the referrals of all partners."""
    vars(import_module("broker_reference.client_area.referrals"))["_DEFAULT_LIMIT"] = 3

    @instead_of(stored_attributions, "referrals")
    def referrals(
        original: Any, connection: Connection, partner_client_id: int, after: Position | None, limit: int
    ) -> Any:
        if after is None:
            return original(connection, partner_client_id, after, limit)
        return _everybody(original, connection, after, limit)
