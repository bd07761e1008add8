"""What the journal says of User 2, word for word."""

import pytest

from mock_ctrader.journeys.model import Finding, Remark, State
from tests.unit.diary import (
    INVITED,
    PARTNER_ID,
    SOMEBODY,
)
from tests.unit.told import Case, check, other_journey

THE_SIGNUP_OF_USER_2 = [
    Case(
        "nobody saw it",
        13,
        Finding(State.PENDING, "nobody reported that User 2 signed up"),
        [],
        {"until": 12},
    ),
    Case(
        "refused",
        13,
        Finding(State.VIOLATED, "User 2 could not sign up: taken", events=[17]),
        [lambda d: d.report(13, error="taken")],
        {"until": 12},
    ),
    Case(
        "taken",
        13,
        Finding(State.REPORTED, "the broker took the signup", events=[17], carried={"partnerId": "IB-7Q2F"}),
        [],
        {"until": 13},
    ),
    Case(
        "with the identifier submitted",
        13,
        Finding(State.REPORTED, "the broker took the signup", events=[17], carried={"partnerId": "IB-7Q2F"}),
        [lambda d: d.report(13, partnerId=PARTNER_ID, submitted=PARTNER_ID)],
        {"until": 12},
    ),
    Case(
        "with another submitted",
        13,
        Finding(
            State.VIOLATED,
            "the screen was opened with the partnerId 'IB-7Q2F'; the signup submitted "
            "'ib-7q2f': it lost its letters' case",
            events=[17],
            rule="signup-keeps-partner-id",
            expected="IB-7Q2F",
            seen="ib-7q2f",
        ),
        [lambda d: d.report(13, partnerId=PARTNER_ID, submitted="ib-7q2f")],
        {"until": 12},
    ),
    Case(
        "with another partner's submitted",
        13,
        Finding(
            State.VIOLATED,
            "the screen was opened with the partnerId 'IB-7Q2F'; the signup submitted "
            "'IB-OTHER': it is another partner's identifier",
            events=[18],
            rule="signup-keeps-partner-id",
            expected="IB-7Q2F",
            seen="IB-OTHER",
        ),
        [
            lambda d: d.set_partner({"userId": SOMEBODY}, "IB-OTHER"),
            lambda d: d.report(13, partnerId=PARTNER_ID, submitted="IB-OTHER"),
        ],
        {"until": 12},
    ),
    Case(
        "with one submitted that was never set",
        13,
        Finding(
            State.VIOLATED,
            "the screen was opened with the partnerId 'IB-7Q2F'; the signup submitted "
            "'IB-OTHER': it is another identifier altogether",
            events=[18],
            rule="signup-keeps-partner-id",
            expected="IB-7Q2F",
            seen="IB-OTHER",
        ),
        [
            lambda d: d.refusal("3.6", {"userId": SOMEBODY, "partnerId": "IB-OTHER"}),
            lambda d: d.report(13, partnerId=PARTNER_ID, submitted="IB-OTHER"),
        ],
        {"until": 12},
    ),
    Case(
        "with none submitted, nothing more",
        13,
        Finding(State.REPORTED, "the broker took the signup", events=[17], carried={"partnerId": "IB-7Q2F"}),
        [lambda d: d.report(13, partnerId=PARTNER_ID, submitted="")],
        {"until": 12},
    ),
    Case(
        "with something that is no text",
        13,
        Finding(State.REPORTED, "the broker took the signup", events=[17], carried={"partnerId": "IB-7Q2F"}),
        [lambda d: d.report(13, partnerId=PARTNER_ID, submitted=7)],
        {"until": 12},
    ),
    Case(
        "with none submitted, and no attribution",
        13,
        Finding(
            State.VIOLATED,
            "the screen was opened with the partnerId 'IB-7Q2F', no field of the signup "
            "carried it, and User 2 is attributed to nobody",
            events=[23],
            carried={"partnerId": "IB-7Q2F"},
            rule="signup-keeps-partner-id",
            expected="IB-7Q2F",
            seen="no partnerId",
        ),
        [lambda d: d.report(13, partnerId=PARTNER_ID, submitted=""), lambda d: d.report(15, after=False)],
        {"until": 14},
    ),
    Case(
        "with none submitted, and attributed all the same",
        13,
        Finding(State.REPORTED, "the broker took the signup", events=[23], carried={"partnerId": "IB-7Q2F"}),
        [lambda d: d.report(13, partnerId=PARTNER_ID, submitted=""), lambda d: d.report(15, after=True)],
        {"until": 14},
    ),
    Case(
        "with none submitted, and attributed to another",
        13,
        Finding(State.REPORTED, "the broker took the signup", events=[23], carried={"partnerId": "IB-7Q2F"}),
        [
            lambda d: d.report(13, partnerId=PARTNER_ID, submitted=""),
            lambda d: d.report(15, after=True, elsewhere=["three"]),
        ],
        {"until": 14},
    ),
    Case(
        "with it submitted, and no attribution",
        13,
        Finding(State.REPORTED, "the broker took the signup", events=[23], carried={"partnerId": "IB-7Q2F"}),
        [lambda d: d.report(13, partnerId=PARTNER_ID, submitted=PARTNER_ID), lambda d: d.report(15, after=False)],
        {"until": 14},
    ),
    Case(
        "failed, and no attribution",
        13,
        Finding(State.VIOLATED, "User 2 could not sign up: taken", events=[23]),
        [lambda d: d.report(13, error="taken", submitted=""), lambda d: d.report(15, after=False)],
        {"until": 14},
    ),
]


@pytest.mark.parametrize("one", THE_SIGNUP_OF_USER_2, ids=str)
def test_the_signup_of_user_2(one: Case) -> None:
    """Stage 13."""
    check(one)


THE_ATTRIBUTION = [
    Case(
        "nobody saw it",
        15,
        Finding(State.PENDING, "nobody reported an attribution"),
        [],
        {"until": 14},
    ),
    Case(
        "could not be read",
        15,
        Finding(State.VIOLATED, "the attribution could not be read: 500", events=[23]),
        [lambda d: d.report(15, error="500")],
        {"until": 14},
    ),
    Case(
        "the list does not open",
        15,
        Finding(
            State.INFERRED,
            "what would show the attribution, the list, does not open",
            events=[23],
            carried={"email": "two@example.net", "userId": 102},
        ),
        [lambda d: d.report(15, listUnreadable=True)],
        {"until": 14},
    ),
    Case(
        "to other partners",
        15,
        Finding(
            State.VIOLATED,
            "User 2 opened User 1's link, but the broker attributes User 2 to three@example.net, four@example.net",
            events=[23],
            rule="attributed-to-the-inviting-partner",
            expected="one@example.net",
            seen="three@example.net, four@example.net",
        ),
        [lambda d: d.report(15, after=True, elsewhere=["three@example.net", "four@example.net"])],
        {"until": 14},
    ),
    Case(
        "to nobody, an empty list",
        15,
        Finding(
            State.VIOLATED,
            "the user creation flow of User 2 is complete, but the broker does not attribute User 2 to User 1",
            events=[23],
            expected="two@example.net in the list of User 1's referrals",
        ),
        [lambda d: d.report(15, after=False)],
        {"until": 14},
    ),
    Case(
        "to nobody, a list of three",
        15,
        Finding(
            State.VIOLATED,
            "the user creation flow of User 2 is complete, but the broker does not attribute User 2 to User 1",
            events=[23],
            expected="two@example.net in the list of User 1's referrals",
            seen="a list with a, b, c",
        ),
        [lambda d: d.report(15, entries=[{"email": "a"}, {"email": "b"}, {"email": "c"}, {"name": "d"}])],
        {"until": 14},
    ),
    Case(
        "to nobody, a list of five",
        15,
        Finding(
            State.VIOLATED,
            "the user creation flow of User 2 is complete, but the broker does not attribute User 2 to User 1",
            events=[23],
            expected="two@example.net in the list of User 1's referrals",
            seen="a list with a, b, c and 2 more",
        ),
        [lambda d: d.report(15, after=False, entries=[{"email": letter} for letter in "abcde"])],
        {"until": 14},
    ),
    Case(
        "to User 1",
        15,
        Finding(
            State.REPORTED,
            "the broker attributes User 2 to User 1",
            events=[23],
            carried={"email": "two@example.net", "userId": 102},
        ),
        [],
        {"until": 15},
    ),
    Case(
        "to User 1, early",
        15,
        Finding(
            State.REPORTED,
            "the broker attributes User 2 to User 1",
            events=[23],
            carried={"email": "two@example.net", "userId": 102},
            warnings=[
                Remark(
                    "attributed-not-early",
                    "User 2 was attributed before the user creation flow was complete (E-12)",
                )
            ],
        ),
        [lambda d: d.report(15, before=True, after=True)],
        {"until": 14},
    ),
]


@pytest.mark.parametrize("one", THE_ATTRIBUTION, ids=str)
def test_the_attribution(one: Case) -> None:
    """Stage 15."""
    check(one)


THE_REFERRAL_LIST = [
    Case(
        "not opened",
        16,
        Finding(State.PENDING, "nobody reported that User 1 opened the referral list"),
        [],
        {"until": 15},
    ),
    Case(
        "refused",
        16,
        Finding(State.VIOLATED, "User 1 could not open the referral list: closed", events=[24]),
        [lambda d: d.report(16, error="closed")],
        {"until": 15},
    ),
    Case(
        "open to everybody",
        16,
        Finding(
            State.VIOLATED,
            "the referral list opens without a log-in",
            events=[24],
            rule="list-needs-login",
            expected="a refusal, or the log-in screen",
            seen="the list, with addresses of people",
        ),
        [lambda d: d.report(16, openWithoutLogin=True)],
        {"until": 15},
    ),
    Case(
        "opened",
        16,
        Finding(State.REPORTED, "User 1 opened the referral list", events=[24]),
        [],
        {"until": 16},
    ),
    Case(
        "not fetched",
        17,
        Finding(State.PENDING, "nobody reported a fetched referral list"),
        [],
        {"until": 16},
    ),
    Case(
        "could not be fetched",
        17,
        Finding(State.VIOLATED, "the referral list could not be fetched: 500", events=[25]),
        [lambda d: d.report(17, error="500")],
        {"until": 16},
    ),
    Case(
        "fetched",
        17,
        Finding(State.REPORTED, "the client area fetched the referrals", events=[25], carried={"referrals": 1}),
        [],
        {"until": 17},
    ),
    Case(
        "not shown",
        18,
        Finding(State.PENDING, "nobody reported what the referral list shows"),
        [],
        {"until": 17},
    ),
    Case(
        "without User 2",
        18,
        Finding(State.VIOLATED, "User 2 (two@example.net) is not in the referral list", events=[26]),
        [lambda d: d.report(18, entries=[{"email": "other@example.net"}])],
        {"until": 17},
    ),
    Case(
        "with User 2 twice",
        18,
        Finding(
            State.VIOLATED,
            "User 2 is 2 times in the referral list",
            events=[26],
            rule="listed-once",
            expected="once",
            seen="2 times",
        ),
        [lambda d: d.report(18, entries=[{"email": INVITED}, {"email": INVITED.upper()}])],
        {"until": 17},
    ),
    Case(
        "under another identifier",
        18,
        Finding(
            State.VIOLATED,
            "User 2 is listed under the partnerId 'IB-X'; the link carried 'IB-7Q2F'",
            events=[26],
            rule="listed-under-link-id",
            expected="IB-7Q2F",
            seen="IB-X",
        ),
        [lambda d: d.report(18, entries=[{"email": INVITED, "partnerId": "IB-X"}])],
        {"until": 17},
    ),
    Case(
        "under an identifier that is not known to be wrong",
        18,
        Finding(
            State.REPORTED,
            "User 1 sees User 2 in the referral list",
            events=[1],
            carried={"email": "two@example.net", "partnerId": "IB-X"},
        ),
        [lambda d: d.report(18, entries=[{"email": INVITED, "partnerId": "IB-X"}])],
    ),
    Case(
        "with no identifier",
        18,
        Finding(
            State.REPORTED,
            "User 1 sees User 2 in the referral list",
            events=[26],
            carried={"email": "two@example.net"},
        ),
        [lambda d: d.report(18, entries=[{"email": INVITED}])],
        {"until": 17},
    ),
    Case(
        "in the list of others too",
        18,
        Finding(
            State.VIOLATED,
            "User 2 is in the list of another partner too: three, four",
            events=[26],
            rule="list-not-leaked",
            expected="in User 1's list only",
            seen="three, four",
        ),
        [lambda d: d.report(18, entries=[{"email": INVITED}], elsewhere=["three", "four"])],
        {"until": 17},
    ),
    Case(
        "with another partner's referral",
        18,
        Finding(
            State.VIOLATED,
            "the referral list of User 1 shows four@example.net, whom another partner invited",
            events=[26],
            rule="list-not-leaked",
            expected="User 1's own referrals only",
            seen="four@example.net",
        ),
        [lambda d: d.report(18, entries=[{"name": "x"}, {"email": "four@example.net"}, {"email": INVITED}])],
        {"until": 17, "others": (other_journey("three@example.net", "four@example.net"),)},
    ),
    Case(
        "with a stranger",
        18,
        Finding(
            State.VIOLATED,
            "the referral list of User 1 shows Five@example.net, whom another partner invited",
            events=[26],
            rule="list-not-leaked",
            expected="User 1's own referrals only",
            seen="Five@example.net",
        ),
        [
            lambda d: d.report(
                18, entries=[{"email": INVITED}, {"email": "Five@example.net"}], strangers=["five@example.net"]
            )
        ],
        {"until": 17},
    ),
    Case(
        "as it should be",
        18,
        Finding(
            State.REPORTED,
            "User 1 sees User 2 in the referral list",
            events=[26],
            carried={"email": "two@example.net", "partnerId": "IB-7Q2F"},
        ),
        [],
        {"until": 18, "others": (other_journey("three@example.net", "four@example.net"),)},
    ),
    Case(
        "with entries that are no objects",
        18,
        Finding(
            State.REPORTED,
            "User 1 sees User 2 in the referral list",
            events=[26],
            carried={"email": "two@example.net"},
        ),
        [lambda d: d.report(18, entries=["x", {"email": INVITED, "count": 7}], elsewhere="x", strangers=[7])],
        {"until": 17},
    ),
    Case(
        "the adapter got stuck",
        18,
        Finding(State.VIOLATED, "User 2 (two@example.net) is not in the referral list", events=[26]),
        [lambda d: d.report(18, error="no such page")],
        {"until": 17},
    ),
]


@pytest.mark.parametrize("one", THE_REFERRAL_LIST, ids=str)
def test_the_referral_list(one: Case) -> None:
    """Stages 16 to 18."""
    check(one)


WHAT_AN_ADAPTER_SAID_OF_A_STAGE_OF_THE_APPLICATION = [
    Case(
        "while opening",
        11,
        Finding(State.VIOLATED, "no browser", events=[15]),
        [lambda d: d.report(11, error="no browser")],
        {"until": 10},
    ),
    Case(
        "but it came all the same",
        11,
        Finding(
            State.OBSERVED,
            "User 2 opened the link",
            events=[15],
            carried={"link": "http://127.0.0.1:9/app/BEST/copy/strategy/60417?partnerId=IB-7Q2F"},
        ),
        [lambda d: d.report(11, error="no browser")],
        {"until": 11},
    ),
    Case(
        "without an error",
        11,
        Finding(State.PENDING, "no link with the partnerId 'IB-7Q2F' was opened yet"),
        [lambda d: d.report(11, note="x")],
        {"until": 10},
    ),
]


@pytest.mark.parametrize("one", WHAT_AN_ADAPTER_SAID_OF_A_STAGE_OF_THE_APPLICATION, ids=str)
def test_what_an_adapter_said_of_a_stage_of_the_application(one: Case) -> None:
    """The adapter got stuck there; nothing came."""
    check(one)
