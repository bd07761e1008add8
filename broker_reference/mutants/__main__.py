"""Command line: `python -m broker_reference.mutants NAME [the broker's own arguments]`, or `--list`."""

import json
import sys

from broker_reference.__main__ import main as broker_main
from broker_reference.mutants import (  # noqa: F401 - each registers its mutants
    attribution,
    creation,
    healthy,
    identifiers,
    lists,
    money,
    outages,
    people,
    refusals,
    set_call,
    signup,
    tokens,
)
from broker_reference.mutants.register import MUTANTS


def main(arguments: list[str]) -> None:
    """Plant a defect and run the broker with it, or list the mutants as JSON."""
    if arguments[:1] == ["--list"]:
        print(json.dumps([one.as_dict() for one in MUTANTS.values()]))
        return
    if not arguments or arguments[0] not in MUTANTS:
        sys.exit(f"name one of the mutants: {', '.join(MUTANTS)}")
    MUTANTS[arguments[0]].plant()
    broker_main(arguments[1:])


if __name__ == "__main__":
    main(sys.argv[1:])
