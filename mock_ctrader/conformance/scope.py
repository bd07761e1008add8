"""What of the features a run covers: their tags as markers, and how their scenarios are spread and ordered."""

import importlib.util
import re
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from mock_ctrader.conformance.ours import feature_of, is_ours
from mock_ctrader.conformance.recording import check_id
from mock_ctrader.conformance.target import Target
from mock_ctrader.flows import FLOW_TITLES
from mock_ctrader.resources import resource

# scenarios that wait for time to pass come last, while the others use that time
_LAST = "last"


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


def can_show_screens() -> bool:
    """Whether this machine has what the plan screens needs."""
    from mock_ctrader.conformance.chromium import NoBrowser, find_chromium

    try:
        find_chromium()
    except NoBrowser:
        return False
    return importlib.util.find_spec("playwright") is not None


def narrow(config: pytest.Config, items: list[pytest.Item], target: Target) -> None:
    """Leave out what the target does not want."""
    unwanted = [item for item in items if not _wanted(item, target)]
    if unwanted:
        config.hook.pytest_deselected(items=unwanted)
        items[:] = [item for item in items if item not in unwanted]


def _wanted(item: pytest.Item, target: Target) -> bool:
    if target.checks and not any(fnmatchcase(check_id(item), pattern) for pattern in target.checks):
        return False
    flow, level = _flow_and_level(item)
    if flow is None:
        return True
    stages = [f"stage-{number:02d}" for number in target.stages]
    return (
        flow in target.flows
        and level in target.levels
        and any(item.get_closest_marker(stage) is not None for stage in stages)
    )


def _flow_and_level(item: pytest.Item) -> tuple[int | None, str | None]:
    example = getattr(item, "callspec", None)
    level = example.params.get("_pytest_bdd_example", {}).get("level") if example else None
    flow = next((number for number in FLOW_TITLES if item.get_closest_marker(f"flow-{number}")), None)
    return (flow, level) if level else (None, None)


def arrange(items: list[pytest.Item], suite: Path) -> None:
    """Give each scenario of the suite the worker it belongs to, and put those that wait at the end."""
    for item in items:
        if suite not in item.path.parents:
            continue
        _group(item)
    items.sort(key=lambda item: item.get_closest_marker(_LAST) is not None)


def arrange_scenarios(items: list[pytest.Item]) -> None:
    """As `arrange`, for the scenarios of our features among tests that are not ours, which stay where they are."""
    for item in items:
        if is_ours(feature_of(item)):
            _group(item)


def _group(item: pytest.Item) -> None:
    flow, level = _flow_and_level(item)
    item.add_marker(pytest.mark.xdist_group(f"flow-{flow}-{level}" if flow else item.path.stem))
