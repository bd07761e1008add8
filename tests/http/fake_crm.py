"""A broker's CRM that answers calls 4.x and webhooks as a test scripts them: a real HTTP server on loopback."""

import itertools
import json
import socket
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, Response, request
from waitress import wasyncore
from waitress.server import create_server

from tests.support import TIMEOUT

_PATHS = {
    "oauth2/crmApiToken": "4.1",
    "oauth2/onetime/authorize": "4.2",
    "oauth2/authorize": "4.3",
    "oauth2/onetime/generate": "4.4",
    "oauth2/logout": "4.5",
    "webhooks/ctrader/attribution": "C.1",
    "webhooks/ctrader/new-user": "C.3",
}


class FakeCrm:
    """One CRM. Unless scripted otherwise it hands out tokens and knows the one-time tokens of `one_time_token`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.calls: list[tuple[str, dict[str, str], Any]] = []
        self.keeps_one_token = False
        self._valid = ""
        self.authorizations: list[tuple[str, str | None]] = []
        self._scripts: dict[str, list[tuple[int, bytes]]] = defaultdict(list)
        self._users: dict[str, dict[str, Any]] = {}
        self._numbers = itertools.count(1)

    def answer(self, call: str, status: int, body: Any) -> None:
        """Script the next answer to a call; bytes are sent as they are, anything else as JSON."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self._scripts[call].append((status, content))

    def one_time_token(self, user_id: Any, **more: Any) -> str:
        """A one-time token that call 4.2 exchanges for this userId."""
        code = f"ot-{next(self._numbers)}"
        self._users[code] = {"userId": user_id, **more}
        return code

    def forget_token(self) -> None:
        """No token of call 4.1 is good any more; matters while `keeps_one_token` is set."""
        self._valid = ""

    def count(self, call: str) -> int:
        """How often a call came."""
        return len(self.received(call))

    def received(self, call: str) -> list[tuple[dict[str, str], Any]]:
        """Query and body of every occurrence of a call, in order."""
        return [(query, body) for number, query, body in self.calls if number == call]

    def handle(self, call: str) -> Response:
        """Answer one request."""
        body = request.get_json(silent=True)
        self.calls.append((call, request.args.to_dict(), body))
        self.authorizations.append((call, request.headers.get("Authorization")))
        if self._scripts[call]:
            status, content = self._scripts[call].pop(0)
        elif call == "4.1":
            self._valid = f"crm-{next(self._numbers)}"
            status, content = 200, json.dumps({"crmApiToken": self._valid}).encode()
        elif self.keeps_one_token and request.args.get("crmApiToken") != self._valid and not call.startswith("C"):
            status, content = 403, json.dumps({"error": "CH_CLIENT_AUTH_FAILURE", "code": 403}).encode()
        elif call in ("4.5", "C.1", "C.3"):
            status, content = 200, b""
        elif call == "4.2" and body["code"] in self._users:
            status, content = 200, json.dumps(self._users.pop(body["code"])).encode()
        else:
            status, content = 404, json.dumps({"error": "NOT_FOUND", "message": "unknown", "code": 404}).encode()
        return Response(content, status, content_type="application/json")


class CrmServer:
    """Many CRMs behind one port, each below a path of its own."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._crms: dict[str, FakeCrm] = {}
        self._names = itertools.count(1)
        self.app = Flask("fake_crm")
        self.app.add_url_rule("/<name>/<path:path>", "call", self._call, methods=["POST"])

    def new(self) -> FakeCrm:
        """A CRM of the test's own."""
        name = f"crm{next(self._names)}"
        self._crms[name] = FakeCrm(f"{self._base_url}/{name}")
        return self._crms[name]

    def _call(self, name: str, path: str) -> Response:
        return self._crms[name].handle(_PATHS[path])


@contextmanager
def serving() -> Iterator[CrmServer]:
    """Serve CRMs on a free port."""
    listening = socket.create_server(("127.0.0.1", 0))
    crms = CrmServer(f"http://127.0.0.1:{listening.getsockname()[1]}")
    server = create_server(crms.app, sockets=[listening], threads=4)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield crms
    finally:
        # Closed in the server's own thread: its loop ends when nothing is left to listen to.
        server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))
        thread.join(TIMEOUT)
        server.task_dispatcher.shutdown()
