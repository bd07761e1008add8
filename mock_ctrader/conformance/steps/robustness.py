"""The steps of the plan robustness: people who come again, two partners at once, changes and long lists."""

from concurrent.futures import ThreadPoolExecutor

from pytest_bdd import given, then, when

from mock_ctrader.conformance.adapter import AdapterError, NotOffered, Unjudgeable
from mock_ctrader.conformance.findings import Findings
from mock_ctrader.conformance.scene import Member, Scene
from mock_ctrader.conformance.steps.people import needed
from mock_ctrader.links import with_parameter

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
