"""No defect at all: what the mutants are compared with."""

from broker_reference.mutants.odd import mint_as
from broker_reference.mutants.register import mutant


@mutant(
    played=(
        "attribution/*",
        "crm-api/6*",
        "crm-api/4.[1-5]*",
        "crm-api/4.x-a-call*",
        "functional/*",
        "robustness/*",
    )
)
def healthy() -> None:
    """The broker as it is."""


@mutant(played=("attribution/flow-1/user/*", "attribution/flow-2/account/*"))
def healthy_with_odd_identifiers() -> None:
    """No defect, but identifiers with blanks, +, %, & and letters that are not ASCII."""
    mint_as(lambda plain: f" {plain[3:7]}+{plain[7:]} %41&ä/ß ")
