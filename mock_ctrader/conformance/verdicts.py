"""From a journey to verdicts: the first stage that is not proved fails, and later ones are blocked by it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from mock_ctrader.conformance.duties import Duty, duties
from mock_ctrader.conformance.findings import Complaint
from mock_ctrader.evidence.journey_diagram import PROVED as PROVED
from mock_ctrader.flows import Proof, stage


class Verdict(StrEnum):
    """What is said of one check."""

    PASS = "pass"  # noqa: S105 - a word, not a secret
    FAIL = "fail"  # a documented duty is broken
    WARN = "warn"  # a duty that is our inference, or only seen in client code, is broken
    SKIP = "skip"  # not judged, with a code that says why
    BLOCKED = "blocked"  # not judged, because something before it failed
    ERROR = "error"  # not judged, by a fault of the harness, its configuration or the network


# The duty that is broken when a stage is not reached and the journey names no other rule.
DUTY_OF_STAGE: Mapping[Proof, str] = {
    Proof.REGISTERED: "partner-registers",
    Proof.RECORD_CREATED: "record-at-level",
    Proof.LINK_GIVEN: "link-has-partner-id",
    Proof.NEW_LINK_GIVEN: "link-has-partner-id",
    Proof.SET_REQUESTED: "set-sent",
    Proof.SET_ANSWERED: "set-answered",
    Proof.APPLICATION_TOLD: "application-told",
    Proof.NEW_CTID_ASKED: "new-ctid-asked",
    Proof.SIGNUP_SHOWN: "signup-shown",
    Proof.PARTNER_CREATED: "user-created",
    Proof.LINK_ASKED: "link-carries-partner-id",
    Proof.LINK_BUILT: "link-carries-partner-id",
    Proof.LINK_SHOWN: "link-carries-partner-id",
    Proof.LINK_PASSED_ON: "link-carries-partner-id",
    Proof.LINK_CLICKED: "link-carries-partner-id",
    Proof.SCREEN_OPENED: "link-carries-partner-id",
    Proof.SIGNUP_SUBMITTED: "signup-taken",
    Proof.INVITED_CREATED: "user-created",
    Proof.ATTRIBUTED: "attributed",
    Proof.LIST_OPENED: "list-opens",
    Proof.LIST_FETCHED: "list-fetched",
    Proof.LIST_SHOWN: "listed",
}


@dataclass(frozen=True, slots=True)
class StageVerdict:
    """One stage of one journey, judged. `stage` is the control API's object, with evidence."""

    verdict: Verdict
    stage: dict[str, Any]
    reason: str
    complaint: Complaint | None = None
    warnings: list[Complaint] = field(default_factory=list)
    blocked_by: int | None = None


def judge(journey: dict[str, Any], *, ended: bool = False) -> list[StageVerdict]:
    """The verdicts of a journey's 18 stages, so that a report points at one place.

    Args:
        ended: whoever acted on the broker ended the flow; a stage that nothing speaks against is not judged then.
    """
    verdicts: list[StageVerdict] = []
    broken: int | None = None
    open_since: int | None = None
    for one in journey["stages"]:
        warnings = [
            Complaint(duties()[remark["rule"]], remark["reason"], remark["expected"], remark["seen"])
            for remark in one["warnings"]
        ]
        if broken is not None:
            reason = f"stage {broken} failed"
            verdicts.append(StageVerdict(Verdict.BLOCKED, one, reason, blocked_by=broken))
        elif open_since is not None or (ended and one["state"] == "pending"):
            open_since = open_since or one["number"]
            verdicts.append(StageVerdict(Verdict.SKIP, one, f"the flow was ended before stage {open_since}"))
        elif one["state"] in PROVED:
            verdict = Verdict.WARN if warnings else Verdict.PASS
            verdicts.append(StageVerdict(verdict, one, one["reason"], warnings=warnings))
        else:
            broken = one["number"]
            duty = _duty(journey["flow"], one)
            complaint = Complaint(duty, one["reason"], *_expected_and_seen(one, duty))
            verdicts.append(StageVerdict(Verdict.FAIL, one, one["reason"], complaint, warnings))
    return verdicts


def _expected_and_seen(one: dict[str, Any], duty: Duty) -> tuple[str, str]:
    """Both of them, also where no two values differ."""
    expected = duty.text if one["expected"] is None else str(one["expected"])
    if one["seen"] is not None:
        return expected, str(one["seen"])
    return expected, "nothing of the kind" if one["state"] == "pending" else str(one["reason"])


def _duty(flow: int, one: dict[str, Any]) -> Duty:
    """The duty a stage failed at; the stage's own where the rule is one a broker cannot fail on."""
    named = duties().get(one["rule"] or "")
    if named is not None and named.documented:
        return named
    return duties()[DUTY_OF_STAGE[stage(flow, one["number"]).proof]]
