"""Defects of the signup that carries a partnerId: stage 13."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote_plus

from broker_reference.clients import Clients
from broker_reference.mutants.odd import mint_as
from broker_reference.mutants.register import instead_of, mutant
from broker_reference.store import attributions as stored_attributions


def _form_with(change: Callable[[str], str]) -> None:
    """What the signup form carries instead of the partnerId of the screen's URL."""

    @instead_of("screens.entrance", "render_template")
    def render(original: Any, template: str, **context: Any) -> Any:
        return original(template, **{**context, "partner_id": change(context["partner_id"])})


@mutant("attribution/flow-1/user/stage-13", duty="signup-keeps-partner-id")
def signup_drops_partner_id() -> None:
    """The signup form does not carry the partnerId of the screen's URL."""
    _form_with(lambda _: "")


@mutant("attribution/flow-2/account/stage-13", duty="signup-keeps-partner-id")
def signup_in_lower_case() -> None:
    """The signup form carries the partnerId in lower case."""
    _form_with(str.lower)


@mutant("attribution/flow-1/account/stage-13", duty="signup-keeps-partner-id")
def signup_trimmed() -> None:
    """The signup form carries the partnerId without the blanks at its ends."""
    mint_as(lambda plain: f" {plain} ")
    _form_with(str.strip)


@mutant("attribution/flow-2/user/stage-13", duty="signup-keeps-partner-id")
def signup_encoded_twice() -> None:
    """The signup form carries the partnerId as it is in the URL, percent-encoded."""
    mint_as(lambda plain: f"{plain}/ü")
    _form_with(lambda partner_id: quote(partner_id, safe=""))


@mutant("attribution/flow-1/user/stage-13", duty="signup-keeps-partner-id")
def signup_with_plus_as_space() -> None:
    """The signup form carries a space where the partnerId has a +."""
    mint_as(lambda plain: plain.replace("-", "+"))
    _form_with(lambda partner_id: partner_id.replace("+", " "))


@mutant("attribution/flow-1/user/stage-13", duty="signup-keeps-partner-id")
def signup_truncated() -> None:
    """The signup form carries the first ten characters of the partnerId."""
    _form_with(lambda partner_id: partner_id[:10])


@mutant("attribution/flow-1/account/stage-13", duty="signup-keeps-partner-id")
def signup_with_somebody_elses_partner_id() -> None:
    """The signup form carries the partnerId that the first visitor of all came with."""
    first: list[str] = []

    def choose(partner_id: str) -> str:
        if partner_id:
            first.append(partner_id)
        return first[0] if partner_id else ""

    _form_with(choose)


@mutant("attribution/flow-1/account/stage-13", duty="signup-taken")
def signup_refused() -> None:
    """The screen crashes for whoever brings a partnerId."""

    @instead_of(stored_attributions, "record")
    def record(*_: Any) -> None:
        raise RuntimeError("planted")


@mutant("attribution/flow-1/user/stage-15", duty="attributed")
def partner_id_decoded_once_more() -> None:
    """The server decodes the submitted partnerId a second time and finds no partner."""
    mint_as(lambda plain: plain.replace("-", "+"))

    @instead_of(Clients, "sign_up")
    def sign_up(original: Any, self: Clients, person: object, *, partner_id: str | None, **named: Any) -> Any:
        return original(self, person, partner_id=partner_id and unquote_plus(partner_id), **named)
