"""A flow that was played once, with everything its scenarios draw on."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mock_ctrader.conformance.adapter import AdapterError
from mock_ctrader.conformance.adapters.manual import ManualAdapter
from mock_ctrader.conformance.clients import MockError
from mock_ctrader.conformance.company import Company
from mock_ctrader.conformance.drive import Bench, Drive
from mock_ctrader.conformance.manual import ManualDrive
from mock_ctrader.conformance.verdicts import StageVerdict, judge
from mock_ctrader.flows import Level


@dataclass
class Played:
    """One flow at one level after it was driven: the journey, its verdicts and the journal."""

    bench: Bench
    drive: Drive
    journey: dict[str, Any]

    @cached_property
    def verdicts(self) -> list[StageVerdict]:
        """One verdict per stage, in order."""
        return judge(self.journey, ended=self.drive.ended)

    @cached_property
    def events(self) -> dict[int, dict[str, Any]]:
        """The journal by sequence number."""
        return {event["seq"]: event for event in self.bench.control().all_events()}

    @property
    def level(self) -> str:
        """The level the flow was played at."""
        return str(self.journey["level"])

    @property
    def partner_id(self) -> str:
        """The identifier set in cTrader."""
        return str(self.journey["partnerId"])

    def shown_by(self, stage: int) -> list[dict[str, Any]]:
        """The journal's events that show a stage."""
        return [self.events[seq] for seq in self.journey["stages"][stage - 1]["events"]]

    def evidence(self, stage: int) -> list[dict[str, Any]]:
        """The journal's events that show a stage, then what the harness exchanged with the broker at it.

        A stage that nothing shows is shown by what came last before it.
        """
        for earlier in range(stage, 0, -1):
            found = self.shown_by(earlier) + self.drive.traces.get(earlier, [])
            if found:
                return found
        return []

    def carried(self, stage: int) -> dict[str, Any]:
        """What was carried at a stage."""
        carried: dict[str, Any] = self.journey["stages"][stage - 1]["carried"]
        return carried


class Library:
    """Plays each flow at each level at most once, in the company of other partners.

    A flow that could not be played stays so: the problem is raised again for each of its stages.
    """

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self._company: Company | None = None
        self._played: dict[tuple[int, Level], Played | Exception] = {}
        self._lock = threading.Lock()

    def all(self) -> list[Played]:
        """Every flow that was played."""
        return [one for one in self._played.values() if isinstance(one, Played)]

    def play(self, flow: int, level: Level, progress: Callable[[dict[str, Any]], None] | None = None) -> Played:
        """The flow at this level, played now if it was not yet."""
        with self._lock:
            if (flow, level) not in self._played:
                try:
                    drive = self._drive(flow, level, progress)
                    self._played[flow, level] = Played(self.bench, drive, drive.run())
                except (AdapterError, MockError) as problem:
                    self._played[flow, level] = problem
            played = self._played[flow, level]
            if isinstance(played, Exception):
                # each raise would add its frames to the problem's traceback, and pytest tells all of it each time
                raise played.with_traceback(None)
            return played

    def _drive(self, flow: int, level: Level, progress: Callable[[dict[str, Any]], None] | None) -> Drive:
        if isinstance(self.bench.adapter, ManualAdapter):
            # nobody wants to play bystanders too
            return ManualDrive(self.bench, flow, level)
        return Drive(self.bench, flow, level, progress, self._gather(level))

    def _gather(self, level: Level) -> Company:
        if self._company is None:
            self._company = Company(self.bench.adapter, self.bench.app_url, self.bench.patience)
            # whoever attributes to the oldest partner attributes to this one
            self._company.add_partner(level, with_referral=True)
            self.bench.partners.extend(one.person for one in self._company.bystanders)
        return self._company
