"""What the pages show, read from the store: journeys folded from the journal, the newest first."""

import threading
import weakref
from collections import Counter, OrderedDict
from dataclasses import dataclass, replace
from typing import Any

from mock_ctrader.control.service import Control
from mock_ctrader.control.showing import shown_journey
from mock_ctrader.evidence.journey_diagram import PROVED
from mock_ctrader.journal import Event, Journal
from mock_ctrader.journeys import History, detect
from mock_ctrader.journeys.model import Journey
from mock_ctrader.journeys.prospects import prospects
from mock_ctrader.sandboxes import Sandbox
from mock_ctrader.store.journals import Dropped

# How many journeys of a sandbox are folded for one page: a test run leaves hundreds behind.
FOLDED = 8
# How many sandboxes the metrics speak of.
COUNTED = 20
_KEPT = 64


@dataclass(frozen=True, slots=True)
class Told:
    """A journey as the pages show it; `stages` and `events` are the control API's objects."""

    id: str
    flow: int
    level: str
    announced: bool
    partner: str
    stages: list[dict[str, Any]]
    events: list[dict[str, Any]]
    last: int

    @property
    def reached(self) -> int:
        """How many of the stages are proved."""
        return sum(one["state"] in PROVED for one in self.stages)

    @property
    def next(self) -> dict[str, Any] | None:
        """The stage to look at: the first that is violated, else the first that is not proved; None if all are."""
        violated = (one for one in self.stages if one["state"] == "violated")
        return next(violated, next((one for one in self.stages if one["state"] not in PROVED), None))


@dataclass(frozen=True, slots=True)
class Seen:
    """A sandbox with its journeys, the one that something happened in last first.

    Attributes:
        omitted: how many older journeys were left out.
        last: the `seq` of the newest event; `at` is its moment in epoch milliseconds.
    """

    sandbox: Sandbox
    journeys: list[Told]
    omitted: int
    last: int
    at: int | None

    def journey(self, journey_id: str | None) -> Told:
        """The journey with this id; the first if there is none."""
        return next((one for one in self.journeys if one.id == journey_id), self.journeys[0])


def is_checked(event: dict[str, Any]) -> bool:
    """Whether an exchange was held to the contract: what hit no call is in none."""
    return event.get("call") is not None and "near" not in event["details"]


@dataclass(frozen=True, slots=True)
class _Folded:
    """What was seen, and what it was folded from; the history itself may go when there is a newer one."""

    history: weakref.ref[History]
    announced: list[Journey]
    seen: Seen


class Reader:
    """Reads sandboxes. What was folded is kept, for all who look, for as long as nothing has happened since."""

    def __init__(self, control: Control, journal: Journal) -> None:
        self.control = control
        self._journal = journal
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str | None], _Folded] = OrderedDict()

    def seen(self, sandbox_id: str, journey_id: str | None = None) -> Seen:
        """A sandbox as it is now.

        Args:
            journey_id: a journey that must not be left out, if it exists.

        Raises:
            CTraderError: 404 `SANDBOX_NOT_FOUND`.
        """
        sandbox = self.control.find(sandbox_id)
        announced, history = self.control.announced(sandbox_id), self.control.history(sandbox_id)
        key = (sandbox_id, journey_id)
        # one thread folds, the others wait for what it finds: under one lock of the interpreter this costs nothing
        with self._lock:
            folded = self._kept.pop(key, None)
            if folded is None or folded.history() is not history or folded.announced != announced:
                seen = self._fold(sandbox, journey_id, announced, history)
                folded = _Folded(weakref.ref(history), announced, seen)
            self._kept[key] = folded
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return replace(folded.seen, sandbox=sandbox)

    def stages(self) -> list[tuple[int, str, str, int]]:
        """How many stages of the newest journeys of the newest sandboxes are in which state, by flow and level."""
        counted = Counter(
            (journey.flow, journey.level, stage["state"])
            for sandbox in self.control.all()[-COUNTED:]
            for journey in self.seen(sandbox.id).journeys
            for stage in journey.stages
        )
        return [(*key, count) for key, count in sorted(counted.items())]

    def _fold(self, sandbox: Sandbox, journey_id: str | None, announced: list[Journey], history: History) -> Seen:
        known = [*announced, *detect(history, announced)]
        begun = prospects(history, known)
        chosen = [*begun, *_newest(known), *(one for one in known if one.id == journey_id)]
        dropped = self._journal.dropped(sandbox.id)
        journeys = [_told(one, history, known, dropped) for one in {one.id: one for one in chosen}.values()]
        journeys.sort(key=lambda one: (one.last, one.reached, -one.flow), reverse=True)
        last = history.events[-1] if history.events else None
        return Seen(
            sandbox,
            journeys,
            len(known) + len(begun) - len(journeys),
            last.seq if last else 0,
            last.at if last else None,
        )


def _newest(known: list[Journey]) -> list[Journey]:
    """The newest that were announced, and the newest that were found, in their order."""
    announced = [one for one in known if one.announced]
    found = [one for one in known if not one.announced]
    return announced[-FOLDED:] + found[-FOLDED:]


def _told(journey: Journey, history: History, known: list[Journey], dropped: Dropped) -> Told:
    shown = shown_journey(journey, history, known, dropped)
    proving = {seq for stage in shown["stages"] for seq in stage["events"]}
    pictured = proving | {event.seq for event in history.failed if _concerns(event, shown)}
    return Told(
        id=shown["id"],
        flow=shown["flow"],
        level=shown["level"],
        announced=shown["announced"],
        partner=_partner(shown),
        stages=shown["stages"],
        events=[history.numbered[seq].as_dict() for seq in sorted(pictured)],
        last=max(proving, default=0),
    )


def _partner(shown: dict[str, Any]) -> str:
    known = (shown["partnerEmail"], shown["partnerId"], shown["userId"] and f"userId {shown['userId']}")
    return next((one for one in known if one), "nobody yet")


def _concerns(event: Event, shown: dict[str, Any]) -> bool:
    """Whether an event that failed and proves nothing belongs into the picture: it was about these people."""
    people = {shown["partnerEmail"], shown["invitedEmail"]} - {None}
    return event.email in people or (event.user_id is not None and event.user_id == shown["userId"])
