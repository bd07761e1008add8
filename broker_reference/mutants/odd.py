"""Identifiers of another form, for defects that only some identifiers suffer from."""

from collections.abc import Callable

from broker_reference.ids import RandomIds
from broker_reference.mutants.register import instead_of


def mint_as(form: Callable[[str], str]) -> None:
    """Mint identifiers that a function makes of the usual ones."""

    @instead_of(RandomIds, "partner_identifier")
    def mint(original: Callable[..., str], self: RandomIds) -> str:
        return form(original(self))
