"""What the control API does, apart from HTTP."""

from dataclasses import asdict
from typing import Any

from mock_ctrader import errors
from mock_ctrader.control.keeper import Keeper, known_sandbox
from mock_ctrader.flows import Level, stage
from mock_ctrader.journal import Direction, Event, Kind
from mock_ctrader.journeys import Journey, detect, fold
from mock_ctrader.journeys.fold import partner_id_of
from mock_ctrader.journeys.model import State
from mock_ctrader.store import journeys
from mock_ctrader.store.journals import Dropped


class Control(Keeper):
    """Keeps sandboxes, and tells what happened in them."""

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
        known, events = self.known_journeys(sandbox_id)
        dropped = self.dropped(sandbox_id)
        return [shown_journey(journey, events, known, dropped) for journey in known]

    def journey(self, sandbox_id: str, journey_id: str) -> dict[str, Any]:
        """Raises: CTraderError: 404 `JOURNEY_NOT_FOUND`."""
        known, events = self.known_journeys(sandbox_id)
        for journey in known:
            if journey.id == journey_id:
                return shown_journey(journey, events, known, self.dropped(sandbox_id))
        raise errors.journey_not_found(journey_id)

    def known_journeys(self, sandbox_id: str) -> tuple[list[Journey], list[Event]]:
        """Who a sandbox's journeys are about, announced ones first, and the journal they are read from."""
        with self._store.read() as transaction:
            known_sandbox(transaction, sandbox_id)
            announced = journeys.announced(transaction, sandbox_id)
        events = self._journal.read(sandbox_id)
        return [*announced, *detect(events, announced)], events

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


def shown_journey(journey: Journey, events: list[Event], known: list[Journey], dropped: Dropped) -> dict[str, Any]:
    """A journey as the control API shows it; a pending stage says if what shows it may have been dropped."""
    followed, stages = fold(journey, events, known)
    lacking = [finding for _, finding in stages if finding.state is State.PENDING] if dropped.count else []
    for finding in lacking:
        finding.reason += (
            f"; evidence dropped: {dropped.count} events up to number {dropped.through} left the journal "
            "(journal_limit, journal_bytes), and what shows this stage may have been among them"
        )
    return {
        "id": followed.id,
        "flow": followed.flow,
        "level": followed.level.value,
        "announced": followed.announced,
        "partnerEmail": followed.partner_email,
        "invitedEmail": followed.invited_email,
        "evidenceDropped": bool(lacking),
        "partnerId": partner_id_of(journey, events),
        "userId": followed.user_id,
        "ctidTraderAccountId": followed.ctid_trader_account_id,
        "stages": [
            {
                "number": one.number,
                "title": one.title,
                "sender": one.sender.value,
                "receiver": one.receiver.value,
                "call": one.call,
                "state": finding.state.value,
                "reason": finding.reason,
                "carried": finding.carried,
                "events": finding.events,
                "rule": finding.rule,
                "expected": finding.expected,
                "seen": finding.seen,
                "warnings": [asdict(one) for one in finding.warnings],
            }
            for one, finding in stages
        ],
    }
