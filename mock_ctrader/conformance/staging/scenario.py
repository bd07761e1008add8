"""Finds the scenario that stands at a line of a feature file."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

from gherkin.errors import CompositeParserException
from gherkin.parser import Parser
from gherkin.pickles.compiler import Compiler

from mock_ctrader.resources import resource
from mock_ctrader.settings import SettingsError


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario, its outline filled in. `givens` are the sentences of its Given steps, Background included."""

    place: str
    name: str
    givens: tuple[str, ...]


def find_scenario(place: str) -> Scenario:
    """The scenario at a line: that of the row of examples there, else of the nearest heading above.

    The heading of an outline means its first row.

    Args:
        place: file and line, such as features/api/balance.feature:12; a file that is not there is looked for
            among the features of this package.

    Raises:
        SettingsError: names what is missing.
    """
    name, _, number = place.rpartition(":")
    if not name or not (number.isascii() and number.isdigit()) or len(number) > 9:
        raise SettingsError(f"{place!r} is not of the form FILE:LINE, such as features/api/balance.feature:12")
    file, line = _file(Path(name)), int(number)
    try:
        text = file.read_text(encoding="utf-8")
        document: Any = Parser().parse(text)
    except (CompositeParserException, UnicodeDecodeError) as problem:
        raise SettingsError(f"{file} is no feature file: {str(problem)[:300]}") from None
    lines = dict(_lines(document))
    document["uri"] = str(file)
    pickles: list[Any] = Compiler().compile(document)
    there = [one for one in pickles if line in (lines[node] for node in one["astNodeIds"])]
    if not there and line <= text.count("\n") + 1:
        headings = [lines[one["astNodeIds"][0]] for one in pickles]
        nearest = max((one for one in headings if one < line), default=None)
        there = [one for one, heading in zip(pickles, headings, strict=True) if heading == nearest]
    if not there:
        first = min((lines[one["astNodeIds"][0]] for one in pickles), default=None)
        hint = "it has none" if first is None else f"its first begins at line {first}"
        raise SettingsError(f"{name} has no scenario at line {line}; {hint}")
    chosen = there[0]
    return Scenario(place, chosen["name"], tuple(_givens(chosen["steps"])))


def _file(named: Path) -> Path:
    inside = named.parts[1:] if named.parts[:1] == ("features",) else named.parts
    for candidate in (named, resource("features").joinpath(*inside)):
        if candidate.is_file():
            return candidate
    raise SettingsError(f"{named}: there is no such feature file")


def _lines(node: Any) -> Iterator[tuple[str, int]]:
    """The line of everything in a document that has an id."""
    if isinstance(node, dict):
        if "id" in node and "location" in node:
            yield node["id"], node["location"]["line"]
        for part in node.values():
            yield from _lines(part)
    elif isinstance(node, list):
        for part in node:
            yield from _lines(part)


def _givens(steps: list[dict[str, Any]]) -> list[str]:
    return [step["text"] for step in takewhile(lambda step: step["type"] == "Context", steps)]
