"""Settings of the server: command line > environment (`MOCK_CTRADER_*`) > TOML file > default."""

import json
import tomllib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mock_ctrader.access import Access, check_token
from mock_ctrader.sandboxes import READY

# How the worker process, a fresh interpreter, learns its settings.
SETTINGS_VARIABLE = "MOCK_CTRADER_WORKER_SETTINGS"
# Where the server and whoever works beside it, the harness too, find the control token.
CONTROL_TOKEN_VARIABLE = "MOCK_CTRADER_CONTROL_TOKEN"  # noqa: S105 - a name


class SettingsError(ValueError):
    """A setting that cannot be used; the text names it, its value and where it came from."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the server needs to know at its start.

    Attributes:
        host: address to listen on.
        port: TCP port to listen on.
        state: path of a database file, or URL of a database; it may hold a password.
        throwaway: whether the state goes with the server, so that it need not outlive a loss of power.
        sandbox: values of the ready sandbox, under the control API's keys.
        workers: number of processes that serve.
        journal_limit: how many events each sandbox's journal keeps.
        journal_bytes: how many bytes of them.
        public_url: where brokers and people reach the server, if that is not its own address.
        access_log: whether each exchange is written to standard output.
        control_token: what the control API, the inspector and the metrics ask for; None asks for nothing.
        allowed_hosts: further names by which people call the server.
    """

    host: str
    port: int
    state: str
    sandbox: dict[str, Any] = field(default_factory=dict)
    workers: int = 1
    public_url: str | None = None
    access_log: bool = False
    control_token: str | None = None
    allowed_hosts: tuple[str, ...] = ()
    journal_limit: int = 10_000
    journal_bytes: int = 16_777_216
    throwaway: bool = False

    def __post_init__(self) -> None:
        """Raises: SettingsError: other machines could come in without a token, or the token is no good."""
        for host in (self.host, *self._public_host):
            problem = check_token(host, self.control_token)
            if problem is not None:
                raise SettingsError(problem)

    @property
    def _public_host(self) -> tuple[str, ...]:
        return () if self.public_url is None else (urlsplit(self.public_url).hostname or "",)

    @property
    def access(self) -> Access:
        """What the server lets in."""
        return Access(self.host, (*self.allowed_hosts, *self._public_host), self.control_token)

    @property
    def base_url(self) -> str:
        """Where the server is reached: what its links begin with."""
        return self.own_url if self.public_url is None else self.public_url.rstrip("/")

    @property
    def own_url(self) -> str:
        """The address this server listens on."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    def to_json(self) -> str:
        """For the worker process, which is a fresh interpreter."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Settings":
        """The inverse of `to_json`."""
        values = json.loads(text)
        return cls(**values | {"allowed_hosts": tuple(values["allowed_hosts"])})


# The ready sandbox's options: name on the command line and in TOML -> key of the control API.
SANDBOX_OPTIONS = {
    "broker_crm_name": "brokerCrmName",
    "broker_names": "brokerNames",
    "manager_login": "managerLogin",
    "manager_password": "managerPassword",
    "group_name": "groupName",
    "crm_url": "crmUrl",
    "login_url": "loginUrl",
    "success_url": "successUrl",
    "crm_password": "crmPassword",
    "seed": "seed",
}
_SERVER_OPTIONS = {
    **dict.fromkeys(("host", "state", "public_url", "control_token"), str),
    **{
        "port": int,
        "workers": int,
        "journal_limit": int,
        "journal_bytes": int,
        "access_log": bool,
        "allowed_hosts": list,
    },
}


# The way out of a file that does not parse: what is wrong with it is the parser's to say.
TOML_ADVICE = "texts stand in quotes, lists and tables in brackets that are closed, and the file is UTF-8"


def read_file(path: Path) -> dict[str, Any]:
    """The settings of a TOML file: those of the server under their own names, and a `[sandbox]` table.

    Raises:
        SettingsError: not readable, not TOML, or a key nobody knows.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise SettingsError(f"{path}: cannot be read ({problem.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise SettingsError(f"{path}: not TOML ({problem}); {TOML_ADVICE}") from None
    sandbox = values.pop("sandbox", {})
    if not isinstance(sandbox, dict):
        raise SettingsError(f"{path}: sandbox must be a table, got {sandbox!r}")
    for key in values:
        if key not in _SERVER_OPTIONS:
            raise SettingsError(
                f"{path}: {key} is no setting; there are {', '.join(_SERVER_OPTIONS)} and [sandbox]"
            )
        if type(values[key]) is not _SERVER_OPTIONS[key]:
            shown = "" if key == "control_token" else f", got {values[key]!r}"
            raise SettingsError(f"{path}: {key} must be a {_SERVER_OPTIONS[key].__name__}{shown}")
    for key in sandbox:
        if key not in SANDBOX_OPTIONS:
            raise SettingsError(f"{path}: sandbox.{key} is no setting; there are {', '.join(SANDBOX_OPTIONS)}")
        wanted = {"manager_login": int, "broker_names": list}.get(key, str)
        if type(sandbox[key]) is not wanted:
            raise SettingsError(f"{path}: sandbox.{key} must be a {wanted.__name__}, got {sandbox[key]!r}")
    return values | {"sandbox": sandbox}


def ready_sandbox(given: dict[str, Any]) -> dict[str, Any]:
    """The ready sandbox under the control API's keys: the vendor's example names unless told otherwise."""
    named = {SANDBOX_OPTIONS[key]: value for key, value in given.items() if value not in (None, (), [])}
    return READY | named
