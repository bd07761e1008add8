"""Planted defects of the reference broker: each is met by the harness, and held to what must be said of it."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from mock_ctrader.clock import SystemClock
from mock_ctrader.conformance.known_issues import KnownIssues
from mock_ctrader.conformance.listener import Listener
from mock_ctrader.conformance.mocks import fresh_sandbox, tell_sandbox
from mock_ctrader.conformance.target import OF_ONE_RUN, Target
from mock_ctrader.conformance.verdicts import Verdict
from mock_ctrader.conformance.verify import play
from mock_ctrader.processes import BrokerProcess
from mock_ctrader.resources import reference_broker_file

_MODULE = "broker_reference.mutants"
_LIST_SECONDS = 60
# what never comes need not be waited for as long as with a stranger's broker
_PATIENCE = "\n[verify]\npatience = 1.5\nretry_patience = 2.5\n"
_COMPLAINTS = (Verdict.FAIL, Verdict.WARN, Verdict.ERROR)


@dataclass(frozen=True, slots=True)
class Planted:
    """A mutant as its register tells of it: what it does wrong, and what must be said of it.

    Attributes:
        name: what it is started by.
        defect: in one sentence.
        checks: ids of the checks that must complain; none for a healthy broker.
        duty: what they complain of.
        verdict: `fail` or `warn`.
        also: patterns of checks that cannot help but complain as well.
        played: patterns of further checks that must not.
    """

    name: str
    defect: str
    checks: tuple[str, ...]
    duty: str
    verdict: str
    also: tuple[str, ...]
    played: tuple[str, ...]

    @property
    def patterns(self) -> list[str]:
        """What is to be played: a stage is played with its whole flow."""
        flows = {f"{one.rpartition('/')[0]}/*" for one in self.checks if one.startswith("attribution/")}
        return [*sorted(flows), *self.checks, *self.also, *self.played]

    @property
    def plans(self) -> tuple[str, ...]:
        """The plans of what is to be played."""
        return tuple(dict.fromkeys(pattern.split("/")[0] for pattern in self.patterns))


@dataclass(frozen=True, slots=True)
class Met:
    """What the harness said of a mutant: its checks as in the run's stream, and how long all of it took."""

    planted: Planted
    checks: dict[str, dict[str, Any]]
    seconds: float

    def objections(self) -> list[str]:
        """Where the harness said something else than it must, in words; empty if all is as registered."""
        missing = [f"{one} was not played" for one in self.planted.checks if one not in self.checks]
        return missing + [
            objection for one in self.checks.values() for objection in self._objections(one) if objection
        ]

    def _objections(self, check: dict[str, Any]) -> Iterator[str]:
        planted, told = self.planted, f"{check['id']} is {check['verdict']} ({check['duty']}): {check['reason']}"
        if check["id"] in planted.checks:
            if (check["verdict"], check["duty"]) != (planted.verdict, planted.duty):
                yield f"{told}, not {planted.verdict} ({planted.duty})"
            else:
                yield from (f"{check['id']} has no {key}" for key in _lacking(check))
        elif self._blocked_rightly(check):
            return
        elif check["verdict"] == Verdict.BLOCKED:
            yield f"{told}, though nothing before it fails"
        elif check["verdict"] in _COMPLAINTS and not any(
            fnmatchcase(check["id"], pattern) for pattern in planted.also
        ):
            yield told

    def _blocked_rightly(self, check: dict[str, Any]) -> bool:
        """Later stages of a flow that failed must be blocked; others may be, where the mutant says so."""
        flow, _, stage = check["id"].rpartition("/stage-")
        failed = [one.rpartition("/stage-") for one in self.planted.checks if self.planted.verdict == "fail"]
        later = any(flow == other and stage > number for other, _, number in failed if flow)
        by_mutant = any(fnmatchcase(check["id"], pattern) for pattern in self.planted.also)
        return (check["verdict"] == Verdict.BLOCKED) and (later or by_mutant)


def _lacking(check: dict[str, Any]) -> list[str]:
    """What a developer would miss in a complaint."""
    seen = check["expected"] or check["seen"] or check["verdict"] == Verdict.WARN
    there = {
        "reason": check["reason"],
        "advice": check["advice"],
        "evidence": check["evidence"],
        "what was seen": seen,
    }
    return [name for name, value in there.items() if not value]


def planted_defects() -> list[Planted]:
    """The register of mutants, asked of the broker itself: the two packages know each other as processes only."""
    told = subprocess.run(
        [sys.executable, "-m", _MODULE, "--list"],
        capture_output=True,
        text=True,
        check=True,
        timeout=_LIST_SECONDS,
    )
    return [planted_of(one) for one in json.loads(told.stdout)]


def planted_of(values: dict[str, Any]) -> Planted:
    """A mutant of the register's values."""
    lists = ("checks", "also", "played")
    return Planted(**values | {key: tuple(values[key]) for key in lists})


def meet(planted: Planted, mock_url: str) -> Met:
    """Start a mutant, play what it is about in a fresh sandbox of a running mock, and end it.

    Raises:
        LaunchError: the mutant did not come up: the broker has changed under it.
        MockError: the mock does not answer.
    """
    clock = SystemClock()
    began = clock.monotonic()
    heard: list[dict[str, Any]] = []
    listener = Listener(heard.append, KnownIssues([], ""), set())
    with (
        tempfile.TemporaryDirectory(prefix="mock-ctrader-") as name,
        _target(planted, mock_url, Path(name)) as target,
    ):
        play(target, planted.plans, Path(name), listener)
    checks = {one["id"]: one for one in heard}
    return Met(planted, checks, clock.monotonic() - began)


@contextmanager
def _target(planted: Planted, mock_url: str, folder: Path) -> Iterator[Target]:
    file = folder / "broker.toml"
    file.write_text(reference_broker_file().read_text(encoding="utf-8") + _PATIENCE, encoding="utf-8")
    with (
        fresh_sandbox(mock_url) as sandbox,
        BrokerProcess.start(
            mock_url, sandbox, module=_MODULE, variant=planted.name, environment=OF_ONE_RUN
        ) as broker,
    ):
        told = tell_sandbox(mock_url, sandbox["id"], broker.sandbox_urls())
        environment = {"BROKER_URL": str(broker.ready["brokerUrl"])}
        yield Target(mock_url, told, str(file), environment, checks=planted.patterns)
