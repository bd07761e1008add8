"""`make crash`: kills the mock in the middle of its work, again and again, and counts what is lost.

The state file stays the same; so does the port, which an orphan of an earlier life would still hold.
"""

import random
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import cycle
from pathlib import Path
from typing import Any

from mock_ctrader.processes import MockProcess
from tests.robust import tree
from tests.robust.accounting import half_applied, journal, lost, reused
from tests.robust.load import Client, Trail
from tests.robust.progress import tell
from tests.support import Broker, ControlApi, eventually

CLIENTS = 8
_WRITES = (20, 250)  # how many writes are acknowledged, at least and at most, before a kill
_PATIENCE = 60.0
# every write since the first life is looked for in it
_WHOLE_JOURNAL = ("--journal-limit", "1000000", "--journal-bytes", str(2**30))


class Victim(StrEnum):
    """Which process gets the signal; the others must be gone by themselves."""

    WORKER = "the process that answers"
    PARENT = "the process that watches it"
    BOTH = "both at once"


@dataclass(slots=True)
class Figures:
    """What came of it."""

    kills: int = 0
    acknowledged: int = 0
    in_doubt: int = 0
    done_unanswered: int = 0
    losses: list[str] = field(default_factory=list)
    halves: list[str] = field(default_factory=list)
    reused: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether nothing was lost, halved or given twice."""
        return not (self.losses or self.halves or self.reused)

    def lines(self) -> list[str]:
        """For people."""
        return [
            f"{self.kills} kills (SIGKILL) of the mock under the load of {CLIENTS} clients",
            f"{self.acknowledged} acknowledged writes 3.2, 3.3, 3.4, 3.6, 3.8 looked for after the restart: "
            f"{len(self.losses)} lost",
            f"{self.in_doubt} writes without an answer: {self.done_unanswered} done whole, "
            f"{self.in_doubt - self.done_unanswered} not at all, {len(self.halves)} half-applied",
            f"{len(self.reused)} ids given twice",
            *self.losses[:20],
            *self.halves[:20],
            *self.reused[:20],
        ]


class _Countdown:
    """An event after so many writes."""

    def __init__(self, writes: int) -> None:
        self._left = writes
        self._guard = threading.Lock()
        self.over = threading.Event()

    def one(self) -> None:
        with self._guard:
            self._left -= 1
            if self._left <= 0:
                self.over.set()


def run(kills: int, state: Path, seed: int = 7) -> Figures:
    """Kill the mock `kills` times.

    Raises:
        AssertionError: it did not end, or did not come up again.
        Unexpected: an answer under load that nothing explains.
    """
    chance = random.Random(seed)
    figures = Figures()
    everything: list[Trail] = []
    latest: list[Trail] = []
    port, token = "0", None
    victims = cycle(Victim)
    # One life more than there are kills: each looks for what the one before it acknowledged, the last for all.
    for life in range(kills + 1):
        with MockProcess.start("--state", str(state), "--port", port, *_WHOLE_JOURNAL) as mock:
            port = mock.ready["baseUrl"].rpartition(":")[2]
            sandbox = mock.ready["sandbox"]
            brokers = [Broker(mock.ready["baseUrl"], sandbox) for _ in range(CLIENTS)]
            token = token or brokers[0].token
            for broker in brokers:
                broker._token = token  # a manager token outlives the process as well
            if life == kills:
                figures.losses += lost(brokers[0], everything)
                _account(figures, journal(ControlApi(mock.ready["controlUrl"]), sandbox["id"]), state)
                break
            figures.losses += lost(brokers[0], latest)
            clients = _work(brokers, f"life{life}", chance.randint(*_WRITES))
            _kill(mock.pid, next(victims))
        figures.kills += 1
        for client in clients:
            client.join(_PATIENCE)
        latest = [trail for client in clients for trail in client.trails]
        everything += latest
        figures.acknowledged += sum(client.acknowledged for client in clients)
        figures.in_doubt += sum(trail.doubt is not None for trail in latest)
        tell(f"{figures.kills} of {kills} kills: {figures.acknowledged} acknowledged, {len(figures.losses)} lost")
    return figures


def _work(brokers: list[Broker], name: str, writes: int) -> list[Client]:
    """Clients at work, when so many of their writes are acknowledged."""
    countdown = _Countdown(writes)
    clients = [Client(one, f"{name}-{nth}", countdown.one) for nth, one in enumerate(brokers)]
    for client in clients:
        client.start()
    assert countdown.over.wait(_PATIENCE), f"{writes} writes took longer than {_PATIENCE} s"
    return clients


def _account(figures: Figures, events: list[dict[str, Any]], state: Path) -> None:
    figures.halves = half_applied(events, state)
    figures.reused = reused(events)
    written = [one for one in events if one.get("call") in ("3.2", "3.3", "3.4", "3.6", "3.8")]
    figures.done_unanswered = len(written) - figures.acknowledged


def _kill(pid: int, victim: Victim) -> None:
    whole = [pid, *tree.children(pid)]
    worker = tree.worker_of(pid)
    if victim is not Victim.WORKER:
        tree.kill(pid)
    if victim is not Victim.PARENT:
        tree.kill(worker)
    eventually(lambda: not any(map(tree.lives, whole)), f"{whole} end after {victim} was killed", 20)


def main() -> int:
    """Print the figures; 1 if anything was lost."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    with tempfile.TemporaryDirectory(prefix="mock-ctrader-crash-") as folder:
        figures = run(kills, Path(folder) / "state.db")
    print("\n".join(figures.lines()))
    return 0 if figures.clean else 1


if __name__ == "__main__":
    sys.exit(main())
