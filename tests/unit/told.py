"""A journal and what it says of one stage, word for word: people read these words, and verdicts cite them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from mock_ctrader.flows import Level
from mock_ctrader.journeys import Finding, Journey
from tests.unit.diary import Diary, journey, played

Step = Callable[[Diary], object]


@dataclass(frozen=True)
class Case:
    """A flawless journey up to a stage, then some steps, and what one stage is found to be.

    Attributes:
        finding: what is expected, in full. Its events are numbers in the order in which things happened.
        about: differences of the journey: `flow`, `level`, `until` and the attributes of `Journey`.
    """

    name: str
    stage: int
    finding: Finding
    steps: list[Step]
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


def check(one: Case) -> None:
    """Nothing of the finding may differ."""
    assert one.judged() == one.finding


def other_journey(partner: str, invited: str) -> Journey:
    """A journey of other people in the same sandbox."""
    return Journey("journey-2", 1, Level.USER, partner, invited)
