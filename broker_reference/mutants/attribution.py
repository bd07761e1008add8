"""Defects of the attribution itself: stage 15, and what later events do to it."""

import threading
from typing import Any

from flask import request
from flask import session as flask_session
from sqlalchemy import Connection, delete, func, select, update

from broker_reference.attributions import AttributionState, Refusal
from broker_reference.clients import Clients
from broker_reference.context import broker
from broker_reference.mutants.register import instead_of, mutant
from broker_reference.presentation import parameters
from broker_reference.store import attributions as stored_attributions
from broker_reference.store import partners as stored_partners
from broker_reference.store.clients import Client
from broker_reference.store.partners import Resolved
from broker_reference.store.schema import attributions, identifiers

_ONE_MOMENT_S = 0.3


def _resolve_to(position: Any) -> None:
    """Whatever was asked for, resolve the identifier at one end of the table."""

    @instead_of(stored_partners, "resolve")
    def resolve(original: Any, connection: Connection, identifier: str) -> Any:
        if original(connection, identifier) is None:
            return None
        chosen = select(position(identifiers.c.id)).scalar_subquery()
        text = connection.execute(select(identifiers.c.identifier).where(identifiers.c.id == chosen)).scalar_one()
        return original(connection, text)


def _at_log_in(act: Any) -> None:
    """Do something with the partnerId that a log-in came with: the client, and whose it is."""

    @instead_of("screens.entrance", "let_in")
    def let_in(original: Any, client: Client, **named: Any) -> Any:
        partner_id = parameters().partner_id
        if partner_id is not None:
            with broker().database.write() as connection:
                resolved = stored_partners.resolve(connection, partner_id)
                if resolved is not None:
                    act(connection, client, partner_id, resolved)
        return original(client, **named)


@mutant("attribution/flow-2/user/stage-15", duty="attributed")
def never_attributed() -> None:
    """The pending attribution is never completed."""

    @instead_of(stored_attributions, "complete")
    def complete(*_: Any) -> bool:
        return False


@mutant("attribution/flow-1/user/stage-15", duty="attributed-not-early", verdict="warn")
def attributed_at_signup() -> None:
    """The attribution is shown as soon as the form is submitted."""

    @instead_of(Clients, "sign_up")
    def sign_up(original: Any, self: Clients, person: object, **named: Any) -> Any:
        client_id = original(self, person, **named)
        with self._database.write() as connection:
            stored_attributions.complete(connection, client_id, self._clock.now_ms())
        return client_id


@mutant("attribution/flow-1/user/stage-15", duty="attributed-to-the-inviting-partner")
def attributed_to_the_newest_partner() -> None:
    """Whoever comes with a partnerId is attributed to the partner who registered last."""
    _resolve_to(func.max)


@mutant("attribution/flow-2/account/stage-15", duty="attributed-to-the-inviting-partner")
def attributed_to_the_oldest_partner() -> None:
    """Whoever comes with a partnerId is attributed to the partner who registered first."""
    _resolve_to(func.min)


@mutant(
    "robustness/an-attributed-client-opens-another-partner-s-link",
    duty="first-attribution-wins",
    verdict="warn",
    played=("robustness/a-client-without-a-partner*", "robustness/a-partner-opens*"),
)
def moved_by_a_later_log_in() -> None:
    """A client who logs in by another partner's link is moved to that partner."""

    def move(connection: Connection, client: Client, partner_id: str, resolved: Resolved) -> None:
        connection.execute(
            update(attributions)
            .where(attributions.c.client == client.id)
            .values(
                partner_id=partner_id,
                identifier=resolved.identifier_id,
                partner_client=resolved.owner.client_id,
            )
        )

    _at_log_in(move)


def _attribute(connection: Connection, client: Client, partner_id: str, resolved: Resolved) -> None:
    now = broker().clients._clock.now_ms()
    stored_attributions.record(connection, client.id, partner_id, resolved, None, now)
    stored_attributions.complete(connection, client.id, now)


@mutant(
    "robustness/a-client-without-a-partner-opens-a-partner-s-link",
    duty="first-attribution-wins",
    verdict="warn",
    played=("robustness/an-attributed-client*", "robustness/a-partner-opens*"),
)
def existing_clients_attributed() -> None:
    """A client of old who logs in by a partner's link is attributed to that partner."""

    def act(connection: Connection, client: Client, partner_id: str, resolved: Resolved) -> None:
        if resolved.owner.client_id != client.id:
            _attribute(connection, client, partner_id, resolved)

    _at_log_in(act)


@mutant(
    "robustness/a-partner-opens-the-own-link",
    duty="no-self-referral",
    verdict="warn",
    played=("robustness/an-attributed-client*", "robustness/a-client-without-a-partner*"),
)
def partners_refer_themselves() -> None:
    """A partner who logs in by the own link becomes the own referral."""

    def act(connection: Connection, client: Client, partner_id: str, resolved: Resolved) -> None:
        if resolved.owner.client_id == client.id:
            _attribute(connection, client, partner_id, resolved)

    _at_log_in(act)


@mutant(
    "robustness/a-signup-that-is-finished-later",
    duty="signup-resumed",
    verdict="warn",
    played=("robustness/a-link-is-opened-twice*",),
)
def interrupted_signups_forgotten() -> None:
    """A client who logs in before the application was told loses the pending attribution."""

    @instead_of("screens.entrance", "let_in")
    def let_in(original: Any, client: Client, **named: Any) -> Any:
        with broker().database.write() as connection:
            pending = attributions.c.state == AttributionState.PENDING.value
            connection.execute(delete(attributions).where(attributions.c.client == client.id, pending))
        return original(client, **named)


@mutant(
    "robustness/two-partners-at-once",
    duty="partners-kept-apart",
    played=("robustness/a-link-is-opened-twice*", "attribution/flow-1/user/*"),
)
def last_partner_id_shown_is_used() -> None:
    """The signup uses the partnerId of the screen that was opened last, by whomever."""
    last: list[str] = [""]

    @instead_of("screens.entrance", "render_template")
    def render(original: Any, template: str, **context: Any) -> Any:
        last[0] = context["partner_id"]
        return original(template, **context)

    @instead_of(Clients, "sign_up")
    def sign_up(original: Any, self: Clients, person: object, *, partner_id: str | None, **named: Any) -> Any:
        del partner_id
        threading.Event().wait(_ONE_MOMENT_S)  # as long as a person needs to fill in a form
        return original(self, person, partner_id=last[0] or None, **named)


@mutant(
    "robustness/the-identifier-is-changed-while-an-old-link-is-still-in-use",
    duty="old-identifiers-resolve",
    verdict="warn",
)
def old_identifiers_forgotten() -> None:
    """An identifier that was replaced attributes nobody any more."""

    @instead_of(stored_partners, "resolve")
    def resolve(original: Any, connection: Connection, identifier: str) -> Any:
        replaced = connection.execute(
            select(identifiers.c.replaced_at).where(identifiers.c.identifier == identifier)
        ).scalar_one_or_none()
        return original(connection, identifier) if replaced is None else None


@mutant(
    "robustness/two-screens-in-one-browser-the-second-one-opened-without-a-link/without-a-link",
    "robustness/two-screens-in-one-browser-the-second-one-opened-by-the-other-partner-s-link/by-the-other-partner-s-link",
    duty="screens-independent",
    verdict="warn",
    played=("robustness/a-link-is-opened-twice*", "robustness/two-partners-at-once"),
)
def partner_id_kept_in_the_session() -> None:
    """The partnerId is kept in the browser's session, where the screen that is opened next replaces it."""

    @instead_of("screens.entrance", "_page")
    def page(original: Any, **named: Any) -> Any:
        if request.method == "GET":
            flask_session["partner_id"] = parameters().partner_id
        return original(**named)

    @instead_of(Clients, "sign_up")
    def sign_up(original: Any, self: Clients, person: object, *, partner_id: str | None, **named: Any) -> Any:
        return original(self, person, partner_id=flask_session.get("partner_id", partner_id), **named)


@mutant(
    "robustness/a-signup-without-a-link-follows-one-with-a-link",
    duty="no-link-no-partner",
    played=("robustness/a-link-is-opened-twice*", "robustness/two-partners-at-once"),
)
def last_partner_id_used_for_everyone() -> None:
    """A signup without a partnerId gets the one that a signup before it brought."""
    last: list[str | None] = [None]

    @instead_of(Clients, "sign_up")
    def sign_up(original: Any, self: Clients, person: object, *, partner_id: str | None, **named: Any) -> Any:
        last[0] = partner_id or last[0]
        return original(self, person, partner_id=last[0], **named)


@mutant(
    "robustness/a-partner-of-the-website-signs-up-by-the-own-link",
    duty="no-self-referral",
    verdict="warn",
    played=("robustness/a-partner-opens*", "robustness/a-client-without-a-partner*"),
)
def partners_sign_up_under_themselves() -> None:
    """A partner of the website who signs up by the own link becomes the own referral."""

    @instead_of("clients", "refusal_of")
    def refusal_of(original: Any, owner: Any, *arguments: Any, **named: Any) -> Any:
        refusal = original(owner, *arguments, **named)
        return None if refusal is Refusal.SELF_REFERRAL else refusal
