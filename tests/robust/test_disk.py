"""A state file that cannot be written: at the start one clear line, in the middle nothing half-applied."""

import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mock_ctrader.conformance.adapter import AdapterError
from mock_ctrader.conformance.clients import AppClient
from mock_ctrader.conformance.people import Person, fresh_person
from mock_ctrader.conformance.reference import ReferenceAdapter
from mock_ctrader.flows import Level
from mock_ctrader.processes import BrokerProcess, MockProcess
from tests.robust import tree
from tests.robust.accounting import half_applied, journal
from tests.support import TIMEOUT, Broker, ControlApi, eventually

pytestmark = pytest.mark.xdist_group("robust")
# root may write what is read-only, unless it gives that up
_AS_ANYBODY = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"] * (os.geteuid() == 0)


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
        written = max(one.stat().st_size for one in tmp_path.iterdir())

        _, most = resource.prlimit(worker, resource.RLIMIT_FSIZE)
        resource.prlimit(worker, resource.RLIMIT_FSIZE, (written, most))
        refused = [broker.set_partner(userId=user, partnerId=f"IB-{nth}") for nth in range(200)]
        resource.prlimit(worker, resource.RLIMIT_FSIZE, (most, most))

        failed = [one for one in refused if one.status_code != 200]
        assert failed, "the disk was not full"
        assert {one.status_code for one in failed} == {503}
        assert failed[-1].json()["error"]["errorCode"] == "UNKNOWN_ERROR"
        assert "nothing was changed" in failed[-1].json()["error"]["description"]
        taken = [f"IB-{nth}" for nth, one in enumerate(refused) if one.status_code == 200]
        assert broker.read_partner(userId=user).json()["partnerId"] == (["IB-BEFORE", *taken])[-1]
        assert broker.set_partner(userId=user, partnerId="IB-AFTER").status_code == 200
        assert half_applied(journal(control, mock.ready["sandbox"]["id"]), state) == []


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


def in_the_application(adapter: ReferenceAdapter, app_url: str) -> Person:
    """Somebody with a trading account, signed up through the application."""
    person, app = fresh_person("disk"), AppClient(app_url)
    assert app.finish(adapter.sign_up(person, app.open_sign_in(first_login=True)))[0]
    return person


def test_the_broker_goes_on_as_soon_as_there_is_space(
    mock: MockProcess, control: ControlApi, sandbox: dict[str, Any], tmp_path: Path
) -> None:
    """What it cannot store it does not take; a call of which it could not note that it was made is made again."""
    home = f"{control.url}/sandboxes/{sandbox['id']}"
    environment = {"BROKER_REFERENCE_DATABASE": str(tmp_path / "broker.db")}
    with BrokerProcess.start(mock.ready["baseUrl"], sandbox, environment=environment) as broker:
        control.change(sandbox["id"], **broker.sandbox_urls())
        adapter = ReferenceAdapter(broker.ready["brokerUrl"], sandbox["successUrl"])
        partner, later = (in_the_application(adapter, sandbox["appUrls"][sandbox["brokerNames"][0]]) for _ in "ab")
        # the answer to call 3.6 comes when there is no space any more
        slow = {"call": "3.6", "kind": "latency", "milliseconds": 5000, "phase": "after", "times": 1}
        assert control.http.post(f"{home}/faults", json=slow, timeout=TIMEOUT).status_code == 201
        adapter.register_partner(partner, Level.USER)
        written = max(one.stat().st_size for one in tmp_path.iterdir())
        _, most = resource.prlimit(broker.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(broker.pid, resource.RLIMIT_FSIZE, (written, most))

        newcomer = fresh_person("newcomer")
        with pytest.raises(AdapterError, match="500 at "):
            adapter.register_client(newcomer)
        eventually(
            lambda: "outbox stumbled, trying again" in broker.log(), "it could not note that the call is made"
        )
        resource.prlimit(broker.pid, resource.RLIMIT_FSIZE, (most, most))

        adapter.register_client(newcomer)  # nothing of the first try is left
        adapter.register_partner(later, Level.USER)  # its call wakes the outbox
        undone = f"{broker.ready['brokerUrl']}/operator/deliveries.json"
        eventually(
            lambda: control.http.get(undone, timeout=TIMEOUT).json() == {"deliveries": []}, "no call is open"
        )
        sent = [one["partner_id"] for one in control.events(sandbox["id"]) if one.get("call") == "3.6"]
        mine, other = (adapter.referral_link(one).partner_id for one in (partner, later))
        assert sent == [mine, mine, other]
