"""The steps of the attribution flow: one scenario per numbered stage."""

import re

from pytest_bdd import given, parsers, then, when

from mock_ctrader.conformance.dialogue import Ended
from mock_ctrader.conformance.findings import Broken, Findings
from mock_ctrader.conformance.played import Library, Played
from mock_ctrader.conformance.verdicts import DUTY_OF_STAGE, Verdict
from mock_ctrader.flows import Level
from mock_ctrader.flows import stage as numbered_stage
from mock_ctrader.links import parameter

_LEVEL_KEY = {"user": "userId", "account": "ctidTraderAccountId"}


@given(parsers.parse("a new partner at {level} level"), target_fixture="played")
def new_partner(library: Library, level: str, findings: Findings) -> Played:
    """Flow 1."""
    return _play(library, 1, level, findings)


@given(parsers.parse("an existing partner at {level} level without a cTID"), target_fixture="played")
def existing_partner(library: Library, level: str, findings: Findings) -> Played:
    """Flow 2."""
    return _play(library, 2, level, findings)


def _play(library: Library, flow: int, level: str, findings: Findings) -> Played:
    if Level(level) not in library.bench.levels:
        findings.skip("no-level", f"the broker's partner programme has no {level} level")
    try:
        return library.play(flow, Level(level))
    except Ended as wanted:
        findings.skip("ended", str(wanted))


@when(parsers.parse("the flow reaches stage {number:d}"), target_fixture="stage")
def reach(played: Played, number: int, findings: Findings) -> int:
    """The judge's word on a stage: go on, fail, or blocked by an earlier one."""
    verdict = played.verdicts[number - 1]
    findings.duty = DUTY_OF_STAGE[numbered_stage(played.journey["flow"], number).proof]
    if verdict.blocked_by is not None:
        findings.block(f"stage-{verdict.blocked_by}", verdict.reason)
    if verdict.verdict is Verdict.SKIP:
        findings.skip("ended", verdict.reason)
    findings.show(played.evidence(number))
    findings.warnings += verdict.warnings
    if verdict.verdict is Verdict.FAIL:
        assert verdict.complaint is not None
        raise Broken(verdict.complaint)
    return number


# stages 1 to 6 of flow 1, 4 to 6 of flow 2


@then(parsers.parse("the broker has taken the registration at {level} level"))
def registration_taken(played: Played, stage: int, level: str) -> None:
    assert played.carried(stage)["level"] == level


@then(parsers.parse("the broker keeps a partner record at {level} level"))
def record_kept(played: Played, stage: int, level: str) -> None:
    assert played.carried(stage)["level"] == level


@then("User 1 holds a referral link with a partnerId")
def link_held(played: Played, stage: int) -> None:
    carried = played.carried(stage)
    assert carried["partnerId"].strip()
    assert carried["referralLink"].startswith("http")


@then("the partnerId belongs to no other partner")
def partner_id_unique(played: Played, stage: int, findings: Findings) -> None:
    mine = played.carried(stage)["partnerId"]
    control = played.bench.control()
    # a journey that nobody announced may be this very identifier gone astray: call 3.6 is judged at its own stage
    others = [one for one in control.journeys() if one["announced"] and one["id"] != played.journey["id"]]
    findings.require(
        "partner-id-unique",
        mine not in [journey["partnerId"] for journey in others],
        reason=f"the identifier {mine!r} is another partner's too",
        expected="an identifier of User 1's own",
        seen=mine,
    )


@then("the partnerId differs from the earlier one")
def partner_id_new(played: Played, stage: int) -> None:
    (report,) = played.shown_by(stage)
    facts = report["details"]["facts"]
    assert facts["previousPartnerId"]
    assert facts["partnerId"] != facts["previousPartnerId"]


@then("the call carries the brokerCrmName of the broker")
def call_names_crm(played: Played, stage: int) -> None:
    assert played.carried(stage)["brokerCrmName"] == played.bench.sandbox["brokerCrmName"]


@then("the call carries the partnerId of the referral link")
def call_carries_partner_id(played: Played, stage: int) -> None:
    assert played.carried(stage)["partnerId"] == played.carried(stage - 1)["partnerId"]


@then(parsers.parse("the call names the target of the {level} level only"))
def call_names_target(played: Played, stage: int, level: str) -> None:
    carried = played.carried(stage)
    # an account may be named together with its user (E-3); a user only alone
    assert str(carried[_LEVEL_KEY[level]]) == str(played.journey[_LEVEL_KEY[level]])
    if level == "user":
        assert carried.get("ctidTraderAccountId") is None


@then(parsers.parse("cTrader answers with the id of the {level} level"))
def answered_with_id(played: Played, stage: int, level: str) -> None:
    key = _LEVEL_KEY[level]
    assert played.carried(stage) == {key: played.journey[key]}


@then("cTrader returns the partnerId when it is read")
def partner_id_readable(played: Played, findings: Findings) -> None:
    """Call 3.7: what was set has neither been overwritten nor deleted since."""
    read = played.bench.read_partner_id(played.journey)
    deleted = [] if read is not None else played.bench.control().all_events(call="3.8")[-1:]
    findings.require(
        "set-once",
        read == played.partner_id,
        reason=f"call 3.6 set {played.partner_id!r}, but call 3.7 reads {read or 'nothing'} afterwards"
        + (": call 3.8 deleted it" if deleted else ""),
        expected=played.partner_id,
        seen=read or "nothing",
        evidence=deleted,
    )


@then("the application shows User 1 the partnerId of the referral link")
def application_shows(played: Played, stage: int) -> None:
    assert played.carried(stage)["partnerId"] == played.carried(3)["partnerId"]


# stages 1 to 3 of flow 2


@then("User 1 has no cTID before asking")
def no_ctid_before(played: Played, stage: int) -> None:
    (asked,) = played.shown_by(stage)
    user_id = played.journey["userId"]
    earlier = [event for seq, event in played.events.items() if seq < asked["seq"]]
    assert user_id is None or all(event.get("user_id") != user_id for event in earlier)


@then("User 1 has asked the application for a new cTID")
def wish_reached(played: Played, stage: int) -> None:
    (asked,) = played.shown_by(stage)
    assert asked["direction"] == "application"


@then("the configured login/signup screen opens")
def screen_configured(played: Played, stage: int) -> None:
    assert played.carried(stage)["url"].split("?")[0] == played.bench.sandbox["loginUrl"].split("?")[0]


@then("the screen is told that this is a first login")
def screen_first_login(played: Played, stage: int) -> None:
    assert parameter(played.carried(stage)["url"], "firstLogin") == "true"


@then("the screen gets no partnerId")
def screen_without_partner_id(played: Played, stage: int) -> None:
    assert parameter(played.carried(stage)["url"], "partnerId") is None


@then(parsers.re(r"cTrader knows (?P<person>User [12])"))
def user_known(played: Played, stage: int, person: str) -> None:
    created = [event for event in played.shown_by(stage) if event.get("call") in ("3.2", "3.11")]
    email = played.drive.partner.email if person == "User 1" else played.drive.invited.email
    assert created
    assert created[0]["email"].casefold() == email.casefold()
    assert created[0]["user_id"] == played.carried(stage)["userId"]


@then(parsers.re(r"an account is linked to (?P<person>User [12])"))
def account_linked(played: Played, stage: int, person: str) -> None:
    linked = [event for event in played.shown_by(stage) if event.get("call") == "3.4"]
    assert linked, f"no call 3.4 for {person}"
    assert linked[-1]["user_id"] == played.carried(stage)["userId"]
    assert linked[-1]["ctid_trader_account_id"] == played.carried(stage)["ctidTraderAccountId"]


@then(parsers.re(r"(?P<person>User [12]) is signed in to the application"))
def signed_in(played: Played, stage: int, person: str) -> None:
    user_id = played.carried(stage)["userId"]
    acts = [event for event in played.events.values() if event["details"].get("act") == "signed_in"]
    assert user_id in [event["user_id"] for event in acts], f"{person} is not signed in"


# stages 7 to 12


@then("User 1 has asked to share a Copy strategy")
def asked_to_share(played: Played, stage: int) -> None:
    assert played.carried(stage)["kind"] == "copy"
    assert played.carried(stage)["target"]


@then("the link contains the partnerId of User 1")
def link_contains(played: Played, stage: int) -> None:
    assert parameter(played.carried(stage)["link"], "partnerId") == played.partner_id


@then("the link leads to the Copy strategy")
def link_leads(played: Played, stage: int) -> None:
    target = played.carried(7)["target"]
    assert re.search(rf"/copy/strategy/{target}(\?|$)", played.carried(stage)["link"])


@then("User 1 sees the link that was built")
def link_seen(played: Played, stage: int) -> None:
    assert played.carried(stage)["link"] == played.carried(8)["link"]


@then("User 2 holds the link that User 1 sees")
def link_passed(played: Played, stage: int) -> None:
    assert played.carried(stage)["link"] == played.carried(9)["link"]


@then("the application receives the partnerId of User 1")
def link_opened(played: Played, stage: int) -> None:
    assert parameter(played.carried(stage)["link"], "partnerId") == played.partner_id


@then("the screen gets the partnerId of the link unchanged")
def screen_partner_id(played: Played, stage: int) -> None:
    opened = parameter(played.carried(stage)["url"], "partnerId")
    assert opened == parameter(played.carried(9)["link"], "partnerId")


# stages 13 to 18


@then("the broker has taken the signup of User 2")
def signup_taken(played: Played, stage: int) -> None:
    assert played.carried(stage)["partnerId"] == played.partner_id


@then("User 2 is attributed to User 1")
def is_attributed(played: Played, stage: int) -> None:
    assert played.carried(stage)["email"] == played.drive.invited.email


@then("User 1 is logged in to the client area")
def logged_in(played: Played, stage: int) -> None:
    assert played.journey["stages"][stage - 1]["state"] == "reported"


@then("the referral list does not open without a log-in")
def list_closed(played: Played, stage: int) -> None:
    (report,) = played.shown_by(stage)
    # an adapter that cannot tell reports null; the journey fails on true
    assert report["details"]["facts"]["openWithoutLogin"] is not True


@then("the client area has fetched the referrals of User 1")
def list_fetched(played: Played, stage: int) -> None:
    assert played.carried(stage)["referrals"] >= 1


def _shown(played: Played) -> list[dict[str, str]]:
    (report,) = played.shown_by(18)
    entries: list[dict[str, str]] = report["details"]["facts"]["entries"]
    return entries


@then("the list shows User 2 exactly once")
def listed_once(played: Played) -> None:
    emails = [entry["email"].casefold() for entry in _shown(played)]
    assert emails.count(played.drive.invited.email.casefold()) == 1


@then("the list shows User 2 under the partnerId of the link")
def listed_under(played: Played, stage: int, findings: Findings) -> None:
    # a broker need not print the identifier in the list (E-16); another one has a warning
    warned = "listed-under-link-id" in {one.duty.id for one in findings.warnings}
    assert warned or played.carried(stage).get("partnerId") in (None, played.partner_id)


@then("the list shows nobody whom another partner invited")
def nobody_else(played: Played) -> None:
    journeys = played.bench.control().journeys()
    strangers = {one["invitedEmail"] for one in journeys if one["id"] != played.journey["id"]}
    assert not strangers & {entry["email"] for entry in _shown(played)}
