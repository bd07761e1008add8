"""What is measured: the mock, its floor and the peers, each as a process with a PUT and a GET of its own."""

import hashlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

from mock_ctrader.bench.load import BenchError, Shape
from mock_ctrader.bench.usage import tree_of
from mock_ctrader.clock import SystemClock
from mock_ctrader.sandboxes import READY

REFERRAL = "/cid/oauth2/ctid/referral"
USERS = 100
_START_SECONDS = 60.0
_CLOCK = SystemClock()


@dataclass(frozen=True, slots=True)
class Server:
    """How a server is started, and what its requests look like.

    Attributes:
        command: given the port and an empty folder of its own, what to run.
        prepare: given the server's address once it answers, the PUT and the GET that are measured.
        first: a path that answers as soon as the server serves, with the status it then has.
    """

    name: str
    command: Callable[[int, Path], list[str]]
    prepare: Callable[[str], tuple[Shape, Shape]]
    environment: dict[str, str] = field(default_factory=dict)


class Running:
    """A server in a process of its own."""

    def __init__(self, server: Server) -> None:
        """Start it; it may take a while until it answers: `until_ready`."""
        self.server = server
        self._folder = tempfile.TemporaryDirectory(prefix="bench-")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.started = _CLOCK.monotonic()
        self._process = subprocess.Popen(
            server.command(port, Path(self._folder.name)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self._folder.name,
            env=os.environ | server.environment,
        )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def until_ready(self) -> tuple[Shape, Shape]:
        """Ask until it answers; its PUT and its GET.

        Raises:
            BenchError: it ended, or did not answer in time.
        """
        pause = threading.Event()
        while True:
            try:
                return self.server.prepare(self.url)
            except (OSError, http.client.HTTPException, BenchError) as problem:
                if self._process.poll() is not None:
                    raise BenchError(f"{self.server.name} ended with {self._process.returncode}") from None
                if _CLOCK.monotonic() - self.started > _START_SECONDS:
                    raise BenchError(f"{self.server.name} did not answer: {problem}") from None
            pause.wait(0.005)

    def stop(self) -> None:
        """End it and what it started: a launcher does not always take its server with it."""
        below = tree_of(self.pid)[1:]
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for pid in below:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class Client:
    """A keep-alive connection of one client."""

    def __init__(self, url: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)

    def send(self, method: str, path: str, body: str | None = None, extra: dict[str, str] | None = None) -> Any:
        """The JSON, or else the text, of a successful answer.

        Raises:
            BenchError: another status.
        """
        headers = {"Accept": "application/json"} | ({"Content-Type": "application/json"} if body else {})
        headers |= extra or {}
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status >= 300:
            raise BenchError(f"{method} {path}: {answer.status} {content[:300]!r}")
        try:
            return json.loads(content)
        except ValueError:
            return content.decode(errors="replace")

    def shape(self, shape: Shape, nth: int = 1) -> Any:
        """One request of a kind."""

        def filled(text: str) -> str:
            return text.replace("{n}", str(nth)).replace("{of}", str(shape.first + nth % shape.around))

        return self.send(shape.method, filled(shape.path), filled(shape.body) or None, shape.headers)

    def close(self) -> None:
        """Give the connection up."""
        self._connection.close()


def referral_shapes(token: str, crm_name: str, first: int, around: int) -> tuple[Shape, Shape]:
    """Calls 3.6 and 3.7 for a range of users."""
    query = urlencode({"token": token})
    body = f'{{"brokerCrmName": "{crm_name}", "partnerId": "IB-{{n}}", "userId": {{of}}}}'
    return (
        Shape("PUT", f"{REFERRAL}?{query}", body, first, around),
        Shape("GET", f"{REFERRAL}?brokerCrmName={crm_name}&userId={{of}}&{query}", "", first, around),
    )


def manager_token(client: Client) -> str:
    """Call 3.1 of the ready sandbox."""
    hashed = hashlib.md5(str(READY["managerPassword"]).encode(), usedforsecurity=False).hexdigest()
    keys = {"login": READY["managerLogin"], "hashedPassword": hashed}
    return str(client.send("POST", "/v2/webserv/managers/token", json.dumps(keys))["webservToken"])


def new_user(client: Client, token: str, email: str) -> int:
    """Call 3.2."""
    keys = {"brokerCrmName": READY["brokerCrmName"], "email": email}
    made = client.send("POST", f"/cid/oauth2/ctid/create?token={token}", json.dumps(keys))
    return int(made["userId"])


def _prepare_mock(users: int) -> Callable[[str], tuple[Shape, Shape]]:
    def prepare(url: str) -> tuple[Shape, Shape]:
        client = Client(url)
        try:
            token = manager_token(client)
            made = [new_user(client, token, f"user{nth}@bench.example") for nth in range(users)]
            shapes = referral_shapes(token, str(READY["brokerCrmName"]), made[0], users)
            client.shape(shapes[0])
            client.shape(shapes[1])
        finally:
            client.close()
        return shapes

    return prepare


def mock(users: int = USERS) -> Server:
    """The mock, with that many users in its ready sandbox."""
    return Server(
        "mock-ctrader",
        lambda port, _: [sys.executable, "-m", "mock_ctrader", "serve", "--port", str(port)],
        _prepare_mock(users),
    )


def asked(*shapes: Shape) -> Callable[[str], tuple[Shape, Shape]]:
    """Ready as soon as the GET succeeds, after the PUT."""

    def prepare(url: str) -> tuple[Shape, Shape]:
        client = Client(url)
        try:
            for shape in shapes:
                client.shape(shape)
        finally:
            client.close()
        return shapes[-2], shapes[-1]

    return prepare


def floor() -> Server:
    """The same Flask on the same WSGI server, with an answer that never changes."""
    return Server(
        "constant answer",
        lambda port, _: [sys.executable, "-m", "mock_ctrader.bench.floor", str(port)],
        asked(*referral_shapes("t", "BESTBROKERCRM", 1, USERS)),
    )
