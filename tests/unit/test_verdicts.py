"""From a journey's stages to verdicts: one place fails, what follows is blocked, and nothing unproved passes."""

from typing import Any

import pytest

from mock_ctrader.conformance.duties import duties
from mock_ctrader.conformance.findings import Complaint
from mock_ctrader.conformance.verdicts import DUTY_OF_STAGE, StageVerdict, Verdict, judge
from mock_ctrader.flows import Proof, stages_of

PROVED = ("observed", "inferred", "reported")
LINK_ID, SENT_ID = "IB-7Q2F", "ib-7q2f"


def stage(number: int, state: str = "observed", **more: Any) -> dict[str, Any]:
    """One stage as the control API shows it."""
    plain = {"warnings": [], "rule": None, "expected": None, "seen": None, "reason": f"stage {number} is {state}"}
    return plain | {"number": number, "state": state} | more


def judged(*changed: dict[str, Any], flow: int = 1, ended: bool = False) -> list[StageVerdict]:
    """The verdicts of a flawless journey but for some stages."""
    stages = {number: stage(number) for number in range(1, 19)} | {one["number"]: one for one in changed}
    return judge({"flow": flow, "stages": list(stages.values())}, ended=ended)


def complaint_of(one: StageVerdict) -> Complaint:
    """The complaint of a stage that has one."""
    assert one.complaint is not None
    return one.complaint


@pytest.mark.parametrize("state", PROVED)
def test_a_proved_stage_passes_with_its_reason(state: str) -> None:
    shown = stage(9, state)

    assert judged(shown)[8] == StageVerdict(Verdict.PASS, shown, f"stage 9 is {state}")


def test_a_flawless_journey_passes_at_every_stage() -> None:
    assert [one.verdict for one in judged()] == [Verdict.PASS] * 18
    assert [one.verdict for one in judged(ended=True)] == [Verdict.PASS] * 18


@pytest.mark.parametrize("state", ["pending", "violated"])
def test_the_first_stage_that_is_not_proved_fails_and_blocks_what_follows(state: str) -> None:
    verdicts = judged(stage(4, state), stage(6, "violated"))

    assert [one.verdict for one in verdicts] == [Verdict.PASS] * 3 + [Verdict.FAIL] + [Verdict.BLOCKED] * 14
    assert verdicts[3].reason == f"stage 4 is {state}"
    assert [one.complaint for one in verdicts[4:]] == [None] * 14
    assert {(one.blocked_by, one.reason) for one in verdicts[4:]} == {(4, "stage 4 failed")}
    assert [one.blocked_by for one in verdicts[:4]] == [None] * 4
    assert [one.stage["number"] for one in verdicts] == list(range(1, 19))


def test_a_flow_that_was_ended_is_not_judged_from_there_on() -> None:
    verdicts = judged(stage(4, "pending"), stage(5, "pending"), stage(9, "violated"), ended=True)

    assert [one.verdict for one in verdicts] == [Verdict.PASS] * 3 + [Verdict.SKIP] * 15
    assert {one.reason for one in verdicts[3:]} == {"the flow was ended before stage 4"}
    assert [one.stage["number"] for one in verdicts] == list(range(1, 19))
    assert all(one.complaint is None and one.blocked_by is None for one in verdicts)


def test_a_flow_is_not_ended_unless_somebody_says_so() -> None:
    assert judge({"flow": 1, "stages": [stage(1, "pending")]})[0].verdict is Verdict.FAIL


def test_a_flow_that_was_ended_after_something_broke_fails_there() -> None:
    verdicts = judged(stage(4, "violated"), stage(5, "pending"), ended=True)

    assert [one.verdict for one in verdicts] == [Verdict.PASS] * 3 + [Verdict.FAIL] + [Verdict.BLOCKED] * 14


def test_a_remark_makes_a_warning_and_blocks_nothing() -> None:
    remark = {"rule": "attributed-not-early", "reason": "early", "expected": "later", "seen": "now"}
    verdicts = judged(stage(15, warnings=[remark]))

    assert [one.verdict for one in verdicts] == [Verdict.PASS] * 14 + [Verdict.WARN] + [Verdict.PASS] * 3
    assert verdicts[14].warnings == [Complaint(duties()["attributed-not-early"], "early", "later", "now")]
    assert verdicts[14].reason == "stage 15 is observed"


def test_a_stage_that_fails_keeps_its_remarks() -> None:
    remark = {"rule": "set-not-early", "reason": "early", "expected": None, "seen": None}
    [failed] = [one for one in judged(stage(4, "violated", warnings=[remark])) if one.verdict is Verdict.FAIL]

    assert failed.warnings == [Complaint(duties()["set-not-early"], "early")]


def test_the_rule_that_the_journey_names_is_the_duty_that_is_broken() -> None:
    broken = stage(4, "violated", rule="set-partner-id", expected=LINK_ID, seen=SENT_ID)
    complaint = complaint_of(judged(broken)[3])

    assert complaint == Complaint(duties()["set-partner-id"], "stage 4 is violated", LINK_ID, SENT_ID)


@pytest.mark.parametrize("rule", [None, "no-such-duty", "attributed-not-early"])
def test_where_no_documented_duty_is_named_it_is_the_stage_s_own(rule: str | None) -> None:
    assert not duties()["attributed-not-early"].documented
    assert complaint_of(judged(stage(4, "violated", rule=rule))[3]).duty.id == "set-sent"


@pytest.mark.parametrize("flow", [1, 2])
def test_every_stage_has_a_documented_duty(flow: int) -> None:
    for one in stages_of(flow):
        complaint = complaint_of(judged(stage(one.number, "violated"), flow=flow)[one.number - 1])
        assert complaint.duty.id == DUTY_OF_STAGE[one.proof]
        assert complaint.duty.documented
    assert set(DUTY_OF_STAGE) == set(Proof)


@pytest.mark.parametrize(
    ("state", "expected", "seen", "shown"),
    [
        ("violated", LINK_ID, SENT_ID, (LINK_ID, SENT_ID)),
        ("violated", LINK_ID, None, (LINK_ID, "stage 4 is violated")),
        ("violated", None, SENT_ID, (None, SENT_ID)),
        ("violated", 7, 8, ("7", "8")),
        ("pending", None, None, (None, "nothing of the kind")),
        ("pending", None, SENT_ID, (None, SENT_ID)),
    ],
)
def test_a_complaint_always_says_what_was_expected_and_what_was_seen(
    state: str, expected: Any, seen: Any, shown: tuple[str | None, str]
) -> None:
    complaint = complaint_of(judged(stage(4, state, expected=expected, seen=seen))[3])

    assert (complaint.expected, complaint.seen) == (shown[0] or duties()["set-sent"].text, shown[1])
