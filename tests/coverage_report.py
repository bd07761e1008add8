"""`make coverage`: which branches the tests take, servers and the harness included, part by part.

Servers, and tests that run a test run, are processes of their own: coverage.py measures them too (`patch` in
pyproject.toml). Each step keeps what it measured in `.coverage-steps`; `ONLY` measures some of the steps again and
reads the rest from there.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parent.parent
_KEPT = _ROOT / ".coverage-steps"
_REPORT = _ROOT / ".coverage.json"
_WANTED = 0.95
_PYTEST = ["-m", "pytest", "-q", "--no-header", "-p", "no:cacheprovider"]
# What takes longest, `tests/robust` and the fuzzing of `tests/openapi`, plays the same rules again.
_FOLDERS = (
    *("unit", "http", "broker_reference", "features", "reports", "plugin", "conformance", "foreign", "system"),
    *("scale", "browser", "mutants"),
)
_PLANS = ("attribution", "functional", "crm-api", "robustness", "screens")
_VERIFY = ["-m", "mock_ctrader", "verify", *(word for plan in _PLANS for word in ("--plan", plan))]


def steps(workers: str) -> dict[str, list[str]]:
    """What is run, by name: the arguments of an interpreter."""
    return {name: [*_PYTEST, "-n", workers, f"tests/{name}"] for name in _FOLDERS} | {"verify": _VERIFY}


@dataclass(slots=True)
class Part:
    """A package, or the modules at the top of one, and what of it was met."""

    lines: list[int] = field(default_factory=lambda: [0, 0])
    branches: list[int] = field(default_factory=lambda: [0, 0])

    def add(self, summary: Mapping[str, Any]) -> None:
        """Count a file in, by its summary in the report of coverage.py."""
        self.lines[0] += summary["covered_lines"]
        self.lines[1] += summary["num_statements"]
        self.branches[0] += summary["covered_branches"]
        self.branches[1] += summary["num_branches"]

    @property
    def of_branches(self) -> float:
        """The share of branches taken; 1 where there is none."""
        return self.branches[0] / self.branches[1] if self.branches[1] else 1.0

    @property
    def share(self) -> float:
        """The share of lines and branches met, as coverage.py counts it; 1 where there is none."""
        there = self.lines[1] + self.branches[1]
        return (self.lines[0] + self.branches[0]) / there if there else 1.0

    @property
    def enough(self) -> bool:
        """Whether neither figure is below what is wanted."""
        return min(self.of_branches, self.share) >= _WANTED


def part_of(path: str) -> str:
    """The part a file belongs to: the package below the top one, or the top one."""
    folders = Path(path).parts
    return "/".join(folders[:2]) if len(folders) > 2 else folders[0]


def parts(files: Mapping[str, Mapping[str, Any]]) -> dict[str, Part]:
    """The parts by name, and `all`."""
    found: dict[str, Part] = {}
    for path, told in files.items():
        for name in (part_of(path), "all"):
            found.setdefault(name, Part()).add(told["summary"])
    return found


def lacking(files: Mapping[str, Mapping[str, Any]]) -> Iterable[str]:
    """A line for each file below what is wanted, the least covered first."""
    low = sorted(files.items(), key=lambda one: one[1]["summary"]["percent_covered"])
    for path, told in low:
        if told["summary"]["percent_covered"] < _WANTED * 100:
            missing = set(told["missing_lines"])
            # a branch to or from a line that never runs is told by the line
            branches = [
                f"{start}->{end if end > 0 else 'exit'}"
                for start, end in told["missing_branches"]
                if start not in missing and end not in missing
            ]
            where = " ".join([*_ranges(sorted(missing)), *branches])
            yield f"  {path:58} {told['summary']['percent_covered']:5.1f} %  {where}"


def _ranges(numbers: list[int]) -> list[str]:
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return [str(first) if first == last else f"{first}-{last}" for first, last in runs]


def _coverage(*arguments: str, data: Path) -> int:
    path = os.pathsep.join([str(_ROOT), str(_ROOT / "tests" / "coverage_hook")])
    environment = os.environ | {"PYTHONPATH": path, "COVERAGE_FILE": str(data)}
    command = [sys.executable, "-m", "coverage", *arguments]
    return subprocess.run(command, cwd=_ROOT, env=environment, check=False).returncode


def _measure(name: str, arguments: list[str]) -> bool:
    data = _KEPT / name
    for old in _KEPT.glob(f"{name}*"):
        old.unlink()
    passed = _coverage("run", *arguments, data=data) == 0
    return _coverage("combine", "--quiet", data=data) == 0 and passed


def main() -> int:
    """Measure and print; 1 if a test failed or a part is below 95 %, 2 if `ONLY` names no step."""
    known = steps(os.environ.get("WORKERS", "2"))
    chosen = os.environ.get("ONLY", "").replace(",", " ").split() or list(known)
    if unknown := [name for name in chosen if name not in known]:
        print(f"ONLY: {' '.join(unknown)}: no such step; there are {' '.join(known)}", file=sys.stderr)
        return 2
    _KEPT.mkdir(exist_ok=True)
    failed = []
    for number, name in enumerate(chosen, 1):
        print(f"[{number}/{len(chosen)}] {name}", flush=True)
        if not _measure(name, known[name]):
            failed.append(name)
    there = [str(_KEPT / name) for name in known if (_KEPT / name).exists()]
    _coverage("combine", "--quiet", "--keep", *there, data=_ROOT / ".coverage")
    _coverage("json", "--quiet", "-o", str(_REPORT), data=_ROOT / ".coverage")
    files = json.loads(_REPORT.read_text(encoding="utf-8"))["files"]
    found = parts(files)
    print(f"\n{'part':36} {'branches':>20} {'lines and branches':>20}")
    for name, part in sorted(found.items()):
        taken, all_of_them = part.branches
        mark = "" if part.enough else "  below"
        print(f"{name:36} {taken:5} of {all_of_them:5} {part.of_branches:7.1%} {part.share:20.1%}{mark}")
    print(*lacking(files), sep="\n")
    missing = [name for name in known if not (_KEPT / name).exists()]
    if missing:
        print(f"not measured: {' '.join(missing)}")
    if failed:
        print(f"failed: {' '.join(failed)}")
    return 1 if failed or missing or not all(part.enough for part in found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
