"""The steps of the plan crm-api about what a one-time token is good for, and how long: cases 6.1.5 to 6.1.7."""

import threading
from dataclasses import dataclass
from typing import Any

import pytest
from pytest_bdd import given, then, when

from mock_ctrader.clock import SystemClock
from mock_ctrader.conformance.adapter import AdapterError, NotOffered, Unjudgeable
from mock_ctrader.conformance.crm_client import CrmClient
from mock_ctrader.conformance.findings import Findings
from mock_ctrader.conformance.scene import Member, Scene, token_of
from mock_ctrader.conformance.steps.crm_api import (
    Asked,
    require_refusal,
    require_status,
    require_user,
    token_of_signup,
    valid,
)
from mock_ctrader.conformance.steps.people import needed

_ONE_MINUTE = 61
_NEARLY_A_WEEK = 7 * 24 * 3600 - 3600
_NOBODY = 2_000_000_019


def login_token(scene: Scene, member: Member) -> str | None:
    try:
        return token_of(scene.adapter.log_in_at_screen(member.person, scene.screen(first_login=False)))
    except NotOffered:
        return None


@when("the user logs in twice")
def log_in_twice(member: Member, scene: Scene, asked: Asked, findings: Findings) -> None:
    """On the broker's screen; each time on a device of its own."""
    if not scene.adapter.offers("log_in_at_screen"):
        raise NotOffered("log_in_at_screen")
    with needed(findings, "log-in"):
        asked.tokens += [login_token(scene, member) or "" for _ in range(2)]


@then("the one-time tokens of the two log-ins differ")
def tokens_differ(asked: Asked, scene: Scene, findings: Findings) -> None:
    findings.require(
        "ot-token-new-each-time",
        asked.tokens[0] != asked.tokens[1] and all(asked.tokens),
        reason="two log-ins got the same one-time token"
        if all(asked.tokens)
        else "a log-in got no one-time token",
        expected="two tokens",
        seen="the same token twice" if all(asked.tokens) else "no token",
        evidence=scene.adapter.surroundings.trace.last(4),
    )


@then("each one-time token is exchanged for the user it was minted for")
def each_for_its_user(asked: Asked, crm: CrmClient, scene: Scene, findings: Findings, request: Any) -> None:
    members: list[Member] = (
        [request.getfixturevalue("member")] * len(asked.tokens)
        if asked.tokens
        else request.getfixturevalue("members")
    )
    for member, token in zip(members, asked.tokens or [one.one_time_token for one in members], strict=True):
        answer = crm.exchange(token, valid(crm, findings))
        require_user(findings, "ot-token-per-user", answer, scene.user_id(member))


@then("their one-time tokens differ")
def tokens_of_two_differ(members: list[Member], scene: Scene, findings: Findings) -> None:
    first, second = (token_of_signup(one, findings) for one in members)
    findings.require(
        "ot-token-per-user",
        first != second,
        reason="two users got the same one-time token",
        expected="two tokens",
        seen="the same token twice",
        evidence=scene.adapter.surroundings.trace.last(4),
    )


@dataclass(frozen=True)
class Aged:
    """Something minted at the beginning of the run, so that it grows old while the other scenarios run."""

    one_time_token: str
    minted_at: float
    problem: str = ""


@pytest.fixture(scope="session")
def aged(scene: Scene) -> Aged:
    """A one-time token, and when it was there, by the monotonic clock."""
    clock = SystemClock()
    try:
        member = scene.sign_up(finish=False)
    except Unjudgeable:
        raise
    except AdapterError as problem:
        return Aged("", clock.monotonic(), str(problem))
    return Aged(member.one_time_token, clock.monotonic())


@pytest.fixture(scope="session", autouse=True)
def _mint_early(request: pytest.FixtureRequest) -> None:
    if any(item.get_closest_marker("case-6.1.7") for item in request.session.items):
        request.getfixturevalue("aged")


@given("a one-time token that was minted more than a minute ago")
def wait_a_minute(aged: Aged, scene: Scene, findings: Findings) -> None:
    """By the broker's own clock where the adapter can move it."""
    if not aged.one_time_token:
        findings.block("sign-up", aged.problem or "the success URL carries no one-time token")
    try:
        scene.adapter.advance_clock(_ONE_MINUTE)
    except NotOffered:
        left = aged.minted_at + _ONE_MINUTE - SystemClock().monotonic()
        threading.Event().wait(max(left, 0))


@when("cTrader exchanges the old one-time token")
def exchange_old(aged: Aged, crm: CrmClient, asked: Asked, findings: Findings) -> None:
    """Call 4.2."""
    asked.answers.append(crm.exchange(aged.one_time_token, valid(crm, findings)))


@then("the broker refuses the expired one-time token")
def expired(asked: Asked, findings: Findings) -> None:
    require_refusal(findings, "ot-token-expires", asked.last, "a one-time token older than a minute was accepted")
    require_status(findings, asked.last, (410, 404))


@given("a crmApiToken that was issued six days and twenty-three hours ago", target_fixture="old_crm_token")
def old_crm_token(scene: Scene, crm: CrmClient, findings: Findings) -> str:
    """Only where the adapter can move the broker's clock."""
    if not scene.adapter.offers("advance_clock"):
        raise NotOffered("advance_clock")
    token = valid(crm, findings)
    scene.adapter.advance_clock(_NEARLY_A_WEEK)
    return token


@when("cTrader asks with it for a one-time token for a userId that nobody has")
def generate_with_old(old_crm_token: str, crm: CrmClient, asked: Asked) -> None:
    """Call 4.4."""
    asked.answers.append(crm.generate(_NOBODY, old_crm_token, None))


@then("the broker does not refuse it for the crmApiToken")
def week_old_accepted(asked: Asked, findings: Findings) -> None:
    if asked.last.status >= 500:
        findings.block("4.4", f"the broker could not answer: {asked.last.describe()}")
    findings.require(
        "crm-token-lasts",
        asked.last.status not in (401, 403),
        reason="a crmApiToken was refused before it was a week old",
        expected="the refusal of an unknown userId",
        seen=asked.last.describe(),
        evidence=asked.exchanges,
    )
