"""What the journal says of call 3.6, word for word."""

import pytest

from mock_ctrader.flows import Level
from mock_ctrader.journeys.model import Finding, Remark
from tests.unit.diary import ACCOUNT_1, PARTNER, PARTNER_ID, SOMEBODY, USER_1
from tests.unit.told import Case, Step, at, check, detailed, do, faulty, observed, pending, violated

USER, ACCOUNT, STRANGER = {"userId": USER_1}, {"ctidTraderAccountId": ACCOUNT_1}, {"userId": SOMEBODY}
CREATED = do.user(PARTNER, USER_1)
LINKED = do.account(USER_1, ACCOUNT_1)
VERIFIED = do.verified(USER_1)

NO_CALL_36 = pending("no call 3.6 for User 1 (userId 101) yet")
EARLY = Remark("set-not-early", "call 3.6 came before the user creation flow of User 1 was complete")


def arrived(event: int, *warnings: Remark) -> Finding:
    """Call 3.6 at user level, in that event."""
    carried = {"brokerCrmName": "CRM", "partnerId": "IB-7Q2F", "userId": 101}
    return observed("call 3.6 arrived", event, carried=carried, warnings=list(warnings))


def for_another(seen: str, event: int, expected: str) -> Finding:
    """Call 3.6 for others than the ids of User 1."""
    reason = f"call 3.6 set User 1's partnerId for somebody else, {seen}"
    return violated(reason, event, rule="set-target", expected=expected, seen=seen)


def another(seen: str, why: str, event: int) -> Finding:
    """Call 3.6 with another identifier than the referral link's."""
    reason = f"call 3.6 carried the partnerId '{seen}'; the referral link carries 'IB-7Q2F': {why}"
    return violated(reason, event, rule="set-partner-id", expected="IB-7Q2F", seen=seen)


def refused(status: int, code: str) -> Step:
    """Call 3.6 for User 1 by a broker that gives its CRM another name, refused."""
    return do.refusal("3.6", {"partnerId": PARTNER_ID, **USER, "brokerCrmName": "BEST"}, status, code)


def unknown(partner_id: str) -> Step:
    """Call 3.6 for a user whom cTrader does not know."""
    return do.refusal("3.6", {"partnerId": partner_id, **STRANGER}, 404, "ENTITY_NOT_FOUND")


stage_4 = at(4, until=3)
A_MISSING_CALL_36 = [
    stage_4("User 1 is not created", pending("no call 3.6 yet, and User 1 has no userId yet"), until=0),
    stage_4(
        "User 1 has no account",
        pending("no call 3.6 yet, and userId 101 has no linked account yet"),
        CREATED,
        level=Level.ACCOUNT,
        until=0,
    ),
    stage_4("at user level none is needed", NO_CALL_36, CREATED, until=0),
    stage_4("all is there", NO_CALL_36, level=Level.ACCOUNT),
    stage_4(
        "for somebody else",
        for_another("userId 999", 9, "userId 101, ctidTraderAccountId 201"),
        do.set_partner(STRANGER),
    ),
    stage_4(
        "for somebody else's account",
        for_another("ctidTraderAccountId 999", 9, "userId 101, ctidTraderAccountId 201"),
        do.set_partner({"ctidTraderAccountId": SOMEBODY}),
    ),
    stage_4(
        "for somebody else, by a User 1 without an account",
        for_another("userId 999", 3, "userId 101, ctidTraderAccountId none"),
        CREATED,
        do.report(3, partnerId=PARTNER_ID),
        do.set_partner(STRANGER),
        until=0,
    ),
    stage_4(
        "for somebody else with two accounts",
        for_another("userId 999", 11, "userId 101, ctidTraderAccountId 201, 205"),
        do.account(USER_1, 205),
        do.set_partner(STRANGER),
    ),
    stage_4(
        "for somebody else, refused",
        violated("call 3.6 was answered 404 ENTITY_NOT_FOUND: because", 9, rule="set-target"),
        unknown(PARTNER_ID),
    ),
    stage_4("somebody else was refused with another identifier", NO_CALL_36, unknown("IB-2")),
    stage_4(
        "refused without an identifier",
        violated("call 3.6 was answered 400 INVALID_REQUEST: because", 9, rule="set-keys"),
        do.refusal("3.6", {"userId": SOMEBODY}, 400, "INVALID_REQUEST"),
    ),
    stage_4(
        "refused without an identifier, then somebody else in vain",
        violated("call 3.6 was answered 400 INVALID_REQUEST: because", 9, rule="set-keys"),
        do.refusal("3.6", {"userId": SOMEBODY}, 400, "INVALID_REQUEST"),
        unknown("IB-2"),
    ),
    stage_4(
        "of a journey nobody announced",
        violated("call 3.6 was answered 404 ENTITY_NOT_FOUND: because", 9, rule="set-target"),
        unknown("IB-2"),
        announced=False,
    ),
    stage_4(
        "before this journey began",
        NO_CALL_36,
        do.set_partner(STRANGER),
        CREATED,
        do.report(3, partnerId=PARTNER_ID),
        until=0,
    ),
]


@pytest.mark.parametrize("one", A_MISSING_CALL_36, ids=str)
def test_a_missing_call_36(one: Case) -> None:
    """The nearest thing that did happen."""
    check(one)


stage_4 = at(4, until=3)
A_REFUSED_CALL_36 = [
    stage_4(
        "token",
        violated("call 3.6 was answered 401 CH_CLIENT_AUTH_FAILURE: because", 9, rule="set-token"),
        refused(401, "CH_CLIENT_AUTH_FAILURE"),
    ),
    stage_4(
        "CRM name",
        violated("call 3.6 was answered 404 CH_BROKER_NOT_FOUND: because", 9, rule="set-crm-name", seen="BEST"),
        refused(404, "CH_BROKER_NOT_FOUND"),
    ),
    stage_4(
        "permissions",
        violated(
            "call 3.6 was answered 403 CH_INSUFFICIENT_PERMISSIONS: because", 9, rule="set-crm-name", seen="BEST"
        ),
        refused(403, "CH_INSUFFICIENT_PERMISSIONS"),
    ),
    stage_4(
        "entity",
        violated("call 3.6 was answered 404 ENTITY_NOT_FOUND: because", 9, rule="set-target"),
        refused(404, "ENTITY_NOT_FOUND"),
    ),
    stage_4(
        "request",
        violated("call 3.6 was answered 400 INVALID_REQUEST: because", 9, rule="set-keys"),
        refused(400, "INVALID_REQUEST"),
    ),
    stage_4(
        "a code of no rule",
        violated("call 3.6 was answered 429 REQUEST_FREQUENCY_EXCEEDED: because", 9),
        refused(429, "REQUEST_FREQUENCY_EXCEEDED"),
    ),
    stage_4(
        "a planted fault",
        violated("call 3.6 was answered 503 BUSY by a planted fault (error, before)", 9, rule="set-repeated"),
        faulty(do.refusal("3.6", {"partnerId": PARTNER_ID, **USER}, 503, "BUSY"), "error", "before"),
    ),
    stage_4(
        "a wrong path",
        violated("POST /3.6; it was answered 404", 9, rule="set-address"),
        detailed(do.refusal("3.6", {"partnerId": PARTNER_ID, **USER}, 404, "X"), near="3.6"),
    ),
    stage_4(
        "the latest refusal counts",
        violated("call 3.6 was answered 400 INVALID_REQUEST: because", 10, rule="set-keys"),
        refused(401, "CH_CLIENT_AUTH_FAILURE"),
        refused(400, "INVALID_REQUEST"),
    ),
]


@pytest.mark.parametrize("one", A_REFUSED_CALL_36, ids=str)
def test_a_refused_call_36(one: Case) -> None:
    """Which rule a refusal speaks of."""
    check(one)


stage_4 = at(4, until=3)
stage_5 = at(5, flow=2, until=2)
A_WRONG_CALL_36 = [
    stage_4(
        "at user level",
        violated(
            "call 3.6 came at user level; User 1 is a partner at account level",
            9,
            rule="set-level",
            expected="account level",
            seen="user level",
        ),
        do.set_partner(USER),
        level=Level.ACCOUNT,
    ),
    stage_4(
        "at account level",
        violated(
            "call 3.6 came at account level; User 1 is a partner at user level",
            9,
            rule="set-level",
            expected="user level",
            seen="account level",
        ),
        do.set_partner(ACCOUNT),
    ),
    stage_4(
        "for another account of User 1",
        violated(
            "call 3.6 named the account 205; the partner's is 201",
            11,
            rule="set-target",
            expected="201",
            seen="205",
        ),
        do.account(USER_1, 205),
        do.set_partner({"ctidTraderAccountId": 205}),
        level=Level.ACCOUNT,
        ctid_trader_account_id=ACCOUNT_1,
    ),
    stage_4(
        "another identifier",
        another("IB-OTHER", "it is another identifier altogether", 9),
        do.set_partner(USER, "IB-OTHER"),
    ),
    stage_4(
        "another partner's identifier",
        another("IB-OTHER", "it is another partner's identifier", 10),
        do.set_partner(STRANGER, "IB-OTHER"),
        do.set_partner(USER, "IB-OTHER"),
    ),
    stage_4(
        "the identifier in lower case",
        another("ib-7q2f", "it lost its letters' case", 9),
        do.set_partner(USER, "ib-7q2f"),
    ),
    stage_4(
        "set again, to another",
        violated(
            "call 3.6 was repeated with another partnerId, 'IB-OTHER'; the referral link carries 'IB-7Q2F'",
            9,
            10,
            rule="set-once",
            expected="IB-7Q2F",
            seen="IB-OTHER",
        ),
        do.set_partner(USER, "IB-OTHER"),
        until=4,
    ),
    stage_4(
        "set again in vain", arrived(9), do.refusal("3.6", {"partnerId": "IB-OTHER", "userId": USER_1}), until=4
    ),
    stage_4("set again, to the same", arrived(10), do.set_partner(USER), until=4),
    stage_4("set again at the other level", arrived(9), do.set_partner(ACCOUNT, "IB-OTHER"), until=4),
    stage_4(
        "set to another first",
        arrived(
            10,
            Remark(
                "set-only-once", "call 3.6 set 'IB-OTHER' first and 'IB-7Q2F' afterwards", "IB-7Q2F", "IB-OTHER"
            ),
        ),
        do.set_partner(USER, "IB-OTHER"),
        do.set_partner(USER),
    ),
    stage_4(
        "set to another first, in vain",
        arrived(10),
        do.refusal("3.6", {"partnerId": "IB-OTHER", "userId": USER_1}),
        do.set_partner(USER),
    ),
    stage_4(
        "set to two before, nobody reported one",
        observed("call 3.6 arrived", 3, carried={"brokerCrmName": "CRM", "partnerId": "IB-2", "userId": 101}),
        CREATED,
        do.set_partner(USER, "IB-1"),
        do.set_partner(USER, "IB-2"),
        until=0,
    ),
    stage_4(
        "it departs from the contract",
        arrived(9, Remark("contract", "call 3.6 departs from the contract at partnerId: is too long")),
        lambda d: d.events[-1].violations.append({"where": "partnerId", "message": "is too long"}),
        until=4,
    ),
    stage_5("before call 4.2 in flow 2", arrived(7, EARLY), CREATED, LINKED, do.set_partner(USER), VERIFIED),
    stage_5(
        "before call 4.2, and after that of somebody else",
        arrived(8, EARLY),
        do.verified(SOMEBODY),
        CREATED,
        LINKED,
        do.set_partner(USER),
        VERIFIED,
    ),
    stage_5("without any call 4.2 in flow 2", arrived(5), CREATED, do.set_partner(USER)),
    stage_4("before call 4.2 in flow 1", arrived(4), CREATED, LINKED, do.set_partner(USER), VERIFIED, until=0),
    stage_4(
        "with a body too long to keep",
        observed("call 3.6 arrived", 9),
        do.call("3.6", {"partnerId": PARTNER_ID, "userId": USER_1, "note": "x" * 20000}, {"userId": USER_1}),
    ),
    stage_4(
        "without an identifier, and answered all the same",
        violated(
            "call 3.6 carried the partnerId None; the referral link carries None: it was dropped",
            2,
            rule="set-partner-id",
            expected="",
        ),
        CREATED,
        do.call("3.6", {"userId": USER_1}, {"userId": USER_1}),
        until=0,
    ),
    stage_4(
        "right",
        observed(
            "call 3.6 arrived",
            9,
            carried={"brokerCrmName": "CRM", "partnerId": "IB-7Q2F", "ctidTraderAccountId": 201},
        ),
        level=Level.ACCOUNT,
        until=4,
    ),
]


@pytest.mark.parametrize("one", A_WRONG_CALL_36, ids=str)
def test_a_wrong_call_36(one: Case) -> None:
    """At the wrong level, for the wrong account, with another identifier."""
    check(one)


stage_5 = at(5, until=3)
THE_ANSWER_OF_CALL_36 = [
    stage_5("nothing set", pending("no call 3.6 succeeded yet")),
    stage_5("at user level", observed("call 3.6 was answered 200", 9, carried={"userId": 101}), until=4),
    stage_5(
        "at account level",
        observed("call 3.6 was answered 200", 9, carried={"ctidTraderAccountId": 201}),
        level=Level.ACCOUNT,
        until=4,
    ),
    stage_5("empty", observed("call 3.6 was answered 200", 9), do.set_partner(USER, answer={})),
    stage_5(
        "the id of the other level, user",
        violated("call 3.6 answered ['ctidTraderAccountId']; at user level it is userId", 9),
        do.set_partner(USER, answer={"ctidTraderAccountId": ACCOUNT_1}),
    ),
    stage_5(
        "the id of the other level, account",
        violated("call 3.6 answered ['userId']; at account level it is ctidTraderAccountId", 9),
        do.set_partner(ACCOUNT, answer={"userId": USER_1}),
        level=Level.ACCOUNT,
    ),
    stage_5(
        "both ids",
        violated("call 3.6 answered ['ctidTraderAccountId', 'userId']; at user level it is userId", 9),
        do.set_partner(USER, answer={"userId": USER_1, "ctidTraderAccountId": ACCOUNT_1}),
    ),
    stage_5(
        "no body at all",
        observed("call 3.6 was answered 200", 9),
        do.call("3.6", {"partnerId": PARTNER_ID, "userId": USER_1}, None),
    ),
    stage_5(
        "an answer that a planted fault dropped",
        pending("call 3.6 got no answer by a planted fault (drop, after), after cTrader did what it asked for", 9),
        faulty(
            do.call("3.6", {"partnerId": PARTNER_ID, "userId": USER_1}, None, None), "drop", "after", applied=True
        ),
    ),
]


@pytest.mark.parametrize("one", THE_ANSWER_OF_CALL_36, ids=str)
def test_the_answer_of_call_36(one: Case) -> None:
    """Stage 5."""
    check(one)
