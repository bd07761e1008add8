"""`make mutation`: how many planted mistakes in the pure rules the unit tests notice, per module.

mutmut (settings in pyproject.toml) forks its runs from a process that has imported the rules. Mistakes in what
runs at import are never made there; whatever survives is therefore met once more in a process of its own.
"""

import os
import re
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

_ROOT = Path(__file__).parent.parent
_SETTINGS = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mutmut"]
_KILLED = ("killed", "timeout")


def _mutmut(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "mutmut", *arguments], cwd=_ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


def _verdicts() -> dict[str, str]:
    """What became of every mutant."""
    return dict(re.findall(r"^\s+(\S+): (.+)$", _mutmut("results", "--all", "true"), re.MULTILINE))


def _survives_a_fresh_process(mutant: str) -> bool:
    tests = _SETTINGS["pytest_add_cli_args_test_selection"]
    command = [sys.executable, "-m", "pytest", "-x", "-q", *_SETTINGS["pytest_add_cli_args"], *tests]
    mutants = _ROOT / "mutants"
    environment = os.environ | {"MUTANT_UNDER_TEST": mutant, "PYTHONPATH": str(mutants)}
    return (
        subprocess.run(command, cwd=mutants, env=environment, stdout=subprocess.DEVNULL, check=False).returncode
        == 0
    )


def main() -> int:
    """Print the figures and the survivors; 1 if fewer than 90 % are killed."""
    _mutmut("run", "--max-children", os.environ.get("MUTATION_CHILDREN", "1"))
    verdicts = _verdicts()
    living = [mutant for mutant, verdict in verdicts.items() if verdict not in _KILLED]
    living = [mutant for mutant in living if _survives_a_fresh_process(mutant)]
    made = Counter(mutant.partition(".x")[0] for mutant in verdicts)
    left = Counter(mutant.partition(".x")[0] for mutant in living)
    print(f"{'module':40} mutants  killed survivors")
    for module, count in sorted(made.items()):
        print(f"{module:40} {count:7} {count - left[module]:7} {left[module]:9}")
    share = 1 - len(living) / len(verdicts)
    print(f"{'all':40} {len(verdicts):7} {len(verdicts) - len(living):7} {len(living):9}   {share:.1%} killed")
    for mutant in living:
        print(_mutmut("show", mutant))
    return 0 if share >= 0.9 else 1


if __name__ == "__main__":
    sys.exit(main())
