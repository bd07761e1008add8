"""What a server loads: it starts in every CI job, so it never loads the harness or its tools."""

import json
import subprocess
import sys

import pytest

_HEAVY = ["pytest", "schemathesis", "hypothesis", "bs4", "playwright", "pytest_bdd", "sqlalchemy.orm", "rich"]
# what is loaded when it is first asked for: by a page, a metric, a call to a broker
_LATER = ["yaml", "prometheus_client", "segno", "requests", "urllib3", "mock_ctrader.surfaces"]
_LATER += [f"mock_ctrader.{name}" for name in ("application", "inspector", "evidence", "journeys.fold")]
_LATER += ["mock_ctrader.control.routes"]


def loaded_by(*modules: str) -> set[str]:
    """Every module that a fresh interpreter has after importing these."""
    code = f"import sys, json, {', '.join(modules)}; print(json.dumps(list(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(run.stdout))


def test_serve_loads_neither_harness_nor_test_tools() -> None:
    loaded = loaded_by("mock_ctrader.cli", "mock_ctrader.server", "mock_ctrader.app")
    assert sorted(loaded & set(_HEAVY)) == []


def test_the_server_itself_does_not_know_the_harness() -> None:
    loaded = loaded_by("mock_ctrader.server", "mock_ctrader.app")
    assert "mock_ctrader.backend.gateway" in loaded
    assert sorted(name for name in loaded if name.startswith("mock_ctrader.conformance")) == []


@pytest.mark.parametrize("module", _LATER)
def test_what_vendor_calls_do_not_need_is_not_loaded_at_the_start(module: str) -> None:
    assert module in loaded_by("mock_ctrader.surfaces", "mock_ctrader.metrics_text", "requests", "yaml")
    assert module not in loaded_by("mock_ctrader.cli", "mock_ctrader.server", "mock_ctrader.app")


def test_the_floor_of_the_bench_loads_nothing_of_the_mock_but_its_server() -> None:
    loaded = loaded_by("mock_ctrader.bench.floor")
    assert "flask" in loaded
    assert sorted(name for name in loaded if name.startswith("mock_ctrader.")) == [
        "mock_ctrader.bench",
        "mock_ctrader.bench.floor",
        "mock_ctrader.cores",
        "mock_ctrader.serving",
    ]
