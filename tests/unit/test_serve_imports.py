"""What a server loads: it starts in every CI job, so it never loads the harness or its tools."""

import json
import subprocess
import sys

_HEAVY = ["pytest", "schemathesis", "hypothesis", "bs4", "playwright", "pytest_bdd", "sqlalchemy.orm", "rich"]


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
