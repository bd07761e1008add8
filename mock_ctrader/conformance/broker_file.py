"""Reads broker.toml: who the broker is, what it is configured with, how to act on it, what to verify."""

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mock_ctrader.clock import Day, is_day
from mock_ctrader.conformance.screen_settings import ScreenSettings, parse_screens
from mock_ctrader.flows import FLOW_TITLES, Level
from mock_ctrader.settings import TOML_ADVICE, SettingsError

PLANS = ("attribution", "crm-api", "functional", "robustness", "screens")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_LISTS = {"broker_names": str, "levels": str, "plans": str, "flows": int}
_ACTION_URLS = {"deposit_url": "deposit", "withdrawal_url": "withdrawal", "account_url": "account"}
_BROKER = {"name": str, "screen_url": str, "crm_url": str, "levels": list, **dict.fromkeys(_ACTION_URLS, str)}
_MOCK = {
    "url": str,
    "broker_crm_name": str,
    "broker_names": list,
    "manager_login": int,
    "manager_password": str,
    "crm_password": str,
    "success_url": str,
    "group_name": str,
}
_VERIFY = {"plans": list, "flows": list, "patience": float, "retry_patience": float, "most_referrals": int}
_KNOWN_ISSUE = {"check": str, "id": str, "reason": str, "expires": Day}
_TABLES = {"broker": dict, "mock": dict, "adapter": dict, "verify": dict, "screens": dict, "known_issue": list}
_KINDS = ("http", "browser", "python", "manual")


@dataclass(frozen=True, slots=True)
class MockTable:
    """`[mock]`: what the broker is configured with. The mock is started with it.

    Attributes:
        url: where the broker sends the calls 3.x.
        sandbox: what was given of the ready sandbox's values, under the names of the settings.
    """

    url: str = "http://127.0.0.1:8080"
    sandbox: dict[str, Any] = field(default_factory=dict)

    @property
    def host(self) -> str:
        """The address to listen on."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """The TCP port to listen on."""
        parts = urlsplit(self.url)
        return parts.port or (443 if parts.scheme == "https" else 80)


@dataclass(frozen=True, slots=True)
class VerifyTable:
    """`[verify]`: what to verify. Empty plans and flows mean all.

    Attributes:
        patience: how long to wait for what the broker does by itself, in seconds.
        retry_patience: how long to wait until the broker repeats a call that cTrader could not take, in seconds.
        most_referrals: how many people sign up at most to fill more than one page of a referral list.
    """

    plans: tuple[str, ...] = ()
    flows: tuple[int, ...] = tuple(FLOW_TITLES)
    patience: float = 5.0
    retry_patience: float = 20.0
    most_referrals: int = 26


@dataclass(frozen=True, slots=True)
class KnownIssue:
    """`[[known_issue]]`: a failure that is known; `check` is a pattern of check ids, with `*` and `?`."""

    check: str
    id: str
    reason: str
    expires: Day


@dataclass(frozen=True, slots=True)
class BrokerFile:
    """A broker.toml. `adapter` holds the table as it is; the kind of adapter reads it."""

    path: Path
    name: str
    screen_url: str
    crm_url: str
    levels: tuple[Level, ...]
    action_urls: dict[str, str]
    screens: ScreenSettings
    mock: MockTable
    adapter: dict[str, Any]
    verify: VerifyTable
    known_issues: tuple[KnownIssue, ...]

    @property
    def is_manual(self) -> bool:
        """Whether a person acts on the broker."""
        return bool(self.adapter["kind"] == "manual")

    @property
    def base_url(self) -> str:
        """Where the broker's relative addresses start: `adapter.base_url`, else the origin of the screen's URL."""
        parts = urlsplit(self.screen_url)
        return str(self.adapter.get("base_url", f"{parts.scheme}://{parts.netloc}")).rstrip("/")


def read_broker_file(path: Path, environment: Mapping[str, str]) -> BrokerFile:
    """Read and check a broker.toml; `${NAME}` in any text is replaced from the environment.

    Raises:
        SettingsError: not readable, not TOML, or a key that cannot be; names key, value and way out.
    """
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise SettingsError(
            f"{path}: cannot be read ({problem.strerror}); `mock-ctrader adapter init` writes a starting file"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise SettingsError(f"{path}: not TOML ({problem}); {TOML_ADVICE}") from None
    try:
        return _checked(path, _with_environment(given, environment, ""))
    except SettingsError as problem:
        raise SettingsError(f"{path}: {problem}") from None


def check_key(key: str, known: Iterable[str], where: str) -> None:
    """Raise `SettingsError` for a key nobody knows, with the nearest ones that are known."""
    names = list(known)
    if key not in names:
        near = difflib.get_close_matches(key, names, 3, 0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(names)}"
        raise SettingsError(f"{where}{key} is no key of broker.toml; {hint}")


def _checked(path: Path, given: dict[str, Any]) -> BrokerFile:
    _check_table(given, _TABLES, "")
    for name in ("broker", "adapter"):
        if name not in given:
            raise SettingsError(f"the table [{name}] is missing; `mock-ctrader adapter init` shows one")
    broker, mock, adapter = given["broker"], given.get("mock", {}), given["adapter"]
    _check_table(broker, _BROKER, "broker.", required=("name", "screen_url", "crm_url"))
    _check_table(mock, _MOCK, "mock.")
    _check_table(given.get("verify", {}), _VERIFY, "verify.")
    for table, keys in (
        (broker, ("screen_url", "crm_url", *_ACTION_URLS)),
        (mock, ("url", "success_url")),
        (adapter, ("base_url",)),
    ):
        for key in keys:
            if key in table:
                _check_url(f"{_name_of(table, given)}.{key}", table[key])
    kind = adapter.setdefault("kind", "http")
    if kind not in _KINDS:
        raise SettingsError(f"adapter.kind must be one of {', '.join(_KINDS)}, got {kind!r}")
    return BrokerFile(
        path=path,
        name=broker["name"],
        screen_url=broker["screen_url"],
        crm_url=broker["crm_url"].rstrip("/"),
        levels=_levels(broker.get("levels", [level.value for level in Level])),
        action_urls={action: broker[key] for key, action in _ACTION_URLS.items() if key in broker},
        screens=parse_screens(given.get("screens", {}), broker["screen_url"]),
        mock=MockTable(
            **({"url": mock["url"].rstrip("/")} if "url" in mock else {}),
            sandbox={key: value for key, value in mock.items() if key != "url"},
        ),
        adapter=adapter,
        verify=_verify(given.get("verify", {})),
        known_issues=tuple(
            _known_issue(one, nth) for nth, one in enumerate(given.get("known_issue", []), start=1)
        ),
    )


def _name_of(table: dict[str, Any], given: dict[str, Any]) -> str:
    return next(name for name, one in given.items() if one is table)


def _with_environment(value: Any, environment: Mapping[str, str], key: str) -> Any:
    if isinstance(value, dict):
        return {
            name: _with_environment(inner, environment, f"{key}.{name}".lstrip("."))
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_with_environment(inner, environment, key) for inner in value]
    if not isinstance(value, str):
        return value

    def replace(one: re.Match[str]) -> str:
        if one[1] not in environment:
            raise SettingsError(f"{key} wants {one[0]}, but the environment has no {one[1]}; set it and try again")
        return environment[one[1]]

    return _VARIABLE.sub(replace, value)


def _check_table(table: Any, kinds: Mapping[str, type], where: str, required: tuple[str, ...] = ()) -> None:
    if not isinstance(table, dict):
        raise SettingsError(f"{where.rstrip('.: ')} must be a table, got {table!r}")
    for key, value in table.items():
        check_key(key, kinds, where)
        if not _is(value, kinds[key]):
            shown = "***" if "password" in key else repr(value)
            raise SettingsError(f"{where}{key} must be {_KIND_WORDS[kinds[key]]}, got {shown}")
        if key in _LISTS and not all(_is(one, _LISTS[key]) for one in value):
            raise SettingsError(f"{where}{key} must be a list of {_LISTS[key].__name__}, got {value!r}")
    for key in required:
        if not table.get(key):
            raise SettingsError(f"{where}{key} is missing")


_KIND_WORDS = {
    str: "a text",
    int: "an integer",
    float: "a number",
    list: "a list",
    dict: "a table",
    Day: "a date",
}


def _is(value: Any, kind: type) -> bool:
    if isinstance(value, bool):
        return False
    if kind is Day:
        return is_day(value)
    return isinstance(value, (int, float) if kind is float else kind)


def _check_url(key: str, value: Any) -> None:
    parts = urlsplit(value) if isinstance(value, str) else urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingsError(f"{key} must be an absolute URL such as http://127.0.0.1:9000/login, got {value!r}")


def _levels(given: list[str]) -> tuple[Level, ...]:
    for one in given:
        if one not in list(Level):
            raise SettingsError(f"broker.levels must name user, account or both, got {one!r}")
    if not given:
        raise SettingsError("broker.levels must name user, account or both, got []")
    return tuple(level for level in Level if level in given)


def _verify(given: dict[str, Any]) -> VerifyTable:
    for flow in given.get("flows", []):
        if flow not in FLOW_TITLES:
            raise SettingsError(f"verify.flows must be among {', '.join(map(str, FLOW_TITLES))}, got {flow}")
    for plan in given.get("plans", []):
        if plan not in PLANS:
            raise SettingsError(f"verify.plans must be among {', '.join(PLANS)}, got {plan!r}")
    for key in ("patience", "retry_patience", "most_referrals"):
        if given.get(key, 1) <= 0:
            raise SettingsError(f"verify.{key} must be more than 0, got {given[key]}")
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in given.items()
    }
    return VerifyTable(**values)


def _known_issue(given: Any, nth: int) -> KnownIssue:
    where = f"known_issue {nth}: "
    _check_table(given, _KNOWN_ISSUE, where, required=tuple(_KNOWN_ISSUE))
    return KnownIssue(**given)
