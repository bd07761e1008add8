"""`make coverage`: which branches the tests take, servers and the harness included, by package.

Servers run as processes of their own: coverage.py measures them too (`patch` in pyproject.toml). `COVERAGE_TESTS`
names other tests than these.
"""

import json
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

_ROOT = Path(__file__).parent.parent
_TESTS = ["tests/unit", "tests/http", "tests/broker_reference", "tests/features", "tests/reports"]
# What the harness does is seen by a run of it.
_VERIFY = ["-m", "mock_ctrader", "verify", "--plan", "attribution", "--plan", "functional", "--plan", "crm-api"]
_REPORT = _ROOT / ".coverage.json"


def _coverage(*arguments: str) -> int:
    environment = os.environ | {"PYTHONPATH": str(_ROOT / "tests" / "coverage_hook")}
    command = [sys.executable, "-m", "coverage", *arguments]
    return subprocess.run(command, cwd=_ROOT, env=environment, check=False).returncode


def _package(path: str) -> str:
    parts = Path(path).parts
    return "/".join(parts[:2]) if len(parts) > 2 else parts[0]


def main() -> int:
    """Measure, and print the share of lines and branches of each package; 1 if it all is below 95 %."""
    _coverage("erase")
    failed = _coverage("run", "-m", "pytest", "-q", *os.environ.get("COVERAGE_TESTS", " ".join(_TESTS)).split())
    failed = _coverage("run", *_VERIFY) or failed
    _coverage("combine", "--quiet")
    _coverage("json", "--quiet", "-o", str(_REPORT))
    files = json.loads(_REPORT.read_text(encoding="utf-8"))["files"]
    seen: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for path, told in files.items():
        figures = told["summary"]
        for name in (_package(path), "all"):
            seen[name][0] += figures["covered_lines"] + figures["covered_branches"]
            seen[name][1] += figures["num_statements"] + figures["num_branches"]
    for name, (covered, there) in sorted(seen.items()):
        print(f"{name:36} {covered:6} of {there:6}  {covered / there:6.1%}")
    low = {path: told["summary"]["percent_covered"] for path, told in files.items()}
    for path, share in sorted(low.items(), key=lambda one: one[1]):
        if share < 95:
            print(f"  {path:60} {share:5.1f}%  not: {files[path]['missing_lines']}")
    covered, there = seen["all"]
    return 1 if failed or covered / there < 0.95 else 0


if __name__ == "__main__":
    sys.exit(main())
