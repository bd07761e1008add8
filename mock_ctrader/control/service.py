"""What the control API does, apart from HTTP."""

from typing import Any

from mock_ctrader import errors, ids
from mock_ctrader.clock import Clock, advanced
from mock_ctrader.control.histories import Histories
from mock_ctrader.control.known import known_sandbox
from mock_ctrader.control.showing import shown_journey
from mock_ctrader.errors import CTraderError
from mock_ctrader.flows import Level, stage
from mock_ctrader.journal import Direction, Event, Journal, Kind
from mock_ctrader.journeys import History, Journey, detect
from mock_ctrader.sandboxes import Sandbox, app_url, new_sandbox
from mock_ctrader.store import Store, Transaction, invites, journeys, sandboxes
from mock_ctrader.store.journals import Dropped

# How many seeds are tried for a sandbox that was given none.
_SEEDS = 3
_COLUMNS = {
    "crmUrl": "crm_url",
    "loginUrl": "login_url",
    "successUrl": "success_url",
    "crmPassword": "crm_password",
    "strict": "strict",
    "hourlyLimit": "hourly_limit",
}

# A century, so that every moment has a four-digit year.
_FURTHEST_MS = 100 * 365 * 86_400_000


class Control:
    """Makes, changes and frees sandboxes, and tells what happened in them."""

    def __init__(self, store: Store, journal: Journal, clock: Clock, base_url: str) -> None:
        self._store = store
        self._journal = journal
        self._histories = Histories(journal)
        self._clock = clock
        self.base_url = base_url

    def create(self, given: dict[str, Any]) -> Sandbox:
        """A complete new sandbox.

        Raises:
            CTraderError: 409 `SANDBOX_CONFLICT` naming the key and value that another sandbox has.
        """
        for left in reversed(range(1 if given.get("seed") else _SEEDS)):
            sandbox = new_sandbox(given, self.base_url)
            try:
                with self._store.write() as transaction:
                    transaction.hold_server()
                    _check_free(transaction, sandbox)
                    sandboxes.add(transaction, sandbox, self._clock.now_ms())
                break
            except CTraderError:
                # The short name a seed leads to may be in use by chance; another seed has another.
                if not left:
                    raise
        return sandbox

    def create_ready(self, given: dict[str, Any]) -> Sandbox:
        """The sandbox that `serve` starts with: made now, or found in a kept state file by its brokerName."""
        try:
            return self.create(given)
        except CTraderError:
            with self._store.read() as transaction:
                found = sandboxes.by_broker_name(transaction, given["brokerNames"][0])
            if found is None:
                raise
        # The kept sandbox lives on, but this run's addresses are the ones that hold.
        here = {key: given[key] for key in _COLUMNS if key in given}
        success_url = f"{app_url(self.base_url, found.broker_names[0])}/success"
        return self.change(found.id, {"successUrl": success_url} | here)

    def all(self) -> list[Sandbox]:
        """Every sandbox, oldest first."""
        with self._store.read() as transaction:
            return sandboxes.all_sandboxes(transaction)

    def find(self, sandbox_id: str) -> Sandbox:
        """Raises: CTraderError: 404 `SANDBOX_NOT_FOUND`."""
        with self._store.read() as transaction:
            return known_sandbox(transaction, sandbox_id)

    def change(self, sandbox_id: str, given: dict[str, Any]) -> Sandbox:
        """Change URLs, the CRM password, the disabled brokers, the limit or switches; the rest is fixed."""
        values = {_COLUMNS[key]: value for key, value in given.items() if key in _COLUMNS}
        with self._store.write() as transaction:
            known = known_sandbox(transaction, sandbox_id)
            if "switches" in given:
                values["switches"] = known.switches.as_dict() | given["switches"]
            if "actionUrls" in given:
                values["action_urls"] = known.action_urls | given["actionUrls"]
            sandboxes.change(transaction, sandbox_id, values, given.get("disabledBrokerNames"))
            return known_sandbox(transaction, sandbox_id)

    def delete(self, sandbox_id: str) -> None:
        """Free a sandbox and everything in it."""
        with self._store.write() as transaction:
            known_sandbox(transaction, sandbox_id)
            sandboxes.remove(transaction, sandbox_id)

    def reset(self, sandbox_id: str) -> Sandbox:
        """Make a sandbox as new: its people, accounts, tokens, journeys, faults and journal are gone, its clock is
        the machine's; names, managers, URLs, switches and webhook settings stay."""
        happened = Event(kind=Kind.ACT, title="the sandbox was reset", details={"act": "reset"})
        with self._store.write() as transaction:
            known_sandbox(transaction, sandbox_id)
            sandboxes.empty(transaction, sandbox_id)
            sandboxes.change(transaction, sandbox_id, {"clock_offset_ms": 0}, None)
            self._journal.append(transaction, sandbox_id, happened)
            sandbox = known_sandbox(transaction, sandbox_id)
        self._journal.announce()
        return sandbox

    def advance_clock(self, sandbox_id: str, milliseconds: int) -> Sandbox:
        """Advance a sandbox's clock.

        Raises:
            CTraderError: 409 `CLOCK_CONFLICT` if it would be more than `_FURTHEST_MS` ahead of the machine's; 404.
        """
        with self._store.write() as transaction:
            offset = known_sandbox(transaction, sandbox_id).clock_offset_ms + milliseconds
            if offset > _FURTHEST_MS:
                raise errors.clock_too_far(milliseconds, _FURTHEST_MS)
            sandboxes.change(transaction, sandbox_id, {"clock_offset_ms": offset}, None)
            invites.hasten(transaction, sandbox_id, milliseconds)
            happened = Event(
                kind=Kind.ACT,
                title=f"the clock was advanced by {milliseconds} ms",
                details={"act": "clock_advanced", "milliseconds": milliseconds},
            )
            self._journal.append(transaction, sandbox_id, happened)
            sandbox = known_sandbox(transaction, sandbox_id)
        self._journal.announce()
        return sandbox

    def clock(self, sandbox: Sandbox) -> dict[str, int]:
        """A sandbox's time in epoch milliseconds, and how far it is ahead of the machine's."""
        now = advanced(self._clock, sandbox.clock_offset_ms).now_ms()
        return {"now": now, "aheadMilliseconds": sandbox.clock_offset_ms}

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


def _check_free(transaction: Transaction, sandbox: Sandbox) -> None:
    for name in sandbox.broker_names:
        if (owner := sandboxes.by_broker_name(transaction, name)) is not None:
            raise errors.sandbox_conflict("brokerNames", name, owner.id)
    for manager in sandbox.managers:
        if (owner := sandboxes.by_manager(transaction, manager.login)) is not None:
            raise errors.sandbox_conflict("managerLogin", manager.login, owner.id)
    if (owner := sandboxes.find(transaction, ids.sandbox_id(sandbox.seed))) is not None:
        raise errors.sandbox_conflict("seed", sandbox.seed, owner.id)
