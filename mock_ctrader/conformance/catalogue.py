"""Every check of a plan, read from the features: what it is called, which case or stage it is.

`python -m mock_ctrader.conformance.catalogue docs` writes a page per plan, and one of all duties, there.
"""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mock_ctrader.conformance.broker_file import PLANS
from mock_ctrader.conformance.duties import duties
from mock_ctrader.resources import resource

_CASE = re.compile(r"case-(\d\.\d\.\d)")
_FLOW = re.compile(r"flow-(\d)")
_STAGE = re.compile(r"stage-(\d\d)")
_CALL = re.compile(r"call-(\d\.\d+)")


@dataclass(frozen=True, slots=True)
class Identity:
    """What a check is called. `name` tells one example of an outline from another."""

    id: str
    name: str
    plan: str
    flow: int | None
    level: str | None
    stage: int | None
    case: str | None
    call: str | None

    @property
    def source(self) -> str:
        """The vendor's section behind it; empty where it is the project's own idea."""
        if self.stage is not None:
            return f"section 5.8, flow {self.flow} stage {self.stage}"
        if self.case is not None:
            return f"case {self.case}"
        return f"section {self.call}" if self.call else ""


def features_of(plan: str) -> list[Path]:
    """The feature files of a plan.

    Raises: KeyError: there is no such plan.
    """
    if plan not in PLANS:
        raise KeyError(plan)
    if plan == "attribution":
        folder = resource("features") / "attribution"
        return [folder / "flow_1_new_partner.feature", folder / "flow_2_existing_partner.feature"]
    return [resource("features") / "conformance" / f"{plan.replace('-', '_')}.feature"]


def plan_of(file: Path) -> str:
    """The plan a feature file belongs to."""
    return "attribution" if file.parent.name == "attribution" else file.stem.replace("_", "-")


def identify(plan: str, name: str, tags: Iterable[str], parameters: Mapping[str, Any]) -> Identity:
    """What the check of one scenario is called.

    Args:
        name: of the scenario, its parameters filled in.
        tags: of the scenario and its feature.
        parameters: of the example, if it is an outline.
    """
    known = sorted(tags)
    flow, stage = _number(_FLOW, known), _number(_STAGE, known)
    level = parameters.get("level")
    if flow and stage and level:
        check_id = f"{plan}/flow-{flow}/{level}/stage-{stage}"
    else:
        check_id = "/".join([plan, _slug(name), *(_slug(str(value)) for value in parameters.values())])
        untold = [str(value) for value in parameters.values() if str(value) not in name]
        name = f"{name} ({', '.join(untold)})" if untold else name
    return Identity(
        id=check_id,
        name=name,
        plan=plan,
        flow=int(flow) if flow else None,
        level=level,
        stage=int(stage) if stage else None,
        case=_number(_CASE, known),
        call=_number(_CALL, known),
    )


def _number(pattern: re.Pattern[str], tags: list[str]) -> str | None:
    return next((found[1] for tag in tags if (found := pattern.fullmatch(tag))), None)


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-.")


def checks_of(plan: str) -> Iterator[Identity]:
    """Every check of a plan, in the order of its features."""
    from pytest_bdd.feature import get_features

    for file in features_of(plan):
        (feature,) = get_features([str(file)])
        for scenario in feature.scenarios.values():
            examples = [
                dict(zip(table.example_params, row, strict=True))
                for table in scenario.examples
                for row in table.examples
            ]
            for parameters in examples or [{}]:
                name = scenario.name
                for key, value in parameters.items():
                    name = name.replace(f"<{key}>", value)
                yield identify(plan, name, scenario.tags | feature.tags, parameters)


def plan_page(plan: str) -> str:
    """The page of a plan, as Markdown."""
    from pytest_bdd.feature import get_features

    lines = [f"# The plan {plan}", "", f"`mock-ctrader verify --config broker.toml --plan {plan}`", ""]
    for file in features_of(plan):
        (feature,) = get_features([str(file)])
        lines += [f"**{feature.name}.** {' '.join(feature.description.split())}", ""]
    lines += ["| check | source |", "|---|---|"]
    for one in checks_of(plan):
        level = f", {one.level} level" if one.stage else ""
        lines.append(f"| {_cell(one.name)}{level}<br>`{one.id}` | {one.source or 'ours'} |")
    return "\n".join([*lines, "", "What is judged, and what to do about it: [duties](duties.md).", ""])


def duties_page() -> str:
    """The page of all duties, as Markdown."""
    lines = [
        "# What a broker must do",
        "",
        "Breaking a duty of provenance *seed* or *docs* fails; any other one warns.",
        "",
        "| duty | what | source | provenance | what to do |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| `{one.id}` | {_cell(one.text)} | {one.source} | {one.provenance} | {_cell(one.advice)} |"
        for one in duties().values()
    ]
    return "\n".join([*lines, ""])


def pages() -> dict[str, str]:
    """Every page by its file name."""
    return {f"plan-{plan}.md": plan_page(plan) for plan in PLANS} | {"duties.md": duties_page()}


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    for file_name, text in pages().items():
        (Path(sys.argv[1]) / file_name).write_text(text, encoding="utf-8")
