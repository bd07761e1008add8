"""What the kill matrix objects to in what the harness said of a mutant."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from mock_ctrader.conformance import kill_matrix
from mock_ctrader.conformance.catalogue import features_of
from mock_ctrader.conformance.kill_matrix import BEGIN, END, MarkerError, main, with_summary
from mock_ctrader.conformance.mutants import Met, Planted

FLOW = "attribution/flow-1/user"
PLANTED = Planted("m", "a defect", (f"{FLOW}/stage-04",), "set-once", "fail", ("crm-api/4.4*",), ())


def said(check: str, verdict: str, duty: str = "set-once") -> dict[str, Any]:
    return {
        "id": check,
        "verdict": verdict,
        "duty": duty,
        "reason": "because",
        "expected": "x",
        "seen": "y",
        "source": "3.6",
        "advice": "mend it",
        "evidence": ["exchange"],
    }


def objections(*checks: dict[str, Any], planted: Planted = PLANTED) -> list[str]:
    return Met(planted, {one["id"]: one for one in checks}, 1.0).objections()


CAUGHT = said(f"{FLOW}/stage-04", "fail")


@pytest.mark.parametrize(
    ("checks", "objection"),
    [
        ([], f"{FLOW}/stage-04 was not played"),
        ([said(f"{FLOW}/stage-04", "warn")], "is warn (set-once): because, not fail (set-once)"),
        ([said(f"{FLOW}/stage-04", "fail", "set-level")], "is fail (set-level): because, not fail (set-once)"),
        ([CAUGHT, said(f"{FLOW}/stage-03", "blocked")], "is blocked (set-once): because, though nothing before"),
        ([CAUGHT, said("crm-api/4.2", "fail")], "crm-api/4.2 is fail (set-once): because"),
    ],
)
def test_what_was_said_otherwise_is_objected_to(checks: list[dict[str, Any]], objection: str) -> None:
    (told,) = [one for one in objections(*checks) if "has no" not in one]
    assert objection in told


def test_what_cannot_help_but_follow_is_not() -> None:
    followed = [
        said(f"{FLOW}/stage-05", "blocked"),  # after the stage that failed
        said("crm-api/4.4 again", "fail"),  # named by the mutant
        said("crm-api/4.1", "pass"),
    ]
    assert [one for one in objections(CAUGHT, *followed) if "has no" not in one] == []


def test_the_summary_is_written_between_its_markers_only(tmp_path: Path) -> None:
    document = tmp_path / "README.md"
    document.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")

    command = [sys.executable, "-m", "mock_ctrader.conformance.kill_matrix", str(document)]
    subprocess.run(command, timeout=60, check=True)

    text = document.read_text(encoding="utf-8")
    assert text.startswith(f"before\n{BEGIN}\n")
    assert text.endswith(f"\n{END}\nafter\n")
    assert "| Caught at | Mutants | Planted defects |" in text
    assert "old" not in text.split(END)[0].split(BEGIN)[1].splitlines()


@pytest.mark.parametrize("text", ["", f"{END}{BEGIN}", f"{BEGIN}{BEGIN}{END}"])
def test_a_document_without_its_markers_is_refused(text: str) -> None:
    with pytest.raises(MarkerError, match="once each"):
        with_summary(text, [replace(PLANTED)])


def test_an_unknown_plan_has_no_features() -> None:
    with pytest.raises(KeyError, match="everything"):
        features_of("everything")


HEALTHY = Planted("healthy", "none", (), "", "pass", (), ("crm-api/*",))


@pytest.mark.parametrize(
    ("verdict", "code", "told"),
    [
        ("fail", 0, "1 of 1 mutants are caught where they must be, 0 otherwise"),
        ("warn", 1, "0 of 1 mutants are caught where they must be, 1 otherwise"),
    ],
)
def test_every_mutant_is_met_and_shown(
    monkeypatch: pytest.MonkeyPatch, verdict: str, code: int, told: str
) -> None:
    mock = SimpleNamespace(ready={"baseUrl": "http://127.0.0.1:1"})
    monkeypatch.setattr(kill_matrix, "MockProcess", SimpleNamespace(start=lambda: nullcontext(mock)))
    monkeypatch.setattr(kill_matrix, "ProcessPoolExecutor", ThreadPoolExecutor)
    monkeypatch.setattr(kill_matrix, "planted_defects", lambda: [PLANTED, HEALTHY])

    def meet(planted: Planted, mock_url: str) -> Met:
        assert mock_url == "http://127.0.0.1:1"
        heard = said(f"{FLOW}/stage-04", verdict) if planted.checks else said("crm-api/4.1", "pass")
        return Met(planted, {heard["id"]: heard}, 1.5)

    monkeypatch.setattr(kill_matrix, "meet", meet)
    done = CliRunner().invoke(main, ["-n", "2"])

    assert done.exit_code == code, done.output
    assert told in done.output
    rows = {line.split("│")[1].strip(): line for line in done.output.splitlines() if line.startswith("│")}
    assert "1 checks pass" in rows["healthy"]
    assert ("is warn (set-once)" in rows["m"]) == (code == 1)
