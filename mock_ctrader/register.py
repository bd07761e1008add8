"""The register of rules: what the mock and the harness enforce, where it comes from, and what proves it.

`python -m mock_ctrader.register README.md` writes the rules that are limitations into that file.
"""

import re
import sys
import textwrap
import tomllib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

RULES = Path(__file__).parent / "rules.toml"
RULINGS = tuple(f"E-{number}" for number in range(1, 29))
LEVELS = ("must", "inferred", "house")
PROVENANCES = ("seed", "docs", "client code", "recommendation")
BEGIN, END = "<!-- limitations: begin -->", "<!-- limitations: end -->"
_WIDTH = 118


class RegisterError(ValueError):
    """The register, or the file it is written into, cannot be used; the text names the rule and the value."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `call` is empty where it holds for no single call; either `proved_by` or `unproved` is there."""

    id: str
    text: str
    level: str
    source: str
    provenance: str
    call: str = ""
    proved_by: tuple[str, ...] = ()
    unproved: str = ""
    limitation: bool = False

    @property
    def rulings(self) -> list[str]:
        """The rulings its source names, "E-7" for one."""
        return re.findall(r"\bE-\d+\b", self.source)

    def as_dict(self) -> dict[str, Any]:
        """Every field with its value."""
        return asdict(self) | {"proved_by": list(self.proved_by)}


def load(path: Path = RULES) -> list[Rule]:
    """Every rule of the register, in its order.

    Raises: RegisterError: a rule is not as it must be, or an id is there twice. OSError: the file is not there.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as problem:
        raise RegisterError(f"{path}: {problem}") from None
    rules = [_rule(number, values) for number, values in enumerate(document.get("rule", []), 1)]
    ids = [rule.id for rule in rules]
    for one in ids:
        if ids.count(one) > 1:
            raise RegisterError(f"{one}: the id is there {ids.count(one)} times")
    return rules


def _rule(number: int, values: dict[str, Any]) -> Rule:
    name = f"rule {number} ({values.get('id')})"
    for field in fields(Rule):
        kind = {"proved_by": list, "limitation": bool}.get(field.name, str)
        needed = field.name in ("id", "text", "level", "source", "provenance")
        given = values.get(field.name, None if needed else kind())
        if type(given) is not kind or (needed and not str(given).strip()):
            raise RegisterError(f"{name}: {field.name} must be a {kind.__name__}, got {given!r}")
    if unknown := set(values) - {field.name for field in fields(Rule)}:
        raise RegisterError(f"{name}: unknown keys {sorted(unknown)}")
    rule = Rule(**values | {"proved_by": tuple(values.get("proved_by", ()))})
    _check(name, rule)
    return rule


def _check(name: str, rule: Rule) -> None:
    wrong = {
        "id must be in kebab-case": re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.id) is None,
        "text must be one line": "\n" in rule.text,
        f"level must be one of {LEVELS}": rule.level not in LEVELS,
        f"provenance must be one of {PROVENANCES}": rule.provenance not in PROVENANCES,
        "a must is documented": rule.level == "must" and rule.provenance not in ("seed", "docs"),
        f"a ruling is one of {RULINGS[0]} to {RULINGS[-1]}": not set(rule.rulings) <= set(RULINGS),
        "either proved_by or unproved": bool(rule.proved_by) == bool(rule.unproved.strip()),
        "proved_by must be texts": not all(isinstance(one, str) for one in rule.proved_by),
    }
    for requirement, broken in wrong.items():
        if broken:
            raise RegisterError(f"{name}: {requirement}")


def limitations(rules: Iterable[Rule]) -> str:
    """The rules that readers must know, as a Markdown list."""
    bullets = [f"- {rule.text.rstrip('.')} ({rule.source})." for rule in rules if rule.limitation]
    wrap = textwrap.TextWrapper(_WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
    return "\n".join(wrap.fill(bullet) for bullet in bullets)


def with_limitations(text: str, rules: Iterable[Rule]) -> str:
    """A document with the list between its two markers.

    Raises: RegisterError: the markers are not there once each, in their order.
    """
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise RegisterError(f"the document must have {BEGIN} and then {END}, once each")
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n{limitations(rules)}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.write_text(with_limitations(target.read_text(encoding="utf-8"), load()), encoding="utf-8")
