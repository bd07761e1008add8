"""`make coverage` judges each part by both figures, and names the branches that nobody took."""

from typing import Any

import pytest

from tests import coverage_report
from tests.coverage_report import lacking, main, part_of, parts


def told(lines: tuple[int, int], branches: tuple[int, int], **missing: Any) -> dict[str, Any]:
    there = lines[1] + branches[1]
    return {
        "summary": {
            "covered_lines": lines[0],
            "num_statements": lines[1],
            "covered_branches": branches[0],
            "num_branches": branches[1],
            "percent_covered": 100 * (lines[0] + branches[0]) / there,
        },
        "missing_lines": missing.get("missing_lines", []),
        "missing_branches": missing.get("missing_branches", []),
    }


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("mock_ctrader/cli.py", "mock_ctrader"),
        ("mock_ctrader/store/engine.py", "mock_ctrader/store"),
        ("mock_ctrader/conformance/steps/crm_api.py", "mock_ctrader/conformance"),
    ],
)
def test_a_file_belongs_to_its_package(path: str, part: str) -> None:
    assert part_of(path) == part


@pytest.mark.parametrize(
    ("lines", "branches", "enough"),
    [
        ((95, 100), (19, 20), True),
        ((100, 100), (18, 20), False),
        ((90, 100), (20, 20), False),
        ((3, 3), (0, 0), True),
    ],
)
def test_a_part_is_judged_by_both_figures(lines: tuple[int, int], branches: tuple[int, int], enough: bool) -> None:
    found = parts({"mock_ctrader/store/engine.py": told(lines, branches)})
    assert found["mock_ctrader/store"].enough is found["all"].enough is enough


def test_the_least_covered_file_comes_first_with_what_it_lacks() -> None:
    files = {
        "a/b/low.py": told(
            (5, 10), (1, 4), missing_lines=[3, 4, 5, 9], missing_branches=[[2, 3], [7, 8], [7, -1]]
        ),
        "a/b/lower.py": told((1, 10), (0, 2), missing_lines=[2]),
        "a/b/fine.py": told((10, 10), (2, 2)),
    }
    first, second = lacking(files)
    assert first.split() == ["a/b/lower.py", "8.3", "%", "2"]
    assert second.split() == ["a/b/low.py", "42.9", "%", "3-5", "9", "7->8", "7->exit"]


def test_a_step_that_is_none_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ONLY", "unit,htpp")
    monkeypatch.setattr(coverage_report, "_measure", lambda *_: pytest.fail("nothing is measured"))
    assert main() == 2
    assert "ONLY: htpp: no such step; there are unit http" in capsys.readouterr().err
