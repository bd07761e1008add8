"""From a journey to verdicts: the first stage that is not proved fails, and later ones are blocked by it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

PROVED = ("observed", "inferred", "reported")


class Verdict(StrEnum):
    """What is said of one stage."""

    PASS = "pass"  # noqa: S105 - a word, not a secret
    FAIL = "fail"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class StageVerdict:
    """One stage of one journey, judged. `stage` is the control API's object, with evidence."""

    verdict: Verdict
    stage: dict[str, Any]
    reason: str


def judge(journey: dict[str, Any]) -> list[StageVerdict]:
    """The verdicts of a journey's 18 stages, so that a report points at one place."""
    verdicts: list[StageVerdict] = []
    broken: int | None = None
    for stage in journey["stages"]:
        if broken is not None:
            verdicts.append(StageVerdict(Verdict.BLOCKED, stage, f"stage {broken} failed"))
        elif stage["state"] in PROVED:
            verdicts.append(StageVerdict(Verdict.PASS, stage, stage["reason"]))
        else:
            broken = stage["number"]
            verdicts.append(StageVerdict(Verdict.FAIL, stage, stage["reason"]))
    return verdicts
