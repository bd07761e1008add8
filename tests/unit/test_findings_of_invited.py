"""What the journal says of User 2, word for word."""

from typing import Any

import pytest

from mock_ctrader.journeys.model import Finding, Remark
from tests.unit.diary import INVITED, PARTNER_ID, SOMEBODY
from tests.unit.told import (
    Case,
    Step,
    at,
    check,
    do,
    inferred,
    observed,
    other_journey,
    pending,
    reported,
    violated,
)

ATTRIBUTED = "the broker attributes User 2 to User 1"
USER_2_IDS = {"email": "two@example.net", "userId": 102}


def signup(submitted: Any) -> Step:
    """The adapter saw the signup; so much it submitted."""
    return do.report(13, partnerId=PARTNER_ID, submitted=submitted)


def signed_up(event: int) -> Finding:
    """The broker took it."""
    return reported("the broker took the signup", event, carried={"partnerId": "IB-7Q2F"})


def submitted(seen: str, why: str, event: int) -> Finding:
    """The signup submitted another identifier than the screen had."""
    reason = f"the screen was opened with the partnerId 'IB-7Q2F'; the signup submitted '{seen}': {why}"
    return violated(reason, event, rule="signup-keeps-partner-id", expected="IB-7Q2F", seen=seen)


def not_attributed(seen: str | None = None) -> Finding:
    """User 2 belongs to nobody."""
    reason = "the user creation flow of User 2 is complete, but the broker does not attribute User 2 to User 1"
    return violated(reason, 23, expected="two@example.net in the list of User 1's referrals", seen=seen)


def shown(entries: list[Any], **more: Any) -> Step:
    """The adapter read the list."""
    return do.report(18, entries=entries, **more)


def listed(event: int, *warnings: Remark, **more: str) -> Finding:
    """User 2 is in it."""
    carried = {"email": "two@example.net"} | more
    said = "User 1 sees User 2 in the referral list"
    return reported(said, event, carried=carried, warnings=list(warnings))


def leaked(seen: str) -> Finding:
    """Somebody else is in it."""
    reason = f"the referral list of User 1 shows {seen}, whom another partner invited"
    return violated(reason, 26, rule="list-not-leaked", expected="User 1's own referrals only", seen=seen)


stage_13 = at(13, until=12)
THE_SIGNUP_OF_USER_2 = [
    stage_13("nobody saw it", pending("nobody reported that User 2 signed up")),
    stage_13("refused", violated("User 2 could not sign up: taken", 17), do.report(13, error="taken")),
    stage_13("taken", signed_up(17), until=13),
    stage_13("with the identifier submitted", signed_up(17), signup(PARTNER_ID)),
    stage_13("with another submitted", submitted("ib-7q2f", "it lost its letters' case", 17), signup("ib-7q2f")),
    stage_13(
        "with another partner's submitted",
        submitted("IB-OTHER", "it is another partner's identifier", 18),
        do.set_partner({"userId": SOMEBODY}, "IB-OTHER"),
        signup("IB-OTHER"),
    ),
    stage_13(
        "with one submitted that was never set",
        submitted("IB-OTHER", "it is another identifier altogether", 18),
        do.refusal("3.6", {"userId": SOMEBODY, "partnerId": "IB-OTHER"}),
        signup("IB-OTHER"),
    ),
    stage_13("with none submitted, nothing more", signed_up(17), signup("")),
    stage_13("with something that is no text", signed_up(17), signup(7)),
    stage_13(
        "with none submitted, and no attribution",
        violated(
            "the screen was opened with the partnerId 'IB-7Q2F', no field of the signup "
            "carried it, and User 2 is attributed to nobody",
            23,
            carried={"partnerId": "IB-7Q2F"},
            rule="signup-keeps-partner-id",
            expected="IB-7Q2F",
            seen="no partnerId",
        ),
        signup(""),
        do.report(15, after=False),
        until=14,
    ),
    stage_13(
        "with none submitted, the address still had it, and no attribution",
        violated(
            "the screen was opened with the partnerId 'IB-7Q2F', no field of the signup "
            "carried it, and User 2 is attributed to nobody; the address that the form was posted back to still "
            "had it: if your server reads it from there, it is stage 15 that is broken",
            23,
            carried={"partnerId": "IB-7Q2F"},
            rule="signup-keeps-partner-id",
            expected="IB-7Q2F",
            seen="no partnerId",
        ),
        do.report(13, partnerId=PARTNER_ID, submitted="", inAddress=True),
        do.report(15, after=False),
        until=14,
    ),
    stage_13(
        "with none submitted, and attributed all the same",
        signed_up(23),
        signup(""),
        do.report(15, after=True),
        until=14,
    ),
    stage_13(
        "with none submitted, and attributed to another",
        signed_up(23),
        signup(""),
        do.report(15, after=True, elsewhere=["three"]),
        until=14,
    ),
    stage_13(
        "with it submitted, and no attribution",
        signed_up(23),
        signup(PARTNER_ID),
        do.report(15, after=False),
        until=14,
    ),
    stage_13(
        "failed, and no attribution",
        violated("User 2 could not sign up: taken", 23),
        do.report(13, error="taken", submitted=""),
        do.report(15, after=False),
        until=14,
    ),
]


@pytest.mark.parametrize("one", THE_SIGNUP_OF_USER_2, ids=str)
def test_the_signup_of_user_2(one: Case) -> None:
    """Stage 13."""
    check(one)


stage_15 = at(15, until=14)
THE_ATTRIBUTION = [
    stage_15("nobody saw it", pending("nobody reported an attribution")),
    stage_15(
        "could not be read", violated("the attribution could not be read: 500", 23), do.report(15, error="500")
    ),
    stage_15(
        "the list does not open",
        inferred(
            "what would show the attribution, the list, does not open",
            23,
            carried={"email": "two@example.net", "userId": 102},
        ),
        do.report(15, listUnreadable=True),
    ),
    stage_15(
        "to other partners",
        violated(
            "User 2 opened User 1's link, but the broker attributes User 2 to three@example.net, four@example.net",
            23,
            rule="attributed-to-the-inviting-partner",
            expected="one@example.net",
            seen="three@example.net, four@example.net",
        ),
        do.report(15, after=True, elsewhere=["three@example.net", "four@example.net"]),
    ),
    stage_15("to nobody, an empty list", not_attributed(), do.report(15, after=False)),
    stage_15(
        "to nobody, a list of three",
        not_attributed("a list with a, b, c"),
        do.report(15, entries=[{"email": "a"}, {"email": "b"}, {"email": "c"}, {"name": "d"}]),
    ),
    stage_15(
        "to nobody, a list of five",
        not_attributed("a list with a, b, c and 2 more"),
        do.report(15, after=False, entries=[{"email": letter} for letter in "abcde"]),
    ),
    stage_15("to User 1", reported(ATTRIBUTED, 23, carried=USER_2_IDS), until=15),
    stage_15(
        "to User 1, early",
        reported(
            ATTRIBUTED,
            23,
            carried=USER_2_IDS,
            warnings=[
                Remark(
                    "attributed-not-early",
                    "User 2 was attributed before the user creation flow was complete (E-12)",
                )
            ],
        ),
        do.report(15, before=True, after=True),
    ),
]


@pytest.mark.parametrize("one", THE_ATTRIBUTION, ids=str)
def test_the_attribution(one: Case) -> None:
    """Stage 15."""
    check(one)


stage_16 = at(16, until=15)
stage_17 = at(17, until=16)
stage_18 = at(18, until=17)
THE_REFERRAL_LIST = [
    stage_16("not opened", pending("nobody reported that User 1 opened the referral list")),
    stage_16(
        "refused", violated("User 1 could not open the referral list: closed", 24), do.report(16, error="closed")
    ),
    stage_16(
        "open to everybody",
        violated(
            "the referral list opens without a log-in",
            24,
            rule="list-needs-login",
            expected="a refusal, or the log-in screen",
            seen="the list, with addresses of people",
        ),
        do.report(16, openWithoutLogin=True),
    ),
    stage_16("opened", reported("User 1 opened the referral list", 24), until=16),
    stage_17("not fetched", pending("nobody reported a fetched referral list")),
    stage_17(
        "could not be fetched",
        violated("the referral list could not be fetched: 500", 25),
        do.report(17, error="500"),
    ),
    stage_17("fetched", reported("the client area fetched the referrals", 25, carried={"referrals": 1}), until=17),
    stage_18("not shown", pending("nobody reported what the referral list shows")),
    stage_18(
        "without User 2",
        violated("User 2 (two@example.net) is not in the referral list", 26),
        shown([{"email": "other@example.net"}]),
    ),
    stage_18(
        "with User 2 twice",
        violated(
            "User 2 is 2 times in the referral list", 26, rule="listed-once", expected="once", seen="2 times"
        ),
        shown([{"email": INVITED}, {"email": INVITED.upper()}]),
    ),
    stage_18(
        "under another identifier, which is our inference",
        listed(
            26,
            Remark(
                "listed-under-link-id",
                "User 2 is listed under the partnerId 'IB-X'; the link carried 'IB-7Q2F'",
                "IB-7Q2F",
                "IB-X",
            ),
            partnerId="IB-X",
        ),
        shown([{"email": INVITED, "partnerId": "IB-X"}]),
    ),
    stage_18(
        "under an identifier that is not known to be wrong",
        listed(1, partnerId="IB-X"),
        shown([{"email": INVITED, "partnerId": "IB-X"}]),
        until=0,
    ),
    stage_18("with no identifier", listed(26), shown([{"email": INVITED}])),
    stage_18(
        "in the list of others too",
        violated(
            "User 2 is in the list of another partner too: three, four",
            26,
            rule="list-not-leaked",
            expected="in User 1's list only",
            seen="three, four",
        ),
        shown([{"email": INVITED}], elsewhere=["three", "four"]),
    ),
    stage_18(
        "with another partner's referral",
        leaked("four@example.net"),
        shown([{"name": "x"}, {"email": "four@example.net"}, {"email": INVITED}]),
        others=(other_journey("three@example.net", "four@example.net"),),
    ),
    stage_18(
        "with a stranger",
        leaked("Five@example.net"),
        shown([{"email": INVITED}, {"email": "Five@example.net"}], strangers=["five@example.net"]),
    ),
    stage_18(
        "as it should be",
        listed(26, partnerId="IB-7Q2F"),
        until=18,
        others=(other_journey("three@example.net", "four@example.net"),),
    ),
    stage_18(
        "with entries that are no objects",
        listed(26),
        shown(["x", {"email": INVITED, "count": 7}], elsewhere="x", strangers=[7]),
    ),
    stage_18(
        "the adapter got stuck",
        violated("User 2 (two@example.net) is not in the referral list", 26),
        do.report(18, error="no such page"),
    ),
]


@pytest.mark.parametrize("one", THE_REFERRAL_LIST, ids=str)
def test_the_referral_list(one: Case) -> None:
    """Stages 16 to 18."""
    check(one)


stage_11 = at(11, until=10)
WHAT_AN_ADAPTER_SAID_OF_A_STAGE_OF_THE_APPLICATION = [
    stage_11("while opening", violated("no browser", 15), do.report(11, error="no browser")),
    stage_11(
        "but it came all the same",
        observed(
            "User 2 opened the link",
            15,
            carried={"link": "http://127.0.0.1:9/app/BEST/copy/strategy/60417?partnerId=IB-7Q2F"},
        ),
        do.report(11, error="no browser"),
        until=11,
    ),
    stage_11(
        "without an error", pending("no link with the partnerId 'IB-7Q2F' was opened yet"), do.report(11, note="x")
    ),
]


@pytest.mark.parametrize("one", WHAT_AN_ADAPTER_SAID_OF_A_STAGE_OF_THE_APPLICATION, ids=str)
def test_what_an_adapter_said_of_a_stage_of_the_application(one: Case) -> None:
    """The adapter got stuck there; nothing came."""
    check(one)
