"""Command line: `python -m broker_reference.mutants NAME [the broker's own arguments]`, or `--list`."""

import json
import sys

from broker_reference.__main__ import main as broker_main
from broker_reference.mutants.catalogue import all_mutants


def main(arguments: list[str]) -> None:
    """Plant a defect and run the broker with it, or list the mutants as JSON."""
    mutants = all_mutants()
    if arguments[:1] == ["--list"]:
        print(json.dumps([one.as_dict() for one in mutants.values()]))
        return
    if not arguments or arguments[0] not in mutants:
        given = repr(arguments[0]) if arguments else "nothing"
        sys.exit(f"NAME must be one of {', '.join(mutants)}; got {given}")
    mutants[arguments[0]].plant()
    broker_main(arguments[1:])


if __name__ == "__main__":
    main(sys.argv[1:])
