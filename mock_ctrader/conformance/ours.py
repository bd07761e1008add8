"""Which tests are scenarios of the harness's own features: a broker's own tests may stand beside them."""

from pathlib import Path
from typing import Any

import pytest
from pytest_bdd.scenario import scenario_wrapper_template_registry

from mock_ctrader.resources import resource


def feature_of(item: pytest.Item) -> Any:
    """The feature whose scenario a test is; None if it is none."""
    scenario = scenario_wrapper_template_registry.get(item.function) if isinstance(item, pytest.Function) else None
    return getattr(scenario, "feature", None)


def is_ours(feature: Any) -> bool:
    """Whether a feature is one of the harness's own."""
    return feature is not None and resource("features") in Path(str(feature.filename)).parents
