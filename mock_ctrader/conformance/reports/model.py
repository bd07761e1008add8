"""A run, folded from its events: what every report is drawn from."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, TypeVar

from mock_ctrader.conformance.reports.stream import CHECK, JOURNEY, RUN_FINISHED, RUN_STARTED, TYPES, StreamError

# the worst first: the order in which reports tell of them
VERDICTS = ("fail", "error", "warn", "blocked", "skip", "pass")
TO_MEND = ("fail", "error", "warn")
ATTRIBUTION = "attribution"
_EXIT_WORDS = {0: "passed", 1: "failed", 2: "wrong usage", 3: "incomplete"}
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Complaint:
    """A duty that was not kept: what it is, where it is written, what was expected and seen, what can be done."""

    duty: str | None = None
    text: str | None = None
    source: str | None = None
    provenance: str | None = None
    reason: str | None = None
    expected: str | None = None
    seen: str | None = None
    advice: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One sentence of a scenario; the verdict is None if it was not reached."""

    keyword: str
    text: str
    verdict: str | None = None


@dataclass(frozen=True, slots=True)
class KnownIssue:
    """A failure that the user's configuration expects; a check has one only while it excuses the verdict."""

    id: str
    reason: str = ""
    expires: str | None = None


@dataclass(frozen=True, slots=True)
class Screenshot:
    """What a screen looked like: `png` is base64."""

    title: str
    png: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One scenario that was run, with its verdict and its evidence."""

    id: str
    plan: str
    verdict: str
    feature: str = ""
    file: str = ""
    line: int = 1
    scenario: str = ""
    tags: list[str] = field(default_factory=list)
    flow: int | None = None
    level: str | None = None
    stage: int | None = None
    case: str | None = None
    code: str | None = None
    complaint: Complaint = field(default_factory=Complaint)
    warnings: list[Complaint] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    evidence: list[dict[str, Any]] = field(default_factory=list)
    screenshots: list[Screenshot] = field(default_factory=list)
    seconds: float = 0.0
    known_issue: KnownIssue | None = None

    @property
    def excused(self) -> bool:
        """Whether something is broken that the user's configuration expects to be."""
        return self.known_issue is not None and self.verdict in TO_MEND

    @property
    def title(self) -> str:
        """The scenario's name, or the id if it has none."""
        return self.scenario or self.id

    @property
    def complaints(self) -> list[Complaint]:
        """What is to be mended: the duty that failed first, then the warnings."""
        own = [self.complaint] if self.verdict in ("fail", "error") else []
        return own + self.warnings or ([self.complaint] if self.verdict == "warn" else [])

    @property
    def why(self) -> str:
        """The reason of the verdict in one sentence; empty if none was given."""
        found = [one.reason for one in self.complaints if one.reason]
        return (found[0] if found else self.complaint.reason) or ""

    @property
    def sort_key(self) -> tuple[Any, ...]:
        """By plan, attribution first, then by id with numbers in their order."""
        return self.plan != ATTRIBUTION, self.plan, natural(self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """One flow at one level as it happened; `stages` and `events` are the control API's objects."""

    flow: int
    level: str
    stages: list[dict[str, Any]] = field(default_factory=list)
    partner_id: str | None = None
    events: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """How the run ended. `seconds` are of the whole run, `attribution_seconds` of that plan."""

    at: int = 0
    seconds: float = 0.0
    counts: dict[str, int] = field(default_factory=dict)
    exit_code: int = 0
    problems: list[str] = field(default_factory=list)
    attribution_seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class Run:
    """Everything one run told. `finish` is None if it broke off."""

    run_id: str = ""
    at: int = 0
    version: str = ""
    broker: dict[str, Any] = field(default_factory=dict)
    mock: dict[str, Any] = field(default_factory=dict)
    plans: list[str] = field(default_factory=list)
    flows: list[int] = field(default_factory=list)
    levels: list[str] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    journeys: list[Journey] = field(default_factory=list)
    finish: Finish | None = None

    @property
    def broker_name(self) -> str:
        """What the user calls the broker."""
        return str(self.broker.get("name") or "the broker")

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many checks have each verdict; counted, so that a run that broke off has them too."""
        counted = Counter(check.verdict for check in self.checks)
        return {verdict: counted[verdict] for verdict in VERDICTS}

    @property
    def conclusion(self) -> str:
        """The run in a word or two."""
        if self.finish is None:
            return "broken off"
        word = _EXIT_WORDS.get(self.finish.exit_code, f"exit code {self.finish.exit_code}")
        return "passed with warnings" if word == "passed" and self.counts["warn"] else word

    @property
    def problems(self) -> list[str]:
        """What is wrong with the run itself."""
        found = list(self.finish.problems) if self.finish else ["The run broke off: what follows is incomplete."]
        return found if self.checks else [*found, "No check was run, so nothing is proved."]

    @cached_property
    def plans_run(self) -> list[str]:
        """The plans that were asked for or have checks, in the order of the reports."""
        named = {*self.plans, *(check.plan for check in self.checks)}
        return sorted(named, key=lambda plan: (plan != ATTRIBUTION, plan))

    def of_plan(self, plan: str) -> list[Check]:
        """The checks of one plan."""
        return [check for check in self.checks if check.plan == plan]

    @cached_property
    def columns(self) -> list[tuple[int, str]]:
        """Flow and level of each column of the matrix: what was asked for, and what was found anyway."""
        asked = {(flow, level) for flow in self.flows for level in self.levels}
        return sorted(asked | set(self.matrix), key=lambda column: (column[0], column[1] != "user"))

    @cached_property
    def matrix(self) -> dict[tuple[int, str], dict[int, Check]]:
        """The checks of numbered stages, by flow and level, then by stage."""
        found: dict[tuple[int, str], dict[int, Check]] = {}
        for check in self.checks:
            if check.plan == ATTRIBUTION and check.flow and check.level and check.stage:
                found.setdefault((check.flow, check.level), {})[check.stage] = check
        return found

    @cached_property
    def cases(self) -> list[Check]:
        """The checks that have no place in the matrix."""
        placed = {check.id for column in self.matrix.values() for check in column.values()}
        return [check for check in self.checks if check.id not in placed]

    @cached_property
    def to_mend(self) -> list[Check]:
        """The checks with something to mend, the worst first, those that are expected last."""
        found = [check for check in self.checks if check.verdict in TO_MEND]
        return sorted(found, key=lambda check: (check.excused, VERDICTS.index(check.verdict)))


def natural(text: str) -> list[tuple[int, int, str]]:
    """A sort key that puts 6.1.10 after 6.1.9."""
    return [
        (0, int(part), "") if part.isascii() and part.isdigit() else (1, 0, part)
        for part in re.split(r"(\d+)", text)
        if part
    ]


def fold(events: Iterable[dict[str, Any]]) -> Run:
    """The run that a stream of events tells.

    Raises:
        StreamError: an event lacks what it must have, or has a type or a verdict that there is not; it is named.
    """
    started: dict[str, Any] = {}
    checks: dict[str, Check] = {}
    journeys: dict[tuple[int, str], Journey] = {}
    finish: Finish | None = None
    for event in events:
        if event["type"] == RUN_STARTED:
            started = event
        elif event["type"] == CHECK:
            check = _check(event)
            checks[check.id] = check
        elif event["type"] == JOURNEY:
            journey = _made(Journey, event)
            journeys[journey.flow, journey.level] = journey
        elif event["type"] == RUN_FINISHED:
            finish = _made(Finish, event)
        else:
            raise StreamError(f"type: {event['type']!r} is none of {', '.join(TYPES)}")
    return _made(
        Run,
        started
        | {
            "checks": sorted(checks.values(), key=lambda check: check.sort_key),
            "journeys": [journeys[key] for key in sorted(journeys, key=lambda key: (key[0], key[1] != "user"))],
            "finish": finish,
        },
    )


def _check(event: dict[str, Any]) -> Check:
    if event.get("verdict") not in VERDICTS:
        raise StreamError(f"check {event.get('id')!r}: verdict: {event.get('verdict')!r} is none there is")
    known = event.get("known_issue")
    return _made(
        Check,
        event
        | {
            "complaint": _made(Complaint, event),
            "warnings": [_made(Complaint, one) for one in event.get("warnings") or []],
            "steps": [_made(Step, one) for one in event.get("steps") or []],
            "screenshots": [_made(Screenshot, one) for one in event.get("screenshots") or []],
            "known_issue": _made(KnownIssue, known) if known else None,
        },
    )


def _made(kind: type[T], values: dict[str, Any]) -> T:
    """A dataclass from the values it knows; null is left to its default, what it does not know is left out."""
    names = [one.name for one in fields(kind)]  # type: ignore[arg-type]
    given = {name: values[name] for name in names if values.get(name) is not None}
    try:
        return kind(**given)
    except TypeError as problem:
        raise StreamError(f"{values.get('type', kind.__name__)} {values.get('id', '')!r}: {problem}") from None
