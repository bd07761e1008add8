"""What is said of an answer to a call 4.x that should have been a refusal."""

import pytest

from mock_ctrader.conformance.crm_client import CrmAnswer
from mock_ctrader.conformance.findings import Broken, Findings
from mock_ctrader.conformance.steps.crm_api import Asked, require_refusal
from mock_ctrader.conformance.steps.crm_lifetime import week_old_accepted


@pytest.mark.parametrize(
    ("status", "keys", "reason"),
    [
        (200, {"token": "ot-1"}, "was accepted"),
        (
            200,
            {"error_code": "NOT_FOUND", "message": "no such user"},
            "was accepted: it gave nothing away, but its status 200 is no refusal",
        ),
        (302, {}, "was accepted: it gave nothing away, but its status 302 is no refusal"),
        (404, {"userId": 7}, "the refusal gives userId away"),
        (500, {}, "the broker's server failed with 500 where it had to refuse"),
    ],
)
def test_the_reason_is_what_was_seen(status: int, keys: dict[str, object], reason: str) -> None:
    with pytest.raises(Broken) as told:
        require_refusal(Findings(), "ot-token-unknown-user", CrmAnswer(status, keys, {}), "was accepted")
    assert told.value.complaint.reason == reason


@pytest.mark.parametrize("status", [400, 403, 404, 410, 417])
def test_a_refusal_is_one(status: int) -> None:
    findings = Findings()
    require_refusal(findings, "ot-token-unknown-user", CrmAnswer(status, {"error": "no"}, {}), "was accepted")
    assert findings.warnings == []


@pytest.mark.parametrize("status", [401, 403, 410, 417])
def test_an_old_crm_api_token_that_is_refused_did_not_last(status: int) -> None:
    with pytest.raises(Broken) as told:
        week_old_accepted(Asked([CrmAnswer(status, {}, {})]), Findings())
    assert told.value.complaint.duty.id == "crm-token-lasts"


@pytest.mark.parametrize("status", [200, 400, 404])
def test_an_old_crm_api_token_lasted_where_the_user_is_what_was_refused(status: int) -> None:
    findings = Findings()
    week_old_accepted(Asked([CrmAnswer(status, {}, {})]), findings)
    assert findings.warnings == []
