"""What two runs of `verify` on the same broker must have in common: everything but volatile ids.

`python -m tests.conformance.sameness 10` verifies the reference broker ten times and compares the runs.
"""

import json
import re
import subprocess
import sys
import tempfile
from difflib import unified_diff
from pathlib import Path
from typing import Any

# When it was, how long it took, and where on this machine it was.
_LEFT_OUT = {"at", "seconds", "attribution_seconds", "run_id", "version", "milliseconds", "browser"}
# Numbers of events of the journal: others may lie between them, so only their order counts.
_SEQUENCE = {"seq", "events"}
# Made up anew in each run, and of a kind: which one it was says nothing.
_CHANCE = re.compile(
    r"\b(?:Ines|Rui|Marta|Joao|Lena|Piotr|Aiko|Omar|Alves|Costa|Duarte|Faria|Keller|Nowak|Sato|Haddad)\b"
    r"|\*\*\*[0-9a-f]+"  # a masked secret
    # whether the broker's outbox was quicker than whoever looked at the page
    r"|(?:K|Not yet k)nown to the trading platform[:;][^.]*\."
    r"|\b(?=[\w.-]*\d)(?!IB-)[\w-]{12,}(?:\.[\w-]+)*(?!@)\b"  # a token
)
# Each new one gets the next number, so that two runs must use them alike: addresses, ports, identifiers, ids.
_VOLATILE = re.compile(r"[\w.+-]+@[\w.-]+|127\.0\.0\.1:\d+|\bIB-[A-Z0-9]{6,}\b|\b\d{4,}\b")


def comparable(lines: list[str]) -> list[str]:
    """The events of a run, one line of JSON each, with every volatile value replaced by its number."""
    known: dict[str, str] = {}

    def numbered(value: str) -> str:
        return known.setdefault(value, f"<{len(known)}>")

    def walk(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {
                walk(name): walk(_ordered(name, held), name)
                for name, held in value.items()
                if name not in _LEFT_OUT
            }
        if isinstance(value, list):
            return [walk(held, key) for held in value]
        if isinstance(value, str):
            return _VOLATILE.sub(lambda found: numbered(found[0]), _CHANCE.sub("<chance>", value))
        if type(value) is int and (value > 999 or key in _SEQUENCE):
            return numbered(f"{key in _SEQUENCE} {value}")
        return value

    return [json.dumps(walk(json.loads(line)), indent=1, sort_keys=True) for line in lines]


def _ordered(name: str, held: Any) -> Any:
    """Events of two processes at one moment, such as a call 3.6 and a report, have no order of their own."""
    if name != "events" or not all(isinstance(one, dict) for one in held):
        return held
    return sorted(held, key=_likeness)


def _likeness(event: Any) -> str:
    """An event without anything that differs from run to run."""

    def bare(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: bare(one) for name, one in value.items() if name not in _LEFT_OUT | _SEQUENCE}
        if isinstance(value, list):
            return [bare(one) for one in value]
        return value

    return _VOLATILE.sub("", _CHANCE.sub("", json.dumps(bare(event), sort_keys=True)))


def verified(*arguments: str) -> list[str]:
    """The events of one run of `verify` on the bundled reference broker."""
    with tempfile.TemporaryDirectory(prefix="mock-ctrader-") as folder:
        subprocess.run(
            [sys.executable, "-m", "mock_ctrader", "verify", "--report", folder, *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        return (Path(folder) / "events.ndjson").read_text(encoding="utf-8").splitlines()


def differences(one: list[str], other: list[str]) -> list[str]:
    """Where two runs differ, as the lines of a diff; empty if they are the same."""
    first, second = ("\n".join(comparable(run)).splitlines() for run in (one, other))
    return list(unified_diff(first, second, "first run", "this run", lineterm="", n=2))


def main(runs: int, *arguments: str) -> int:
    """Verify so many times; returns 1 if any run differs from the first."""
    first = verified(*arguments)
    differing = 0
    for number in range(2, runs + 1):
        found = differences(first, verified(*arguments))
        differing += bool(found)
        print(f"run {number}: {'differs' if found else 'the same'} ({len(first)} events)", flush=True)
        print("\n".join(found[:40]))
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), *sys.argv[2:]))
