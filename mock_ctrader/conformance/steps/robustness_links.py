"""The steps of the plan robustness: links and identifiers out of the ordinary."""

from pytest_bdd import parsers, then, when

from mock_ctrader.conformance.adapter import AdapterError, NotOffered, Unjudgeable
from mock_ctrader.conformance.findings import Findings
from mock_ctrader.conformance.scene import Member, Scene
from mock_ctrader.conformance.steps.people import needed

_VERY_LONG = 2_000


# links


@when("another person opens the link twice and signs up", target_fixture="member")
def opened_twice(partner: Member, scene: Scene, findings: Findings) -> Member:
    """Two screens of one device; the second is filled in."""
    findings.duty = "signup-taken"
    member = scene.newcomer()
    member.app.open_link(partner.link)
    member.success_url = scene.adapter.sign_up(member.person, member.app.open_link(partner.link))
    scene.finish(member)
    return member


@when(
    parsers.re(
        r"another person opens the link, then a second screen (?P<other>.+), and signs up on the first one"
    ),
    target_fixture="stopped",
)
def two_screens(other: str, partner: Member, other_partner: Member, scene: Scene) -> tuple[Member, str]:
    """The newcomer, and why the signup was stopped ("" if it was not)."""
    member = scene.newcomer()
    first = member.app.open_link(partner.link)
    if other == "without a link":
        second = member.app.open_sign_in(first_login=True)
    else:
        second = member.app.open_link(other_partner.link)
    try:
        member.success_url = scene.adapter.sign_up_beside(member.person, first, second)
        scene.finish(member)
    except (NotOffered, Unjudgeable):
        raise
    except AdapterError as problem:
        return member, str(problem)
    return member, ""


@then("the person is attributed to the partner of the first screen")
def attributed_to_first(
    duty: str,
    stopped: tuple[Member, str],
    partner: Member,
    other_partner: Member,
    scene: Scene,
    findings: Findings,
) -> None:
    member, problem = stopped
    astray = not problem and member.person.email.casefold() in scene.listed(other_partner)
    rightly = not problem and not astray and scene.times_listed(partner, member) == [1]
    where = "in the list of the other partner" if astray else "not in the list of the partner of the first one"
    findings.require(
        duty,
        rightly,
        reason=f"two screens were open in one browser: {problem or f'who signed up on the first one is {where}'}",
        expected=f"in the list of {partner.person.email}",
        seen="no signup" if problem else where,
        evidence=scene.adapter.surroundings.trace.last(4),
    )


@when("somebody else signs up without a link", target_fixture="newcomer")
def without_link(scene: Scene, findings: Findings) -> Member:
    """On a device of their own."""
    with needed(findings, "sign-up"):
        return scene.sign_up()


@then("the newcomer is in no partner's list")
def newcomer_not_listed(duty: str, newcomer: Member, partner: Member, scene: Scene, findings: Findings) -> None:
    listing = scene.who_lists(newcomer, partner)
    findings.require(
        duty,
        not listing,
        reason="a client who signed up without a link is in the list of a partner",
        expected="in nobody's list",
        seen=f"in the list of {', '.join(listing)}",
        evidence=scene.adapter.surroundings.trace.last(2),
    )


@when("another person signs up by the link and leaves before the application is told", target_fixture="member")
def leaves_early(partner: Member, scene: Scene, findings: Findings) -> Member:
    """The success URL is never opened."""
    findings.duty = "signup-taken"
    return scene.sign_up(link=partner.link, finish=False)


@when("comes back later and logs in")
def comes_back(member: Member, scene: Scene, findings: Findings) -> None:
    """On another device, without a link: the first later success completes the flow (E-12)."""
    findings.duty = "logs-in"
    app = scene.device()
    signed_in = scene.log_in(member, app.open_sign_in(first_login=False), app)
    findings.require(
        "signup-resumed",
        signed_in,
        reason="the person could not log in after a signup that was left early",
        seen=str(member.answer),
        evidence=scene.calls("4.2")[-1:],
    )


@when("another person signs up by the old link", target_fixture="member")
def by_old_link(partner: Member, scene: Scene, findings: Findings) -> Member:
    """The link that was shared before the identifier changed."""
    findings.duty = "signup-taken"
    return scene.sign_up(link=partner.link)


@then("the person is in the partner's list exactly once")
def listed_once(duty: str, partner: Member, member: Member, scene: Scene, findings: Findings) -> None:
    (times,) = scene.times_listed(partner, member)
    findings.require(
        duty,
        times == 1,
        reason=f"{member.person.email} is {times} times in the list of the partner by whose link they signed up",
        expected="once",
        seen=f"{times} times",
        evidence=scene.adapter.surroundings.trace.last(2),
    )


# identifiers


@when(
    parsers.re(r"another person signs up on the screen with an identifier that is (?P<kind>.+)"),
    target_fixture="stopped",
)
def odd_identifier(kind: str, partner: Member, scene: Scene) -> tuple[Member, str]:
    """The newcomer, and why the signup was stopped ("" if it was not)."""
    partner_id = _identifier(kind, scene.adapter.referral_link(partner.person).partner_id)
    member = scene.newcomer()
    try:
        member.success_url = scene.adapter.sign_up(member.person, scene.screen(partner_id=partner_id))
        scene.finish(member)
    except (NotOffered, Unjudgeable):
        raise
    except AdapterError as problem:
        return member, str(problem)
    return member, ""


def _identifier(kind: str, real: str) -> str:
    return {
        "unknown": f"NOBODY-{len(real)}-7Q2F",
        "empty": "",
        "very long": "X" * _VERY_LONG,
        "not ASCII": "Ünïcode-партнёр-合作",
        "in another case": real.swapcase() if real.swapcase() != real else f"{real}x",
        "cut short": real[:-1],
        "made of markup": "\"><script>alert(1)</script>'--",
    }[kind]


@then("the signup is not stopped")
def not_stopped(stopped: tuple[Member, str], findings: Findings, scene: Scene) -> None:
    _, problem = stopped
    findings.require(
        "signup-not-blocked",
        not problem,
        reason=f"the signup was stopped: {problem}",
        expected="a user without an attribution",
        evidence=scene.adapter.surroundings.trace.last(2),
    )


@then("the person is attributed to nobody")
def attributed_to_nobody(
    duty: str, stopped: tuple[Member, str], partner: Member, scene: Scene, findings: Findings
) -> None:
    member, _ = stopped
    listing = scene.who_lists(member, partner)
    findings.require(
        duty,
        not listing,
        reason="a client who came with an identifier that no partner has is in a partner's list",
        expected="in nobody's list",
        seen=f"in the list of {', '.join(listing)}",
        evidence=scene.adapter.surroundings.trace.last(2),
    )
