"""Cucumber JSON: features, their elements and steps, with the evidence attached to the step that decided."""

import base64
import json
from typing import Any

from mock_ctrader.conformance.plain import printable
from mock_ctrader.conformance.reports.model import Check, Run, Step

_STATUSES = {
    "pass": "passed",
    "warn": "passed",
    "fail": "failed",
    "error": "failed",
    "skip": "skipped",
    "blocked": "skipped",
}
_NANOSECONDS = 1_000_000_000


def render(run: Run) -> str:
    """The document."""
    features: dict[tuple[str, str], list[Check]] = {}
    for check in run.checks:
        features.setdefault((check.file, check.feature or check.plan), []).append(check)
    told = [_feature(uri, name, checks) for (uri, name), checks in features.items()]
    # escapes keep the file pure ASCII, so nothing in it can break a reader
    return json.dumps(told, indent=1) + "\n"


def _feature(uri: str, name: str, checks: list[Check]) -> dict[str, Any]:
    return {
        "uri": uri or f"{checks[0].plan}.feature",
        "id": f"{checks[0].plan};{name}",
        "keyword": "Feature",
        "name": name,
        "description": "",
        "line": 1,
        "tags": [{"name": f"@{checks[0].plan}", "line": 1}],
        "elements": [_element(check) for check in checks],
    }


def _element(check: Check) -> dict[str, Any]:
    steps = check.steps or [Step("Then", check.title)]
    deciding = _deciding(check, steps)
    return {
        "id": check.id,
        "keyword": "Scenario",
        "type": "scenario",
        "name": check.title,
        "description": "",
        "line": check.line,
        "tags": [
            {"name": f"@{tag}", "line": check.line}
            for tag in dict.fromkeys([*check.tags, *([check.level] if check.level else [])])
        ],
        "steps": [
            {
                "keyword": f"{step.keyword} ",
                "name": step.text,
                "line": check.line + number,
                "match": {"location": check.file},
                "result": _result(check, step, number - 1, deciding),
                **({"embeddings": _embeddings(check)} if number - 1 == deciding else {}),
            }
            for number, step in enumerate(steps, start=1)
        ],
    }


def _deciding(check: Check, steps: list[Step]) -> int:
    """The step that has the check's verdict; the last one if no step has."""
    return next((number for number, step in enumerate(steps) if step.verdict == check.verdict), len(steps) - 1)


def _result(check: Check, step: Step, number: int, deciding: int) -> dict[str, Any]:
    if number == deciding:
        result: dict[str, Any] = {
            "status": _STATUSES[check.verdict],
            "duration": round(check.seconds * _NANOSECONDS),
        }
        if check.verdict != "pass":
            result["error_message"] = _message(check)
        return result
    before = "passed" if check.verdict not in ("skip", "blocked") else "skipped"
    return {"status": _STATUSES.get(step.verdict or "", before if number < deciding else "skipped"), "duration": 0}


def _message(check: Check) -> str:
    told = [check.code, check.why]
    for one in check.complaints:
        told += [
            f"expected: {one.expected}" if one.expected is not None else None,
            f"seen: {one.seen}" if one.seen is not None else None,
            one.advice,
        ]
    return "\n".join(line for line in told if line) or check.verdict


def _embeddings(check: Check) -> list[dict[str, Any]]:
    found = [
        {
            "mime_type": "application/json",
            "name": event.get("title", ""),
            "data": _encoded(json.dumps(event, indent=1, ensure_ascii=False)),
        }
        for event in check.evidence
    ]
    return found + [
        {"mime_type": "image/png", "name": screenshot.title, "data": screenshot.png}
        for screenshot in check.screenshots
    ]


def _encoded(text: str) -> str:
    return base64.b64encode(printable(text).encode()).decode("ascii")
