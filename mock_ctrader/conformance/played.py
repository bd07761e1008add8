"""A flow that was played once, with everything its scenarios draw on."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mock_ctrader.conformance.drive import Bench, Drive
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
        return judge(self.journey)

    @cached_property
    def events(self) -> dict[int, dict[str, Any]]:
        """The journal by sequence number."""
        control = self.bench.control()
        found: dict[int, dict[str, Any]] = {}
        while events := control.events(max(found, default=0)):
            found |= {event["seq"]: event for event in events}
        return found

    @property
    def level(self) -> str:
        """The level the flow was played at."""
        return str(self.journey["level"])

    @property
    def partner_id(self) -> str:
        """The identifier set in cTrader."""
        return str(self.journey["partnerId"])

    def evidence(self, stage: int) -> list[dict[str, Any]]:
        """The events that show a stage."""
        return [self.events[seq] for seq in self.journey["stages"][stage - 1]["events"]]

    def carried(self, stage: int) -> dict[str, Any]:
        """What was carried at a stage."""
        carried: dict[str, Any] = self.journey["stages"][stage - 1]["carried"]
        return carried


class Library:
    """Plays each flow at each level at most once."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self._played: dict[tuple[int, Level], Played] = {}
        self._lock = threading.Lock()

    def play(self, flow: int, level: Level, progress: Callable[[dict[str, Any]], None] | None = None) -> Played:
        """The flow at this level, played now if it was not yet."""
        with self._lock:
            if (flow, level) not in self._played:
                drive = Drive(self.bench, flow, level, progress)
                self._played[flow, level] = Played(self.bench, drive, drive.run())
            return self._played[flow, level]
