"""The steps of the plan crm-api about calls 4.3, 4.4 and 4.5."""

from typing import Any

from pytest_bdd import parsers, then, when

from mock_ctrader import ids
from mock_ctrader.conformance.crm_client import CrmClient
from mock_ctrader.conformance.findings import Findings
from mock_ctrader.conformance.scene import Member, Scene
from mock_ctrader.conformance.steps.crm_api import (
    NOBODY,
    Asked,
    crm_token,
    invalid,
    require_refusal,
    require_user,
    valid,
)

# 4.3


@when("cTrader checks the accessToken twice")
def check_twice(member: Member, crm: CrmClient, asked: Asked, findings: Findings) -> None:
    """Call 4.3."""
    access_token = member.answer["accessToken"]
    asked.answers += [crm.check(access_token, valid(crm, findings)) for _ in range(2)]


@then("the broker answers both times with the userId that cTrader gave this user")
def right_user_twice(member: Member, asked: Asked, scene: Scene, findings: Findings) -> None:
    for answer in asked.answers:
        require_user(findings, "access-token-checked", answer, scene.user_id(member))


@when(parsers.re(r"cTrader checks an accessToken that is (?P<kind>.+)"))
def check_invalid(kind: str, crm: CrmClient, asked: Asked, findings: Findings, request: Any) -> None:
    """Call 4.3."""
    token = valid(crm, findings)
    asked.answers.append(crm.check(invalid(kind, crm, findings, request, token), token))


@then("the broker refuses and tells no userId")
def check_refused(duty: str, asked: Asked, findings: Findings) -> None:
    require_refusal(findings, duty, asked.last, "an invalid accessToken was not refused")


@when(parsers.re(r"cTrader checks the accessToken with a crmApiToken that is (?P<kind>.+)"))
def check_unauthorised(kind: str, member: Member, crm: CrmClient, asked: Asked) -> None:
    """Call 4.3."""
    access_token = member.answer["accessToken"]
    asked.answers.append(crm.check(access_token, crm_token(kind)))


# 4.4


@when("cTrader asks for a one-time token for the user")
def generate(member: Member, crm: CrmClient, asked: Asked, findings: Findings, scene: Scene) -> None:
    """Call 4.4, with the inappToken if there is one."""
    inapp_token = member.answer.get("inappToken")
    asked.answers.append(crm.generate(scene.user_id(member) or 0, valid(crm, findings), inapp_token))


@then("the broker issues a one-time token")
def generated(asked: Asked, findings: Findings) -> None:
    token = asked.last.keys.get("token")
    findings.require(
        "ot-token-generated",
        asked.last.status == 200 and isinstance(token, str) and token,
        reason="no one-time token was issued for a userId of the broker's",
        expected="200 with token",
        seen=asked.last.describe(),
        evidence=asked.exchanges,
    )


@when("cTrader asks for a one-time token for a userId that nobody has")
def generate_for_nobody(crm: CrmClient, asked: Asked, findings: Findings) -> None:
    """Call 4.4."""
    asked.answers.append(crm.generate(NOBODY, valid(crm, findings), None))


@then("the broker refuses and issues no one-time token")
def not_generated(asked: Asked, findings: Findings) -> None:
    require_refusal(findings, "ot-token-unknown-user", asked.last, "a call with an unknown userId was not refused")


@when(parsers.re(r"cTrader asks for a one-time token for the user with a crmApiToken that is (?P<kind>.+)"))
def generate_unauthorised(kind: str, member: Member, crm: CrmClient, asked: Asked, scene: Scene) -> None:
    """Call 4.4."""
    inapp_token = member.answer.get("inappToken")
    asked.answers.append(crm.generate(scene.user_id(member) or 0, crm_token(kind), inapp_token))


@when(parsers.re(r"cTrader asks for a one-time token for the user with an inappToken that is (?P<kind>.+)"))
def generate_without_inapp(
    kind: str, member: Member, crm: CrmClient, asked: Asked, findings: Findings, scene: Scene
) -> None:
    """Call 4.4."""
    if not member.answer.get("inappToken"):
        findings.skip("no-inapp-token", "the broker issues no inappToken, so it need not check one")
    inapp_token = None if kind == "missing" else f"no-token-{ids.random_seed()[:16]}"
    asked.answers.append(crm.generate(scene.user_id(member) or 0, valid(crm, findings), inapp_token))


@then("the broker issues no one-time token if it ever issued an inappToken")
def inapp_checked(asked: Asked, findings: Findings) -> None:
    reason = "a one-time token was issued without the right inappToken"
    require_refusal(findings, "inapp-token-checked", asked.last, reason)


# 4.5


@when("cTrader tells the broker that the user logged out", target_fixture="revoked")
def log_out(member: Member, crm: CrmClient, asked: Asked, findings: Findings, scene: Scene) -> str:
    """Call 4.5."""
    access_token = str(member.answer["accessToken"])
    asked.answers.append(crm.log_out(scene.user_id(member) or 0, access_token, valid(crm, findings)))
    return access_token


@then("the accessToken is refused from then on")
def revoked_refused(revoked: str, crm: CrmClient, asked: Asked, findings: Findings) -> None:
    answer = crm.check(revoked, valid(crm, findings))
    if answer.succeeded and crm.check(f"no-token-{ids.random_seed()[:16]}", valid(crm, findings)).succeeded:
        findings.block("4.3", "call 4.3 accepts any accessToken, so that none can be revoked")
    findings.require(
        "logout-taken",
        asked.last.succeeded and 400 <= answer.status < 500,
        reason="the accessToken still works after the user logged out",
        expected="call 4.5 answered 2xx, call 4.3 refused",
        seen=f"call 4.5 {asked.last.describe()}, call 4.3 {answer.describe()}",
        evidence=[asked.last.exchange, answer.exchange],
    )
