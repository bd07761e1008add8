"""The wheel alone, in an empty environment, from an empty directory."""

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_TIMEOUT = 600


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A freshly built wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(_ROOT)],
        check=True,
        capture_output=True,
        timeout=_TIMEOUT,
    )
    (built,) = folder.glob("*.whl")
    return built


def test_wheel_holds_what_is_read_at_run_time(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder, pattern in (("features", "*.feature"), ("openapi", "*.yaml"), ("openapi", "*.json")):
        wanted = {f"mock_ctrader/{path.relative_to(_ROOT)}" for path in (_ROOT / folder).rglob(pattern)}
        assert wanted
        assert wanted <= names
    assert "broker_reference/broker.toml" in names
    assert {"mock_ctrader/py.typed", "mock_ctrader/static/mock.css", "broker_reference/static/broker.css"} <= names
    # nothing but the two packages: no tests, no benchmarks, no reports of runs, no settings of ours
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"mock_ctrader", "broker_reference"}
    assert not [
        name
        for name in names
        if {"tests", "bench", "reports"} & set(name.split("/")[:-1])
        and not name.startswith("mock_ctrader/conformance/reports/")
    ]


def test_demo_works_from_an_empty_directory(wheel: Path, tmp_path: Path) -> None:
    environment, empty = tmp_path / "venv", tmp_path / "empty"
    empty.mkdir()
    venv.create(environment, with_pip=True)
    pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet", str(wheel)]
    subprocess.run(pip, check=True, capture_output=True, timeout=_TIMEOUT, cwd=empty)
    done = subprocess.run(
        [str(environment / "bin" / "mock-ctrader"), "demo"],
        capture_output=True,
        text=True,
        timeout=_TIMEOUT,
        cwd=empty,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "72 of 72 stages proved" in done.stdout
