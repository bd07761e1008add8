"""What the pages show, read from the store: journeys folded from the journal, the newest first."""

import threading
from collections import Counter, OrderedDict
from dataclasses import dataclass, replace
from typing import Any

from mock_ctrader.control.service import Control, shown_journey
from mock_ctrader.evidence.journey_diagram import PROVED
from mock_ctrader.journal import Event, Journal
from mock_ctrader.journeys.model import Journey
from mock_ctrader.journeys.prospects import prospects
from mock_ctrader.sandboxes import Sandbox
from mock_ctrader.store import Store
from mock_ctrader.store import journeys as stored_journeys
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


class Reader:
    """Reads sandboxes. What was folded is kept for as long as the store says that nothing has happened since."""

    def __init__(self, control: Control, journal: Journal, store: Store) -> None:
        self.control = control
        self._journal = journal
        self._store = store
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[Any, ...], Seen] = OrderedDict()

    def seen(self, sandbox_id: str, journey_id: str | None = None) -> Seen:
        """A sandbox as it is now.

        Args:
            journey_id: a journey that must not be left out, if it exists.

        Raises:
            CTraderError: 404 `SANDBOX_NOT_FOUND`.
        """
        sandbox = self.control.find(sandbox_id)
        with self._store.read() as transaction:
            announced = len(stored_journeys.announced(transaction, sandbox_id))
        key = (sandbox_id, self._journal.newest(sandbox_id), announced, journey_id)
        # one thread folds, the others wait for what it finds: under one lock of the interpreter this costs nothing
        with self._lock:
            if key not in self._kept:
                self._kept[key] = self._fold(sandbox, journey_id)
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
            return replace(self._kept[key], sandbox=sandbox)

    def stages(self) -> list[tuple[int, str, str, int]]:
        """How many stages of the newest journeys of the newest sandboxes are in which state, by flow and level."""
        counted = Counter(
            (journey.flow, journey.level, stage["state"])
            for sandbox in self.control.all()[-COUNTED:]
            for journey in self.seen(sandbox.id).journeys
            for stage in journey.stages
        )
        return [(*key, count) for key, count in sorted(counted.items())]

    def _fold(self, sandbox: Sandbox, journey_id: str | None) -> Seen:
        known, events = self.control.known_journeys(sandbox.id)
        begun = prospects(events, known)
        chosen = [*begun, *_newest(known), *(one for one in known if one.id == journey_id)]
        dropped = self._journal.dropped(sandbox.id)
        journeys = [_told(one, events, known, dropped) for one in {one.id: one for one in chosen}.values()]
        journeys.sort(key=lambda one: (one.last, one.reached, -one.flow), reverse=True)
        last = events[-1] if events else None
        return Seen(
            sandbox,
            journeys,
            len(known) + len(begun) - len(journeys),
            last.seq if last else 0,
            last.at if last else None,
        )


def _newest(known: list[Journey]) -> list[Journey]:
    """The newest that were announced, whose ids count up, and the newest that were found, in their order."""
    announced = sorted((one for one in known if one.announced), key=lambda one: int(one.id.rpartition("-")[2]))
    found = [one for one in known if not one.announced]
    return announced[-FOLDED:] + found[-FOLDED:]


def _told(journey: Journey, events: list[Event], known: list[Journey], dropped: Dropped) -> Told:
    shown = shown_journey(journey, events, known, dropped)
    proving = {seq for stage in shown["stages"] for seq in stage["events"]}
    return Told(
        id=shown["id"],
        flow=shown["flow"],
        level=shown["level"],
        announced=shown["announced"],
        partner=_partner(shown),
        stages=shown["stages"],
        events=[event.as_dict() for event in events if event.seq in proving or _concerns(event, shown)],
        last=max(proving, default=0),
    )


def _partner(shown: dict[str, Any]) -> str:
    known = (shown["partnerEmail"], shown["partnerId"], shown["userId"] and f"userId {shown['userId']}")
    return next((one for one in known if one), "nobody yet")


def _concerns(event: Event, shown: dict[str, Any]) -> bool:
    """Whether an event that proves nothing belongs into the picture: it failed, and it was about these people."""
    failed = bool(event.violations) or (event.call is not None and not event.succeeded)
    people = {shown["partnerEmail"], shown["invitedEmail"]} - {None}
    return failed and (event.email in people or (event.user_id is not None and event.user_id == shown["userId"]))
