"""The conformance features in a broker's own repository, with its own steps beside ours.

A pytest plugin: `pytest_plugins = ["mock_ctrader.testing.steps"]` in the repository's conftest.py. It loads the
steps and the recording; a step or a fixture of the conftest takes the place of ours of the same name or sentence.
"""

import pytest

from mock_ctrader.conformance.recording import (
    findings,
    pytest_bdd_after_step,
    pytest_bdd_before_scenario,
    pytest_bdd_step_error,
    pytest_runtest_makereport,
)
from mock_ctrader.conformance.scope import arrange_scenarios, declare_tags
from mock_ctrader.conformance.steps import STEPS

__all__ = [
    "findings",
    "pytest_bdd_after_step",
    "pytest_bdd_before_scenario",
    "pytest_bdd_step_error",
    "pytest_runtest_makereport",
]
pytest_plugins = [f"mock_ctrader.conformance.steps.{name}" for name in STEPS]


def pytest_configure(config: pytest.Config) -> None:
    """The tags of the features are markers."""
    declare_tags(config)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Scenarios that share what was played go to the same worker."""
    arrange_scenarios(items)
