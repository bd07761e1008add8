"""The steps of the plan functional: cases 6.3.6 to 6.3.9, accounts, the two faces, cTrader Web, passwords."""

from dataclasses import replace

from pytest_bdd import given, parsers, then, when

from mock_ctrader.conformance.adapter import NotOffered, Person
from mock_ctrader.conformance.faces import Face, other_face, read_face
from mock_ctrader.conformance.findings import Findings
from mock_ctrader.conformance.people import fresh_person
from mock_ctrader.conformance.scene import Member, Scene
from mock_ctrader.conformance.steps.functional import open_action, try_log_in

_PARTNER_ID = "IB-Faces+7 Q"


# 6.3.6


@when("the user opens a further trading account from the application")
def open_account(member: Member, scene: Scene, findings: Findings) -> None:
    """The application opens the screen as for any InApp action (section 5.7)."""
    if not scene.adapter.offers("open_account"):
        raise NotOffered("open_account")
    findings.duty = "account-added"
    screen = open_action(member.app, "account", scene, findings)
    scene.adapter.open_account(member.person, screen)


@then("the broker has created and linked a second account in cTrader")
def second_account(member: Member, scene: Scene, findings: Findings) -> None:
    user_id = scene.user_id(member)
    linked = scene.eventually(
        lambda: scene.calls("3.4", user_id=user_id, status=200), lambda found: len(found) >= 2
    )
    logins = {one["login"] for one in linked}
    findings.require(
        "account-added",
        len(logins) == 2,
        reason="no second account was created and linked",
        expected="two accounts",
        seen=f"{len(logins)} accounts",
        evidence=linked[-1:] + scene.calls("3.3")[-1:],
    )


# 6.3.7


@given(
    parsers.re(r"the screen with the (?P<face>signup|login) form is open and carries a partnerId"),
    target_fixture="opened",
)
def open_face(face: str, scene: Scene, findings: Findings) -> Face:
    """As the application opens it."""
    url = scene.screen(partner_id=_PARTNER_ID)
    if face == "login":
        url = url.replace("firstLogin=true", "firstLogin=false")
    found = read_face(url, scene.adapter.surroundings.trace)
    if not found.form.fields:
        findings.skip(
            "no-form", "the page has no form without its scripts; the plan screens looks at it in a browser"
        )
    return found


@when(parsers.re(r"the way to the (?P<face>signup|login) form is followed"), target_fixture="followed")
def follow(opened: Face, scene: Scene) -> Face | None:
    """Any link on the page that leads to another form with a password."""
    return other_face(opened, scene.adapter.surroundings.trace)


@then(parsers.re(r"the (?P<face>signup|login) form is shown"))
def face_shown(face: str, opened: Face, followed: Face | None, findings: Findings) -> None:
    findings.require(
        "faces-linked",
        followed is not None,
        reason=f"no link on the page leads to the {face} form",
        expected=f"a link to the {face} form",
        seen=", ".join(opened.links) or "no link",
        evidence=[opened.exchange],
    )


@then("the partnerId is still carried")
def partner_id_carried(followed: Face, findings: Findings) -> None:
    findings.require(
        "faces-linked",
        followed.carries(_PARTNER_ID),
        reason="the partnerId was lost on the way to the other form",
        expected=_PARTNER_ID,
        seen=followed.url,
        evidence=[followed.exchange],
    )


# 6.3.8


@when("the user opens cTrader Web in the client area")
def open_web(member: Member, scene: Scene, findings: Findings) -> None:
    """Flow 5.6: the address that opens carries a one-time token."""
    findings.duty = "web-opens"
    address = scene.adapter.open_web(member.person)
    member.app = scene.device()
    signed_in, member.answer = member.app.open_info(address)
    findings.require(
        "web-opens",
        signed_in,
        reason="the address of cTrader Web did not sign the user in",
        expected="a one-time token that call 4.2 accepts",
        seen=str(member.answer.get("error")),
        evidence=scene.calls("4.2")[-1:],
    )


# 6.3.9


@when("the user resets the password", target_fixture="changed")
def reset_password(member: Member, scene: Scene, findings: Findings) -> Person:
    """The person with the new password."""
    findings.duty = "password-reset"
    fresh = fresh_person("changed").password
    scene.adapter.reset_password(member.person, fresh)
    return Person(member.person.email, member.person.first_name, member.person.last_name, fresh)


@then("the new password lets the user in")
def new_password_works(changed: Person, scene: Scene, findings: Findings) -> None:
    _require_log_in(scene, findings, changed, works=True, reason="the new password does not let the user in")


@then("the old password does not")
def old_password_does_not(member: Member, scene: Scene, findings: Findings) -> None:
    made_up = replace(member.person, password=fresh_person("made-up").password)
    if try_log_in(scene, member.person) and try_log_in(scene, made_up):
        findings.block("log-in", "any password lets the user in, so the old one does too")
    _require_log_in(scene, findings, member.person, works=False, reason="the old password still lets the user in")


def _require_log_in(scene: Scene, findings: Findings, person: Person, *, works: bool, reason: str) -> None:
    try:
        reached = try_log_in(scene, person)
    except NotOffered as problem:
        findings.skip("no-verb", str(problem))
    findings.require(
        "password-reset",
        bool(reached) == works,
        reason=reason,
        expected="the success URL" if works else "the login form, with an error",
        seen="the success URL" if reached else "a refusal",
        evidence=scene.adapter.surroundings.trace.last(2),
    )
