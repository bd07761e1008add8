"""A journal and what it says of one stage, word for word: people read these words, and verdicts cite them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from mock_ctrader.flows import Level
from mock_ctrader.journeys import Finding, Journey
from mock_ctrader.journeys.model import State
from tests.unit.diary import Diary, journey, played

Step = Callable[[Diary], object]


@dataclass(frozen=True)
class Case:
    """A flawless journey up to a stage, then some steps, and what one stage is found to be.

    Attributes:
        finding: what is expected, in full. Its events are numbers in the order in which things happened.
        about: differences of the journey: `flow`, `level`, `until`, `others` and the attributes of `Journey`.
    """

    name: str
    stage: int
    finding: Finding
    steps: tuple[Step, ...]
    about: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"stage {self.stage}: {self.name}"

    def judged(self) -> Finding:
        """What the journal says."""
        about = {"flow": 1, "level": Level.USER, "until": 0, "others": ()} | self.about
        flow, level, others = about.pop("flow"), about.pop("level"), about.pop("others")
        diary = played(flow, level, about.pop("until"))
        for step in self.steps:
            step(diary)
        return diary.judge(journey(flow, level, **about), *others)[self.stage]


def at(stage: int, **usual: Any) -> Callable[..., Case]:
    """What makes the cases of one stage: their name, finding and steps, and what differs from `usual`."""

    def case(name: str, finding: Finding, *steps: Step, **about: Any) -> Case:
        return Case(name, stage, finding, steps, usual | about)

    return case


def check(one: Case) -> None:
    """Nothing of the finding may differ."""
    assert one.judged() == one.finding


def _finding(state: State, reason: str, *events: int, **more: Any) -> Finding:
    return Finding(state, reason, list(events), **more)


observed = partial(_finding, State.OBSERVED)
inferred = partial(_finding, State.INFERRED)
reported = partial(_finding, State.REPORTED)
pending = partial(_finding, State.PENDING)
violated = partial(_finding, State.VIOLATED)


class _Do:
    """`do.user(PARTNER, USER_1)` is the step that calls that method of the diary."""

    def __getattr__(self, method: str) -> Callable[..., Step]:
        return lambda *values, **named: lambda diary: getattr(diary, method)(*values, **named)


do = _Do()


def detailed(step: Step, **details: Any) -> Step:
    """The step, with these details in the event it keeps."""
    return lambda diary: step(diary).details.update(details)


def faulty(step: Step, kind: str, phase: str, *, applied: bool = False) -> Step:
    """The step, answered by a planted fault."""
    return detailed(step, fault={"kind": kind, "phase": phase, "applied": applied})


def other_journey(partner: str, invited: str) -> Journey:
    """A journey of other people in the same sandbox."""
    return Journey("journey-2", 1, Level.USER, partner, invited)
