"""Loads the steps and the recording into the suite, and arranges its scenarios."""

from pathlib import Path

import pytest

from mock_ctrader.conformance.recording import (  # noqa: F401 - hooks and a fixture
    findings,
    pytest_bdd_after_step,
    pytest_bdd_before_scenario,
    pytest_bdd_step_error,
    pytest_runtest_makereport,
)
from mock_ctrader.conformance.scope import arrange, declare_tags, narrow
from mock_ctrader.conformance.target import prepared_target

_STEPS = (
    "common",
    "people",
    "attribution",
    "crm_api",
    "crm_tokens",
    "crm_lifetime",
    "crm_wire",
    "functional",
    "functional_accounts",
    "robustness",
    "outages",
    "screens",
)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the tags of the features as markers and load the steps."""
    declare_tags(config)
    for name in _STEPS:
        config.pluginmanager.import_plugin(f"mock_ctrader.conformance.steps.{name}")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Scenarios that share what was played go to the same worker; those nobody asked for are left out."""
    target = prepared_target()
    if target is not None:
        narrow(config, items, target)
    arrange(items, Path(__file__).parent)
