"""The verbs of a declared adapter: lists of steps, checked when they are read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mock_ctrader.conformance.adapters.finders import Finder, parse_finder
from mock_ctrader.conformance.adapters.templates import KNOWN_NAMES, QUERY, names_in
from mock_ctrader.conformance.broker_file import check_key
from mock_ctrader.flows import Level
from mock_ctrader.settings import SettingsError

_METHODS = ("get", "post", "put", "patch", "delete")
ACTIONS = ("open", "submit", "click", *_METHODS, "mail", "command")
# Which keys go with which action, besides those that go with all.
_WITH: dict[str, tuple[str, ...]] = {
    "open": ("query", "headers"),
    "submit": ("form", "button", "headers"),
    "click": ("headers",),
    **dict.fromkeys(_METHODS, ("query", "headers", "json", "fields")),
    "get": ("query", "headers"),
    "mail": (),
    "command": (),
}
_ALWAYS = ("when", "expect", "save")
# What the last step of a verb says about where its answer is; True: a finder.
_END = {"success": True, "token": True}
ANSWERS: dict[str, dict[str, bool]] = {
    "sign_up": _END,
    "sign_up_client": _END,
    "log_in_at_screen": _END,
    "deposit": _END,
    "withdraw": _END,
    "open_account": _END,
    "referral_link": {"link": True, "partner_id": True, "level": True, "id_in_link": False},
    "referrals": {
        **{"rows": True, "email": True, "partner_id": True, "next": True, "pages": True},
        "first_page": False,
    },
    "open_web": {"web": True},
}


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a step must lead to; without a status, one below 400."""

    status: int | None = None
    url: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    Attributes:
        action: one of `ACTIONS`.
        target: the address, the fields of a form, a finder (click) or a command.
        level: the step applies to this level only.
        if_found: the step applies only if this is on the page.
    """

    where: str
    action: str
    target: Any
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, Any] = field(default_factory=dict)
    json: Any = None
    fields: Any = None
    form: str | None = None
    button: str | None = None
    level: Level | None = None
    if_found: Finder | None = None
    expect: Expectation = Expectation()
    save: Mapping[str, Finder] = field(default_factory=dict)

    @property
    def templates(self) -> set[str]:
        """The names that the step's texts mention."""
        own = [self.query, self.headers, self.json, self.fields]
        own += [] if self.action == "click" else [self.target]
        return {name for value in own for name in names_in(value)}


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb: its steps, and where the answer is after the last of them."""

    name: str
    steps: tuple[Step, ...]
    finders: Mapping[str, Finder] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)


def parse_verbs(table: Mapping[str, Any], names: Iterable[str]) -> dict[str, Verb]:
    """Read the verbs of an `[adapter]` table.

    Args:
        names: the verbs there are; others in the table are left alone.

    Raises:
        SettingsError: a step nobody understands; names it.
    """
    verbs = {name: _verb(name, table[name]) for name in names if name in table}
    steps = [step for verb in verbs.values() for step in verb.steps]
    known = {*KNOWN_NAMES, *(name for step in steps for name in step.save)}
    for step in steps:
        check_names(step.templates, known, step.where)
    return verbs


def check_names(names: Iterable[str], known: Iterable[str], where: str) -> None:
    """Raise `SettingsError` for a template that nothing gives a value."""
    for name in sorted(names):
        if not name.startswith(QUERY):
            try:
                check_key(name, known, "")
            except SettingsError as problem:
                hint = str(problem).partition("; ")[2]
                raise SettingsError(f"{where}: nothing gives {{{name}}} a value; {hint}") from None


def _verb(name: str, given: Any) -> Verb:
    listed = given if isinstance(given, list) else [given]
    answers = ANSWERS.get(name, {})
    steps = [
        _step(one, f"adapter.{name}, step {nth}", tuple(answers) if nth == len(listed) else ())
        for nth, one in enumerate(listed, start=1)
    ]
    if not steps:
        raise SettingsError(f"adapter.{name} has no step; leave the key out if the broker has no such thing")
    last, where = listed[-1], f"adapter.{name}"
    found = {
        key: parse_finder(last[key], f"{where}.{key}", rows=key == "rows")
        for key, finder in answers.items()
        if finder and key in last
    }
    wanted = {"referrals": ["rows", "email"], "referral_link": ["link"]}.get(name, [])
    if name == "referral_link" and "partner_id" in found:
        wanted = []
    for key in wanted:
        if key not in found:
            raise SettingsError(f"{where}: the last step lacks {key}, the finder of what it is to read")
    options = {key: last[key] for key, finder in answers.items() if not finder and key in last}
    for key, kind in (("id_in_link", str), ("first_page", int)):
        if key in options and type(options[key]) is not kind:
            raise SettingsError(f"{where}.{key} must be {kind.__name__}, got {options[key]!r}")
    return Verb(name, tuple(steps), found, options)


def _step(given: Any, where: str, answers: tuple[str, ...]) -> Step:
    if not isinstance(given, dict):
        raise SettingsError(f'{where} must be a table such as {{ open = "/login" }}, got {given!r}')
    actions = [key for key in given if key in ACTIONS]
    if len(actions) != 1:
        told = f"it has {' and '.join(actions)}" if actions else f"it has only {', '.join(given) or 'nothing'}"
        raise SettingsError(f"{where} must do exactly one of {', '.join(ACTIONS)}; {told}")
    action = actions[0]
    for key in given:
        check_key(key, [action, *_WITH[action], *_ALWAYS, *answers], f"{where}: ")
    for key in ("query", "headers", "save"):
        if not isinstance(given.get(key, {}), dict):
            raise SettingsError(f"{where}: {key} must be a table, got {given[key]!r}")
    if not isinstance(given.get("fields", {}), dict):
        raise SettingsError(f"{where}: fields must be a table, got {given['fields']!r}")
    if action == "mail" and "save" not in given:
        raise SettingsError(f'{where}: mail needs save, such as {{ reset_link = "re:https?://\\\\S+" }}')
    level, if_found = _when(given.get("when"), where)
    return Step(
        where=where,
        action=action,
        target=_target(action, given[action], where),
        query=given.get("query", {}),
        headers=given.get("headers", {}),
        json=given.get("json"),
        fields=given.get("fields"),
        form=given.get("form"),
        button=given.get("button"),
        level=level,
        if_found=if_found,
        expect=_expectation(given.get("expect", {}), where),
        save={
            name: parse_finder(finder, f"{where}: save.{name}") for name, finder in given.get("save", {}).items()
        },
    )


def _target(action: str, value: Any, where: str) -> Any:
    if action == "click":
        return parse_finder(value if "@" in str(value) else f"{value}@href", f"{where}: click")
    wanted = dict if action == "submit" else str
    if not isinstance(value, wanted):
        word = "a table of fields" if wanted is dict else "a text"
        raise SettingsError(f"{where}: {action} must be {word}, got {value!r}")
    return value


def _when(value: Any, where: str) -> tuple[Level | None, Finder | None]:
    if value is None:
        return None, None
    if value in list(Level):
        return Level(value), None
    try:
        return None, parse_finder(value, "when")
    except SettingsError:
        raise SettingsError(
            f"{where}: when must be user, account, or a finder of what must be on the page, got {value!r}"
        ) from None


def _expectation(value: Any, where: str) -> Expectation:
    if isinstance(value, str):
        return Expectation(url=value)
    if isinstance(value, int) and not isinstance(value, bool):
        return Expectation(status=value)
    if not isinstance(value, dict):
        raise SettingsError(f"{where}: expect must be a part of the URL, a status or a table, got {value!r}")
    for key, kind in (("status", int), ("url", str), ("text", str)):
        if key in value and type(value[key]) is not kind:
            raise SettingsError(f"{where}: expect.{key} must be {kind.__name__}, got {value[key]!r}")
    for key in value:
        check_key(key, ("status", "url", "text"), f"{where}: expect.")
    return Expectation(**value)
