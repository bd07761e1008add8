"""What of the features a run covers: their tags as markers, and how their scenarios are spread and ordered."""

import re
from pathlib import Path

import pytest

from mock_ctrader.resources import resource

# scenarios that wait for time to pass come last, while the others use that time
_LAST = "last"


def features_of(plan: str) -> list[Path]:
    """The feature files of a plan.

    Raises: KeyError: there is no such plan.
    """
    if plan == "attribution":
        folder = resource("features") / "attribution"
        return [folder / "flow_1_new_partner.feature", folder / "flow_2_existing_partner.feature"]
    return [resource("features") / "conformance" / f"{plan.replace('-', '_')}.feature"]


def declare_tags(config: pytest.Config) -> None:
    """Every tag of the plans' features is a marker."""
    tags: set[str] = set()
    for folder in ("attribution", "conformance"):
        for file in sorted((resource("features") / folder).glob("*.feature")):
            for line in file.read_text(encoding="utf-8").splitlines():
                if line.lstrip().startswith("@"):
                    tags |= set(re.findall(r"@([^\s@]+)", line))
    for tag in sorted(tags):
        config.addinivalue_line("markers", f"{tag}: tag of the conformance features")


def arrange(items: list[pytest.Item], suite: Path) -> None:
    """Give each scenario of the suite the worker it belongs to, and put those that wait at the end."""
    for item in items:
        if suite not in item.path.parents:
            continue
        example = getattr(item, "callspec", None)
        level = example.params.get("_pytest_bdd_example", {}).get("level") if example else None
        flow = next((number for number in (1, 2) if item.get_closest_marker(f"flow-{number}")), None)
        group = f"flow-{flow}-{level}" if flow and level else item.path.stem
        item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: item.get_closest_marker(_LAST) is not None)
