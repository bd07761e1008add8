"""What the journal says of User 1 becoming a partner, word for word."""

import pytest

from mock_ctrader.acts import Act
from mock_ctrader.flows import Level
from mock_ctrader.journeys.model import Finding, State
from tests.unit.diary import (
    BROWSER_1,
    PARTNER,
    PARTNER_ID,
    SOMEBODY,
    USER_1,
    USER_2,
)
from tests.unit.told import Case, check

BECOMING_A_PARTNER = [
    Case(
        "nobody reported a registration",
        1,
        Finding(State.PENDING, "nobody reported that User 1 registered as a partner"),
        [],
    ),
    Case(
        "the broker refused the registration",
        1,
        Finding(State.VIOLATED, "User 1 could not register as a partner: closed", events=[7, 1, 2, 3, 4]),
        [lambda d: d.report(1, error="closed")],
        {"until": 1},
    ),
    Case(
        "the broker refused, while User 1 was not created yet",
        1,
        Finding(State.VIOLATED, "User 1 could not register as a partner: closed", events=[1]),
        [lambda d: d.report(1, error="closed")],
    ),
    Case(
        "the broker refused, after cTrader had refused User 1",
        1,
        Finding(
            State.VIOLATED,
            "User 1 could not register as a partner: closed; call 3.2 for User 1 was "
            "answered 400 CH_EMAIL_ALREADY_EXISTS: because",
            events=[2, 1],
            rule="create-user",
        ),
        [
            lambda d: d.refusal("3.2", {"email": PARTNER}, 400, "CH_EMAIL_ALREADY_EXISTS"),
            lambda d: d.report(1, error="closed"),
        ],
    ),
    Case(
        "User 1 has no cTID",
        1,
        Finding(
            State.VIOLATED,
            "User 1 is a partner before the user creation flow is complete: no call 3.2 for User 1 yet",
            events=[1],
            rule="create-user",
        ),
        [lambda d: d.report(1, level="user")],
    ),
    Case(
        "User 1 was refused by cTrader, but is a partner",
        1,
        Finding(
            State.VIOLATED,
            "User 1 is a partner before the user creation flow is complete: call 3.2 for "
            "User 1 was answered 400 CH_EMAIL_ALREADY_EXISTS: because",
            events=[2, 1],
            rule="create-user",
        ),
        [
            lambda d: d.refusal("3.2", {"email": PARTNER}, 400, "CH_EMAIL_ALREADY_EXISTS"),
            lambda d: d.report(1, level="user"),
        ],
    ),
    Case(
        "an error that is no text",
        1,
        Finding(State.REPORTED, "the broker took the registration", events=[7], carried={"level": "user"}),
        [lambda d: d.report(1, error=7, level="user")],
        {"until": 1},
    ),
    Case(
        "nobody reported it, but a later stage was seen",
        1,
        Finding(State.INFERRED, "a later stage cannot have happened without it"),
        [lambda d: d.user(PARTNER, USER_1), lambda d: d.set_partner({"userId": USER_1})],
    ),
    Case(
        "nobody announced the journey",
        1,
        Finding(State.REPORTED, "the broker took the registration", events=[1], carried={"level": "user"}),
        [lambda d: d.report(1, level="user")],
        {"announced": False},
    ),
    Case(
        "User 1 registers",
        1,
        Finding(State.REPORTED, "the broker took the registration", events=[6], carried={"level": "user"}),
        [],
        {"until": 1},
    ),
    Case(
        "nobody reported a record",
        2,
        Finding(State.PENDING, "nobody reported a partner record"),
        [],
        {"until": 1},
    ),
    Case(
        "the broker shows no record",
        2,
        Finding(State.VIOLATED, "the broker shows no partner record: empty", events=[7]),
        [lambda d: d.report(2, error="empty")],
        {"until": 1},
    ),
    Case(
        "the record is at the other level",
        2,
        Finding(
            State.VIOLATED,
            "the partner record is at account level; User 1 registered at user level",
            events=[7],
            rule="record-at-level",
            expected="user level",
            seen="account level",
        ),
        [lambda d: d.report(2, level="account")],
        {"until": 1},
    ),
    Case(
        "the record is at the other level, the user's",
        2,
        Finding(
            State.VIOLATED,
            "the partner record is at user level; User 1 registered at account level",
            events=[7],
            rule="record-at-level",
            expected="account level",
            seen="user level",
        ),
        [lambda d: d.report(2, level="user")],
        {"level": Level.ACCOUNT, "until": 1},
    ),
    Case(
        "the record is at the right level",
        2,
        Finding(
            State.REPORTED,
            "the broker shows a partner record at account level",
            events=[7],
            carried={"level": "account"},
        ),
        [],
        {"level": Level.ACCOUNT, "until": 2},
    ),
    Case(
        "the record says nothing of its level",
        2,
        Finding(
            State.REPORTED,
            "the broker shows a partner record at user level",
            events=[7],
            carried={"level": "user"},
        ),
        [lambda d: d.report(2, note=1)],
        {"until": 1},
    ),
    Case(
        "a level that is no text",
        2,
        Finding(
            State.REPORTED,
            "the broker shows a partner record at user level",
            events=[7],
            carried={"level": "user"},
        ),
        [lambda d: d.report(2, level=7)],
        {"until": 1},
    ),
]


@pytest.mark.parametrize("one", BECOMING_A_PARTNER, ids=str)
def test_becoming_a_partner(one: Case) -> None:
    """Flow 1 stages 1 and 2, inside the broker."""
    check(one)


THE_REFERRAL_LINK = [
    Case(
        "nobody reported a link",
        3,
        Finding(State.PENDING, "nobody reported a referral link"),
        [],
        {"until": 2},
    ),
    Case(
        "the broker gives none",
        3,
        Finding(State.VIOLATED, "the broker gives no referral link: gone", events=[8]),
        [lambda d: d.report(3, error="gone")],
        {"until": 2},
    ),
    Case(
        "no identifier",
        3,
        Finding(State.VIOLATED, "the referral link has no partner identifier, got None", events=[8]),
        [lambda d: d.report(3, referralLink="http://broker/r")],
        {"until": 2},
    ),
    Case(
        "a blank identifier",
        3,
        Finding(State.VIOLATED, "the referral link has no partner identifier, got ' '", events=[8]),
        [lambda d: d.report(3, partnerId=" ")],
        {"until": 2},
    ),
    Case(
        "an identifier that is no text",
        3,
        Finding(State.VIOLATED, "the referral link has no partner identifier, got 7", events=[8]),
        [lambda d: d.report(3, partnerId=7)],
        {"until": 2},
    ),
    Case(
        "the broker gives one",
        3,
        Finding(
            State.REPORTED,
            "the broker gives User 1 a referral link",
            events=[8],
            carried={"partnerId": "IB-7Q2F", "referralLink": "http://broker/r"},
        ),
        [],
        {"until": 3},
    ),
    Case(
        "a link that carries the identifier",
        3,
        Finding(
            State.REPORTED,
            "the broker gives User 1 a referral link",
            events=[8],
            carried={"partnerId": "a b", "referralLink": "http://broker/r?partnerId=a%20b"},
        ),
        [lambda d: d.report(3, partnerId="a b", referralLink="http://broker/r?partnerId=a%20b")],
        {"until": 2},
    ),
    Case(
        "a link that carries another",
        3,
        Finding(
            State.VIOLATED,
            "the referral link carries the partnerId 'ib-ab'; the identifier is 'IB-AB': it "
            "lost its letters' case",
            events=[8],
            rule="link-has-partner-id",
            expected="IB-AB",
            seen="ib-ab",
        ),
        [lambda d: d.report(3, partnerId="IB-AB", referralLink="http://broker/r?partnerId=ib-ab")],
        {"until": 2},
    ),
    Case(
        "the link is no text",
        3,
        Finding(
            State.REPORTED,
            "the broker gives User 1 a referral link",
            events=[8],
            carried={"partnerId": "IB-AB", "referralLink": None},
        ),
        [lambda d: d.report(3, partnerId="IB-AB", referralLink=7)],
        {"until": 2},
    ),
    Case(
        "set for somebody else as well",
        3,
        Finding(
            State.VIOLATED,
            "the identifier 'IB-7Q2F' is not unique: call 3.6 set it for somebody else too",
            events=[8, 10],
            rule="partner-id-unique",
            expected="an identifier of User 1's own",
            seen="IB-7Q2F",
        ),
        [lambda d: d.set_partner({"userId": SOMEBODY})],
        {"until": 4},
    ),
    Case(
        "set for somebody else first",
        3,
        Finding(
            State.VIOLATED,
            "the identifier 'IB-7Q2F' is not unique: call 3.6 set it for somebody else too",
            events=[3, 1],
            rule="partner-id-unique",
            expected="an identifier of User 1's own",
            seen="IB-7Q2F",
        ),
        [
            lambda d: d.set_partner({"userId": SOMEBODY}),
            lambda d: d.user(PARTNER, USER_1),
            lambda d: d.report(3, partnerId=PARTNER_ID),
        ],
    ),
    Case(
        "set for somebody else only",
        3,
        Finding(
            State.REPORTED,
            "the broker gives User 1 a referral link",
            events=[8],
            carried={"partnerId": "IB-7Q2F", "referralLink": "http://broker/r"},
        ),
        [lambda d: d.set_partner({"userId": SOMEBODY})],
        {"until": 3},
    ),
    Case(
        "set for somebody else, refused",
        3,
        Finding(
            State.REPORTED,
            "the broker gives User 1 a referral link",
            events=[8],
            carried={"partnerId": "IB-7Q2F", "referralLink": "http://broker/r"},
        ),
        [lambda d: d.refusal("3.6", {"userId": SOMEBODY, "partnerId": PARTNER_ID})],
        {"until": 4},
    ),
    Case(
        "set for User 1 in vain, and for somebody else",
        3,
        Finding(
            State.REPORTED,
            "the broker gives User 1 a referral link",
            events=[8],
            carried={"partnerId": "IB-7Q2F", "referralLink": "http://broker/r"},
        ),
        [
            lambda d: d.refusal("3.6", {"userId": USER_1, "partnerId": PARTNER_ID}),
            lambda d: d.set_partner({"userId": SOMEBODY}),
        ],
        {"until": 3},
    ),
    Case(
        "set for somebody else under another identifier",
        3,
        Finding(
            State.REPORTED,
            "the broker gives User 1 a referral link",
            events=[8],
            carried={"partnerId": "IB-7Q2F", "referralLink": "http://broker/r"},
        ),
        [lambda d: d.set_partner({"userId": SOMEBODY}, "IB-2")],
        {"until": 4},
    ),
    Case(
        "the earlier identifier again",
        4,
        Finding(
            State.VIOLATED,
            "the identifier 'IB-OLD' is the earlier one; it must be new",
            events=[9],
            rule="partner-id-new",
        ),
        [lambda d: d.report(4, partnerId="IB-OLD", previousPartnerId="IB-OLD")],
        {"flow": 2, "until": 3},
    ),
    Case(
        "a new identifier",
        4,
        Finding(
            State.REPORTED,
            "the broker gives User 1 a referral link",
            events=[9],
            carried={"partnerId": "IB-7Q2F", "referralLink": None},
        ),
        [],
        {"flow": 2, "until": 4},
    ),
    Case(
        "no new link",
        4,
        Finding(State.PENDING, "nobody reported a referral link"),
        [],
        {"flow": 2, "until": 3},
    ),
]


@pytest.mark.parametrize("one", THE_REFERRAL_LINK, ids=str)
def test_the_referral_link(one: Case) -> None:
    """Flow 1 stage 3, flow 2 stage 4."""
    check(one)


WHAT_THE_APPLICATION_SHOWS = [
    Case(
        "nothing is set",
        6,
        Finding(State.PENDING, "no partnerId is set yet"),
        [],
        {"until": 3},
    ),
    Case(
        "User 1 has not looked",
        6,
        Finding(State.PENDING, "the application has not shown User 1 the partnerId yet: is User 1 signed in?"),
        [],
        {"until": 5},
    ),
    Case(
        "User 1 has seen it",
        6,
        Finding(
            State.OBSERVED,
            "the application shows User 1's partnerId",
            events=[10],
            carried={"partnerId": "IB-7Q2F"},
        ),
        [],
        {"until": 6},
    ),
    Case(
        "User 1 has seen it twice",
        6,
        Finding(
            State.OBSERVED,
            "the application shows User 1's partnerId",
            events=[11],
            carried={"partnerId": "IB-7Q2F"},
        ),
        [lambda d: d.act(Act.PARTNER_ID_LEARNED, BROWSER_1, USER_1, PARTNER_ID)],
        {"until": 6},
    ),
    Case(
        "somebody else has seen it",
        6,
        Finding(State.PENDING, "the application has not shown User 1 the partnerId yet: is User 1 signed in?"),
        [lambda d: d.act(Act.PARTNER_ID_LEARNED, BROWSER_1, USER_2, PARTNER_ID)],
        {"until": 5},
    ),
    Case(
        "no wish",
        1,
        Finding(State.PENDING, "User 1 has not asked the application for a new cTID"),
        [],
        {"flow": 2},
    ),
    Case(
        "a wish",
        1,
        Finding(State.OBSERVED, "User 1 asked the application for a new cTID", events=[2]),
        [],
        {"flow": 2, "until": 1},
    ),
    Case(
        "a second wish",
        1,
        Finding(State.OBSERVED, "User 1 asked the application for a new cTID", events=[3]),
        [lambda d: d.act(Act.NEW_CTID_ASKED, BROWSER_1)],
        {"flow": 2, "until": 1},
    ),
    Case(
        "no screen",
        2,
        Finding(State.PENDING, "the application has not opened the signup screen for User 1"),
        [],
        {"flow": 2, "until": 1},
    ),
    Case(
        "the login screen",
        2,
        Finding(State.PENDING, "the application has not opened the signup screen for User 1"),
        [lambda d: d.act(Act.SCREEN_OPENED, BROWSER_1, url="http://x/", firstLogin=False)],
        {"flow": 2, "until": 1},
    ),
    Case(
        "the signup screen",
        2,
        Finding(
            State.OBSERVED, "the application opened the signup screen", events=[4], carried={"url": "http://x/2"}
        ),
        [lambda d: d.act(Act.SCREEN_OPENED, BROWSER_1, url="http://x/2", firstLogin=True)],
        {"flow": 2, "until": 2},
    ),
    Case(
        "the browser is known by the sign-in",
        2,
        Finding(
            State.OBSERVED, "the application opened the signup screen", events=[1], carried={"url": "http://x/"}
        ),
        [
            lambda d: d.act(Act.SCREEN_OPENED, BROWSER_1, url="http://x/", firstLogin=True),
            lambda d: d.user(PARTNER, USER_1),
            lambda d: d.act(Act.SIGNED_IN, BROWSER_1, USER_1),
        ],
        {"flow": 2},
    ),
    Case(
        "another stage's report names no browser",
        1,
        Finding(State.PENDING, "User 1 has not asked the application for a new cTID"),
        [lambda d: d.report(3, browser=BROWSER_1), lambda d: d.act(Act.NEW_CTID_ASKED, BROWSER_1)],
        {"flow": 2},
    ),
    Case(
        "another journey's report names a browser",
        1,
        Finding(State.PENDING, "User 1 has not asked the application for a new cTID"),
        [
            lambda d: d.report(1, journey_id="journey-2", browser=BROWSER_1),
            lambda d: d.act(Act.NEW_CTID_ASKED, BROWSER_1),
        ],
        {"flow": 2},
    ),
    Case(
        "a browser that is no text",
        1,
        Finding(State.PENDING, "User 1 has not asked the application for a new cTID"),
        [lambda d: d.report(1, browser=["x"]), lambda d: d.act(Act.NEW_CTID_ASKED, BROWSER_1)],
        {"flow": 2},
    ),
    Case(
        "somebody unknown signed in",
        1,
        Finding(State.PENDING, "User 1 has not asked the application for a new cTID"),
        [lambda d: d.act(Act.SIGNED_IN, BROWSER_1), lambda d: d.act(Act.NEW_CTID_ASKED, BROWSER_1)],
        {"flow": 2},
    ),
]


@pytest.mark.parametrize("one", WHAT_THE_APPLICATION_SHOWS, ids=str)
def test_what_the_application_shows(one: Case) -> None:
    """Flow 1 stage 6, flow 2 stages 1 and 2."""
    check(one)
