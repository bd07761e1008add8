"""All mutants: each module registers its own as it is imported, in the order in which a broker meets them."""

# isort: off
from broker_reference.mutants import healthy  # noqa: F401
from broker_reference.mutants import identifiers  # noqa: F401
from broker_reference.mutants import set_call  # noqa: F401
from broker_reference.mutants import creation  # noqa: F401
from broker_reference.mutants import signup  # noqa: F401
from broker_reference.mutants import attribution  # noqa: F401
from broker_reference.mutants import lists  # noqa: F401
from broker_reference.mutants import outages  # noqa: F401
from broker_reference.mutants import people  # noqa: F401
from broker_reference.mutants import money  # noqa: F401
from broker_reference.mutants import refusals  # noqa: F401
from broker_reference.mutants import tokens  # noqa: F401
# isort: on

from broker_reference.mutants.register import MUTANTS, Mutant


def all_mutants() -> dict[str, Mutant]:
    """Every mutant by its name."""
    return MUTANTS
