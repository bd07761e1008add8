"""The steps of a browser verb in broker.toml, read once and checked where they are read."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mock_ctrader.conformance.adapters.finders import Finder, parse_finder
from mock_ctrader.flows import Level
from mock_ctrader.settings import SettingsError

_PREFIX = re.compile(r"(css|json|re|cookie|header|query):")
_ATTRIBUTE = re.compile(r"@[\w:.-]+$")
_TEXTS = ("when", "present", "open", "wait", "click", "expect")
_TABLES = ("fill", "select")
_LISTS = ("check",)
_LINK_READERS = ("link", "partner_id", "level")
_LIST_READERS = ("rows", "email", "partner_id")
READERS = {"referral_link": _LINK_READERS, "referrals": _LIST_READERS}
_NEXT = "next"
_ID_IN_LINK = "id_in_link"
_SAVE = "save"


@dataclass(frozen=True, slots=True)
class Step:
    """One step, done in the order of these fields; what is not declared is left out.

    Attributes:
        where: how errors call it, such as `sign_up[2]`.
        when: only at this level.
        present: only if the page shows this element.
        open: an address, from the broker's base URL.
        wait: an element that must appear.
        fill: what is typed into which field.
        select: what is chosen in which list, by value or by label.
        check: checkboxes and radio buttons to tick.
        click: what is clicked at last.
        expect: what the path of the address must contain in the end, or appear to contain before patience ends.
        save: values of the page, for `{name}` in later steps and verbs of the same person.
        readers: where to find what the verb returns.
        next: what leads to the next page of a list.
        id_in_link: the parameter of the referral link that holds the identifier, or "/" for the last segment.
    """

    where: str
    when: Level | None = None
    present: str | None = None
    open: str | None = None
    wait: str | None = None
    fill: Mapping[str, str] = field(default_factory=dict)
    select: Mapping[str, str] = field(default_factory=dict)
    check: tuple[str, ...] = ()
    click: str | None = None
    expect: str | None = None
    save: Mapping[str, Finder] = field(default_factory=dict)
    readers: Mapping[str, Finder] = field(default_factory=dict)
    next: str | None = None
    id_in_link: str | None = None


def parse_steps(verb: str, declared: Any) -> list[Step]:
    """The steps of a verb: a list of tables, or one table.

    Raises:
        SettingsError: a step has a key that is not known, or of a wrong type, or the reader it needs is missing.
    """
    tables = declared if isinstance(declared, list) else [declared]
    steps = [_step(verb, f"adapter.{verb}[{number}]", table) for number, table in enumerate(tables, 1)]
    wanted = {"referral_link": ("link", "partner_id"), "referrals": ("rows",)}.get(verb)
    if wanted and not any(reader in step.readers for step in steps for reader in wanted):
        raise SettingsError(f"adapter.{verb} needs a step with {' or '.join(wanted)}")
    return steps


def _step(verb: str, where: str, table: Any) -> Step:
    if not isinstance(table, dict):
        raise SettingsError(f"{where} must be a table such as {{ click = ... }}, got {table!r}")
    readers = READERS.get(verb, ())
    own = {"referrals": [_NEXT], "referral_link": [_ID_IN_LINK]}.get(verb, [])
    known = (*_TEXTS, *_TABLES, *_LISTS, _SAVE, *readers, *own)
    for key in table:
        if key not in known:
            raise SettingsError(f"{where}.{key} is not known; known are {', '.join(known)}")
    values: dict[str, Any] = {key: _text(where, key, table[key]) for key in (*_TEXTS, *own) if key in table}
    values |= {key: _texts(where, key, table[key]) for key in _TABLES if key in table}
    if "check" in table:
        ticked = table["check"] if isinstance(table["check"], list) else [table["check"]]
        values["check"] = tuple(_text(where, "check", one) for one in ticked)
    if "when" in table:
        values["when"] = _level(where, table["when"])
    if _NEXT in table:
        values[_NEXT] = _selector(table[_NEXT])
    saved = table.get(_SAVE, {})
    if not isinstance(saved, dict):
        raise SettingsError(f"{where}.{_SAVE} must be a table from names to finders, got {saved!r}")
    values[_SAVE] = {name: _finder(where, f"{_SAVE}.{name}", one) for name, one in saved.items()}
    values["readers"] = {key: _finder(where, key, table[key]) for key in readers if key in table}
    return Step(where, **values)


def _text(where: str, key: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise SettingsError(f"{where}.{key} must be a text, got {value!r}")
    return value


def _texts(where: str, key: str, value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise SettingsError(f"{where}.{key} must be a table from CSS selectors to texts, got {value!r}")
    return {selector: _text(where, f"{key}.{selector}", text) for selector, text in value.items()}


def _level(where: str, value: Any) -> Level:
    if value not in list(Level):
        raise SettingsError(f"{where}.when must be {' or '.join(Level)}, got {value!r}")
    return Level(value)


def _finder(where: str, key: str, value: Any) -> Finder:
    """A finder; in the browser adapter one without a prefix is a CSS selector."""
    text = f"css:{value}" if isinstance(value, str) and value and not _PREFIX.match(value) else value
    return parse_finder(text, f"{where}.{key}", rows=key == "rows")


def _selector(text: str) -> str:
    """What to click, from a selector that may name an attribute, as finders of the http adapter do."""
    return _ATTRIBUTE.sub("", text.removeprefix("css:"))


def templates_of(step: Step) -> Iterator[str]:
    """Every text of a step that may hold templates."""
    yield from (text for text in (step.open, step.wait, step.click, step.expect) if text is not None)
    yield from step.check
    for table in (step.fill, step.select):
        yield from table.keys()
        yield from table.values()
