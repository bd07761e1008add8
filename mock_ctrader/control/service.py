"""What the control API does, apart from HTTP."""

from typing import Any

from mock_ctrader import errors
from mock_ctrader.clock import Clock
from mock_ctrader.control.histories import Histories
from mock_ctrader.control.keeper import Keeper
from mock_ctrader.control.known import known_sandbox
from mock_ctrader.control.showing import shown_journey
from mock_ctrader.flows import Level, stage
from mock_ctrader.journal import Direction, Event, Journal, Kind
from mock_ctrader.journeys import History, Journey, detect
from mock_ctrader.store import Store, journeys
from mock_ctrader.store.journals import Dropped


class Control(Keeper):
    """Keeps sandboxes, and tells what happened in them."""

    def __init__(self, store: Store, journal: Journal, clock: Clock, base_url: str) -> None:
        super().__init__(store, journal, clock, base_url)
        self._histories = Histories(journal)

    def events(self, sandbox_id: str, query: dict[str, Any]) -> list[Event]:
        """The journal after a sequence number, waiting for the next event if asked to."""
        self.find(sandbox_id)
        return self._journal.wait(
            sandbox_id,
            query.get("after", 0),
            query.get("limit", 1000),
            query.get("call"),
            query.get("wait", 0),
            user_id=query.get("userId"),
            partner_id=query.get("partnerId"),
        )

    def dropped(self, sandbox_id: str) -> Dropped:
        """What the sandbox's journal no longer has."""
        return self._journal.dropped(sandbox_id)

    def announce(self, sandbox_id: str, given: dict[str, Any]) -> dict[str, Any]:
        """Declare whom a journey is about; its stages follow from the journal."""
        with self._store.write() as transaction:
            known_sandbox(transaction, sandbox_id)
            journey = Journey(
                f"journey-{transaction.next_number(sandbox_id, 'journey')}",
                given["flow"],
                Level(given["level"]),
                given["partnerEmail"],
                given.get("invitedEmail"),
            )
            journeys.add(transaction, sandbox_id, journey)
        return self.journey(sandbox_id, journey.id)

    def journeys(self, sandbox_id: str) -> list[dict[str, Any]]:
        """Every journey of a sandbox, announced ones first."""
        known, history = self.known_journeys(sandbox_id)
        dropped = self.dropped(sandbox_id)
        return [shown_journey(journey, history, known, dropped) for journey in known]

    def journey(self, sandbox_id: str, journey_id: str) -> dict[str, Any]:
        """Raises: CTraderError: 404 `JOURNEY_NOT_FOUND`."""
        known, history = self.known_journeys(sandbox_id)
        for journey in known:
            if journey.id == journey_id:
                return shown_journey(journey, history, known, self.dropped(sandbox_id))
        raise errors.journey_not_found(journey_id)

    def known_journeys(self, sandbox_id: str) -> tuple[list[Journey], History]:
        """Who a sandbox's journeys are about, announced ones first, and the history they are read from."""
        announced, history = self.announced(sandbox_id), self.history(sandbox_id)
        return [*announced, *detect(history, announced)], history

    def announced(self, sandbox_id: str) -> list[Journey]:
        """The journeys that somebody declared. Raises: CTraderError: 404 `SANDBOX_NOT_FOUND`."""
        with self._store.read() as transaction:
            known_sandbox(transaction, sandbox_id)
            return journeys.announced(transaction, sandbox_id)

    def history(self, sandbox_id: str) -> History:
        """What happened in a sandbox; the same object for as long as nothing more does."""
        return self._histories.of(sandbox_id)

    def report(self, sandbox_id: str, journey_id: str, given: dict[str, Any]) -> Event:
        """Keep what an adapter saw inside the broker at one stage of an announced journey."""
        with self._store.write() as transaction:
            known_sandbox(transaction, sandbox_id)
            journey = next(
                (known for known in journeys.announced(transaction, sandbox_id) if known.id == journey_id),
                None,
            )
            if journey is None:
                raise errors.journey_not_found(journey_id)
            event = Event(
                kind=Kind.REPORT,
                title=f"reported: {stage(journey.flow, given['stage']).title}",
                direction=Direction.HARNESS,
                journey_id=journey_id,
                details={"stage": given["stage"], "facts": given["facts"]},
            )
            self._journal.append(transaction, sandbox_id, event)
        self._journal.announce()
        return event
