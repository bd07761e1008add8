"""The steps of the plan robustness: links and people out of the ordinary."""

from concurrent.futures import ThreadPoolExecutor

from pytest_bdd import given, parsers, then, when

from mock_ctrader.conformance.adapter import AdapterError, NotOffered, Unjudgeable
from mock_ctrader.conformance.findings import Findings
from mock_ctrader.conformance.scene import Member, Scene
from mock_ctrader.conformance.steps.people import needed
from mock_ctrader.links import with_parameter

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


# people


@when("the partner opens the own link and logs in")
def opens_own_link(partner: Member, scene: Scene, findings: Findings) -> None:
    """On another device, as an existing user."""
    _log_in_by_link(partner, partner.link, scene, findings)


@given("a partner of the website who has no cTID", target_fixture="partner")
def website_partner(scene: Scene, findings: Findings) -> Member:
    """Who has an identifier before there is an account in cTrader (flow 2)."""
    member = scene.newcomer()
    with needed(findings, "partner"):
        scene.adapter.register_client(member.person)
        scene.adapter.register_partner(member.person, scene.bench.levels[0])
    return member


@when("the partner signs up on the screen with the own identifier")
def signs_up_by_own_link(partner: Member, scene: Scene) -> None:
    """A broker that refuses such a signup attributes nobody by it, which is as good."""
    own = scene.adapter.referral_link(partner.person).partner_id
    try:
        partner.success_url = scene.adapter.sign_up_client(partner.person, scene.screen(partner_id=own))
        scene.finish(partner)
    except (NotOffered, Unjudgeable):
        raise
    except AdapterError:
        return


@when("the person opens the other partner's link and logs in")
def opens_others_link(member: Member, other_partner: Member, scene: Scene, findings: Findings) -> None:
    """On another device, as an existing user."""
    _log_in_by_link(member, other_partner.link, scene, findings)


@when("the user opens the partner's link and logs in")
def opens_partners_link(member: Member, partner: Member, scene: Scene, findings: Findings) -> None:
    """On another device, as an existing user."""
    _log_in_by_link(member, partner.link, scene, findings)


def _log_in_by_link(member: Member, link: str, scene: Scene, findings: Findings) -> None:
    app = scene.device()
    # as the application opens the screen where somebody has logged in before
    screen = with_parameter(app.open_link(link), "firstLogin", "false")
    with needed(findings, "log-in"):
        scene.log_in(member, screen, app)


@then("the partner is not in the own list")
def not_in_own_list(partner: Member, scene: Scene, findings: Findings) -> None:
    _require_absent(findings, scene, "no-self-referral", partner, partner, "the partner is in the own list")


@then("the person is not in the other partner's list")
def not_in_others_list(member: Member, other_partner: Member, scene: Scene, findings: Findings) -> None:
    reason = "the person moved to the list of the partner whose link was opened later"
    _require_absent(findings, scene, "first-attribution-wins", other_partner, member, reason)


@then("the user is not in the partner's list")
def not_in_list(member: Member, partner: Member, scene: Scene, findings: Findings) -> None:
    reason = "a client who existed before is in the list of the partner whose link was opened"
    _require_absent(findings, scene, "first-attribution-wins", partner, member, reason)


def _require_absent(
    findings: Findings, scene: Scene, duty: str, partner: Member, member: Member, reason: str
) -> None:
    findings.require(
        duty,
        member.person.email.casefold() not in scene.listed(partner),
        reason=reason,
        expected=f"{member.person.email} not in the list",
        seen="in the list",
        evidence=scene.adapter.surroundings.trace.last(2),
    )


# two partners at once


@when("two people each sign up by the links of both partners at the same time", target_fixture="invited_by")
def at_the_same_time(partners: list[Member], scene: Scene, findings: Findings) -> list[tuple[Member, Member]]:
    """Four signups in parallel; who was invited by whom."""
    findings.duty = "signup-taken"
    inviting = [partners[0], partners[1], partners[0], partners[1]]
    with ThreadPoolExecutor(len(inviting)) as pool:
        members = list(pool.map(lambda partner: scene.sign_up(link=partner.link), inviting))
    return list(zip(inviting, members, strict=True))


@then("each of them is only in the list of the partner whose link was opened")
def each_with_own(
    partners: list[Member], invited_by: list[tuple[Member, Member]], scene: Scene, findings: Findings
) -> None:
    for partner in partners:
        own = [member for inviter, member in invited_by if inviter is partner]
        strangers = [member for inviter, member in invited_by if inviter is not partner]
        times = scene.times_listed(partner, *own)
        listed = scene.listed(partner)
        astray = [one.person.email for one in strangers if one.person.email.casefold() in listed]
        findings.require(
            "partners-kept-apart",
            times == [1] * len(own) and not astray,
            reason="signups at the same time were attributed to the wrong partner, or not at all",
            expected="each in the list of the inviting partner, once",
            seen=f"own listed {times} times, {len(astray)} of the other partner's",
            evidence=scene.adapter.surroundings.trace.last(2),
        )


# changes


@when("the partner gets another identifier", target_fixture="earlier")
def change_identifier(partner: Member, scene: Scene, findings: Findings) -> str:
    """The identifier the partner had before."""
    findings.duty = "partner-registers"
    earlier = scene.adapter.referral_link(partner.person).partner_id
    scene.adapter.change_partner_id(partner.person)
    return earlier


@then("the new identifier is set in cTrader")
def new_identifier_set(partner: Member, earlier: str, scene: Scene, findings: Findings) -> None:
    shown = scene.eventually(
        lambda: scene.adapter.referral_link(partner.person).partner_id, lambda found: found != earlier
    )
    told = scene.eventually(lambda: partner.app.profile().get("partnerId"), lambda found: found == shown)
    findings.require(
        "set-partner-id",
        shown != earlier and told == shown,
        reason="the identifier that the broker shows is not the one that is set in cTrader",
        expected=shown,
        seen=told,
        evidence=scene.calls("3.6")[-1:],
    )


@when("the broker is restarted")
def restart(scene: Scene) -> None:
    """With the same data."""
    scene.adapter.restart()


# pages


@given("a person whom another partner invited", target_fixture="stranger")
def invited_by_another(scene: Scene, findings: Findings) -> Member:
    """Whom the partner's list must not show, on whichever page."""
    with needed(findings, "partner"):
        return scene.sign_up(link=scene.partner().link)


@when("as many people sign up by the link as fill more than one page of the list", target_fixture="crowd")
def fill_pages(partner: Member, scene: Scene, findings: Findings) -> list[Member]:
    """One after the other, until the list has a second page or there are enough of them."""
    findings.duty = "list-complete"
    crowd: list[Member] = []
    while len(crowd) < scene.bench.most_referrals:
        with needed(findings, "sign-up"):
            crowd.append(scene.sign_up(link=partner.link))
        scene.adapter.referrals(partner.person)
        if scene.adapter.pages_of_last_list() > 1:
            break
    return crowd


@then("every one of them is in the partner's list exactly once")
def all_listed(partner: Member, crowd: list[Member], scene: Scene, findings: Findings) -> None:
    times = scene.times_listed(partner, *crowd)
    missing = [one.person.email for one, count in zip(crowd, times, strict=True) if count == 0]
    repeated = [one.person.email for one, count in zip(crowd, times, strict=True) if count > 1]
    findings.require(
        "list-complete",
        not missing and not repeated,
        reason=f"of {len(crowd)} referrals {len(missing)} are missing, {len(repeated)} there more than once",
        expected=f"{len(crowd)} referrals, each once",
        seen=f"missing {missing[:3]}, repeated {repeated[:3]}, on {scene.adapter.pages_of_last_list()} pages",
        evidence=scene.adapter.surroundings.trace.last(3),
    )


@then("nobody else is in the partner's list")
def nobody_else(partner: Member, crowd: list[Member], scene: Scene, findings: Findings) -> None:
    own = {one.person.email.casefold() for one in crowd}
    others = [email for email in scene.listed(partner) if email not in own]
    findings.require(
        "list-not-leaked",
        not others,
        reason=f"the list shows {len(others)} people whom this partner did not invite",
        expected="the partner's own referrals only",
        seen=f"also {', '.join(others[:3])}",
        evidence=scene.adapter.surroundings.trace.last(3),
    )
