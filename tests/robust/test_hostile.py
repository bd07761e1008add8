"""Hostile input on raw sockets, at every door of the mock and of the reference broker."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from mock_ctrader.processes import BrokerProcess, MockProcess
from mock_ctrader.serving import BODIES_AT_ONCE
from tests.robust import tree
from tests.robust.hostile import CLOSED, TARGETS, WAITED_FOR, Target, cases
from tests.robust.wire import request, say
from tests.support import TIMEOUT, eventually, http

pytestmark = pytest.mark.xdist_group("robust")
_MIB = 1_048_576


@pytest.fixture(scope="module")
def doors() -> Iterator[dict[str, str]]:
    """Where each target is; at the end neither server has grown out of bounds."""
    with MockProcess.start() as mock, BrokerProcess.start(mock.ready["baseUrl"], mock.ready["sandbox"]) as broker:
        pids = [tree.worker_of(mock.pid), broker.pid]
        before = [tree.memory(pid) for pid in pids]
        urls = {target.name: str(mock.ready["baseUrl"]) for target in TARGETS}
        yield urls | {"broker": str(broker.ready["brokerUrl"])}
        grown = [tree.memory(pid) - earlier for pid, earlier in zip(pids, before, strict=True)]
        assert max(grown) < 150 * _MIB, f"grown by {[growth // _MIB for growth in grown]} MiB"
        assert [pid for pid in pids if not tree.lives(pid)] == []


def well(url: str) -> None:
    """The server answers as if nothing had been."""
    assert http().get(f"{url}/healthz", timeout=TIMEOUT).status_code == 200


@pytest.mark.parametrize("target", TARGETS, ids=lambda one: one.name)
@pytest.mark.parametrize("name", cases(TARGETS[0]))
def test_refused_or_answered_and_nothing_else(doors: dict[str, str], target: Target, name: str) -> None:
    data, allowed = cases(target)[name]

    heard = say(doors[target.name], data, 2.0 if WAITED_FOR in allowed else 20.0)

    assert heard.closed or WAITED_FOR in allowed, f"the connection hangs after {heard.data[:200]!r}"
    first = heard.statuses[0] if heard.statuses else CLOSED if heard.closed else WAITED_FOR
    assert first in allowed, heard.data[:300]
    assert [status for status in heard.statuses if status >= 500 and status not in allowed] == []
    # what stands behind an ambiguous end is no second request
    assert len([status for status in heard.statuses if status != 100]) <= 1, heard.data[:500]
    well(doors[target.name])


def _chunked(size: int) -> bytes:
    return b"%x\r\n" % size + b" " * size + b"\r\n0\r\n\r\n"


_BROKER = TARGETS[-1]
_FORM = ("/auth/login", "Content-Type: application/x-www-form-urlencoded")


def _body(size: int, *to: str) -> bytes:
    return request("POST", *to, f"Content-Length: {size}", body=b" " * size)


def _announced(size: int, *to: str) -> bytes:
    return request("POST", *to, f"Content-Length: {size}")


def _in_chunks(size: int, *to: str) -> bytes:
    return request(
        "POST", *to, "Transfer-Encoding: chunked", body=b"%x\r\n" % size + b" " * size + b"\r\n0\r\n\r\n"
    )


def _header(size: int) -> bytes:
    return request("GET", "/healthz", "X: " + "a" * size)


# Of each limit the last that is taken and the first that is not: an empty body is 400, a path of nothing is 404.
_EXACTLY = {
    "vendor": [
        *((_body(_MIB + more, TARGETS[0].post), 413 if more else 400) for more in (0, 1)),
        *((_in_chunks(_MIB + more, TARGETS[0].post), 413 if more else 400) for more in (0, 1)),
        (_announced(_MIB + 1, TARGETS[0].post), 413),
        *((request("GET", "/healthz", *["X: 1"] * (98 + more)), 431 if more else 200) for more in (0, 1)),
        *((_header(size), status) for size, status in ((130_000, 200), (200_000, 431))),
        *((request("GET", "/" + "a" * (65_533 + more)), 414 if more else 404) for more in (0, 1)),
        *((request("GET", "/healthz?" + "a" * (65_525 + more)), 414 if more else 200) for more in (0, 1)),
    ],
    "control": [(_in_chunks(_MIB + 1, TARGETS[1].post), 413)],
    "broker": [
        *((_body(65_536 + more, _BROKER.post), 413 if more else 400) for more in (0, 1)),
        *((_body(65_536 + more, *_FORM), 413 if more else 400) for more in (0, 1)),
        *((_in_chunks(65_536 + more, _BROKER.post), 413 if more else 400) for more in (0, 1, _MIB)),
        (_announced(_MIB, _BROKER.post), 413),
        *((_header(size), status) for size, status in ((65_000, 200), (65_536, 431))),
    ],
}


@pytest.mark.parametrize("door", _EXACTLY)
def test_a_limit_is_where_it_is_said_to_be(doors: dict[str, str], door: str) -> None:
    for data, status in _EXACTLY[door]:
        assert say(doors[door], data, 20.0).statuses == [status], data[:80]


def test_the_broker_holds_500_connections(doors: dict[str, str]) -> None:
    held = Stalled(doors["broker"], 500, b"")
    late = Stalled(doors["broker"], 1, request("GET", "/healthz"))
    try:
        late.lines[0].settimeout(1.0)
        with pytest.raises(TimeoutError):
            late.lines[0].recv(1000)
        held.close()
        late.lines[0].settimeout(TIMEOUT)
        assert b" 200 OK" in late.lines[0].recv(1000)
    finally:
        held.close()
        late.close()


@pytest.mark.parametrize("target", TARGETS, ids=lambda one: one.name)
def test_requests_in_a_row_are_answered_in_their_order(doors: dict[str, str], target: Target) -> None:
    paths = ["/healthz", "/nowhere"] * 10
    said = b"".join(request("GET", path, close=False) for path in paths) + request("GET", "/healthz")

    heard = say(doors[target.name], said)

    assert heard.statuses == [200, 404] * 10 + [200]


@pytest.mark.parametrize("target", TARGETS, ids=lambda one: one.name)
def test_a_body_that_breaks_off_is_not_taken_for_the_whole(doors: dict[str, str], target: Target) -> None:
    place = doors[target.name].rpartition(":")[2]
    with socket.create_connection(("127.0.0.1", int(place)), timeout=TIMEOUT) as line:
        line.sendall(
            request("POST", target.post, "Content-Type: application/json", "Content-Length: 10", body=b"{}")
        )
        line.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: line.recv(65536), b""))
    if target.name == "broker":
        assert answer == b""  # it waits for the rest, and gives the connection up
    else:
        assert b" 400 " in answer
        assert b"10 bytes were announced, 2 came" in answer


class Stalled:
    """Connections that begin a request and do not finish it."""

    def __init__(self, url: str, count: int, beginning: bytes) -> None:
        place = ("127.0.0.1", int(url.rpartition(":")[2]))
        self.lines = [socket.create_connection(place, timeout=TIMEOUT) for _ in range(count)]
        for line in self.lines:
            line.sendall(beginning)

    def close(self) -> None:
        for line in self.lines:
            line.close()

    def all_closed_by_the_server(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        for line in self.lines:
            line.settimeout(max(0.1, deadline - time.monotonic()))
            try:
                while line.recv(1000):
                    pass
            except TimeoutError:
                return False
            except OSError:
                pass
        return True


def test_who_never_ends_his_headers_is_disconnected(doors: dict[str, str]) -> None:
    begun = [Stalled(doors[name], 60, b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-") for name in ("vendor", "broker")]
    try:
        for name in ("vendor", "broker"):
            well(doors[name])
        assert all(stalled.all_closed_by_the_server(45) for stalled in begun)
    finally:
        for stalled in begun:
            stalled.close()


def test_bodies_that_never_end_leave_room_for_everybody_else(doors: dict[str, str]) -> None:
    beginning = request(
        "POST", "/v2/webserv/managers/token", "Content-Type: application/json", "Content-Length: 100", body=b"{"
    )
    url = doors["vendor"]
    stalled = Stalled(url, 3 * BODIES_AT_ONCE, beginning)
    try:
        eventually(lambda: _post(url).status_code == 503, "every place is taken")
        statuses: list[int] = []
        asking = [threading.Thread(target=lambda: statuses.append(_post(url).status_code)) for _ in range(8)]
        for thread in asking:
            thread.start()
        well(url)
        for thread in asking:
            thread.join(TIMEOUT)
        assert statuses == [503] * 8
        refused = _post(url)
        assert refused.json()["error"]["errorCode"] == "UNKNOWN_ERROR"
        assert "not finished yet" in refused.json()["error"]["description"]
    finally:
        stalled.close()
    assert _eventually_403(url)


def _post(url: str) -> requests.Response:
    keys: dict[str, Any] = {"login": 1, "hashedPassword": "0" * 32}
    return http().post(f"{url}/v2/webserv/managers/token", json=keys, timeout=TIMEOUT)


def _eventually_403(url: str) -> bool:
    deadline = time.monotonic() + TIMEOUT
    while (status := _post(url).status_code) == 503:
        assert time.monotonic() < deadline, "the places do not become free again"
    return status == 403


def test_the_limits_are_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "limits.md").read_text(encoding="utf-8")
    for limit in ("413", "414", "431", "408", "1,048,576", "128 KiB", f"{BODIES_AT_ONCE} bodies"):
        assert limit in page
