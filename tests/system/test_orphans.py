"""A mock that was started for somebody ends with them, also when they are killed and can tell nobody."""

import socket
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

from mock_ctrader.clock import SystemClock
from mock_ctrader.processes import MockProcess

_ROOT = Path(__file__).parents[2]
_SECONDS = 20.0
_STARTER = """
import sys
from mock_ctrader.processes import MockProcess
with MockProcess.start(*sys.argv[1:]) as mock:
    print(mock.ready["baseUrl"], mock.ready["brokerUrl"] or "", flush=True)
    sys.stdin.read()
"""


def _listens(url: str) -> bool:
    parts = urlsplit(url)
    with socket.socket() as probe:
        return probe.connect_ex((str(parts.hostname), parts.port or 80)) == 0


def _falls_silent(url: str) -> bool:
    clock, pause = SystemClock(), threading.Event()
    deadline = clock.monotonic() + _SECONDS
    while _listens(url):
        if clock.monotonic() > deadline:
            return False
        pause.wait(0.05)
    return True


def test_a_mock_ends_with_a_starter_that_is_killed_and_so_does_its_broker() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _STARTER, "--with-reference-broker"],
        cwd=_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as starter:
        assert starter.stdout is not None
        urls = starter.stdout.readline().split()
        assert len(urls) == 2
        assert all(map(_listens, urls))
        starter.kill()
    assert all(map(_falls_silent, urls))


def test_a_mock_is_there_as_long_as_its_starter() -> None:
    with MockProcess.start() as mock:
        url = mock.ready["baseUrl"]
        threading.Event().wait(0.2)  # long enough for a pipe that ended at once
        assert _listens(url)
    assert not _listens(url)
