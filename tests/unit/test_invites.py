"""The rules of cTrader Invite: section C."""

from typing import Any

import pytest

from mock_ctrader.invites import BROKER_RESULTS, InviteSettings, WebhookKind, judge_answer, may_be_invited


@pytest.mark.parametrize(
    ("inviter", "already_by", "expected"),
    [(7, None, True), (None, None, False), (5, None, False), (7, 8, False), (7, 7, False)],
    ids=["by somebody", "by nobody", "by oneself", "already by another", "already by the same"],
)
def test_who_becomes_an_invited_trader(inviter: int | None, already_by: int | None, expected: bool) -> None:
    assert may_be_invited(5, inviter, already_by) is expected


@pytest.mark.parametrize("result", [*BROKER_RESULTS, None])
def test_every_documented_result_is_understood(result: str | None) -> None:
    answer = {"brokerPartnerId": "IB-1"} | ({} if result is None else {"brokerResult": result})
    assert judge_answer(answer) is None


def test_an_empty_answer_is_understood() -> None:
    # both keys of the answer are optional
    assert judge_answer(None) is None
    assert judge_answer({}) is None


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ([], "not a JSON object"),
        ({"brokerResult": "DONE"}, "brokerResult: must be one of ATTRIBUTED_NEW"),
        ({"brokerPartnerId": 7}, "brokerPartnerId: must be a string, got 7"),
    ],
)
def test_other_answers_are_told(answer: Any, told: str) -> None:
    problem = judge_answer(answer)
    assert problem is not None
    assert told in problem


def test_each_webhook_has_its_url() -> None:
    settings = InviteSettings("http://a", "http://b")
    assert settings.url(WebhookKind.ATTRIBUTION) == "http://a"
    assert settings.url(WebhookKind.NEW_USER) == "http://b"
