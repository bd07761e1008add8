"""What the journal says of call 3.6, word for word."""

import pytest

from mock_ctrader.flows import Level
from mock_ctrader.journeys.model import Finding, Remark, State
from tests.unit.diary import (
    ACCOUNT_1,
    PARTNER,
    PARTNER_ID,
    SOMEBODY,
    USER_1,
)
from tests.unit.told import Case, check

A_MISSING_CALL_36 = [
    Case(
        "User 1 is not created",
        4,
        Finding(State.PENDING, "no call 3.6 yet, and User 1 has no userId yet"),
        [],
    ),
    Case(
        "User 1 has no account",
        4,
        Finding(State.PENDING, "no call 3.6 yet, and userId 101 has no linked account yet"),
        [lambda d: d.user(PARTNER, USER_1)],
        {"level": Level.ACCOUNT},
    ),
    Case(
        "at user level none is needed",
        4,
        Finding(State.PENDING, "no call 3.6 for User 1 (userId 101) yet"),
        [lambda d: d.user(PARTNER, USER_1)],
    ),
    Case(
        "all is there",
        4,
        Finding(State.PENDING, "no call 3.6 for User 1 (userId 101) yet"),
        [],
        {"level": Level.ACCOUNT, "until": 3},
    ),
    Case(
        "for somebody else",
        4,
        Finding(
            State.VIOLATED,
            "call 3.6 set User 1's partnerId for somebody else, userId 999",
            events=[9],
            rule="set-target",
            expected="userId 101, ctidTraderAccountId 201",
            seen="userId 999",
        ),
        [lambda d: d.set_partner({"userId": SOMEBODY})],
        {"until": 3},
    ),
    Case(
        "for somebody else's account",
        4,
        Finding(
            State.VIOLATED,
            "call 3.6 set User 1's partnerId for somebody else, ctidTraderAccountId 999",
            events=[9],
            rule="set-target",
            expected="userId 101, ctidTraderAccountId 201",
            seen="ctidTraderAccountId 999",
        ),
        [lambda d: d.set_partner({"ctidTraderAccountId": SOMEBODY})],
        {"until": 3},
    ),
    Case(
        "for somebody else, by a User 1 without an account",
        4,
        Finding(
            State.VIOLATED,
            "call 3.6 set User 1's partnerId for somebody else, userId 999",
            events=[3],
            rule="set-target",
            expected="userId 101, ctidTraderAccountId none",
            seen="userId 999",
        ),
        [
            lambda d: d.user(PARTNER, USER_1),
            lambda d: d.report(3, partnerId=PARTNER_ID),
            lambda d: d.set_partner({"userId": SOMEBODY}),
        ],
    ),
    Case(
        "for somebody else with two accounts",
        4,
        Finding(
            State.VIOLATED,
            "call 3.6 set User 1's partnerId for somebody else, userId 999",
            events=[11],
            rule="set-target",
            expected="userId 101, ctidTraderAccountId 201, 205",
            seen="userId 999",
        ),
        [lambda d: d.account(USER_1, 205), lambda d: d.set_partner({"userId": SOMEBODY})],
        {"until": 3},
    ),
    Case(
        "for somebody else, refused",
        4,
        Finding(
            State.VIOLATED, "call 3.6 was answered 404 ENTITY_NOT_FOUND: because", events=[9], rule="set-target"
        ),
        [lambda d: d.refusal("3.6", {"partnerId": PARTNER_ID, "userId": SOMEBODY}, 404, "ENTITY_NOT_FOUND")],
        {"until": 3},
    ),
    Case(
        "somebody else was refused with another identifier",
        4,
        Finding(State.PENDING, "no call 3.6 for User 1 (userId 101) yet"),
        [lambda d: d.refusal("3.6", {"partnerId": "IB-2", "userId": SOMEBODY}, 404, "ENTITY_NOT_FOUND")],
        {"until": 3},
    ),
    Case(
        "refused without an identifier",
        4,
        Finding(State.VIOLATED, "call 3.6 was answered 400 INVALID_REQUEST: because", events=[9], rule="set-keys"),
        [lambda d: d.refusal("3.6", {"userId": SOMEBODY}, 400, "INVALID_REQUEST")],
        {"until": 3},
    ),
    Case(
        "refused without an identifier, then somebody else in vain",
        4,
        Finding(State.VIOLATED, "call 3.6 was answered 400 INVALID_REQUEST: because", events=[9], rule="set-keys"),
        [
            lambda d: d.refusal("3.6", {"userId": SOMEBODY}, 400, "INVALID_REQUEST"),
            lambda d: d.refusal("3.6", {"partnerId": "IB-2", "userId": SOMEBODY}, 404, "ENTITY_NOT_FOUND"),
        ],
        {"until": 3},
    ),
    Case(
        "of a journey nobody announced",
        4,
        Finding(
            State.VIOLATED, "call 3.6 was answered 404 ENTITY_NOT_FOUND: because", events=[9], rule="set-target"
        ),
        [lambda d: d.refusal("3.6", {"partnerId": "IB-2", "userId": SOMEBODY}, 404, "ENTITY_NOT_FOUND")],
        {"until": 3, "announced": False},
    ),
    Case(
        "before this journey began",
        4,
        Finding(State.PENDING, "no call 3.6 for User 1 (userId 101) yet"),
        [
            lambda d: d.set_partner({"userId": SOMEBODY}),
            lambda d: d.user(PARTNER, USER_1),
            lambda d: d.report(3, partnerId=PARTNER_ID),
        ],
    ),
]


@pytest.mark.parametrize("one", A_MISSING_CALL_36, ids=str)
def test_a_missing_call_36(one: Case) -> None:
    """The nearest thing that did happen."""
    check(one)


A_REFUSED_CALL_36 = [
    Case(
        "token",
        4,
        Finding(
            State.VIOLATED,
            "call 3.6 was answered 401 CH_CLIENT_AUTH_FAILURE: because",
            events=[9],
            rule="set-token",
        ),
        [
            lambda d: d.refusal(
                "3.6",
                {"partnerId": PARTNER_ID, "userId": USER_1, "brokerCrmName": "BEST"},
                401,
                "CH_CLIENT_AUTH_FAILURE",
            )
        ],
        {"until": 3},
    ),
    Case(
        "CRM name",
        4,
        Finding(
            State.VIOLATED,
            "call 3.6 was answered 404 CH_BROKER_NOT_FOUND: because",
            events=[9],
            rule="set-crm-name",
            seen="BEST",
        ),
        [
            lambda d: d.refusal(
                "3.6",
                {"partnerId": PARTNER_ID, "userId": USER_1, "brokerCrmName": "BEST"},
                404,
                "CH_BROKER_NOT_FOUND",
            )
        ],
        {"until": 3},
    ),
    Case(
        "permissions",
        4,
        Finding(
            State.VIOLATED,
            "call 3.6 was answered 403 CH_INSUFFICIENT_PERMISSIONS: because",
            events=[9],
            rule="set-crm-name",
            seen="BEST",
        ),
        [
            lambda d: d.refusal(
                "3.6",
                {"partnerId": PARTNER_ID, "userId": USER_1, "brokerCrmName": "BEST"},
                403,
                "CH_INSUFFICIENT_PERMISSIONS",
            )
        ],
        {"until": 3},
    ),
    Case(
        "entity",
        4,
        Finding(
            State.VIOLATED, "call 3.6 was answered 404 ENTITY_NOT_FOUND: because", events=[9], rule="set-target"
        ),
        [
            lambda d: d.refusal(
                "3.6",
                {"partnerId": PARTNER_ID, "userId": USER_1, "brokerCrmName": "BEST"},
                404,
                "ENTITY_NOT_FOUND",
            )
        ],
        {"until": 3},
    ),
    Case(
        "request",
        4,
        Finding(State.VIOLATED, "call 3.6 was answered 400 INVALID_REQUEST: because", events=[9], rule="set-keys"),
        [
            lambda d: d.refusal(
                "3.6", {"partnerId": PARTNER_ID, "userId": USER_1, "brokerCrmName": "BEST"}, 400, "INVALID_REQUEST"
            )
        ],
        {"until": 3},
    ),
    Case(
        "a code of no rule",
        4,
        Finding(State.VIOLATED, "call 3.6 was answered 429 REQUEST_FREQUENCY_EXCEEDED: because", events=[9]),
        [
            lambda d: d.refusal(
                "3.6",
                {"partnerId": PARTNER_ID, "userId": USER_1, "brokerCrmName": "BEST"},
                429,
                "REQUEST_FREQUENCY_EXCEEDED",
            )
        ],
        {"until": 3},
    ),
    Case(
        "a planted fault",
        4,
        Finding(
            State.VIOLATED,
            "call 3.6 was answered 503 BUSY by a planted fault (error, before)",
            events=[9],
            rule="set-repeated",
        ),
        [
            lambda d: d.refusal("3.6", {"partnerId": PARTNER_ID, "userId": USER_1}, 503, "BUSY").details.update(
                fault={"kind": "error", "phase": "before", "applied": False}
            )
        ],
        {"until": 3},
    ),
    Case(
        "a wrong path",
        4,
        Finding(State.VIOLATED, "POST /3.6; it was answered 404", events=[9], rule="set-address"),
        [
            lambda d: d.refusal("3.6", {"partnerId": PARTNER_ID, "userId": USER_1}, 404, "X").details.update(
                near="3.6"
            )
        ],
        {"until": 3},
    ),
    Case(
        "the latest refusal counts",
        4,
        Finding(
            State.VIOLATED, "call 3.6 was answered 400 INVALID_REQUEST: because", events=[10], rule="set-keys"
        ),
        [
            lambda d: d.refusal(
                "3.6",
                {"partnerId": PARTNER_ID, "userId": USER_1, "brokerCrmName": "BEST"},
                401,
                "CH_CLIENT_AUTH_FAILURE",
            ),
            lambda d: d.refusal(
                "3.6", {"partnerId": PARTNER_ID, "userId": USER_1, "brokerCrmName": "BEST"}, 400, "INVALID_REQUEST"
            ),
        ],
        {"until": 3},
    ),
]


@pytest.mark.parametrize("one", A_REFUSED_CALL_36, ids=str)
def test_a_refused_call_36(one: Case) -> None:
    """Which rule a refusal speaks of."""
    check(one)


A_WRONG_CALL_36 = [
    Case(
        "at user level",
        4,
        Finding(
            State.VIOLATED,
            "call 3.6 came at user level; User 1 is a partner at account level",
            events=[9],
            rule="set-level",
            expected="account level",
            seen="user level",
        ),
        [lambda d: d.set_partner({"userId": USER_1})],
        {"level": Level.ACCOUNT, "until": 3},
    ),
    Case(
        "at account level",
        4,
        Finding(
            State.VIOLATED,
            "call 3.6 came at account level; User 1 is a partner at user level",
            events=[9],
            rule="set-level",
            expected="user level",
            seen="account level",
        ),
        [lambda d: d.set_partner({"ctidTraderAccountId": ACCOUNT_1})],
        {"until": 3},
    ),
    Case(
        "for another account of User 1",
        4,
        Finding(
            State.VIOLATED,
            "call 3.6 named the account 205; the partner's is 201",
            events=[11],
            rule="set-target",
            expected="201",
            seen="205",
        ),
        [lambda d: d.account(USER_1, 205), lambda d: d.set_partner({"ctidTraderAccountId": 205})],
        {"level": Level.ACCOUNT, "until": 3, "ctid_trader_account_id": ACCOUNT_1},
    ),
    Case(
        "another identifier",
        4,
        Finding(
            State.VIOLATED,
            "call 3.6 carried the partnerId 'IB-OTHER'; the referral link carries 'IB-7Q2F': "
            "it is another identifier altogether",
            events=[9],
            rule="set-partner-id",
            expected="IB-7Q2F",
            seen="IB-OTHER",
        ),
        [lambda d: d.set_partner({"userId": USER_1}, "IB-OTHER")],
        {"until": 3},
    ),
    Case(
        "another partner's identifier",
        4,
        Finding(
            State.VIOLATED,
            "call 3.6 carried the partnerId 'IB-OTHER'; the referral link carries 'IB-7Q2F': "
            "it is another partner's identifier",
            events=[10],
            rule="set-partner-id",
            expected="IB-7Q2F",
            seen="IB-OTHER",
        ),
        [
            lambda d: d.set_partner({"userId": SOMEBODY}, "IB-OTHER"),
            lambda d: d.set_partner({"userId": USER_1}, "IB-OTHER"),
        ],
        {"until": 3},
    ),
    Case(
        "the identifier in lower case",
        4,
        Finding(
            State.VIOLATED,
            "call 3.6 carried the partnerId 'ib-7q2f'; the referral link carries 'IB-7Q2F': "
            "it lost its letters' case",
            events=[9],
            rule="set-partner-id",
            expected="IB-7Q2F",
            seen="ib-7q2f",
        ),
        [lambda d: d.set_partner({"userId": USER_1}, "ib-7q2f")],
        {"until": 3},
    ),
    Case(
        "set again, to another",
        4,
        Finding(
            State.VIOLATED,
            "call 3.6 was repeated with another partnerId, 'IB-OTHER'; the referral link carries 'IB-7Q2F'",
            events=[9, 10],
            rule="set-once",
            expected="IB-7Q2F",
            seen="IB-OTHER",
        ),
        [lambda d: d.set_partner({"userId": USER_1}, "IB-OTHER")],
        {"until": 4},
    ),
    Case(
        "set again in vain",
        4,
        Finding(
            State.OBSERVED,
            "call 3.6 arrived",
            events=[9],
            carried={"brokerCrmName": "CRM", "partnerId": "IB-7Q2F", "userId": 101},
        ),
        [lambda d: d.refusal("3.6", {"partnerId": "IB-OTHER", "userId": USER_1})],
        {"until": 4},
    ),
    Case(
        "set again, to the same",
        4,
        Finding(
            State.OBSERVED,
            "call 3.6 arrived",
            events=[10],
            carried={"brokerCrmName": "CRM", "partnerId": "IB-7Q2F", "userId": 101},
        ),
        [lambda d: d.set_partner({"userId": USER_1})],
        {"until": 4},
    ),
    Case(
        "set again at the other level",
        4,
        Finding(
            State.OBSERVED,
            "call 3.6 arrived",
            events=[9],
            carried={"brokerCrmName": "CRM", "partnerId": "IB-7Q2F", "userId": 101},
        ),
        [lambda d: d.set_partner({"ctidTraderAccountId": ACCOUNT_1}, "IB-OTHER")],
        {"until": 4},
    ),
    Case(
        "set to another first",
        4,
        Finding(
            State.OBSERVED,
            "call 3.6 arrived",
            events=[10],
            carried={"brokerCrmName": "CRM", "partnerId": "IB-7Q2F", "userId": 101},
            warnings=[
                Remark(
                    "set-only-once",
                    "call 3.6 set 'IB-OTHER' first and 'IB-7Q2F' afterwards",
                    "IB-7Q2F",
                    "IB-OTHER",
                )
            ],
        ),
        [lambda d: d.set_partner({"userId": USER_1}, "IB-OTHER"), lambda d: d.set_partner({"userId": USER_1})],
        {"until": 3},
    ),
    Case(
        "set to another first, in vain",
        4,
        Finding(
            State.OBSERVED,
            "call 3.6 arrived",
            events=[10],
            carried={"brokerCrmName": "CRM", "partnerId": "IB-7Q2F", "userId": 101},
        ),
        [
            lambda d: d.refusal("3.6", {"partnerId": "IB-OTHER", "userId": USER_1}),
            lambda d: d.set_partner({"userId": USER_1}),
        ],
        {"until": 3},
    ),
    Case(
        "set to two before, nobody reported one",
        4,
        Finding(
            State.OBSERVED,
            "call 3.6 arrived",
            events=[3],
            carried={"brokerCrmName": "CRM", "partnerId": "IB-2", "userId": 101},
        ),
        [
            lambda d: d.user(PARTNER, USER_1),
            lambda d: d.set_partner({"userId": USER_1}, "IB-1"),
            lambda d: d.set_partner({"userId": USER_1}, "IB-2"),
        ],
    ),
    Case(
        "it departs from the contract",
        4,
        Finding(
            State.OBSERVED,
            "call 3.6 arrived",
            events=[9],
            carried={"brokerCrmName": "CRM", "partnerId": "IB-7Q2F", "userId": 101},
            warnings=[Remark("contract", "call 3.6 departs from the contract at partnerId: is too long")],
        ),
        [lambda d: d.events[-1].violations.append({"where": "partnerId", "message": "is too long"})],
        {"until": 4},
    ),
    Case(
        "before call 4.2 in flow 2",
        5,
        Finding(
            State.OBSERVED,
            "call 3.6 arrived",
            events=[7],
            carried={"brokerCrmName": "CRM", "partnerId": "IB-7Q2F", "userId": 101},
            warnings=[
                Remark("set-not-early", "call 3.6 came before the user creation flow of User 1 was complete")
            ],
        ),
        [
            lambda d: d.user(PARTNER, USER_1),
            lambda d: d.account(USER_1, ACCOUNT_1),
            lambda d: d.set_partner({"userId": USER_1}),
            lambda d: d.verified(USER_1),
        ],
        {"flow": 2, "until": 2},
    ),
    Case(
        "before call 4.2, and after that of somebody else",
        5,
        Finding(
            State.OBSERVED,
            "call 3.6 arrived",
            events=[8],
            carried={"brokerCrmName": "CRM", "partnerId": "IB-7Q2F", "userId": 101},
            warnings=[
                Remark("set-not-early", "call 3.6 came before the user creation flow of User 1 was complete")
            ],
        ),
        [
            lambda d: d.verified(SOMEBODY),
            lambda d: d.user(PARTNER, USER_1),
            lambda d: d.account(USER_1, ACCOUNT_1),
            lambda d: d.set_partner({"userId": USER_1}),
            lambda d: d.verified(USER_1),
        ],
        {"flow": 2, "until": 2},
    ),
    Case(
        "without any call 4.2 in flow 2",
        5,
        Finding(
            State.OBSERVED,
            "call 3.6 arrived",
            events=[5],
            carried={"brokerCrmName": "CRM", "partnerId": "IB-7Q2F", "userId": 101},
        ),
        [lambda d: d.user(PARTNER, USER_1), lambda d: d.set_partner({"userId": USER_1})],
        {"flow": 2, "until": 2},
    ),
    Case(
        "before call 4.2 in flow 1",
        4,
        Finding(
            State.OBSERVED,
            "call 3.6 arrived",
            events=[4],
            carried={"brokerCrmName": "CRM", "partnerId": "IB-7Q2F", "userId": 101},
        ),
        [
            lambda d: d.user(PARTNER, USER_1),
            lambda d: d.account(USER_1, ACCOUNT_1),
            lambda d: d.set_partner({"userId": USER_1}),
            lambda d: d.verified(USER_1),
        ],
    ),
    Case(
        "with a body too long to keep",
        4,
        Finding(State.OBSERVED, "call 3.6 arrived", events=[9]),
        [
            lambda d: d.call(
                "3.6", {"partnerId": PARTNER_ID, "userId": USER_1, "note": "x" * 20_000}, {"userId": USER_1}
            )
        ],
        {"until": 3},
    ),
    Case(
        "without an identifier, and answered all the same",
        4,
        Finding(
            State.VIOLATED,
            "call 3.6 carried the partnerId None; the referral link carries None: it was dropped",
            events=[2],
            rule="set-partner-id",
            expected="",
        ),
        [lambda d: d.user(PARTNER, USER_1), lambda d: d.call("3.6", {"userId": USER_1}, {"userId": USER_1})],
    ),
    Case(
        "right",
        4,
        Finding(
            State.OBSERVED,
            "call 3.6 arrived",
            events=[9],
            carried={"brokerCrmName": "CRM", "partnerId": "IB-7Q2F", "ctidTraderAccountId": 201},
        ),
        [],
        {"level": Level.ACCOUNT, "until": 4},
    ),
]


@pytest.mark.parametrize("one", A_WRONG_CALL_36, ids=str)
def test_a_wrong_call_36(one: Case) -> None:
    """At the wrong level, for the wrong account, with another identifier."""
    check(one)


THE_ANSWER_OF_CALL_36 = [
    Case(
        "nothing set",
        5,
        Finding(State.PENDING, "no call 3.6 succeeded yet"),
        [],
        {"until": 3},
    ),
    Case(
        "at user level",
        5,
        Finding(State.OBSERVED, "call 3.6 was answered 200", events=[9], carried={"userId": 101}),
        [],
        {"until": 4},
    ),
    Case(
        "at account level",
        5,
        Finding(State.OBSERVED, "call 3.6 was answered 200", events=[9], carried={"ctidTraderAccountId": 201}),
        [],
        {"level": Level.ACCOUNT, "until": 4},
    ),
    Case(
        "empty",
        5,
        Finding(State.OBSERVED, "call 3.6 was answered 200", events=[9]),
        [lambda d: d.set_partner({"userId": USER_1}, answer={})],
        {"until": 3},
    ),
    Case(
        "the id of the other level, user",
        5,
        Finding(
            State.VIOLATED, "call 3.6 answered ['ctidTraderAccountId']; at user level it is userId", events=[9]
        ),
        [lambda d: d.set_partner({"userId": USER_1}, answer={"ctidTraderAccountId": ACCOUNT_1})],
        {"until": 3},
    ),
    Case(
        "the id of the other level, account",
        5,
        Finding(
            State.VIOLATED, "call 3.6 answered ['userId']; at account level it is ctidTraderAccountId", events=[9]
        ),
        [lambda d: d.set_partner({"ctidTraderAccountId": ACCOUNT_1}, answer={"userId": USER_1})],
        {"level": Level.ACCOUNT, "until": 3},
    ),
    Case(
        "both ids",
        5,
        Finding(
            State.VIOLATED,
            "call 3.6 answered ['ctidTraderAccountId', 'userId']; at user level it is userId",
            events=[9],
        ),
        [lambda d: d.set_partner({"userId": USER_1}, answer={"userId": USER_1, "ctidTraderAccountId": ACCOUNT_1})],
        {"until": 3},
    ),
    Case(
        "no body at all",
        5,
        Finding(State.OBSERVED, "call 3.6 was answered 200", events=[9]),
        [lambda d: d.call("3.6", {"partnerId": PARTNER_ID, "userId": USER_1}, None)],
        {"until": 3},
    ),
    Case(
        "an answer that a planted fault dropped",
        5,
        Finding(
            State.PENDING,
            "call 3.6 got no answer by a planted fault (drop, after), after cTrader did what it asked for",
            events=[9],
        ),
        [
            lambda d: d.call("3.6", {"partnerId": PARTNER_ID, "userId": USER_1}, None, None).details.update(
                fault={"kind": "drop", "phase": "after", "applied": True}
            )
        ],
        {"until": 3},
    ),
]


@pytest.mark.parametrize("one", THE_ANSWER_OF_CALL_36, ids=str)
def test_the_answer_of_call_36(one: Case) -> None:
    """Stage 5."""
    check(one)
