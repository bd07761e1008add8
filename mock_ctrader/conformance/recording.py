"""Turns what pytest runs into checks: each scenario becomes one event of the run's stream.

A pytest plugin of the suite. It works in the process that runs the scenarios, be it a worker or not; the event
travels to whoever listens as a property of pytest's own report.
"""

import json
import re
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pytest_bdd.scenario import scenario_wrapper_template_registry

from mock_ctrader.conformance.adapter import AdapterError, NotOffered, Unjudgeable
from mock_ctrader.conformance.catalogue import identify, plan_of
from mock_ctrader.conformance.clients import MockError
from mock_ctrader.conformance.duties import duties
from mock_ctrader.conformance.findings import BLOCKED_BY, Broken, Complaint, Findings, Unfit
from mock_ctrader.conformance.ours import feature_of, is_ours
from mock_ctrader.conformance.trace import veiled_text
from mock_ctrader.conformance.verdicts import Verdict

CHECK = "check"
_SCREENSHOT = "screenshot"


@dataclass
class Recorded:
    """What is known of a scenario while it runs."""

    feature: Any
    scenario: Any
    steps: list[dict[str, str]] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)
    asked_for_findings: bool = False


_UNRUN = {Verdict.BLOCKED: Verdict.BLOCKED}
_RECORDED = pytest.StashKey[Recorded]()


@pytest.hookimpl(tryfirst=True)
def pytest_bdd_before_scenario(request: pytest.FixtureRequest, feature: Any, scenario: Any) -> None:
    """A scenario begins."""
    request.node.stash[_RECORDED] = Recorded(feature, scenario)


@pytest.hookimpl
def pytest_bdd_after_step(request: pytest.FixtureRequest, step: Any) -> None:
    """A step went through."""
    request.node.stash[_RECORDED].steps.append(_step(step, Verdict.PASS))


@pytest.hookimpl
def pytest_bdd_step_error(request: pytest.FixtureRequest, step: Any, exception: Exception) -> None:
    """A step ended its scenario."""
    found = request.node.stash[_RECORDED]
    found.steps.append(_step(step, _verdict(exception, found.findings)))


def _step(step: Any, verdict: Verdict) -> dict[str, str]:
    return {"keyword": step.keyword, "text": step.name, "verdict": verdict.value}


@pytest.fixture
def findings(request: pytest.FixtureRequest) -> Findings:
    """What this check finds."""
    recorded: Recorded = request.node.stash[_RECORDED]
    recorded.asked_for_findings = True
    return recorded.findings


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Judge the scenario once it has run, or could not."""
    report = yield
    found = item.stash.get(_RECORDED, None)
    failed = call.excinfo is not None
    if not _is_check(item, found):
        return report
    if call.when == "call" or (call.when == "setup" and failed):
        problem = call.excinfo.value if call.excinfo is not None else None
        if isinstance(problem, NotOffered):
            report.outcome, report.longrepr = "skipped", (str(item.path), 0, f"Skipped: {problem}")
        # as ASCII: what made-up requests hold is more than workers can send one another
        check = json.dumps(_check(item, found, problem, report.duration), default=str)
        report.user_properties.append((CHECK, check))
    return report


def _is_check(item: pytest.Item, found: Recorded | None) -> bool:
    """Whether a test is a check: a scenario of our features, or one of the user's that uses our steps."""
    return is_ours(feature_of(item)) or (found is not None and found.asked_for_findings)


def _check(
    item: pytest.Item, found: Recorded | None, problem: BaseException | None, seconds: float
) -> dict[str, Any]:
    tags = sorted({mark.name for mark in item.iter_markers()} - {"parametrize", "usefixtures", "xdist_group"})
    findings = found.findings if found else Findings()
    verdict = _verdict(problem, findings)
    complaint = _complaint(problem, findings, verdict)
    told = _about(item, found, tags)
    return told | {
        "type": CHECK,
        "verdict": verdict.value,
        "code": _code(problem, findings),
        **(complaint or dict.fromkeys(("duty", "text", "source", "provenance", "advice", "expected", "seen"))),
        "reason": (complaint or {}).get("reason") or veiled_text(_reason(problem)),
        "warnings": [one.as_dict() for one in findings.warnings],
        "steps": _steps(found, verdict) if found else [],
        "evidence": [one for one in findings.evidence if one.get("kind") != _SCREENSHOT],
        "screenshots": [one for one in findings.evidence if one.get("kind") == _SCREENSHOT],
        "seconds": round(seconds, 3),
        "known_issue": None,
    }


def _steps(found: Recorded, verdict: Verdict) -> list[dict[str, str]]:
    """Every step of the scenario; those it did not come to are as unjudged as the check says."""
    unrun = [_step(step, _UNRUN.get(verdict, Verdict.SKIP)) for step in found.scenario.steps[len(found.steps) :]]
    return found.steps + unrun


def _about(item: pytest.Item, found: Recorded | None, tags: list[str]) -> dict[str, Any]:
    parameters = getattr(getattr(item, "callspec", None), "params", {}).get("_pytest_bdd_example", {})
    template = scenario_wrapper_template_registry.get(item.function) if isinstance(item, pytest.Function) else None
    scenario = found.scenario if found else template
    feature = found.feature if found else getattr(scenario, "feature", None)
    file = Path(str(feature.filename)) if feature is not None else item.path
    plan = plan_of(file)
    name = _filled_in(str(scenario.name), parameters) if scenario is not None else item.name
    one = identify(plan, name, tags, parameters)
    return {
        "id": one.id,
        "plan": plan,
        "feature": str(feature.name) if feature is not None else "",
        "file": f"{file.parent.name}/{file.name}",
        "line": int(scenario.line_number) if scenario is not None else 0,
        "scenario": one.name,
        "tags": tags,
        "flow": one.flow,
        "level": one.level,
        "stage": one.stage,
        "case": one.case,
    }


def check_id(item: pytest.Item) -> str:
    """What the check of a scenario is called, before it has run."""
    return str(_about(item, None, sorted({mark.name for mark in item.iter_markers()}))["id"])


def _filled_in(name: str, parameters: dict[str, Any]) -> str:
    """The name of one example of an outline, also where the scenario did not come to run."""
    return re.sub("<([^<>]+)>", lambda one: str(parameters.get(one[1], one[0])), name)


def _verdict(problem: BaseException | None, findings: Findings) -> Verdict:
    if problem is None:
        return Verdict.WARN if findings.warnings else Verdict.PASS
    if isinstance(problem, NotOffered):
        return Verdict.SKIP
    if isinstance(problem, pytest.skip.Exception):
        return Verdict.BLOCKED if (findings.code or "").startswith(BLOCKED_BY) else Verdict.SKIP
    if isinstance(problem, Unjudgeable | MockError | Unfit):
        return Verdict.ERROR
    return Verdict.FAIL if isinstance(problem, AssertionError | AdapterError) else Verdict.ERROR


def _complaint(problem: BaseException | None, findings: Findings, verdict: Verdict) -> dict[str, Any] | None:
    if isinstance(problem, Broken):
        return problem.complaint.as_dict()
    if verdict is Verdict.FAIL and findings.duty is not None:
        return Complaint(duties()[findings.duty], veiled_text(str(problem))).as_dict()
    if problem is None and findings.warnings:
        return findings.warnings[0].as_dict()
    return None


def _code(problem: BaseException | None, findings: Findings) -> str | None:
    if isinstance(problem, NotOffered):
        return "no-verb"
    return findings.code.removeprefix(BLOCKED_BY) if findings.code else None


def _reason(problem: BaseException | None) -> str:
    if problem is None:
        return ""
    text = str(problem)
    known = (AssertionError, AdapterError, MockError, Unfit, pytest.skip.Exception)
    return text if isinstance(problem, known) and text else f"{type(problem).__name__}: {text}"
