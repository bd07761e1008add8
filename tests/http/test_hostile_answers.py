"""Answers nobody sane gives: a broker that is broken or hostile neither crashes nor holds up the mock."""

import gzip
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from mock_ctrader.processes import MockProcess
from tests.http.fake_crm import FakeCrm
from tests.http.test_hostile_bodies import no_json
from tests.http.visitor import HTML, Visitor
from tests.robust import tree
from tests.support import TIMEOUT, ControlApi

_TOKEN = b'{"crmApiToken": "good"}'
BODIES = {
    "NaN": b'{"userId": NaN, "x": -Infinity}',
    "a float without end": b'{"userId": 1e999}',
    "a huge integer": b'{"userId": ' + b"9" * 4000 + b"}",
    "an integer too long to read": b'{"userId": ' + b"9" * 5000 + b"}",
    "10,000 lists": b"[" * 10_000 + b"]" * 10_000,
    "500 objects": b'{"a":' * 500 + b"1" + b"}" * 500,
    "a lone surrogate": rb'{"userId": "\ud800", "accessToken": "\ud800", "\udfff": "\ud800"}',
    "a NUL": rb'{"userId": "\u0000", "error": "\u0000", "email": "a\u0000b", "partnerId": "\u0000"}',
    "a key twice": b'{"userId": 1, "userId": 2}',
    "no UTF-8": b'{"userId": "\xff\xfe"}',
    "UTF-16": '{"userId": 1}'.encode("utf-16"),
    "half of it": b'{"userId": ',
    "a text": b'"userId"',
    "an error of lists": b'{"error": [[]], "error_code": {"a": []}}',
}


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("call", ["4.1", "4.2"])
@pytest.mark.parametrize("name", BODIES)
def test_an_odd_body_is_the_brokers_fault(
    crm: FakeCrm, control: ControlApi, visitor: Visitor, name: str, call: str, status: int
) -> None:
    crm.answer(call, status, BODIES[name])
    answer = visitor.sign_in("ot-1")

    assert answer.status_code == 502, answer.text
    assert f"call {call}" in answer.json()["error"]["description"]
    shown(control, visitor, call)


def shown(control: ControlApi, visitor: Visitor, call: str) -> None:
    """The call as the journal has it, which is JSON; the inspector shows it too."""
    sandbox = next(
        one
        for one in control.http.get(f"{control.url}/sandboxes", timeout=TIMEOUT).json()["sandboxes"]
        if visitor.app_url in one["appUrls"].values()
    )
    journal = control.http.get(f"{control.url}/sandboxes/{sandbox['id']}/journal", timeout=TIMEOUT)
    events = json.loads(journal.text, parse_constant=no_json)["events"]
    event = [one for one in events if one.get("call") == call][-1]
    page = f"{control.url.removesuffix('/control')}/inspector/{sandbox['id']}/exchanges/{event['seq']}"
    assert visitor.get(page, HTML).status_code == 200


def _head(*headers: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", *headers, "", ""]).encode("latin-1")


_BOMB = gzip.compress(b" " * 1_000_000) * 200  # 200 members of one file
RAW = {
    "nothing": b"",
    "garbage": b"\x16\x03\x01\x02\x00\r\n\r\n",
    "no status": b"HTTP/1.1 \r\n\r\n",
    "a status of four digits": b"HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n",
    "a header of 1 MiB": _head("X: " + "a" * 1_048_576, "Content-Length: 0"),
    "1,000 headers": _head(*(f"X{nth}: 1" for nth in range(1000)), "Content-Length: 0"),
    "headers that end in the middle": b"HTTP/1.1 200 OK\r\nContent-Le",
    "a negative length": _head("Content-Length: -1") + _TOKEN,
    "an absurd length": _head("Content-Length: " + "9" * 30) + _TOKEN,
    "more announced than sent": _head("Content-Length: 1000") + _TOKEN,
    "a chunk without a size": _head("Transfer-Encoding: chunked") + b"zz\r\n{}\r\n0\r\n\r\n",
    "chunks without an end": _head("Transfer-Encoding: chunked") + b"2\r\n{}\r\n",
    "no gzip": _head("Content-Encoding: gzip", "Content-Length: 2") + b"{}",
    "a gzip bomb": _head("Content-Encoding: gzip", f"Content-Length: {len(_BOMB)}") + _BOMB,
    "a bomb in a bomb": _head("Content-Encoding: gzip, gzip") + gzip.compress(_BOMB),
    "10 MiB": _head("Content-Length: 10485760") + b" " * 10_485_760,
}


@contextmanager
def raw_broker(answer: bytes) -> Iterator[str]:
    """A server that reads the headers of each request and answers these bytes."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                line, _ = listening.accept()
            except OSError:
                return  # the test is over
            with line:
                line.settimeout(TIMEOUT)
                heard = b""
                while b"\r\n\r\n" not in heard and (piece := line.recv(65536)):
                    heard += piece
                try:
                    line.sendall(answer)
                    line.shutdown(socket.SHUT_WR)
                    line.settimeout(0.5)  # who has read it all may keep the connection
                    while line.recv(65536):
                        pass
                except OSError:
                    pass  # whoever asked has had enough

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(TIMEOUT)


@pytest.mark.parametrize("name", RAW)
def test_odd_bytes_are_the_brokers_fault(
    mock: MockProcess, control: ControlApi, sandbox: dict[str, Any], visitor: Visitor, name: str
) -> None:
    before = tree.memory(tree.worker_of(mock.pid))
    with raw_broker(RAW[name]) as url:
        control.change(sandbox["id"], crmUrl=url)
        answer = visitor.sign_in("ot-1")

    assert answer.status_code == 502, answer.text
    assert answer.json()["error"]["description"].startswith("call 4.")
    shown(control, visitor, "4.1")
    assert tree.memory(tree.worker_of(mock.pid)) - before < 60_000_000
