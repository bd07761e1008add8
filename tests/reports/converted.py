"""A journey that was really driven, as the stream of events that a run of the harness writes."""

from collections.abc import Iterable
from typing import Any

from mock_ctrader.conformance.played import Played
from mock_ctrader.conformance.verdicts import Verdict
from mock_ctrader.flows import FLOW_TITLES

DUTY = {
    "duty": "set-partner-id-unchanged",
    "text": "The partnerId that call 3.6 sets is the one of the referral link, byte for byte.",
    "source": "section 5.8, flow 1 stage 4; section 3.6",
    "provenance": "seed",
    "advice": "Send the identifier of the referral link byte for byte.",
}


def stream_of(played: Iterable[Played], extra: Iterable[dict[str, Any]] = ()) -> list[dict[str, Any]]:
    """A run's events: the flows that were driven, and further events before the end."""
    flows = list(played)
    mock = flows[0].bench
    events: list[dict[str, Any]] = [
        {
            "type": "run_started",
            "format": 1,
            "run_id": "run-1",
            "at": 1_767_225_600_000,
            "version": "0.1.0",
            "broker": {
                "name": "Northwind",
                "screen_url": mock.sandbox["loginUrl"],
                "crm_url": mock.sandbox["crmUrl"],
                "adapter": "http",
            },
            "mock": {"url": mock.mock_url, "broker_crm_name": mock.sandbox["brokerCrmName"]},
            "plans": ["attribution"],
            "flows": sorted({int(one.journey["flow"]) for one in flows}),
            "levels": ["user", "account"],
        }
    ]
    for one in flows:
        events += _checks(one)
        events.append(_journey(one))
    events += extra
    verdicts = [event["verdict"] for event in events if event["type"] == "check"]
    events.append(
        {
            "type": "run_finished",
            "at": 1_767_225_605_200,
            "seconds": 5.2,
            "counts": {verdict: verdicts.count(verdict) for verdict in set(verdicts)},
            "exit_code": 1 if "fail" in verdicts else 0,
            "problems": [],
            "attribution_seconds": 5.2,
        }
    )
    return events


def _checks(played: Played) -> list[dict[str, Any]]:
    flow, level = int(played.journey["flow"]), played.level
    return [
        {
            "type": "check",
            "id": f"attribution/flow-{flow}/{level}/stage-{judged.stage['number']:02}",
            "plan": "attribution",
            "feature": f"Flow {flow} - {FLOW_TITLES[flow]}",
            "file": f"attribution/flow_{flow}.feature",
            "line": judged.stage["number"] * 10,
            "scenario": f"Stage {judged.stage['number']} - {judged.stage['title']}",
            "tags": [f"flow-{flow}", f"stage-{judged.stage['number']:02}"],
            "flow": flow,
            "level": level,
            "stage": judged.stage["number"],
            "case": None,
            "verdict": judged.verdict.value,
            "code": judged.reason.removesuffix(" failed").replace(" ", "-")
            if judged.verdict is Verdict.BLOCKED
            else None,
            **(DUTY if judged.verdict is Verdict.FAIL else {}),
            "reason": judged.reason,
            "expected": played.journey.get("partnerId") if judged.verdict is Verdict.FAIL else None,
            "seen": None,
            "warnings": [],
            "steps": [
                {
                    "keyword": "When",
                    "text": f"the flow reaches stage {judged.stage['number']}",
                    "verdict": judged.verdict.value,
                }
            ],
            "evidence": played.evidence(judged.stage["number"]) if judged.verdict is not Verdict.BLOCKED else [],
            "seconds": 0.01,
            "known_issue": None,
        }
        for judged in played.verdicts
    ]


def _journey(played: Played) -> dict[str, Any]:
    return {
        "type": "journey",
        "flow": played.journey["flow"],
        "level": played.level,
        "stages": played.journey["stages"],
        "partner_id": played.journey.get("partnerId"),
        "events": list(played.events.values()),
    }
