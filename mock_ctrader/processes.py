"""Starts the mock and the reference broker as processes of their own, and ends them again."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import threading
from multiprocessing.connection import wait
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from mock_ctrader import ids
from mock_ctrader.clock import SystemClock

_START_SECONDS = 40.0
_STOP_SECONDS = 10.0
_ENDS_WITH_STARTER = "MOCK_CTRADER_ENDS_WITH_STARTER"


def end_with_parent() -> None:
    """Let this process, a worker of a server, end at once when the process that started it is gone.

    A parent that is killed cannot tell its workers to stop. They would go on for ever, and keep the port.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, name="parent", daemon=True).start()


def end_with_starter() -> None:
    """Let this server stop when the process that started it as a `ServerProcess` is gone, however it ended.

    A verification that is killed cannot stop its mock, which would keep the address the next one needs.
    """
    if os.environ.pop(_ENDS_WITH_STARTER, None) is None:
        return

    def watch() -> None:
        # nothing is ever written there: the pipe ends with whoever could
        os.read(0, 1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="starter", daemon=True).start()


class LaunchError(RuntimeError):
    """A process did not come up; the text holds what it printed."""


class ServerProcess:
    """A server in a process of its own that writes a ready file."""

    def __init__(self, name: str, arguments: list[str], environment: dict[str, str]) -> None:
        """Start it and wait until it listens.

        Raises:
            LaunchError: it ended, or was not ready in time.
        """
        self.name = name
        self._folder = tempfile.TemporaryDirectory(prefix="mock-ctrader-")
        ready_file = Path(self._folder.name) / "ready.json"
        self._log = Path(self._folder.name) / "log.txt"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *arguments, "--ready-file", str(ready_file)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **environment, _ENDS_WITH_STARTER: "1"},
            )
        try:
            self.ready: dict[str, Any] = self._await(ready_file)
        except BaseException:
            self.stop()
            raise

    def _await(self, ready_file: Path) -> dict[str, Any]:
        clock = SystemClock()
        deadline = clock.monotonic() + _START_SECONDS
        pause = threading.Event()
        while not ready_file.exists():
            if self._process.poll() is not None:
                raise LaunchError(f"{self.name} ended with code {self._process.returncode}: {self.log()}")
            if clock.monotonic() > deadline:
                raise LaunchError(f"{self.name} was not ready within {_START_SECONDS:.0f} s: {self.log()}")
            pause.wait(0.01)
        values: dict[str, Any] = json.loads(ready_file.read_text(encoding="utf-8"))
        return values

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def log(self) -> str:
        """What the process printed so far, its last 4,000 characters."""
        return self._log.read_text(encoding="utf-8", errors="replace")[-4000:].strip()

    def stop(self) -> int:
        """End it, kindly at first; returns its exit code."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(_STOP_SECONDS)
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._folder.cleanup()
        return self._process.returncode

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class MockProcess(ServerProcess):
    """`mock-ctrader serve` on a free port."""

    @classmethod
    def start(cls, *arguments: str, environment: dict[str, str] | None = None, **sandbox: Any) -> Self:
        """Start a mock.

        Args:
            arguments: further arguments of `serve`, such as another port.
            environment: further variables for the process, and for a reference broker it starts.
            sandbox: values of the ready sandbox, named as in the settings (`manager_login=7`).
        """
        settings = {
            f"MOCK_CTRADER_{key.upper()}": " ".join(value) if isinstance(value, list) else str(value)
            for key, value in sandbox.items()
        }
        return cls(
            "mock-ctrader serve",
            ["mock_ctrader", "serve", "--port", "0", *arguments],
            settings | (environment or {}),
        )


class BrokerProcess(ServerProcess):
    """The bundled reference broker on a free port."""

    @classmethod
    def start(
        cls,
        mock_url: str,
        sandbox: dict[str, Any],
        *,
        module: str = "broker_reference",
        variant: str | None = None,
        environment: dict[str, str] | None = None,
    ) -> Self:
        """Start a broker that works with the given mock and sandbox.

        Its secrets travel by environment, where other users of the machine cannot read them.

        Args:
            sandbox: the control API's object.
            module: what to run; a variant of the broker takes the same arguments.
            variant: named before these arguments, where the module has several variants.
            environment: further variables for the process.
        """
        arguments = {
            "--ctrader-url": mock_url,
            "--broker-crm-name": sandbox["brokerCrmName"],
            "--broker-name": sandbox["brokerNames"][0],
            "--environment-name": "demo",
            "--manager-login": str(sandbox["managerLogin"]),
            "--group-name": sandbox["groupName"],
            "--success-url": sandbox["successUrl"],
            "--port": "0",
        }
        secrets = {
            "BROKER_REFERENCE_MANAGER_PASSWORD": sandbox["managerPassword"],
            "BROKER_REFERENCE_CRM_PASSWORD": sandbox["crmPassword"],
        }
        authorization = f"Bearer {ids.random_token()}"
        secrets["BROKER_REFERENCE_WEBHOOK_AUTHORIZATION"] = authorization
        flat = [part for pair in arguments.items() for part in pair]
        named = [module] if variant is None else [module, variant]
        started = cls("reference broker", [*named, *flat], secrets | (environment or {}))
        started.webhook_authorization = authorization
        return started

    webhook_authorization: str

    def sandbox_urls(self) -> dict[str, str]:
        """What the sandbox must know of this broker (PATCH of the control API)."""
        return {"crmUrl": self.ready["crmUrl"], "loginUrl": self.ready["loginUrl"]}

    def invite_settings(self) -> dict[str, str]:
        """Where this broker wants the webhooks of cTrader Invite (PUT of the control API)."""
        return {
            "attributionUrl": f"{self.ready['crmUrl']}/webhooks/ctrader/attribution",
            "newUserUrl": f"{self.ready['crmUrl']}/webhooks/ctrader/new-user",
            "authorization": self.webhook_authorization,
        }
