"""A state file that cannot be written: at the start one clear line, in the middle nothing half-applied."""

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mock_ctrader.processes import BrokerProcess, MockProcess
from tests.robust import tree
from tests.robust.accounting import half_applied, journal
from tests.robust.stage_set import StageSet
from tests.robust.test_outage import a_user, is_set_once, later, state
from tests.support import Broker, ControlApi, eventually

pytestmark = pytest.mark.xdist_group("robust")
# root may write what is read-only, unless it gives that up
_AS_ANYBODY = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"] * (os.geteuid() == 0)


@contextmanager
def no_space(pid: int, folder: Path) -> Iterator[None]:
    """No file of a process gets longer than the longest of a folder is."""
    _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (max(one.stat().st_size for one in folder.iterdir()), most))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, most))


def serve(*arguments: str, limit: int | None = None) -> "subprocess.CompletedProcess[str]":
    """`mock-ctrader serve`, if wanted with no file longer than `limit` bytes."""

    def before() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return subprocess.run(
        [*_AS_ANYBODY, sys.executable, "-m", "mock_ctrader", "serve", "--port", "0", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        preexec_fn=before,
    )


def unusable(folder: Path, kind: str) -> Path:
    """A state file that cannot be used."""
    path = folder / "state.db"
    if kind == "not a database":
        path.write_text("hello " * 200)
    elif kind == "a folder that nobody may write":
        # root may write everywhere, but not here
        return Path("/proc/self/state.db")
    return path


@pytest.mark.parametrize("kind", ["not a database", "a folder that nobody may write", "no space"])
def test_serve_says_in_one_line_what_to_do(tmp_path: Path, kind: str) -> None:
    path = unusable(tmp_path, kind)

    done = serve("--state", str(path), limit=8192 if kind == "no space" else None)

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    assert f"--state {path}: cannot be used" in done.stderr
    assert "free some space, or name a file that this user may write" in done.stderr


def test_serve_with_a_read_only_file(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    with MockProcess.start("--state", str(path)):
        pass
    path.chmod(0o400)
    tmp_path.chmod(0o500)
    try:
        done = serve("--state", str(path))
    finally:
        tmp_path.chmod(0o700)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert f"--state {path}: cannot be used (attempt to write a readonly database)" in done.stderr


def test_a_full_disk_in_the_middle_of_the_work(tmp_path: Path) -> None:
    state = tmp_path / "state.db"
    with MockProcess.start("--state", str(state)) as mock:
        worker = tree.worker_of(mock.pid)
        broker = Broker(mock.ready["baseUrl"], mock.ready["sandbox"])
        control = ControlApi(mock.ready["controlUrl"])
        user = broker.new_user()
        assert broker.set_partner(userId=user, partnerId="IB-BEFORE").status_code == 200
        with no_space(worker, tmp_path):
            refused = [broker.set_partner(userId=user, partnerId=f"IB-{nth}") for nth in range(200)]

        failed = [one for one in refused if one.status_code != 200]
        assert failed, "the disk was not full"
        assert {one.status_code for one in failed} == {503}
        assert failed[-1].json()["error"]["errorCode"] == "UNKNOWN_ERROR"
        assert "nothing was changed" in failed[-1].json()["error"]["description"]
        taken = [f"IB-{nth}" for nth, one in enumerate(refused) if one.status_code == 200]
        assert broker.read_partner(userId=user).json()["partnerId"] == (["IB-BEFORE", *taken])[-1]
        assert broker.set_partner(userId=user, partnerId="IB-AFTER").status_code == 200
        assert half_applied(journal(control, mock.ready["sandbox"]["id"]), state) == []


def test_a_full_disk_under_the_broker(mock: MockProcess, tmp_path: Path) -> None:
    """What could not be written down did not happen; what cTrader did meanwhile is asked for again, unchanged."""
    with StageSet(mock, tmp_path / "broker.sqlite3", clock_control=True) as stage:
        pair = a_user(stage)
        with no_space(stage.broker.pid, tmp_path):
            assert pair.partner.become_partner(stage.url, "user").status == 500
        assert pair.partner.standing(stage.url) == {}
        assert stage.calls("3.6") == []

        stage.plant(call="3.6", kind="answer", status=503)
        pair.partner.become_partner(stage.url, "user")
        partner_id = pair.partner.standing(stage.url)["partnerId"]
        eventually(lambda: "503" in str(stage.rows("SELECT last_error FROM outbox")), "3.6 is out of order", 20)
        stage.plant(call="3.6", kind="latency", milliseconds=1_000)
        later(stage, 61)
        stage.fault_fired(2)
        with no_space(stage.broker.pid, tmp_path):
            eventually(lambda: "outbox stumbled" in stage.broker.log(), "3.6 cannot be written down", 20)
            assert state(stage, pair) == "pending"
        later(stage, 61)
        eventually(lambda: state(stage, pair) == "set", "delivery follows by itself", 20)
        assert [event["status"] for event in stage.calls("3.6")] == [503, 200, 200]
        is_set_once(stage, pair, partner_id)


def test_the_broker_says_so_too(mock: MockProcess, tmp_path: Path) -> None:
    with BrokerProcess.start(mock.ready["baseUrl"], mock.ready["sandbox"]) as running:
        command = Path(f"/proc/{running.pid}/cmdline").read_text().split("\0")[:-1]
        environment = dict(
            pair.split("=", 1)
            for pair in Path(f"/proc/{running.pid}/environ").read_text().split("\0")
            if "=" in pair
        )
    path = unusable(tmp_path, "not a database")
    command = command[: command.index("--ready-file")]
    done = subprocess.run(
        [*command, "--database", str(path)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count("Error: ") == 1
    assert done.stderr.splitlines()[-1].startswith("Error: database: cannot use ")
    assert f"database: cannot use '{path}': file is not a database" in done.stderr
