"""A planted defect is blamed on its own stage: everything before passes, everything after is blocked."""

from collections.abc import Callable

import pytest

from mock_ctrader.conformance.drive import Bench, Drive
from mock_ctrader.conformance.verdicts import Verdict, judge
from mock_ctrader.flows import STAGES_PER_FLOW, Level


@pytest.mark.parametrize(
    ("defect", "flow", "level", "stage", "reason"),
    [
        ("partner_id_never_sent", 1, Level.USER, 4, "no call 3.6 for User 1"),
        ("partner_id_never_sent", 2, Level.ACCOUNT, 5, "no call 3.6 for User 1"),
        ("wrong_crm_name", 1, Level.ACCOUNT, 4, "brokerCrmName was 'OTHERCRM'"),
        ("partner_id_in_lower_case", 1, Level.USER, 4, "call 3.6 carried the partnerId 'ib-"),
        ("website_refuses_clients", 2, Level.USER, 1, "the website registration did not lead to /area"),
        ("signup_refused", 1, Level.USER, 13, "User 2 could not sign up"),
        ("never_attributed", 2, Level.USER, 15, "does not attribute User 2 to User 1"),
        ("list_hides_newest", 1, Level.ACCOUNT, 15, "does not attribute User 2 to User 1"),
        ("list_open_to_all", 1, Level.USER, 16, "opens without a log-in"),
        ("listed_twice", 2, Level.ACCOUNT, 18, "2 times in the referral list"),
        ("old_identifier_kept", 2, Level.USER, 4, "is the earlier one"),
    ],
)
def test_defect_is_blamed_on_its_stage(
    broken_bench: Callable[[str], Bench], defect: str, flow: int, level: Level, stage: int, reason: str
) -> None:
    verdicts = judge(Drive(broken_bench(defect), flow, level).run())

    assert [one.verdict for one in verdicts] == (
        [Verdict.PASS] * (stage - 1) + [Verdict.FAIL] + [Verdict.BLOCKED] * (STAGES_PER_FLOW - stage)
    )
    assert reason in verdicts[stage - 1].reason


@pytest.mark.parametrize("flow", [1, 2])
@pytest.mark.parametrize("level", list(Level))
def test_healthy_broker_passes_with_nothing_inferred(
    broken_bench: Callable[[str], Bench], flow: int, level: Level
) -> None:
    journey = Drive(broken_bench("healthy"), flow, level).run()

    assert {one.verdict for one in judge(journey)} == {Verdict.PASS}
    # the harness reported what it saw at every stage, so nothing had to be inferred
    assert {stage["state"] for stage in journey["stages"]} == {"observed", "reported"}
    # E-12: visible as attributed no earlier than the flow was complete, and 3.6 not before that either
    assert [stage["warnings"] for stage in journey["stages"]] == [[]] * STAGES_PER_FLOW
