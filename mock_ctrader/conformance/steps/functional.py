"""The steps of the plan functional: cases 6.3.1 to 6.3.5 and 6.3.8, signing up, logging in, money."""

from typing import Any

from pytest_bdd import given, parsers, then, when

from mock_ctrader.conformance.adapter import AdapterError, NotOffered, Person, Throttled, Unjudgeable, Unreachable
from mock_ctrader.conformance.clients import AppClient
from mock_ctrader.conformance.findings import Findings
from mock_ctrader.conformance.people import fresh_person
from mock_ctrader.conformance.scene import Member, Scene
from mock_ctrader.links import with_parameter

_TYPE_OF = {"deposit": "DEPOSIT", "withdrawal": "WITHDRAW"}
_ACTION_OF = {"deposits": "deposit", "withdraws": "withdrawal"}


# 6.3.1 and 6.3.2


@given("somebody without a cTID opens the application", target_fixture="member")
def newcomer(scene: Scene) -> Member:
    """Nobody has this address yet."""
    return Member(fresh_person("member"), scene.device())


@when("the person signs up on the broker's screen and stays logged in")
def sign_up(member: Member, scene: Scene, findings: Findings) -> None:
    """Flow 5.3 from stage 3 to 20."""
    findings.duty = "user-created"
    screen = member.app.open_sign_in(first_login=True)
    member.success_url = scene.adapter.sign_up(member.person, screen)
    signed_in, member.answer = member.app.finish(member.success_url)
    findings.require(
        "authorise-user",
        signed_in,
        reason="the success URL did not sign the person in",
        expected="signed in to the application",
        seen=_told(member.answer),
        evidence=scene.calls("4.2")[-1:],
    )


def _told(answer: dict[str, Any]) -> str:
    error = answer.get("error")
    return str(error.get("description")) if isinstance(error, dict) else "signed in"


@then("the broker has created the user, a trading account and the link between them in cTrader")
def created(member: Member, scene: Scene, findings: Findings) -> None:
    user_id = scene.user_id(member)
    findings.require("create-user", user_id, reason=f"no call 3.2 created {member.person.email}", seen="none")
    linked = scene.calls("3.4", user_id=user_id, status=200)
    findings.require(
        "link-account", linked, reason=f"no call 3.4 linked an account to userId {user_id}", seen="none"
    )
    opened = scene.calls("3.3", login=linked[-1]["login"], status=201)
    findings.require(
        "create-trader", opened, reason=f"no call 3.3 created the account {linked[-1]['login']}", evidence=linked
    )


@then("the person is signed in to the application as this user")
def signed_in_as(member: Member, scene: Scene, findings: Findings) -> None:
    user_id, shown = scene.user_id(member), member.app.profile().get("userId")
    findings.require(
        "logs-in",
        user_id is not None and shown == user_id,
        reason="the application is not signed in as the user who was created",
        expected=user_id,
        seen=shown,
        evidence=scene.calls("4.2")[-1:],
    )


@when("the application is closed and opened again", target_fixture="screen")
def relaunch(member: Member) -> str:
    """Flow 5.5: a stored accessToken is checked by call 4.3."""
    member.answer = member.app.profile()
    member.app.post("close")
    return member.app.launch()


@then("the user is signed in by the accessToken")
def signed_in_again(member: Member, screen: str, scene: Scene, findings: Findings) -> None:
    user_id = scene.user_id(member)
    checks = scene.calls("4.3", user_id=user_id)
    if screen and not checks and not member.answer.get("staysSignedIn"):
        findings.skip(
            "no-access-token",
            "no accessToken was issued; let the adapter's verb sign_up tick 'keep me logged in' if there is one",
        )
    findings.require(
        "signs-in-again",
        not screen,
        reason="the stored accessToken did not sign the user in; the login screen opened",
        expected=f"call 4.3 answered with userId {user_id}",
        seen="the login screen",
        evidence=scene.calls("4.3")[-1:],
    )


@when("the user logs in on the login screen of another device")
def log_in(member: Member, scene: Scene, findings: Findings) -> None:
    """Flow 5.4."""
    findings.duty = "logs-in"
    member.app = scene.device()
    signed_in = scene.log_in(member, member.app.open_sign_in(first_login=False), member.app)
    findings.require(
        "logs-in",
        signed_in,
        reason="the success URL of the log-in did not sign the user in",
        seen=_told(member.answer),
        evidence=scene.calls("4.2")[-1:],
    )


@when("somebody tries a wrong password on the login screen", target_fixture="reached")
def wrong_password(member: Member, scene: Scene) -> str:
    """The success URL that was reached, "" if none was."""
    stranger = Person(
        member.person.email, member.person.first_name, member.person.last_name, fresh_person("wrong").password
    )
    return try_log_in(scene, stranger)


def try_log_in(scene: Scene, person: Person) -> str:
    try:
        return scene.adapter.log_in_at_screen(person, scene.screen(first_login=False))
    except (NotOffered, Unjudgeable):
        raise  # a log-in that nobody answered is not one that was refused
    except AdapterError:
        return ""


@then("nobody is sent to the success URL")
def not_let_in(reached: str, scene: Scene, findings: Findings) -> None:
    findings.require(
        "refuses-wrong-password",
        not reached,
        reason="a wrong password led to the success URL",
        expected="the login form, with an error",
        seen="the success URL",
        evidence=scene.adapter.surroundings.trace.last(2),
    )


# 6.3.3


@when("another person signs up on the screen that carries the identifier of the partner", target_fixture="member")
def sign_up_invited(partner: Member, scene: Scene, findings: Findings) -> Member:
    """The screen is opened with the identifier the broker itself shows."""
    findings.duty = "signup-taken"
    partner_id = scene.adapter.referral_link(partner.person).partner_id
    return scene.sign_up(screen=scene.screen(partner_id=partner_id))


@then("the partner's list shows the new trader with the details of the signup")
def listed_with_details(partner: Member, member: Member, scene: Scene, findings: Findings) -> None:
    times = scene.times_listed(partner, member)
    findings.require(
        "referral-details",
        times == [1],
        reason="the new trader is not in the partner's list with the address of the signup",
        expected=f"{member.person.email}, once",
        seen=f"{times[0]} times",
    )


# 6.3.4 and 6.3.5


@when(parsers.re(r"the user (?P<verb>deposits|withdraws) (?P<amount>[0-9.]+) from the application"))
@given(parsers.re(r"the user has (?P<verb>deposited) (?P<amount>[0-9.]+) from the application"))
def move_money(verb: str, amount: str, member: Member, scene: Scene, findings: Findings) -> None:
    """Flow 5.7."""
    action = _ACTION_OF.get(verb, "deposit")
    name = "deposit" if action == "deposit" else "withdraw"
    if not scene.adapter.offers(name):
        raise NotOffered(name)
    findings.duty = f"{action}-booked"
    screen = open_action(member.app, action, scene, findings)
    try:
        (scene.adapter.deposit if action == "deposit" else scene.adapter.withdraw)(member.person, screen, amount)
    except Unjudgeable:
        raise
    except AdapterError as problem:
        if verb == "deposited":
            findings.block("deposit", str(problem))
        raise


def open_action(app: AppClient, action: str, scene: Scene, findings: Findings) -> str:
    response = app.post("actions", action=action)
    findings.require(
        "ot-token-generated",
        response.status_code == 303,
        reason=f"the application could not open the {action} screen",
        expected="call 4.4 answered with a one-time token",
        seen=_told(response.json()) if response.status_code != 303 else None,
        evidence=scene.calls("4.4")[-1:],
    )
    return str(response.headers["Location"])


@then(
    parsers.re(r"the broker has booked a (?P<kind>deposit|withdrawal) of (?P<amount>[0-9.]+) to the account of .+")
)
def booked(kind: str, amount: str, member: Member, scene: Scene, findings: Findings) -> None:
    login = int(scene.bench.lookup(member.person.email).get("login", 0))
    wanted = (_TYPE_OF[kind], float(amount))
    bookings = scene.eventually(
        lambda: scene.calls("3.5", login=login, status=200),
        lambda found: found and _booking(found[-1]) == wanted,
    )
    seen = [_booking(one) for one in bookings]
    findings.require(
        f"{kind}-booked",
        wanted in seen,
        reason=f"call 3.5 did not book a {kind} of {amount} to the account {login}",
        expected=f"{wanted[0]} {amount}",
        seen=", ".join(f"{name} {value}" for name, value in seen) or "no call 3.5 for this account",
        evidence=bookings[-1:] or scene.calls("3.5")[-1:],
    )


def _booking(event: dict[str, Any]) -> tuple[str, float | None]:
    """Type and amount of call 3.5, whose preciseAmount may come as text (section 3.5)."""
    body = event["details"]["request"]["body"] or {}
    try:
        return str(body.get("type")), float(body["preciseAmount"])
    except (KeyError, TypeError, ValueError):
        return str(body.get("type")), None


@when("somebody opens the deposit screen for the user's account with a made-up one-time token")
def forged_deposit(member: Member, scene: Scene, findings: Findings) -> None:
    """A real screen's URL, its token replaced."""
    if not scene.adapter.offers("deposit"):
        raise NotOffered("deposit")
    screen = open_action(member.app, "deposit", scene, findings)
    forged = with_parameter(screen, "token", "no-token-at-all")
    try:
        scene.adapter.deposit(member.person, forged, "10.00")
    except (Unreachable, Throttled):
        raise  # a screen that nobody answered for has refused nothing
    except AdapterError:
        return  # a screen that refuses to open is as it must be; what counts is whether anything was booked


@then("nothing is booked to the account of the user")
def nothing_booked(member: Member, scene: Scene, findings: Findings) -> None:
    login = int(scene.bench.lookup(member.person.email).get("login", 0))
    bookings = scene.calls("3.5", login=login, status=200)
    findings.require(
        "inapp-token-needed",
        not bookings,
        reason="a deposit was booked from a screen that was opened with a made-up one-time token",
        expected="no call 3.5",
        seen=f"{len(bookings)} calls 3.5",
        evidence=bookings,
    )
