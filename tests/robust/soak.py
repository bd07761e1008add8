"""`make soak`: the mock at full speed for a while. Nothing fails, grows, slows down or stays behind.

Usage: python -m tests.robust.soak [SECONDS]
"""

import sqlite3
import sys
import tempfile
import threading
import time
from array import array
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import Any

from mock_ctrader.processes import MockProcess
from tests.robust import tree
from tests.robust.line import Line
from tests.robust.load import Unexpected
from tests.robust.progress import tell
from tests.support import TIMEOUT, Broker, ControlApi, eventually, http

CLIENTS = 4
# However fast the machine is, the run is bounded in count as well.
_MOST_REQUESTS = 20_000_000
_USERS_PER_SANDBOX = 4
_ROUNDS_PER_USER = 25
_WARM_UP = 0.1  # of the time, not looked at
_MIB = 1_048_576


@dataclass(slots=True)
class Sample:
    """The server's process at one moment; `at` is a share of the run, `requests` were answered by then."""

    at: float
    requests: int
    cpu: float
    memory: int
    threads: int
    descriptors: int


@dataclass(slots=True)
class Figures:
    """What came of it. Latencies are in seconds, by third of the run."""

    requests: int = 0
    sandboxes: int = 0
    crowd: int = 0
    seconds: float = 0
    errors: list[str] = field(default_factory=list)
    latencies: list[Any] = field(default_factory=lambda: [array("d"), array("d"), array("d")])
    samples: list[Sample] = field(default_factory=list)
    descriptors_grown: int = 0
    threads_grown: int = 0
    left_behind: list[str] = field(default_factory=list)

    def percentile(self, third: int, share: int) -> float:
        """Of one third of the run."""
        return quantiles(self.latencies[third], n=100)[share - 1]

    def ratio(self, share: int) -> float:
        """A percentile of the last third to that of the first."""
        return self.percentile(2, share) / self.percentile(0, share)

    def memory(self, third: int) -> int:
        """The most that was held in one third of the run, in bytes."""
        return max(one.memory for one in self.samples if third / 3 <= one.at <= (third + 1) / 3)

    def cpu_per_request(self, third: int) -> float:
        """Processor time per request in one third of the run, in seconds: other programs do not matter to it."""
        within = [one for one in self.samples if third / 3 <= one.at <= (third + 1) / 3]
        return (within[-1].cpu - within[0].cpu) / max(1, within[-1].requests - within[0].requests)

    @property
    def cpu_ratio(self) -> float:
        """The last third to the first."""
        return self.cpu_per_request(2) / self.cpu_per_request(0)

    @property
    def memory_ratio(self) -> float:
        """The last third to the first."""
        return self.memory(2) / self.memory(0)

    def lines(self) -> list[str]:
        """For people."""
        shares = [
            f"p{share} {1000 * self.percentile(2, share):.1f} ms (x{self.ratio(share):.2f})" for share in (50, 99)
        ]
        return [
            f"{self.seconds:.0f} s, {CLIENTS} clients: {self.requests} requests "
            f"({self.requests / self.seconds:.0f} a second), {self.sandboxes} sandboxes made and freed, "
            f"and {self.crowd} at once before; "
            f"{len(self.errors)} errors",
            f"last third to first: {', '.join(shares)}, "
            f"processor time per request {1000 * self.cpu_per_request(2):.2f} ms (x{self.cpu_ratio:.2f}), "
            f"memory {self.memory(2) / _MIB:.0f} MiB (x{self.memory_ratio:.2f})",
            f"after it: {self.descriptors_grown:+d} descriptors, {self.threads_grown:+d} threads, "
            f"{len(self.left_behind)} things left behind",
            *self.errors[:10],
            *self.left_behind[:10],
        ]


class _Worker:
    """Makes a sandbox, works in it, frees it; again and again."""

    def __init__(
        self, mock: MockProcess, figures: Figures, started: float, ends: float, guard: threading.Lock
    ) -> None:
        self._mock = mock
        self._figures = figures
        self._started, self._ends = started, ends
        self._guard = guard
        self._line = Line(mock.ready["baseUrl"], self._note)
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        control = ControlApi(self._mock.ready["controlUrl"])
        control.http.hooks["response"].append(lambda response, **_: self._note(response.elapsed.total_seconds()))
        try:
            while time.monotonic() < self._ends and self._figures.requests < _MOST_REQUESTS:
                self._one_sandbox(control)
        except Exception as problem:  # noqa: BLE001 - whatever it is, it is an error of the run
            self._figures.errors.append(f"{type(problem).__name__}: {problem}"[:300])
        finally:
            self._line.close()

    def _one_sandbox(self, control: ControlApi) -> None:
        sandbox = control.create()
        broker = Broker(self._mock.ready["baseUrl"], sandbox)
        broker.http = control.http
        for nth in range(_USERS_PER_SANDBOX):
            user = broker.new_user(email=f"u{nth}@example.net")
            account = broker.new_account(user)
            for round_ in range(_ROUNDS_PER_USER):
                for key, value in (("userId", user), ("ctidTraderAccountId", account)):
                    self._set_and_read(broker, key, value, f"IB-{nth}-{round_}")
            _expect(broker.delete_partner(userId=user), 200)
        page = control.http.get(next(iter(sandbox["appUrls"].values())) + "/", timeout=TIMEOUT)
        if page.status_code != 200:
            raise Unexpected(f"the application's page: {page.status_code}")
        events = control.events(sandbox["id"])
        if not any(event.get("call") == "3.8" for event in events):
            raise Unexpected("3.8 is not in the journal")
        control.delete(sandbox["id"])
        # each application sets its own, and who keeps them all gets slower with every sandbox
        control.http.cookies.clear()
        with self._guard:
            self._figures.sandboxes += 1

    def _set_and_read(self, broker: Broker, key: str, value: int, partner_id: str) -> None:
        target = f"/cid/oauth2/ctid/referral?token={broker.token}"
        self._line.ask("PUT", target, {"brokerCrmName": broker.crm_name, key: value, "partnerId": partner_id})
        found = self._line.ask("GET", f"{target}&brokerCrmName={broker.crm_name}&{key}={value}")
        if found["partnerId"] != partner_id:
            raise Unexpected(f"3.7 {key} {value} says {found}")

    def _note(self, seconds: float) -> None:
        now = (time.monotonic() - self._started) / (self._ends - self._started)
        with self._guard:
            self._figures.requests += 1
        if _WARM_UP <= now < 1:
            # the thirds of what is looked at
            third = min(2, int(3 * (now - _WARM_UP) / (1 - _WARM_UP)))
            self._figures.latencies[third].append(seconds)


def _expect(response: Any, status: int) -> dict[str, Any]:
    if response.status_code != status:
        raise Unexpected(f"{response.request.method} {response.request.path_url}: {response.status_code}")
    return dict(response.json()) if response.content else {}


def run(seconds: float, folder: Path, many: int) -> Figures:
    """Let the clients work, and look at what they left.

    Args:
        seconds: how long they work.
        folder: an empty folder for the server's temporary files.
        many: how many sandboxes are there at once before that, and are freed.
    """
    figures = Figures()
    with MockProcess.start(environment={"TMPDIR": str(folder)}) as mock:
        worker = tree.worker_of(mock.pid)
        control = ControlApi(mock.ready["controlUrl"])
        # every thread the server may have is there, and has its connection to the store
        _work(mock, Figures(), 2.0)
        before = _settled(worker)
        tell(f"{many} sandboxes at once ...")
        _crowd(control, many, figures)
        _work(mock, figures, seconds, worker)
        figures.seconds = seconds
        after = _settled(worker)
        figures.descriptors_grown = after.descriptors - before.descriptors
        figures.threads_grown = after.threads - before.threads
        ready = mock.ready["sandbox"]["id"]
        known = http().get(f"{control.url}/sandboxes", timeout=TIMEOUT).json()["sandboxes"]
        figures.left_behind += [f"sandbox {one['id']}" for one in known if one["id"] != ready]
        figures.left_behind += _rows_of_others(next(folder.glob("*/state.db")), ready)
    figures.left_behind += [f"file {path.relative_to(folder)}" for path in folder.rglob("*")]
    return figures


def _crowd(control: ControlApi, many: int, figures: Figures) -> None:
    """So many sandboxes at once, then none of them."""
    made = [control.create()["id"] for _ in range(many)]
    known = http().get(f"{control.url}/sandboxes", timeout=TIMEOUT).json()["sandboxes"]
    if not {one["id"] for one in known}.issuperset(made):
        figures.errors.append(f"of {many} sandboxes only {len(known)} are listed")
    for sandbox_id in made:
        control.delete(sandbox_id)
    figures.crowd = many


def _work(mock: MockProcess, figures: Figures, seconds: float, watched: int | None = None) -> None:
    started = time.monotonic()
    guard = threading.Lock()
    workers = [_Worker(mock, figures, started, started + seconds, guard) for _ in range(CLIENTS)]
    for one in workers:
        one.thread.start()
    pause = threading.Event()
    told = 0  # thirtieths of the time
    while any(one.thread.is_alive() for one in workers):
        at = (time.monotonic() - started) / seconds
        if watched is not None and at >= _WARM_UP:
            figures.samples.append(_sample(watched, at, figures.requests))
        if watched is not None and int(30 * at) > told:
            told = int(30 * at)
            memory = f", {figures.samples[-1].memory / _MIB:.0f} MiB" if figures.samples else ""
            tell(f"{at:4.0%}: {figures.requests} requests{memory}, {len(figures.errors)} errors")
        pause.wait(min(1.0, seconds / 100))
    if time.monotonic() - started > seconds + 60:
        figures.errors.append("the clients did not end in time")


def _sample(pid: int, at: float = 0, requests: int = 0) -> Sample:
    return Sample(at, requests, tree.cpu_seconds(pid), tree.memory(pid), tree.threads(pid), tree.descriptors(pid))


def _settled(pid: int) -> Sample:
    """The process when nobody asks for anything any more: the same twice in a row."""
    seen = [_sample(pid)]

    def steady() -> bool:
        threading.Event().wait(0.5)
        seen.append(_sample(pid))
        return (seen[-1].descriptors, seen[-1].threads) == (seen[-2].descriptors, seen[-2].threads)

    eventually(steady, "the server comes to rest", 60)
    return seen[-1]


def _rows_of_others(state: Path, ready: str) -> list[str]:
    """What the tables still have of sandboxes that were freed."""
    found = []
    with closing(sqlite3.connect(f"file:{state}?mode=ro", uri=True)) as file:
        tables = [row[0] for row in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            columns = {row[1] for row in file.execute(f"PRAGMA table_info({table})")}
            if "sandbox_id" in columns:
                count = file.execute(f"SELECT count(*) FROM {table} WHERE sandbox_id != ?", (ready,)).fetchone()[0]
                found += [f"{count} rows in {table}"] if count else []
    return found


def main() -> int:
    """Print the figures; 1 if something failed, grew, slowed down or stayed behind."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 1800.0
    with tempfile.TemporaryDirectory(prefix="mock-ctrader-soak-") as folder:
        figures = run(seconds, Path(folder), 2000)
    print("\n".join(figures.lines()))
    flat = figures.memory_ratio < 1.15 and figures.ratio(99) < 1.5 and figures.cpu_ratio < 1.25
    clean = not (figures.errors or figures.left_behind)
    # the server's pool breathes by a thread or two
    kept = figures.descriptors_grown <= 4 and figures.threads_grown <= 4
    return 0 if flat and clean and kept else 1


if __name__ == "__main__":
    sys.exit(main())
