"""The steps of the plan crm-api: the harness asks the broker as cTrader would, and judges the answers."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest
from pytest_bdd import given, parsers, then, when

from mock_ctrader import ids
from mock_ctrader.conformance.crm_client import CrmAnswer, CrmClient
from mock_ctrader.conformance.findings import Findings
from mock_ctrader.conformance.scene import Member, Scene
from mock_ctrader.conformance.steps.people import needed

_AT_ONCE = 8
# A userId that no mock gives.
NOBODY = 2_000_000_019
_LONG = 4_000


@dataclass
class Asked:
    """What a scenario asked of the broker."""

    answers: list[CrmAnswer] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)

    @property
    def last(self) -> CrmAnswer:
        """The latest answer."""
        return self.answers[-1]

    @property
    def exchanges(self) -> list[dict[str, Any]]:
        """Evidence."""
        return [one.exchange for one in self.answers]


@pytest.fixture
def asked() -> Asked:
    """Empty at the beginning of a scenario."""
    return Asked()


@pytest.fixture(scope="session")
def crm(scene: Scene) -> CrmClient:
    """cTrader's side of the calls 4.x."""
    return scene.crm


def crm_token(kind: str) -> str | None:
    return {"made up": f"no-token-{ids.random_seed()}", "missing": None, "empty": ""}[kind]


def valid(crm: CrmClient, findings: Findings) -> str:
    token = crm.token()
    if not token:
        findings.block("4.1", "the broker issues no crmApiToken for the password of the settings")
    return token


def token_of_signup(member: Member, findings: Findings) -> str:
    if not member.one_time_token:
        findings.block("sign-up", "the success URL carries no one-time token")
    return member.one_time_token


@given("a user whom cTrader has signed in", target_fixture="member")
def signed_in(scene: Scene, crm: CrmClient, findings: Findings) -> Member:
    """A fresh user whose one-time token was exchanged; what call 4.2 answered is the member's answer."""
    with needed(findings, "sign-up"):
        member = scene.sign_up(finish=False)
    answer = crm.exchange(token_of_signup(member, findings), valid(crm, findings))
    findings.show([answer.exchange])
    if not answer.succeeded:
        findings.block("4.2", f"the one-time token of the signup was refused: {answer.describe()}")
    member.answer = answer.keys
    return member


@given("a user whom cTrader has signed in, who stays logged in", target_fixture="member")
def stays_logged_in(scene: Scene, crm: CrmClient, findings: Findings) -> Member:
    """As above, with an accessToken."""
    member = signed_in(scene, crm, findings)
    if not member.answer.get("accessToken"):
        findings.skip(
            "no-access-token",
            "no accessToken was issued; let the adapter's verb sign_up tick 'keep me logged in' if there is one",
        )
    return member


# 4.1


@when("cTrader authenticates with the password of the broker's settings")
def authenticate(crm: CrmClient, asked: Asked) -> None:
    """Call 4.1."""
    asked.answers.append(crm.authenticate())


@when("cTrader authenticates twice with the password of the broker's settings")
def authenticate_twice(crm: CrmClient, asked: Asked) -> None:
    """Call 4.1, twice."""
    asked.answers += [crm.authenticate(), crm.authenticate()]


@when("cTrader authenticates with a wrong password")
def authenticate_wrongly(crm: CrmClient, asked: Asked) -> None:
    """Call 4.1."""
    asked.answers.append(crm.authenticate(f"wrong-{ids.random_seed()}"))


@then("the broker issues a crmApiToken")
def crm_token_issued(asked: Asked, findings: Findings) -> None:
    token = asked.last.keys.get("crmApiToken")
    findings.require(
        "crm-authenticates",
        asked.last.status == 200 and isinstance(token, str) and token,
        reason="the right password was not answered with a crmApiToken",
        expected="200 with crmApiToken",
        seen=asked.last.describe(),
        evidence=asked.exchanges,
    )


@then("the broker refuses and issues no crmApiToken")
def crm_token_refused(asked: Asked, findings: Findings) -> None:
    findings.require(
        "crm-refuses-password",
        asked.last.status == 403 and not asked.last.leaks("crmApiToken"),
        reason="a wrong password was not refused as it must be",
        expected="403 without crmApiToken",
        seen=asked.last.describe(),
        evidence=asked.exchanges,
    )


@then("the two crmApiTokens differ")
def crm_tokens_differ(asked: Asked, findings: Findings) -> None:
    first, second = (one.keys.get("crmApiToken") for one in asked.answers)
    if not first or not second:
        findings.block("4.1", "the broker issues no crmApiToken for the password of the settings")
    findings.require(
        "crm-token-not-repeated",
        first != second,
        reason="the same crmApiToken was issued twice",
        expected="two tokens",
        seen="the same token twice",
        evidence=asked.exchanges,
    )


# 4.2


@when("cTrader exchanges the one-time token of the success URL")
def exchange(member: Member, crm: CrmClient, asked: Asked, findings: Findings) -> None:
    """Call 4.2."""
    findings.require(
        "authorise-user",
        member.one_time_token,
        reason="the success URL carries no one-time token",
        expected="the query parameter token",
        seen=member.success_url,
    )
    asked.answers.append(crm.exchange(member.one_time_token, valid(crm, findings)))


@then("the broker answers with the userId that cTrader gave this user")
def right_user(member: Member, asked: Asked, scene: Scene, findings: Findings) -> None:
    require_user(findings, "ot-token-exchanged", asked.last, scene.user_id(member))


@then("the broker gives an accessToken, by which the user stays logged in")
def access_token_given(asked: Asked, findings: Findings) -> None:
    token = asked.last.keys.get("accessToken")
    findings.require(
        "access-token-issued",
        isinstance(token, str) and token,
        reason="call 4.2 gave no accessToken, so that nobody stays logged in",
        expected="an accessToken",
        seen=asked.last.describe(),
    )


def require_user(findings: Findings, duty: str, answer: CrmAnswer, user_id: int | None) -> None:
    told = answer.keys.get("userId")
    findings.require(
        duty,
        answer.status == 200 and user_id is not None and str(told) == str(user_id),
        reason="the answer is not the userId that cTrader gave this user",
        expected=f"200 with userId {user_id}",
        seen=f"{answer.status} with userId {told}" if told is not None else answer.describe(),
        evidence=[answer.exchange],
    )
    findings.require(
        "crm-contract",
        type(told) is int,
        reason="userId is not an integer",
        expected="integer",
        seen=type(told).__name__,
    )


@when(parsers.re(r"cTrader exchanges a one-time token that is (?P<kind>[^,]+)"))
def exchange_invalid(kind: str, crm: CrmClient, asked: Asked, findings: Findings, request: Any) -> None:
    """Call 4.2 with a code that no one-time token has."""
    token = valid(crm, findings)
    asked.answers.append(crm.exchange(invalid(kind, crm, findings, request, token), token))


def invalid(kind: str, crm: CrmClient, findings: Findings, request: Any, crm_api_token: str) -> str:
    if kind == "the crmApiToken":
        return crm_api_token
    if kind in ("an accessToken", "a one-time token"):
        scene: Scene = request.getfixturevalue("scene")
        if kind == "an accessToken":
            return str(stays_logged_in(scene, crm, findings).answer["accessToken"])
        with needed(findings, "sign-up"):
            return token_of_signup(scene.sign_up(finish=False), findings)
    return "x" * _LONG if kind == "very long" else f"no-token-{ids.random_seed()[:16]}"


@then("the broker refuses and tells no userId and no accessToken")
def exchange_refused(asked: Asked, findings: Findings) -> None:
    require_refusal(findings, "ot-token-invalid", asked.last, "an invalid one-time token was not refused")


def require_refusal(findings: Findings, duty: str, answer: CrmAnswer, reason: str) -> None:
    findings.require(
        duty,
        400 <= answer.status < 500 and not answer.leaks(),
        reason=_unlike_a_refusal(answer, reason),
        expected="a refusal that tells nothing",
        seen=answer.describe(),
        evidence=[answer.exchange],
    )


def _unlike_a_refusal(answer: CrmAnswer, accepted: str) -> str:
    """Why an answer is no refusal. Args: accepted: what is said of a call that worked."""
    if answer.status >= 500:
        return f"the broker's server failed with {answer.status} where it had to refuse"
    if answer.leaks():
        return accepted if answer.succeeded else f"the refusal gives {', '.join(answer.leaks())} away"
    return f"{accepted}: it gave nothing away, but its status {answer.status} is no refusal"


@then("the refusal is the one for an invalid one-time token")
def invalid_status(asked: Asked, findings: Findings) -> None:
    require_status(findings, asked.last, (404, 417))


def require_status(findings: Findings, answer: CrmAnswer, statuses: tuple[int, ...]) -> None:
    findings.require(
        "ot-token-invalid-status",
        answer.status in statuses,
        reason="the refusal has another status than the documented ones",
        expected=" or ".join(map(str, statuses)),
        seen=answer.describe(),
    )


@when(parsers.re(r"cTrader exchanges the one-time token with a crmApiToken that is (?P<kind>.+)"))
def exchange_unauthorised(kind: str, member: Member, crm: CrmClient, asked: Asked, findings: Findings) -> None:
    """Call 4.2."""
    asked.answers.append(crm.exchange(token_of_signup(member, findings), crm_token(kind)))


@then("the broker refuses for the crmApiToken and tells nothing")
def unauthorised(duty: str, asked: Asked, findings: Findings) -> None:
    require_refusal(findings, duty, asked.last, "a call with an invalid crmApiToken was not refused")
    findings.require(
        "refusal-status",
        asked.last.status == 403,
        reason="the refusal of an invalid crmApiToken is not a 403",
        expected="403 CH_CLIENT_AUTH_FAILURE",
        seen=asked.last.describe(),
    )


@then("the one-time token is still good for cTrader")
def survives(member: Member, crm: CrmClient, scene: Scene, findings: Findings) -> None:
    answer = crm.exchange(member.one_time_token, valid(crm, findings))
    if not answer.succeeded:
        # only a token that is good when nobody offered it before can have been used up by the refusal
        signed_in(scene, crm, findings)
    findings.require(
        "ot-token-survives-refusal",
        answer.succeeded,
        reason="the one-time token was used up by a call that was refused",
        expected="200",
        seen=answer.describe(),
        evidence=[answer.exchange],
    )


@when("cTrader exchanges the one-time token twice")
def exchange_twice(member: Member, crm: CrmClient, asked: Asked, findings: Findings) -> None:
    """Call 4.2, twice."""
    asked.answers.append(crm.exchange(token_of_signup(member, findings), valid(crm, findings)))
    if not asked.last.succeeded:
        findings.block("4.2", f"the first exchange was not answered as it must be: {asked.last.describe()}")
    asked.answers.append(crm.exchange(member.one_time_token, valid(crm, findings)))


@then("the second exchange is refused")
def second_refused(asked: Asked, findings: Findings) -> None:
    findings.show(asked.exchanges)
    reason = "a one-time token was accepted a second time"
    require_refusal(findings, "ot-token-single-use", asked.last, reason)
    require_status(findings, asked.last, (404, 417, 410))


@when("cTrader exchanges the one-time token eight times at once")
def exchange_at_once(member: Member, crm: CrmClient, asked: Asked, findings: Findings) -> None:
    """Call 4.2 in parallel."""
    token, one_time_token = valid(crm, findings), token_of_signup(member, findings)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        asked.answers += pool.map(lambda _: crm.exchange(one_time_token, token), range(_AT_ONCE))


@then("one exchange succeeds at most")
def one_succeeds(asked: Asked, findings: Findings) -> None:
    succeeded = sum(one.succeeded for one in asked.answers)
    findings.require(
        "ot-token-single-use",
        succeeded <= 1,
        reason="a one-time token was accepted more than once at the same moment",
        expected="one success of eight",
        seen=f"{succeeded} successes of {_AT_ONCE}",
        evidence=asked.exchanges,
    )
