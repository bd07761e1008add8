"""What a journey is and what can be found of one of its stages."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from mock_ctrader.flows import Level


class State(StrEnum):
    """How far a stage is proved."""

    OBSERVED = "observed"  # seen on the wire or in the application
    INFERRED = "inferred"  # a later stage cannot have happened without it
    REPORTED = "reported"  # the harness's adapter saw it inside the broker
    PENDING = "pending"
    VIOLATED = "violated"


PROVED = (State.OBSERVED, State.INFERRED, State.REPORTED)


@dataclass(frozen=True, slots=True)
class Journey:
    """One partner's way through one flow at one level.

    An announced journey was declared by somebody who knows both people's addresses; a detected one was found
    in the journal and knows the partner by the ids of call 3.6.
    """

    id: str
    flow: int
    level: Level
    partner_email: str | None = None
    invited_email: str | None = None
    user_id: int | None = None
    ctid_trader_account_id: int | None = None
    announced: bool = True


@dataclass(slots=True)
class Finding:
    """What the journal says of one stage: `events` are the numbers of the events that show it."""

    state: State
    reason: str
    events: list[int] = field(default_factory=list)
    carried: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    @property
    def proved(self) -> bool:
        """Whether the stage counts as reached."""
        return self.state in PROVED


def pending(reason: str, *events: int) -> Finding:
    """Not yet; the reason tells the nearest thing that did happen."""
    return Finding(State.PENDING, reason, list(events))


def violated(reason: str, *events: int) -> Finding:
    """It happened, but against the rule."""
    return Finding(State.VIOLATED, reason, list(events))
