"""Runs the mock on granian, a production WSGI server, and says when it listens."""

import gc
import json
import os
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from mock_ctrader.app import prepare_state
from mock_ctrader.arenas import share_arenas
from mock_ctrader.clock import SystemClock
from mock_ctrader.errors import CTraderError
from mock_ctrader.processes import BrokerProcess, LaunchError, end_with_starter
from mock_ctrader.serving import serve_wsgi
from mock_ctrader.settings import CONTROL_TOKEN_VARIABLE, SETTINGS_VARIABLE, Settings, SettingsError
from mock_ctrader.store.address import StoreError

_START_SECONDS = 30.0
# How often it is looked whether the workers exist, and whether they answer.
_LOOK_SECONDS = 0.002


class ReservedPort:
    """Holds a TCP port from the moment it is chosen until the server's own socket has it.

    The server opens its port with SO_REUSEPORT; so does this socket, which never listens and so never
    receives anything.
    """

    def __init__(self, host: str, port: int) -> None:
        """Raises: SettingsError: the address is not of this machine, or the port is in use."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        try:
            if port:
                _check_free(family, host, port)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            self._socket.bind((host, port))
        except OSError as problem:
            self._socket.close()
            raise SettingsError(
                f"host {host}, port {port}: cannot listen there ({problem.strerror}); "
                "choose another with --port, or --port 0 for a free one"
            ) from None
        self.number: int = self._socket.getsockname()[1]

    def release(self) -> None:
        """Give the port up."""
        self._socket.close()


def _check_free(family: socket.AddressFamily, host: str, port: int) -> None:
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))


def run(
    settings: Settings,
    *,
    with_reference_broker: bool,
    ready_file: Path | None,
    prepare: Callable[[dict[str, Any]], None],
    say: Callable[[dict[str, Any]], None],
) -> int:
    """Serve until a signal ends it. Begins with the garbage collector on, whatever it was before.

    Args:
        settings: with a port that is not 0.
        with_reference_broker: start the bundled broker beside the mock and point the ready sandbox at it.
        ready_file: where to write the ready values once everything listens and is prepared.
        prepare: told the ready values first; what it raises of LaunchError keeps the server from being ready.
        say: told the ready values.

    Returns:
        The exit code: 0 after a signal, 1 if the server or the broker did not start.

    Raises:
        SettingsError: the state cannot be used, or not with this ready sandbox.
    """
    end_with_starter()
    try:
        sandbox = prepare_state(settings)
    except StoreError as problem:
        raise SettingsError(f"--state {problem}") from None
    except CTraderError as refusal:
        raise SettingsError(f"ready sandbox: {refusal.description}") from None
    os.environ[SETTINGS_VARIABLE] = settings.to_json()
    if settings.control_token is not None:
        os.environ[CONTROL_TOKEN_VARIABLE] = settings.control_token  # `prepare` needs it, wherever it was set
    server = serve_wsgi("mock_ctrader.app:worker_app", settings.host, settings.port, settings.workers)
    starting = _Starting(settings, sandbox, server, with_reference_broker, ready_file, prepare, say)
    server.on_startup(starting.begin)
    share_arenas()
    # What was imported stays for good: the collector need not look at it again, here or in a worker.
    gc.freeze()
    gc.enable()
    try:
        server.serve()
    finally:
        starting.end()
    return 1 if starting.failed or not starting.ready else 0


class _Starting:
    """Waits beside the server until it answers, then tells the world."""

    def __init__(
        self,
        settings: Settings,
        sandbox: dict[str, Any],
        server: Any,
        with_reference_broker: bool,
        ready_file: Path | None,
        prepare: Callable[[dict[str, Any]], None],
        say: Callable[[dict[str, Any]], None],
    ) -> None:
        self._settings = settings
        self._sandbox = sandbox
        self._server = server
        self._with_reference_broker = with_reference_broker
        self._ready_file = ready_file
        self._prepare = prepare
        self._say = say
        self._broker: BrokerProcess | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="starting", daemon=True)
        self.failed = False
        self.ready = False

    def begin(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(_START_SECONDS)
        if self._broker is not None:
            self._broker.stop()

    def _run(self) -> None:
        try:
            values = self._await_ready()
            if values is None:
                return
            self._prepare(values)
            if self._ready_file is not None:
                _write_whole(self._ready_file, json.dumps(values, indent=2) + "\n")
            self._say(values)
            self.ready = True
        except (LaunchError, OSError) as problem:
            self.failed = True
            print(f"mock-ctrader: {problem}", file=sys.stderr)
            self._server.signal_handler_interrupt()

    def _await_ready(self) -> dict[str, Any] | None:
        base_url = self._settings.own_url
        clock = SystemClock()
        deadline = clock.monotonic() + _START_SECONDS
        # A worker is forked: what this thread is in the middle of importing by then would stay locked in it.
        while len(self._server.wrks) < self._settings.workers and not self._stopped.wait(_LOOK_SECONDS):
            pass
        while not self._stopped.wait(_LOOK_SECONDS):
            try:
                # costs nothing while nobody listens, as a request would
                socket.create_connection((self._settings.host, self._settings.port), timeout=5).close()
                self._ask("GET", f"{base_url}/healthz")
                break
            except HTTPError:
                raise
            except OSError:
                if clock.monotonic() > deadline:
                    raise
        else:
            return None
        sandbox, broker_url = self._sandbox, None
        if self._with_reference_broker:
            self._broker = BrokerProcess.start(base_url, sandbox)
            broker_url = self._broker.ready["brokerUrl"]
            address = f"{base_url}/control/sandboxes/{sandbox['id']}"
            self._ask("PUT", f"{address}/invite", self._broker.invite_settings())
            sandbox = json.loads(self._ask("PATCH", address, self._broker.sandbox_urls()))
        public_url = self._settings.base_url
        return {
            "baseUrl": public_url,
            "controlUrl": f"{public_url}/control",
            "sandbox": sandbox,
            "brokerUrl": broker_url,
        }

    def _ask(self, method: str, url: str, body: dict[str, Any] | None = None) -> bytes:
        """One request to the server itself, past the machine's proxies.

        Raises:
            OSError: no connection, or (`HTTPError`) no success.
        """
        content = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        if self._settings.control_token is not None:
            headers["Authorization"] = f"Bearer {self._settings.control_token}"
        asked = Request(url, content, headers, method=method)
        with build_opener(ProxyHandler({})).open(asked, timeout=5) as answer:
            found: bytes = answer.read()
            return found


def _write_whole(path: Path, text: str) -> None:
    """A reader sees either nothing or the whole file."""
    partial = path.with_name(path.name + ".part")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
