"""What the journal says of User 1 becoming a partner, word for word."""

import pytest

from mock_ctrader.acts import Act
from mock_ctrader.flows import Level
from mock_ctrader.journeys.model import Finding
from tests.unit.diary import BROWSER_1, PARTNER, PARTNER_ID, SOMEBODY, USER_1, USER_2
from tests.unit.told import Case, at, check, do, inferred, observed, pending, reported, violated

CREATED = do.user(PARTNER, USER_1)
NOT_CREATED = do.refusal("3.2", {"email": PARTNER}, 400, "CH_EMAIL_ALREADY_EXISTS")
SET_FOR_SOMEBODY = do.set_partner({"userId": SOMEBODY})
WISH = do.act(Act.NEW_CTID_ASKED, BROWSER_1)

NO_WISH = pending("User 1 has not asked the application for a new cTID")
NO_SCREEN = pending("the application has not opened the signup screen for User 1")
NOT_SHOWN = pending("the application has not shown User 1 the partnerId yet: is User 1 signed in?")


def after_refusal(what: str) -> Finding:
    """What happened after cTrader had refused User 1."""
    reason = f"{what}call 3.2 for User 1 was answered 400 CH_EMAIL_ALREADY_EXISTS: because"
    return violated(reason, 2, 1, rule="create-user")


def registered(event: int) -> Finding:
    """At user level."""
    return reported("the broker took the registration", event, carried={"level": "user"})


def recorded(event: int) -> Finding:
    """At user level."""
    return reported("the broker shows a partner record at user level", event, carried={"level": "user"})


def given(event: int) -> Finding:
    """The link of a flawless journey."""
    carried = {"partnerId": "IB-7Q2F", "referralLink": "http://broker/r"}
    return reported("the broker gives User 1 a referral link", event, carried=carried)


def shared(*events: int) -> Finding:
    """The identifier belongs to two."""
    reason = "the identifier 'IB-7Q2F' is not unique: call 3.6 set it for somebody else too"
    own = "an identifier of User 1's own"
    return violated(reason, *events, rule="partner-id-unique", expected=own, seen="IB-7Q2F")


def also_in(where: str, link: str) -> Finding:
    """The identifier was read from two people's links."""
    reason = f"the identifier 'IB-7Q2F' is not unique: {where} has it too, as {link} shows"
    own = "an identifier of User 1's own"
    return violated(reason, 8, rule="partner-id-unique", expected=own, seen="IB-7Q2F")


stage_1 = at(1)
stage_2 = at(2, until=1)
BECOMING_A_PARTNER = [
    stage_1("nobody reported a registration", pending("nobody reported that User 1 registered as a partner")),
    stage_1(
        "the broker refused the registration",
        violated("User 1 could not register as a partner: closed", 7, 1, 2, 3, 4),
        do.report(1, error="closed"),
        until=1,
    ),
    stage_1(
        "the broker refused, while User 1 was not created yet",
        violated("User 1 could not register as a partner: closed", 1),
        do.report(1, error="closed"),
    ),
    stage_1(
        "the broker refused, after cTrader had refused User 1",
        after_refusal("User 1 could not register as a partner: closed; "),
        NOT_CREATED,
        do.report(1, error="closed"),
    ),
    stage_1(
        "User 1 has no cTID",
        violated(
            "User 1 is a partner before the user creation flow is complete: no call 3.2 for User 1 yet",
            1,
            rule="create-user",
        ),
        do.report(1, level="user"),
    ),
    stage_1(
        "User 1 was refused by cTrader, but is a partner",
        after_refusal("User 1 is a partner before the user creation flow is complete: "),
        NOT_CREATED,
        do.report(1, level="user"),
    ),
    stage_1("an error that is no text", registered(7), do.report(1, error=7, level="user"), until=1),
    stage_1(
        "nobody reported it, but a later stage was seen",
        inferred("a later stage cannot have happened without it"),
        CREATED,
        do.set_partner({"userId": USER_1}),
    ),
    stage_1("nobody announced the journey", registered(1), do.report(1, level="user"), announced=False),
    stage_1("User 1 registers", registered(6), until=1),
    stage_2("nobody reported a record", pending("nobody reported a partner record")),
    stage_2(
        "the broker shows no record",
        violated("the broker shows no partner record: empty", 7),
        do.report(2, error="empty"),
    ),
    stage_2(
        "the record is at the other level",
        violated(
            "the partner record is at account level; User 1 registered at user level",
            7,
            rule="record-at-level",
            expected="user level",
            seen="account level",
        ),
        do.report(2, level="account"),
    ),
    stage_2(
        "the record is at the other level, the user's",
        violated(
            "the partner record is at user level; User 1 registered at account level",
            7,
            rule="record-at-level",
            expected="account level",
            seen="user level",
        ),
        do.report(2, level="user"),
        level=Level.ACCOUNT,
    ),
    stage_2(
        "the record is at the right level",
        reported("the broker shows a partner record at account level", 7, carried={"level": "account"}),
        level=Level.ACCOUNT,
        until=2,
    ),
    stage_2("the record says nothing of its level", recorded(7), do.report(2, note=1)),
    stage_2("a level that is no text", recorded(7), do.report(2, level=7)),
]


@pytest.mark.parametrize("one", BECOMING_A_PARTNER, ids=str)
def test_becoming_a_partner(one: Case) -> None:
    """Flow 1 stages 1 and 2, inside the broker."""
    check(one)


stage_3 = at(3, until=2)
stage_4 = at(4, flow=2, until=3)
THE_REFERRAL_LINK = [
    stage_3("nobody reported a link", pending("nobody reported a referral link")),
    stage_3(
        "the broker gives none", violated("the broker gives no referral link: gone", 8), do.report(3, error="gone")
    ),
    stage_3(
        "no identifier",
        violated("the referral link has no partner identifier, got None", 8),
        do.report(3, referralLink="http://broker/r"),
    ),
    stage_3(
        "a blank identifier",
        violated("the referral link has no partner identifier, got ' '", 8),
        do.report(3, partnerId=" "),
    ),
    stage_3(
        "an identifier that is no text",
        violated("the referral link has no partner identifier, got 7", 8),
        do.report(3, partnerId=7),
    ),
    stage_3("the broker gives one", given(8), until=3),
    stage_3(
        "a link that carries the identifier",
        reported(
            "the broker gives User 1 a referral link",
            8,
            carried={"partnerId": "a b", "referralLink": "http://broker/r?partnerId=a%20b"},
        ),
        do.report(3, partnerId="a b", referralLink="http://broker/r?partnerId=a%20b"),
    ),
    stage_3(
        "a link that carries another",
        violated(
            "the referral link carries the partnerId 'ib-ab'; the identifier is 'IB-AB': "
            "it lost its letters' case",
            8,
            rule="link-has-partner-id",
            expected="IB-AB",
            seen="ib-ab",
        ),
        do.report(3, partnerId="IB-AB", referralLink="http://broker/r?partnerId=ib-ab"),
    ),
    stage_3(
        "the link is no text",
        reported(
            "the broker gives User 1 a referral link", 8, carried={"partnerId": "IB-AB", "referralLink": None}
        ),
        do.report(3, partnerId="IB-AB", referralLink=7),
    ),
    stage_3(
        "somebody else's link has it too",
        also_in("the link of three@example.net", "http://broker/r"),
        do.report(3, partnerId=PARTNER_ID, referralLink="http://broker/r", sharedWith="three@example.net"),
    ),
    stage_3(
        "somebody else's link has it too, and nobody told the link",
        also_in("the link of three@example.net", PARTNER_ID),
        do.report(3, partnerId=PARTNER_ID, sharedWith="three@example.net"),
    ),
    stage_3(
        "whose link has it too is no text",
        given(8),
        do.report(3, partnerId=PARTNER_ID, referralLink="http://broker/r", sharedWith=7),
    ),
    stage_3("set for somebody else as well", shared(8, 10), SET_FOR_SOMEBODY, until=4),
    stage_3(
        "set for somebody else first",
        shared(3, 1),
        SET_FOR_SOMEBODY,
        CREATED,
        do.report(3, partnerId=PARTNER_ID),
        until=0,
    ),
    stage_3("set for somebody else only", given(8), SET_FOR_SOMEBODY, until=3),
    stage_3(
        "set for somebody else, refused",
        given(8),
        do.refusal("3.6", {"userId": SOMEBODY, "partnerId": PARTNER_ID}),
        until=4,
    ),
    stage_3(
        "set for User 1 in vain, and for somebody else",
        given(8),
        do.refusal("3.6", {"userId": USER_1, "partnerId": PARTNER_ID}),
        SET_FOR_SOMEBODY,
        until=3,
    ),
    stage_3(
        "set for somebody else under another identifier",
        given(8),
        do.set_partner({"userId": SOMEBODY}, "IB-2"),
        until=4,
    ),
    stage_4(
        "the earlier identifier again",
        violated("the identifier 'IB-OLD' is the earlier one; it must be new", 9, rule="partner-id-new"),
        do.report(4, partnerId="IB-OLD", previousPartnerId="IB-OLD"),
    ),
    stage_4(
        "a new identifier",
        reported(
            "the broker gives User 1 a referral link", 9, carried={"partnerId": "IB-7Q2F", "referralLink": None}
        ),
        until=4,
    ),
    stage_4("no new link", pending("nobody reported a referral link")),
]


@pytest.mark.parametrize("one", THE_REFERRAL_LINK, ids=str)
def test_the_referral_link(one: Case) -> None:
    """Flow 1 stage 3, flow 2 stage 4."""
    check(one)


stage_6 = at(6, until=5)
stage_1 = at(1, flow=2)
stage_2 = at(2, flow=2, until=1)
WHAT_THE_APPLICATION_SHOWS = [
    stage_6("nothing is set", pending("no partnerId is set yet"), until=3),
    stage_6("User 1 has not looked", NOT_SHOWN),
    stage_6(
        "User 1 has seen it",
        observed("the application shows User 1's partnerId", 10, carried={"partnerId": "IB-7Q2F"}),
        until=6,
    ),
    stage_6(
        "User 1 has seen it twice",
        observed("the application shows User 1's partnerId", 11, carried={"partnerId": "IB-7Q2F"}),
        do.act(Act.PARTNER_ID_LEARNED, BROWSER_1, USER_1, PARTNER_ID),
        until=6,
    ),
    stage_6("somebody else has seen it", NOT_SHOWN, do.act(Act.PARTNER_ID_LEARNED, BROWSER_1, USER_2, PARTNER_ID)),
    stage_1("no wish", NO_WISH),
    stage_1("a wish", observed("User 1 asked the application for a new cTID", 2), until=1),
    stage_1("a second wish", observed("User 1 asked the application for a new cTID", 3), WISH, until=1),
    stage_2("no screen", NO_SCREEN),
    stage_2(
        "the login screen", NO_SCREEN, do.act(Act.SCREEN_OPENED, BROWSER_1, url="http://x/", firstLogin=False)
    ),
    stage_2(
        "the signup screen",
        observed("the application opened the signup screen", 4, carried={"url": "http://x/2"}),
        do.act(Act.SCREEN_OPENED, BROWSER_1, url="http://x/2", firstLogin=True),
        until=2,
    ),
    stage_2(
        "the browser is known by the sign-in",
        observed("the application opened the signup screen", 1, carried={"url": "http://x/"}),
        do.act(Act.SCREEN_OPENED, BROWSER_1, url="http://x/", firstLogin=True),
        CREATED,
        do.act(Act.SIGNED_IN, BROWSER_1, USER_1),
        until=0,
    ),
    stage_1("another stage's report names no browser", NO_WISH, do.report(3, browser=BROWSER_1), WISH),
    stage_1(
        "another journey's report names a browser",
        NO_WISH,
        do.report(1, journey_id="journey-2", browser=BROWSER_1),
        WISH,
    ),
    stage_1("a browser that is no text", NO_WISH, do.report(1, browser=["x"]), WISH),
    stage_1("somebody unknown signed in", NO_WISH, do.act(Act.SIGNED_IN, BROWSER_1), WISH),
]


@pytest.mark.parametrize("one", WHAT_THE_APPLICATION_SHOWS, ids=str)
def test_what_the_application_shows(one: Case) -> None:
    """Flow 1 stage 6, flow 2 stages 1 and 2."""
    check(one)
