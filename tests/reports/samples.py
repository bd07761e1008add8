"""A small run written by hand: every verdict, a known issue, and strings that are out to break a page."""

import base64
import struct
import zlib
from typing import Any

from mock_ctrader.flows import stage

HOSTILE = "<script>alert('x')</script>\"&]]> \x1b[31m\x00"
PROVENANCE = {"source": "section 6.1", "provenance": "docs"}


def png(width: int = 160, height: int = 100) -> str:
    """A plain picture, in base64."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes((120 + y, 160, 200)) * width for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    image = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    )
    return base64.b64encode(image).decode("ascii")


def exchange(**changes: Any) -> dict[str, Any]:
    """Call 3.6 as the journal tells of it."""
    return {
        "kind": "exchange",
        "direction": "broker_to_ctrader",
        "seq": 12,
        "at": 1_767_225_600_100,
        "title": "3.6 Set a new partner identifier",
        "call": "3.6",
        "method": "PUT",
        "path": "/cid/oauth2/ctid/referral?token=***fa4e2b2d",
        "status": 200,
        "user_id": 7,
        "partner_id": "ib-7q2f",
        "details": {
            "request": {"body": {"brokerCrmName": "NORTHWINDCRM", "partnerId": "ib-7q2f", "userId": 7}},
            "response": {"body": {"userId": 7}},
            "milliseconds": 6,
        },
        "violations": [],
    } | changes


def check(check_id: str, verdict: str, scenario: str, **values: Any) -> dict[str, Any]:
    """A check's event with the fields that every check has."""
    return {
        "type": "check",
        "id": check_id,
        "plan": check_id.split("/")[0],
        "feature": "A feature",
        "file": "a.feature",
        "line": 7,
        "scenario": scenario,
        "tags": [],
        "flow": None,
        "level": None,
        "stage": None,
        "case": None,
        "verdict": verdict,
        "code": None,
        "duty": None,
        "text": None,
        "source": None,
        "provenance": None,
        "reason": None,
        "expected": None,
        "seen": None,
        "advice": None,
        "warnings": [],
        "steps": [{"keyword": "Then", "text": "it holds", "verdict": verdict}],
        "evidence": [],
        "seconds": 0.25,
        "known_issue": None,
    } | values


def stage_check(flow: int, level: str, number: int, verdict: str, **values: Any) -> dict[str, Any]:
    """The check of a numbered stage."""
    return check(
        f"attribution/flow-{flow}/{level}/stage-{number:02}",
        verdict,
        stage(flow, number).name,
        feature=f"Flow {flow}",
        file=f"attribution/flow_{flow}.feature",
        flow=flow,
        level=level,
        stage=number,
        **values,
    )


FAILED_STAGE = stage_check(
    1,
    "user",
    4,
    "fail",
    tags=["flow-1", "stage-04", "call-3.6"],
    duty="set-partner-id-unchanged",
    text="The partnerId that call 3.6 sets is the one of the referral link.",
    source="section 3.6",
    provenance="seed",
    reason="call 3.6 carried 'ib-7q2f'",
    expected="IB-7Q2F",
    seen="ib-7q2f",
    advice="Send the identifier of the referral link byte for byte.",
    evidence=[exchange()],
)
WARNING = {
    "duty": "list-without-log-in",
    "text": "The referral list names the partnerId of each referral.",
    "source": "E-12",
    "provenance": "recommendation",
    "reason": "the list names no partnerId",
    "expected": "IB-7Q2F",
    "seen": None,
    "advice": "Show it, so that a partner can tell.",
}
CASES = [
    check(
        "crm-api/6.1.10",
        "warn",
        "Case 6.1.10 comes after 6.1.9",
        case="6.1.10",
        warnings=[WARNING],
    ),
    check(
        "crm-api/6.1.9",
        "fail",
        "A used one-time token is refused",
        case="6.1.9",
        duty="one-time-token-once",
        text="A one-time token works once.",
        **PROVENANCE,
        reason="the token was taken twice",
        expected="403 CH_OT_TOKEN_NOT_FOUND",
        seen="200",
        advice="Forget a one-time token as soon as it was exchanged.",
        evidence=[
            exchange(
                direction="ctrader_to_broker",
                call="4.2",
                title="4.2 Exchange the one-time token",
                method="POST",
                path="/ctrader/oauth2/onetime/authorize?crmApiToken=***e0ddb088",
                status=500,
                details={
                    "request": {"body": {"code": "***6608b06a"}},
                    "response": {"body": {"accessToken": "***f7b7529b", "userId": "7"}},
                },
                violations=[{"where": "response.body.userId", "message": '"7" is not of type "integer"'}],
            )
        ],
        known_issue={"id": "NW-123", "reason": "is mended in the spring", "expires": "2026-12-31"},
    ),
    check("crm-api/6.1.2", "pass", "A wrong password is refused", case="6.1.2", duty="crm-password", **PROVENANCE),
    check(
        "screens/6.2.1",
        "error",
        "The screen fits a small window",
        case="6.2.1",
        reason="the browser did not start",
        screenshots=[{"title": "320 by 568", "png": png()}],
    ),
    check(
        "functional/6.3.4",
        "skip",
        "The clock moves on",
        case="6.3.4",
        code="no-verb",
        reason="the adapter does not offer the verb advance_clock",
    ),
]

STARTED = {
    "type": "run_started",
    "format": 1,
    "run_id": "run-1",
    "at": 1_767_225_600_000,
    "version": "0.1.0",
    "broker": {
        "name": "Northwind",
        "screen_url": "http://127.0.0.1:9000/auth/login",
        "crm_url": "http://127.0.0.1:9000/ctrader",
        "adapter": "http",
    },
    "mock": {"url": "http://127.0.0.1:8080", "broker_crm_name": "NORTHWINDCRM"},
    "plans": ["attribution", "crm-api", "functional", "screens"],
    "flows": [1, 2],
    "levels": ["user", "account"],
}
FINISHED = {
    "type": "run_finished",
    "at": 1_767_225_612_300,
    "seconds": 12.3,
    "counts": {},
    "exit_code": 1,
    "problems": [],
    "attribution_seconds": 5.24,
}
BLOCKED_STAGE = stage_check(1, "user", 5, "blocked", code="stage-4", reason="stage 4 failed")
PASSED_STAGE = stage_check(2, "account", 1, "pass", duty="asks", source="section 5.8", provenance="seed")


def journey() -> dict[str, Any]:
    """Flow 1 at user level, up to a call 3.6 that carries the wrong partnerId."""
    states = {1: ("reported", [13]), 4: ("violated", [12]), 5: ("observed", [12])}
    stages = [
        {
            "number": number,
            "title": stage(1, number).title,
            "sender": stage(1, number).sender.value,
            "receiver": stage(1, number).receiver.value,
            "call": stage(1, number).call,
            "state": states.get(number, ("inferred" if number < 4 else "pending", []))[0],
            "reason": "seen",
            "carried": {},
            "events": states.get(number, ("", []))[1],
            "warnings": [],
        }
        for number in range(1, 19)
    ]
    told = {
        "kind": "report",
        "direction": "harness",
        "seq": 13,
        "at": 1,
        "title": "reported: User 1 registers as a partner",
        "details": {"stage": 1, "facts": {"level": "user"}},
    }
    asked = {
        "kind": "act",
        "direction": "application",
        "seq": 1,
        "at": 1,
        "title": "asks to create a new cTID",
        "browser": "b8986f57",
        "details": {"act": "new_ctid_asked"},
    }
    return {
        "type": "journey",
        "flow": 1,
        "level": "user",
        "stages": stages,
        "partner_id": "IB-7Q2F",
        "events": [asked, exchange(), told],
    }


def run_events() -> list[dict[str, Any]]:
    """The whole run, in an order that no report may depend on."""
    return [STARTED, *reversed(CASES), journey(), BLOCKED_STAGE, FAILED_STAGE, PASSED_STAGE, FINISHED]
