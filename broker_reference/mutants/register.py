"""The register of mutants: what each does wrong, and what the harness must say of it."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from importlib import import_module
from typing import Any

Plant = Callable[[], None]


@dataclass(frozen=True)
class Mutant:
    """One planted defect.

    Attributes:
        name: what it is started by.
        defect: what it does wrong, in one sentence.
        checks: the checks that must complain, all of one plan; none for a healthy broker.
        duty: the duty they complain of.
        verdict: `fail`, or `warn` where the duty is not documented.
        also: patterns of further checks that cannot help but complain as well.
        played: patterns of further checks that are played and must not complain.
        plant: plants the defect in this process.
    """

    name: str
    defect: str
    checks: tuple[str, ...]
    duty: str
    verdict: str
    also: tuple[str, ...]
    played: tuple[str, ...]
    plant: Plant = field(repr=False, compare=False)

    def as_dict(self) -> dict[str, Any]:
        """Everything that can be told as JSON."""
        told = asdict(self)
        del told["plant"]
        return told


MUTANTS: dict[str, Mutant] = {}


def mutant(
    *checks: str, duty: str = "", verdict: str = "fail", also: tuple[str, ...] = (), played: tuple[str, ...] = ()
) -> Callable[[Plant], Plant]:
    """Register a function that plants a defect; its name is the mutant's, its docstring tells the defect."""

    def register(plant: Plant) -> Plant:
        name = plant.__name__.replace("_", "-")
        if name in MUTANTS:
            raise ValueError(f"mutant {name!r} is there twice")
        MUTANTS[name] = Mutant(name, plant.__doc__ or "", checks, duty, verdict, also, played, plant)
        return plant

    return register


def instead_of(owner: Any, name: str) -> Callable[[Callable[..., Any]], None]:
    """Replace a function of a module or class while the broker runs.

    The owner is the module or class, or the module's name where its package hides it behind a blueprint. The
    replacement gets the original as its first argument, then the call's own arguments.

    Raises: AttributeError: there is nothing of that name; the mutant has to follow the broker.
    """
    if isinstance(owner, str):
        owner = import_module(f"broker_reference.{owner}")
    original = getattr(owner, name)

    def replace(replacement: Callable[..., Any]) -> None:
        def call(*arguments: Any, **named: Any) -> Any:
            return replacement(original, *arguments, **named)

        setattr(owner, name, call)

    return replace
