"""Every proof: what is enough, what is missing, and what breaks the rule."""

from typing import Any

import pytest

from mock_ctrader.acts import Act
from mock_ctrader.flows import Level, Proof, stages_of
from mock_ctrader.journeys import State, detect, fold
from mock_ctrader.journeys.fold import partner_id_of
from tests.unit.diary import (
    ACCOUNT_1,
    ACCOUNT_2,
    BROWSER_1,
    BROWSER_2,
    INVITED,
    PARTNER,
    PARTNER_ID,
    SCREEN,
    SOMEBODY,
    USER_1,
    USER_2,
    Diary,
    journey,
    played,
    target_of,
)

LEVELS = list(Level)
BOTH_FLOWS = [(flow, level) for flow in (1, 2) for level in LEVELS]
# Stages that happen inside the broker: only an adapter can see them.
REPORTED = {
    1: {1, 2, 3, 10, 13, 15, 16, 17, 18},
    2: {4, 10, 13, 15, 16, 17, 18},
}


@pytest.mark.parametrize(("flow", "level"), BOTH_FLOWS)
def test_a_flawless_journey_proves_every_stage(flow: int, level: Level) -> None:
    found = played(flow, level).judge(journey(flow, level))

    assert {number for number, finding in found.items() if finding.state is State.REPORTED} == REPORTED[flow]
    assert {number for number, finding in found.items() if finding.state is State.OBSERVED} == (
        set(range(1, 19)) - REPORTED[flow]
    )
    assert all(finding.events and not finding.warnings for finding in found.values())


@pytest.mark.parametrize(("flow", "level"), BOTH_FLOWS)
def test_nothing_happened_leaves_everything_pending(flow: int, level: Level) -> None:
    found = Diary().judge(journey(flow, level))

    assert {finding.state for finding in found.values()} == {State.PENDING}
    assert all(finding.reason and not finding.proved for finding in found.values())


@pytest.mark.parametrize("until", range(1, 18))
@pytest.mark.parametrize(("flow", "level"), BOTH_FLOWS)
def test_what_has_not_happened_is_not_proved(flow: int, level: Level, until: int) -> None:
    found = played(flow, level, until).judge(journey(flow, level))

    # one exchange shows the request and the answer of call 3.6
    reached = until + 1 if stages_of(flow)[until - 1].proof is Proof.SET_REQUESTED else until
    assert {number for number, finding in found.items() if finding.proved} == set(range(1, reached + 1))
    assert {found[number].state for number in range(reached + 1, 19)} == {State.PENDING}


@pytest.mark.parametrize(("flow", "level"), BOTH_FLOWS)
def test_a_broker_that_reports_nothing_is_believed_as_far_as_the_wire_shows(flow: int, level: Level) -> None:
    diary = played(flow, level, until=14)
    # the report that names User 1's browser is what makes flow 2 recognisable; the sign-in shows it too
    diary.events = [event for event in diary.events if event.kind != "report"]
    found = diary.judge(journey(flow, level))

    inferred = {number for number in REPORTED[flow] if number < 14}
    assert {number for number, finding in found.items() if finding.state is State.INFERRED} == inferred
    assert {number for number, finding in found.items() if finding.state is State.PENDING} == {15, 16, 17, 18}
    assert all(found[number].proved for number in range(1, 15))


def test_nothing_is_inferred_from_what_came_before() -> None:
    diary = Diary()
    diary.user(PARTNER, USER_1)
    diary.set_partner({"userId": USER_1})
    found = diary.judge(journey())

    assert [found[number].state for number in (1, 2, 3)] == [State.INFERRED] * 3
    assert [found[number].state for number in (10, 13)] == [State.PENDING] * 2


def test_a_violated_stage_is_never_inferred_away() -> None:
    diary = played(1, Level.USER, until=14)
    diary.report(3, error="no link on the page")

    assert diary.judge(journey())[3].state is State.VIOLATED


# flow 1 stages 1 to 3, flow 2 stage 4: inside the broker


@pytest.mark.parametrize(
    ("flow", "stage", "facts", "words"),
    [
        (1, 1, {"error": "closed"}, "could not register as a partner: closed"),
        (1, 2, {"error": "empty"}, "no partner record: empty"),
        (1, 2, {"level": "account"}, "at account level"),
        (1, 3, {"error": "gone"}, "no referral link: gone"),
        (1, 3, {}, "no partner identifier, got None"),
        (1, 3, {"partnerId": "  "}, "no partner identifier"),
        (1, 3, {"partnerId": 7}, "no partner identifier, got 7"),
        (2, 4, {"partnerId": "IB-OLD", "previousPartnerId": "IB-OLD"}, "must be new"),
        (1, 13, {"error": "taken"}, "could not sign up: taken"),
        (1, 15, {"error": "no list"}, "could not be read: no list"),
        (1, 15, {"before": False, "after": False}, "does not attribute User 2"),
        (1, 15, {"before": True, "after": False}, "does not attribute User 2"),
        (1, 16, {"error": "closed"}, "could not open the referral list: closed"),
        (1, 16, {"openWithoutLogin": True}, "opens without a log-in"),
        (1, 17, {"error": "500"}, "could not be fetched: 500"),
        (1, 18, {"entries": []}, "is not in the referral list"),
        (1, 18, {"entries": [{"email": "other@example.net"}]}, "is not in the referral list"),
        (1, 18, {"entries": [{"email": INVITED}, {"email": INVITED.upper()}]}, "2 times"),
    ],
)
def test_a_report_that_breaks_the_rule(flow: int, stage: int, facts: dict[str, Any], words: str) -> None:
    diary = played(flow, Level.USER)
    event = diary.report(stage, **facts)
    finding = diary.judge(journey(flow))[stage]

    assert finding.state is State.VIOLATED
    assert words in finding.reason
    assert event.seq in finding.events


def test_a_list_without_user_2_is_told_with_what_it_shows() -> None:
    diary = played(1, Level.USER)
    diary.report(15, after=False, entries=[{"email": f"{letter}***@example.net"} for letter in "abcd"])
    finding = diary.judge(journey())[15]

    assert finding.expected == f"{INVITED} in the list of User 1's referrals"
    assert finding.seen == "a list with a***@example.net, b***@example.net, c***@example.net and 1 more"


@pytest.mark.parametrize("stage", [1, 2, 3, 10, 13, 15, 16, 17, 18])
def test_a_report_of_another_journey_proves_nothing(stage: int) -> None:
    diary = Diary()
    diary.report(stage, journey_id="journey-2", partnerId=PARTNER_ID, after=True, entries=[{"email": INVITED}])

    assert diary.judge(journey())[stage].state is State.PENDING


def test_the_latest_report_counts() -> None:
    diary = played(1, Level.USER, until=1)
    diary.report(1, error="closed")
    assert diary.judge(journey())[1].state is State.VIOLATED

    diary.report(1, level="user")
    assert diary.judge(journey())[1].state is State.REPORTED


def test_a_partner_without_a_cTID_has_not_passed_the_user_creation_flow() -> None:
    diary = Diary()
    diary.report(1, level="user")

    finding = diary.judge(journey())[1]
    assert (finding.state, finding.rule) == (State.VIOLATED, "create-user")


def test_attribution_before_the_creation_is_complete_is_a_warning() -> None:
    diary = played(1, Level.USER, until=14)
    diary.report(15, before=True, after=True)
    finding = diary.judge(journey())[15]

    assert finding.state is State.REPORTED
    assert finding.warnings[0].rule == "attributed-not-early"


def test_an_identifier_of_somebody_else_is_not_unique() -> None:
    diary = played(1, Level.USER)
    other = diary.set_partner({"userId": SOMEBODY})
    finding = diary.judge(journey())[3]

    assert finding.state is State.VIOLATED
    assert "not unique" in finding.reason
    assert other.seq in finding.events


def test_an_identifier_that_another_partner_s_link_shows_too_is_not_unique() -> None:
    """As where the last segment of a path is read, and the broker put no identifier there."""
    diary = played(1, Level.USER)
    url = "https://broker.example/r/"
    diary.report(3, partnerId="r", referralLink=url, sharedWith="three@example.net")
    finding = diary.judge(journey())[3]

    assert (finding.state, finding.rule) == (State.VIOLATED, "partner-id-unique")
    assert (
        finding.reason
        == f"the identifier 'r' is not unique: the link of three@example.net has it too, as {url} shows"
    )


@pytest.mark.parametrize("in_address", [True, False])
def test_an_identifier_that_no_field_carried_was_lost_at_the_signup(in_address: bool) -> None:
    """Unless the server reads it from the address that the form is posted back to: then the words say so."""
    diary = played(1, Level.USER)
    diary.report(13, partnerId=PARTNER_ID, submitted="", inAddress=in_address)
    diary.report(15, before=False, after=False, elsewhere=[], entries=[])
    finding = diary.judge(journey())[13]

    assert (finding.state, finding.rule) == (State.VIOLATED, "signup-keeps-partner-id")
    assert "no field of the signup carried it" in finding.reason
    assert ("it is stage 15 that is broken" in finding.reason) is in_address


def test_the_list_leaks_nobody_else_s_referral() -> None:
    diary = played(1, Level.USER)
    entries = [{"email": INVITED, "partnerId": PARTNER_ID}, {"email": "four@example.net"}]
    diary.report(18, entries=entries)
    other = journey(partner_email="three@example.net", invited_email="four@example.net")
    stranger = type(other)("journey-2", 1, Level.USER, "three@example.net", "four@example.net")

    finding = diary.judge(journey(), stranger)[18]
    assert finding.state is State.VIOLATED
    assert "four@example.net" in finding.reason
    own = type(other)("journey-2", 2, Level.ACCOUNT, PARTNER.upper(), "four@example.net")
    assert diary.judge(journey(), own)[18].state is State.REPORTED


# call 3.6


@pytest.mark.parametrize("level", LEVELS)
def test_call_36_at_the_wrong_level(level: Level) -> None:
    other = Level.ACCOUNT if level is Level.USER else Level.USER
    diary = played(1, level, until=3)
    event = diary.set_partner(target_of(other))
    found = diary.judge(journey(level=level))

    assert found[4].state is State.VIOLATED
    assert f"came at {other} level" in found[4].reason
    assert found[4].events == [event.seq]
    assert found[5].state is State.PENDING


def test_call_36_with_both_ids_is_at_account_level() -> None:
    diary = played(1, Level.ACCOUNT, until=3)
    diary.set_partner({"userId": USER_1, "ctidTraderAccountId": ACCOUNT_1})

    assert diary.judge(journey(level=Level.ACCOUNT))[4].state is State.OBSERVED
    assert diary.judge(journey(level=Level.USER))[4].state is State.VIOLATED


@pytest.mark.parametrize("level", LEVELS)
def test_call_36_with_another_partner_id(level: Level) -> None:
    diary = played(1, level, until=3)
    diary.set_partner(target_of(level), "IB-OTHER")
    found = diary.judge(journey(level=level))

    assert found[4].state is State.VIOLATED
    assert "'IB-OTHER'" in found[4].reason
    assert f"'{PARTNER_ID}'" in found[4].reason
    assert found[5].state is State.PENDING


@pytest.mark.parametrize("level", LEVELS)
def test_call_36_that_was_refused(level: Level) -> None:
    diary = played(1, level, until=3)
    event = diary.refusal("3.6", {"partnerId": PARTNER_ID, **target_of(level)})
    found = diary.judge(journey(level=level))

    assert found[4].state is State.VIOLATED
    assert "404 ENTITY_NOT_FOUND: because" in found[4].reason
    assert found[4].events == [event.seq]


@pytest.mark.parametrize("level", LEVELS)
def test_call_36_that_was_refused_and_repeated(level: Level) -> None:
    diary = played(1, level, until=3)
    diary.refusal("3.6", {"partnerId": PARTNER_ID, **target_of(level)})
    event = diary.set_partner(target_of(level))

    assert diary.judge(journey(level=level))[4].events == [event.seq]


@pytest.mark.parametrize(
    "ids",
    [{"userId": SOMEBODY}, {"ctidTraderAccountId": SOMEBODY}, {"userId": SOMEBODY, "ctidTraderAccountId": 5}],
)
def test_call_36_for_somebody_else(ids: dict[str, int]) -> None:
    diary = played(1, Level.USER, until=3)
    event = diary.set_partner(ids)
    found = diary.judge(journey())

    assert found[4].state is State.VIOLATED
    assert "for somebody else" in found[4].reason
    assert found[4].events == [event.seq]


def test_call_36_for_an_unknown_user() -> None:
    diary = played(1, Level.USER, until=3)
    diary.refusal("3.6", {"partnerId": PARTNER_ID, "userId": SOMEBODY})

    assert "404 ENTITY_NOT_FOUND" in diary.judge(journey())[4].reason


def test_call_36_about_somebody_else_with_another_partner_id_says_nothing() -> None:
    diary = played(1, Level.USER, until=3)
    diary.set_partner({"userId": SOMEBODY}, "IB-SOMEBODY")

    assert diary.judge(journey())[4].state is State.PENDING


def test_call_36_of_any_partner_id_will_do_if_nobody_reported_one() -> None:
    diary = Diary()
    diary.user(PARTNER, USER_1)
    diary.set_partner({"userId": USER_1}, "IB-ANY")

    assert diary.judge(journey())[4].state is State.OBSERVED
    assert partner_id_of(journey(), diary.history) == "IB-ANY"


def test_the_latest_of_several_calls_36_counts() -> None:
    diary = Diary()
    diary.user(PARTNER, USER_1)
    diary.set_partner({"userId": USER_1}, "IB-1")
    last = diary.set_partner({"userId": USER_1}, "IB-2")

    assert diary.judge(journey())[4].events == [last.seq]
    assert partner_id_of(journey(), diary.history) == "IB-2"


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        (lambda _: None, "User 1 has no userId yet"),
        (lambda diary: diary.user(PARTNER, USER_1), "has no linked account yet"),
        (
            lambda diary: (diary.user(PARTNER, USER_1), diary.account(USER_1, ACCOUNT_1)),
            f"no call 3.6 for User 1 (userId {USER_1}) yet",
        ),
    ],
)
def test_a_missing_call_36_says_how_far_it_came(prepare: Any, words: str) -> None:
    diary = Diary()
    prepare(diary)
    finding = diary.judge(journey(level=Level.ACCOUNT))[4]

    assert finding.state is State.PENDING
    assert words in finding.reason


@pytest.mark.parametrize("level", LEVELS)
def test_the_answer_of_call_36_has_the_id_of_its_level_alone(level: Level) -> None:
    diary = played(1, level, until=3)
    diary.set_partner(target_of(level), answer={"userId": USER_1, "ctidTraderAccountId": ACCOUNT_1})
    found = diary.judge(journey(level=level))

    assert found[4].state is State.OBSERVED
    assert found[5].state is State.VIOLATED
    assert "['ctidTraderAccountId', 'userId']" in found[5].reason


def test_an_empty_answer_of_call_36_will_do() -> None:
    diary = played(1, Level.USER, until=3)
    diary.set_partner({"userId": USER_1}, answer={})

    assert diary.judge(journey())[5].state is State.OBSERVED


def test_flow_2_sets_the_partner_id_after_the_creation_flow() -> None:
    diary = Diary()
    diary.user(PARTNER, USER_1)
    diary.account(USER_1, ACCOUNT_1)
    diary.set_partner({"userId": USER_1})
    early = diary.verified(USER_1)
    assert [one.rule for one in diary.judge(journey(2))[5].warnings] == ["set-not-early"]
    assert diary.judge(journey(1))[4].warnings == []

    # a broker may react while it still answers call 4.2, which is journaled when it is over
    early.details["milliseconds"] = 1500
    assert diary.judge(journey(2))[5].warnings == []


@pytest.mark.parametrize(("milliseconds_before", "early"), [(0, False), (5, False), (6, False), (7, True)])
def test_too_early_is_what_came_before_call_42_was_made(milliseconds_before: int, early: bool) -> None:
    diary = played(2, Level.USER, until=5)
    [verified] = [event for event in diary.events if event.call == "4.2"]
    [asked] = [event for event in diary.events if event.call == "3.6"]
    # call 4.2 took 5 ms; a clock of milliseconds leaves one more in doubt
    asked.at = verified.at - milliseconds_before

    assert bool(diary.judge(journey(2))[5].warnings) is early


# the application


def test_another_partner_id_in_the_application_is_not_user_1_s() -> None:
    diary = played(1, Level.USER, until=5)
    diary.act(Act.PARTNER_ID_LEARNED, BROWSER_1, USER_1, "IB-OTHER")
    diary.act(Act.PARTNER_ID_LEARNED, BROWSER_2, USER_2, PARTNER_ID)

    assert diary.judge(journey())[6].state is State.PENDING


def test_a_wish_of_another_browser_is_not_user_1_s() -> None:
    diary = Diary()
    diary.report(1, browser=BROWSER_1)
    diary.act(Act.NEW_CTID_ASKED, BROWSER_2)
    diary.act(Act.SCREEN_OPENED, BROWSER_2, url=SCREEN, firstLogin=True)
    found = diary.judge(journey(2))

    assert (found[1].state, found[2].state) == (State.PENDING, State.PENDING)


def test_a_login_screen_is_no_signup_screen() -> None:
    diary = played(2, Level.USER, until=1)
    diary.act(Act.SCREEN_OPENED, BROWSER_1, url="http://127.0.0.1:8/auth/login", firstLogin=False)

    assert diary.judge(journey(2))[2].state is State.PENDING


def test_a_link_from_before_the_partner_id_does_not_count() -> None:
    diary = played(1, Level.USER, until=3)
    diary.act(Act.LINK_ASKED, BROWSER_1, USER_1, kind="copy", target="1")
    diary.act(Act.LINK_BUILT, BROWSER_1, USER_1, None, link="http://127.0.0.1:9/app/BEST/copy/strategy/1")
    diary.set_partner({"userId": USER_1})
    found = diary.judge(journey())

    assert [found[number].state for number in (7, 8, 9)] == [State.PENDING] * 3


@pytest.mark.parametrize(("act", "stage"), [(Act.LINK_BUILT, 8), (Act.LINK_SHOWN, 9)])
@pytest.mark.parametrize(
    ("link", "shown"),
    [
        ("http://127.0.0.1:9/app/BEST/copy/strategy/1", "None"),
        ("http://127.0.0.1:9/app/BEST/copy/strategy/1?partnerId=IB-OTHER", "'IB-OTHER'"),
        ("http://127.0.0.1:9/app/BEST/copy/strategy/1?partnerid=IB-7Q2F", "None"),
        ("http://127.0.0.1:9/app/BEST/copy/strategy/1#?partnerId=IB-7Q2F", "None"),
    ],
)
def test_a_link_without_user_1_s_partner_id(act: Act, stage: int, link: str, shown: str) -> None:
    diary = played(1, Level.USER, until=7)
    event = diary.act(act, BROWSER_1, USER_1, None, link=link)
    finding = diary.judge(journey())[stage]

    assert finding.state is State.VIOLATED
    assert f"carries the partnerId {shown}" in finding.reason
    assert finding.events == [event.seq]


def test_a_link_is_decoded_before_it_is_compared() -> None:
    diary = played(1, Level.USER, until=2)
    diary.report(3, partnerId="a b&c")
    diary.set_partner({"userId": USER_1}, "a b&c")
    diary.act(Act.LINK_BUILT, BROWSER_1, USER_1, "a b&c", link="http://x/copy/strategy/1?z=1&partnerId=a%20b%26c")

    assert diary.judge(journey())[8].state is State.OBSERVED


def test_a_click_on_another_link_is_a_hint() -> None:
    diary = played(1, Level.USER, until=10)
    diary.act(Act.LINK_CLICKED, BROWSER_2, None, "IB-OTHER", link="x?partnerId=IB-OTHER")
    found = diary.judge(journey())

    assert found[11].state is State.PENDING
    assert "'IB-OTHER'" in found[11].reason
    assert found[12].state is State.PENDING


def test_a_screen_without_the_partner_id_of_the_link() -> None:
    diary = played(1, Level.USER, until=11)
    event = diary.act(
        Act.SCREEN_OPENED, BROWSER_2, url="http://127.0.0.1:8/auth/login?firstLogin=true", firstLogin=True
    )
    finding = diary.judge(journey())[12]

    assert (finding.state, finding.events) == (State.VIOLATED, [event.seq])


def test_a_screen_of_another_browser_is_not_user_2_s() -> None:
    diary = played(1, Level.USER, until=11)
    diary.act(Act.SCREEN_OPENED, "browser3", None, PARTNER_ID, url=SCREEN, firstLogin=True)

    assert diary.judge(journey())[12].state is State.PENDING


# flow 5.3

CREATIONS = [
    (2, 3, PARTNER, USER_1, ACCOUNT_1, BROWSER_1, "User 1"),
    (1, 14, INVITED, USER_2, ACCOUNT_2, BROWSER_2, "User 2"),
]


@pytest.mark.parametrize(("flow", "stage", "email", "user_id", "account", "browser", "person"), CREATIONS)
def test_the_creation_flow_step_by_step(
    flow: int, stage: int, email: str, user_id: int, account: int, browser: str, person: str
) -> None:
    diary = played(flow, Level.USER, until=stage - 1)
    about = journey(flow)

    def reason() -> str:
        finding = diary.judge(about)[stage]
        assert finding.state is State.PENDING
        return finding.reason

    assert reason() == f"no call 3.2 for {person} yet"
    diary.user(email.upper(), user_id)
    assert f"{person} is userId {user_id}; no call 3.4" in reason()
    diary.refusal("3.3", {"groupName": "x"}, code="TRADER_GROUP_NOT_FOUND")
    assert "the last call 3.3 was answered 404 TRADER_GROUP_NOT_FOUND" in reason()
    diary.account(user_id, account)
    assert "no successful call 4.2 yet" in reason()
    diary.verified(SOMEBODY)
    assert "no successful call 4.2 yet" in reason()
    diary.verified(user_id)
    finding = diary.judge(about)[stage]
    assert finding.state is State.OBSERVED
    assert finding.carried == {"userId": user_id, "login": account + 1000, "ctidTraderAccountId": account}


@pytest.mark.parametrize(("flow", "stage", "email", "user_id", "account", "browser", "person"), CREATIONS)
def test_the_creation_flow_refused_at_any_step(
    flow: int, stage: int, email: str, user_id: int, account: int, browser: str, person: str
) -> None:
    about = journey(flow)

    def violated(diary: Diary) -> str:
        finding = diary.judge(about)[stage]
        assert finding.state is State.VIOLATED
        return finding.reason

    refused = played(flow, Level.USER, until=stage - 1)
    refused.refusal("3.2", {"email": email}, 400, "CH_EMAIL_ALREADY_EXISTS")
    assert f"call 3.2 for {person} was answered 400 CH_EMAIL_ALREADY_EXISTS" in violated(refused)

    unlinked = played(flow, Level.USER, until=stage - 1)
    unlinked.user(email, user_id)
    unlinked.refusal("3.4", {"userId": user_id, "traderLogin": 1}, 400, "WRONG_PASSWORD")
    assert f"call 3.4 for {person} was answered 400 WRONG_PASSWORD" in violated(unlinked)

    unverified = played(flow, Level.USER, until=stage - 1)
    unverified.user(email, user_id)
    unverified.account(user_id, account)
    unverified.act(Act.SIGN_IN_FAILED, browser, reason="4.2: the CRM answered 404")
    assert f"the sign-in of {person} failed: 4.2: the CRM answered 404" in violated(unverified)


def test_a_user_found_by_address_counts_as_created() -> None:
    diary = played(1, Level.USER, until=13)
    diary.refusal("3.2", {"email": INVITED}, 400, "CH_EMAIL_ALREADY_EXISTS")
    diary.call("3.11", {"email": INVITED}, {"userId": USER_2})
    diary.account(USER_2, ACCOUNT_2)
    diary.verified(USER_2)

    assert diary.judge(journey())[14].state is State.OBSERVED


def test_a_refused_exchange_of_the_token_does_not_complete_the_flow() -> None:
    diary = played(1, Level.USER, until=13)
    diary.user(INVITED, USER_2)
    diary.account(USER_2, ACCOUNT_2)
    diary.call("4.2", {"code": "ot"}, {"userId": USER_2}, status=403)
    diary.call("4.2", {"code": "ot"}, None, status=None, problem="could not be reached")

    assert diary.judge(journey())[14].state is State.PENDING


# journeys nobody announced


@pytest.mark.parametrize("level", LEVELS)
def test_a_journey_nobody_announced_is_found_by_call_36(level: Level) -> None:
    diary = played(1, level)
    found = detect(diary.history, [])

    assert [(one.flow, one.level, one.user_id, one.announced) for one in found] == [
        (1, level, USER_1, False),
        (2, level, USER_1, False),
    ]
    known, stages = fold(found[0], diary.history, found)
    assert (known.partner_email, known.invited_email) == (PARTNER, INVITED)
    assert known.ctid_trader_account_id == (ACCOUNT_1 if level is Level.ACCOUNT else None)
    # what only an announced journey's adapter can report stays open
    assert {stage.number for stage, finding in stages if not finding.proved} == {15, 16, 17, 18}


def test_a_user_and_an_account_with_partner_ids_are_two_journeys_each() -> None:
    diary = played(1, Level.USER, until=4)
    diary.set_partner({"ctidTraderAccountId": ACCOUNT_1}, "IB-ACC")
    diary.set_partner({"userId": USER_1}, "IB-AGAIN")
    found = detect(diary.history, [])

    assert len({one.id for one in found}) == len(found) == 4
    assert {(one.level, one.flow) for one in found} == {(level, flow) for level in LEVELS for flow in (1, 2)}


def test_every_target_of_call_36_is_found_under_a_name_of_its_own() -> None:
    diary = played(1, Level.USER, until=3)
    diary.refusal(
        "3.4", {"userId": SOMEBODY, "traderLogin": 1}, 400, "WRONG_PASSWORD"
    ).ctid_trader_account_id = ACCOUNT_1
    diary.set_partner({"userId": USER_1}, answer={"userId": USER_1, "ctidTraderAccountId": ACCOUNT_1})
    diary.set_partner({"ctidTraderAccountId": SOMEBODY})
    diary.user(INVITED, USER_2)
    diary.account(USER_2, ACCOUNT_2)
    diary.set_partner({"ctidTraderAccountId": ACCOUNT_2})
    found = detect(diary.history, [])

    assert [(one.id, one.user_id, one.ctid_trader_account_id) for one in found] == [
        (f"flow-1-user-{USER_1}", USER_1, None),
        (f"flow-2-user-{USER_1}", USER_1, None),
        (f"flow-1-account-{ACCOUNT_2}", USER_2, ACCOUNT_2),
        (f"flow-2-account-{ACCOUNT_2}", USER_2, ACCOUNT_2),
    ]
    assert [one.id for one in detect(diary.history, [journey()])] == [one.id for one in found[2:]]


def test_the_owner_of_an_account_is_whom_it_was_linked_to() -> None:
    diary = Diary()
    diary.user(PARTNER, USER_1)
    diary.account(USER_1, ACCOUNT_1)
    diary.account(USER_2, ACCOUNT_2)
    diary.refusal("3.4", {"userId": SOMEBODY, "ctidTraderAccountId": ACCOUNT_1}, 400, "WRONG_PASSWORD")
    diary.set_partner({"ctidTraderAccountId": ACCOUNT_2})

    assert {one.user_id for one in detect(diary.history, [])} == {USER_2}


def test_a_known_journey_has_the_addresses_its_users_were_created_or_found_by() -> None:
    diary = Diary()
    diary.call("3.11", {"email": PARTNER}, {"userId": USER_1})
    diary.set_partner({"userId": USER_1})
    [first, _] = detect(diary.history, [])
    known, _ = fold(first, diary.history, [])

    assert (known.partner_email, known.invited_email, known.announced) == (PARTNER, None, False)
    assert (known.id, known.flow, known.level, known.user_id) == (first.id, 1, Level.USER, USER_1)


def test_whom_nobody_knows_has_no_address() -> None:
    diary = Diary()
    diary.call("3.11", {"email": PARTNER}, None)
    known, _ = fold(journey(partner_email=None, invited_email=None), diary.history, [])

    assert (known.user_id, known.partner_email, known.invited_email) == (None, None, None)


def test_what_is_announced_is_not_detected_again() -> None:
    assert detect(played(1, Level.USER).history, [journey()]) == []


def test_a_refused_call_36_is_no_journey() -> None:
    diary = played(1, Level.USER, until=3)
    diary.refusal("3.6", {"partnerId": PARTNER_ID, "userId": USER_1})

    assert detect(diary.history, []) == []

    # nor does it hide the one after it
    diary.set_partner({"userId": USER_1})
    assert {one.user_id for one in detect(diary.history, [])} == {USER_1}


def test_an_account_whose_owner_is_unknown_is_no_journey() -> None:
    diary = Diary()
    diary.set_partner({"ctidTraderAccountId": SOMEBODY})

    assert detect(diary.history, []) == []


def test_a_partner_id_of_any_letters_is_followed() -> None:
    diary = Diary()
    diary.user(PARTNER, USER_1)
    diary.set_partner({"userId": USER_1}, "👩‍👩‍👧\u00a0")

    assert diary.judge(journey())[4].state is State.OBSERVED
