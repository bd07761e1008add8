"""What the journal says of the user creation flow, word for word."""

import pytest

from mock_ctrader.acts import Act
from mock_ctrader.journeys.model import Finding, State
from tests.unit.diary import (
    ACCOUNT_1,
    ACCOUNT_2,
    BROWSER_1,
    BROWSER_2,
    INVITED,
    PARTNER,
    SOMEBODY,
    USER_1,
    USER_2,
)
from tests.unit.told import Case, check

THE_CREATION_FLOW_OF_USER_1 = [
    Case(
        "nothing",
        3,
        Finding(State.PENDING, "no call 3.2 for User 1 yet", rule="create-user"),
        [],
        {"flow": 2, "until": 2},
    ),
    Case(
        "refused in call 3.2",
        3,
        Finding(
            State.VIOLATED,
            "call 3.2 for User 1 was answered 400 CH_EMAIL_ALREADY_EXISTS: because",
            events=[4],
            rule="create-user",
        ),
        [lambda d: d.refusal("3.2", {"email": PARTNER}, 400, "CH_EMAIL_ALREADY_EXISTS")],
        {"flow": 2, "until": 2},
    ),
    Case(
        "refused in call 3.2 twice",
        3,
        Finding(
            State.VIOLATED,
            "call 3.2 for User 1 was answered 403 CH_INSUFFICIENT_PERMISSIONS: because",
            events=[5],
            rule="create-user",
        ),
        [
            lambda d: d.refusal("3.2", {"email": PARTNER}, 400, "CH_EMAIL_ALREADY_EXISTS"),
            lambda d: d.refusal("3.2", {"email": PARTNER}, 403, "CH_INSUFFICIENT_PERMISSIONS"),
        ],
        {"flow": 2, "until": 2},
    ),
    Case(
        "somebody else was refused",
        3,
        Finding(State.PENDING, "no call 3.2 for User 1 yet", rule="create-user"),
        [lambda d: d.refusal("3.2", {"email": INVITED}, 400, "X")],
        {"flow": 2, "until": 2},
    ),
    Case(
        "no call 3.3",
        3,
        Finding(
            State.PENDING,
            "User 1 is userId 101; no call 3.4 links an account to it yet, nor was call 3.3 made",
            events=[4],
            rule="create-trader",
        ),
        [lambda d: d.user(PARTNER, USER_1)],
        {"flow": 2, "until": 2},
    ),
    Case(
        "call 3.3 was made before",
        3,
        Finding(
            State.PENDING,
            "User 1 is userId 101; no call 3.4 links an account to it yet, nor was call 3.3 made",
            events=[5],
            rule="create-trader",
        ),
        [
            lambda d: d.call("3.3", {"groupName": "Default"}, {"login": 1201}, 201),
            lambda d: d.user(PARTNER, USER_1),
        ],
        {"flow": 2, "until": 2},
    ),
    Case(
        "call 3.3 is all there is",
        3,
        Finding(
            State.PENDING, "User 1 is userId 101; no call 3.4 links an account to it yet", rule="link-account"
        ),
        [lambda d: d.call("3.3", {"groupName": "Default"}, {"login": 1201}, 201)],
        {"flow": 2, "partner_email": None, "user_id": USER_1},
    ),
    Case(
        "call 3.3 refused",
        3,
        Finding(
            State.PENDING,
            "User 1 is userId 101; no call 3.4 links an account to it yet; the last call 3.3 "
            "was answered 404 TRADER_GROUP_NOT_FOUND: because",
            events=[4, 5],
            rule="create-trader",
        ),
        [
            lambda d: d.user(PARTNER, USER_1),
            lambda d: d.refusal("3.3", {"groupName": "x"}, code="TRADER_GROUP_NOT_FOUND"),
        ],
        {"flow": 2, "until": 2},
    ),
    Case(
        "call 3.3 refused twice",
        3,
        Finding(
            State.PENDING,
            "User 1 is userId 101; no call 3.4 links an account to it yet; the last call 3.3 "
            "was answered 404 CH_BROKER_NOT_FOUND: because",
            events=[4, 6],
            rule="create-trader",
        ),
        [
            lambda d: d.user(PARTNER, USER_1),
            lambda d: d.refusal("3.3", {"groupName": "x"}, code="TRADER_GROUP_NOT_FOUND"),
            lambda d: d.refusal("3.3", {"groupName": "x"}, code="CH_BROKER_NOT_FOUND"),
        ],
        {"flow": 2, "until": 2},
    ),
    Case(
        "call 3.3 made, no call 3.4",
        3,
        Finding(
            State.PENDING,
            "User 1 is userId 101; no call 3.4 links an account to it yet",
            events=[4],
            rule="link-account",
        ),
        [
            lambda d: d.user(PARTNER, USER_1),
            lambda d: d.call("3.3", {"groupName": "Default"}, {"login": 1201}, 201),
        ],
        {"flow": 2, "until": 2},
    ),
    Case(
        "call 3.3 made, its account linked to somebody else",
        3,
        Finding(
            State.PENDING,
            "User 1 is userId 101; no call 3.4 links an account to it yet",
            events=[4],
            rule="create-trader",
        ),
        [
            lambda d: d.user(PARTNER, USER_1),
            lambda d: d.call("3.3", {"groupName": "Default"}, {"login": 1201}, 201),
            lambda d: d.call("3.4", {"userId": SOMEBODY, "traderLogin": 1201}, {"ctidTraderAccountId": 5}),
        ],
        {"flow": 2, "until": 2},
    ),
    Case(
        "call 3.3 refused, then made",
        3,
        Finding(
            State.PENDING,
            "User 1 is userId 101; no call 3.4 links an account to it yet",
            events=[4],
            rule="link-account",
        ),
        [
            lambda d: d.user(PARTNER, USER_1),
            lambda d: d.refusal("3.3", {"groupName": "x"}, code="TRADER_GROUP_NOT_FOUND"),
            lambda d: d.call("3.3", {"groupName": "Default"}, {"login": 1201}, 201),
        ],
        {"flow": 2, "until": 2},
    ),
    Case(
        "call 3.4 refused",
        3,
        Finding(
            State.VIOLATED,
            "call 3.4 for User 1 was answered 400 WRONG_PASSWORD: because",
            events=[4, 6],
            rule="link-account",
        ),
        [
            lambda d: d.user(PARTNER, USER_1),
            lambda d: d.call("3.3", {"groupName": "Default"}, {"login": 1201}, 201),
            lambda d: d.refusal("3.4", {"userId": USER_1, "traderLogin": 1201}, 400, "WRONG_PASSWORD"),
        ],
        {"flow": 2, "until": 2},
    ),
    Case(
        "call 3.4 refused for somebody else",
        3,
        Finding(
            State.PENDING,
            "User 1 is userId 101; no call 3.4 links an account to it yet",
            events=[4],
            rule="link-account",
        ),
        [
            lambda d: d.user(PARTNER, USER_1),
            lambda d: d.call("3.3", {"groupName": "Default"}, {"login": 1201}, 201),
            lambda d: d.refusal("3.4", {"userId": SOMEBODY, "traderLogin": 1201}, 400, "WRONG_PASSWORD"),
        ],
        {"flow": 2, "until": 2},
    ),
    Case(
        "no call 4.2",
        3,
        Finding(
            State.PENDING,
            "the account of User 1 (userId 101) is linked; no successful call 4.2 yet",
            events=[4, 5, 6],
            rule="authorise-user",
        ),
        [lambda d: d.user(PARTNER, USER_1), lambda d: d.account(USER_1, ACCOUNT_1)],
        {"flow": 2, "until": 2},
    ),
    Case(
        "call 4.2 for somebody else",
        3,
        Finding(
            State.PENDING,
            "the account of User 1 (userId 101) is linked; no successful call 4.2 yet",
            events=[4, 5, 6],
            rule="authorise-user",
        ),
        [
            lambda d: d.user(PARTNER, USER_1),
            lambda d: d.account(USER_1, ACCOUNT_1),
            lambda d: d.verified(SOMEBODY),
        ],
        {"flow": 2, "until": 2},
    ),
    Case(
        "call 4.2 refused",
        3,
        Finding(
            State.PENDING,
            "the account of User 1 (userId 101) is linked; no successful call 4.2 yet",
            events=[4, 5, 6],
            rule="authorise-user",
        ),
        [
            lambda d: d.user(PARTNER, USER_1),
            lambda d: d.account(USER_1, ACCOUNT_1),
            lambda d: d.call("4.2", {"code": "x"}, {"userId": USER_1}, status=404),
        ],
        {"flow": 2, "until": 2},
    ),
    Case(
        "the sign-in failed",
        3,
        Finding(
            State.VIOLATED,
            "the sign-in of User 1 failed: 4.2: no again",
            events=[4, 5, 6, 8],
            rule="authorise-user",
        ),
        [
            lambda d: d.user(PARTNER, USER_1),
            lambda d: d.account(USER_1, ACCOUNT_1),
            lambda d: d.act(Act.SIGN_IN_FAILED, BROWSER_1, reason="4.2: no"),
            lambda d: d.act(Act.SIGN_IN_FAILED, BROWSER_1, reason="4.2: no again"),
        ],
        {"flow": 2, "until": 2},
    ),
    Case(
        "the sign-in of somebody else failed",
        3,
        Finding(
            State.PENDING,
            "the account of User 1 (userId 101) is linked; no successful call 4.2 yet",
            events=[4, 5, 6],
            rule="authorise-user",
        ),
        [
            lambda d: d.user(PARTNER, USER_1),
            lambda d: d.account(USER_1, ACCOUNT_1),
            lambda d: d.act(Act.SIGN_IN_FAILED, BROWSER_2, reason="4.2: no"),
        ],
        {"flow": 2, "until": 2},
    ),
    Case(
        "complete",
        3,
        Finding(
            State.OBSERVED,
            "calls 3.2, 3.3, 3.4 and 4.2 for User 1 succeeded",
            events=[4, 5, 6, 7],
            carried={"userId": 101, "login": 1201, "ctidTraderAccountId": 201},
        ),
        [],
        {"flow": 2, "until": 3},
    ),
    Case(
        "complete with two accounts",
        3,
        Finding(
            State.OBSERVED,
            "calls 3.2, 3.3, 3.4 and 4.2 for User 1 succeeded",
            events=[4, 7, 6, 8, 9],
            carried={"userId": 101, "login": 1205, "ctidTraderAccountId": 205},
        ),
        [
            lambda d: d.user(PARTNER, USER_1),
            lambda d: d.account(USER_1, ACCOUNT_1),
            lambda d: d.account(USER_1, 205),
            lambda d: d.verified(USER_1),
            lambda d: d.verified(USER_1),
        ],
        {"flow": 2, "until": 2},
    ),
    Case(
        "complete, found by address",
        3,
        Finding(
            State.OBSERVED,
            "calls 3.2, 3.3, 3.4 and 4.2 for User 1 succeeded",
            events=[4, 5, 6, 7],
            carried={"userId": 101, "login": 1201, "ctidTraderAccountId": 201},
        ),
        [
            lambda d: d.call("3.11", {"email": PARTNER.upper()}, {"userId": USER_1}),
            lambda d: d.account(USER_1, ACCOUNT_1),
            lambda d: d.verified(USER_1),
        ],
        {"flow": 2, "until": 2},
    ),
    Case(
        "the user is known, not the address",
        3,
        Finding(
            State.OBSERVED,
            "calls 3.2, 3.3, 3.4 and 4.2 for User 1 succeeded",
            events=[4, 5, 6, 7],
            carried={"userId": 101, "login": 1201, "ctidTraderAccountId": 201},
        ),
        [lambda d: d.user(PARTNER, USER_1), lambda d: d.account(USER_1, ACCOUNT_1), lambda d: d.verified(USER_1)],
        {"flow": 2, "until": 2, "partner_email": None, "user_id": USER_1},
    ),
]


@pytest.mark.parametrize("one", THE_CREATION_FLOW_OF_USER_1, ids=str)
def test_the_creation_flow_of_user_1(one: Case) -> None:
    """Flow 5.3, step by step."""
    check(one)


THE_CREATION_FLOW_OF_USER_2 = [
    Case(
        "nothing",
        14,
        Finding(State.PENDING, "no call 3.2 for User 2 yet", rule="create-user"),
        [],
        {"until": 13},
    ),
    Case(
        "complete",
        14,
        Finding(
            State.OBSERVED,
            "calls 3.2, 3.3, 3.4 and 4.2 for User 2 succeeded",
            events=[18, 19, 20, 21],
            carried={"userId": 102, "login": 1202, "ctidTraderAccountId": 202},
        ),
        [],
        {"until": 14},
    ),
    Case(
        "known by the browser that clicked",
        14,
        Finding(
            State.OBSERVED,
            "calls 3.2, 3.3, 3.4 and 4.2 for User 2 succeeded",
            events=[18, 19, 20, 21],
            carried={"userId": 102, "login": 1202, "ctidTraderAccountId": 202},
        ),
        [],
        {"until": 14, "invited_email": None},
    ),
    Case(
        "somebody else signed in elsewhere",
        14,
        Finding(State.PENDING, "no call 3.2 for User 2 yet", rule="create-user"),
        [lambda d: d.act(Act.SIGNED_IN, "browser3", SOMEBODY)],
        {"until": 13, "invited_email": None},
    ),
    Case(
        "the sign-in failed",
        14,
        Finding(
            State.VIOLATED, "the sign-in of User 2 failed: 4.2: no", events=[18, 19, 20, 21], rule="authorise-user"
        ),
        [
            lambda d: d.user(INVITED, USER_2),
            lambda d: d.account(USER_2, ACCOUNT_2),
            lambda d: d.act(Act.SIGN_IN_FAILED, BROWSER_2, reason="4.2: no"),
        ],
        {"until": 13},
    ),
]


@pytest.mark.parametrize("one", THE_CREATION_FLOW_OF_USER_2, ids=str)
def test_the_creation_flow_of_user_2(one: Case) -> None:
    """Stage 14."""
    check(one)


HOW_AN_EXCHANGE_ENDED = [
    Case(
        "no answer",
        3,
        Finding(
            State.VIOLATED,
            "call 3.2 for User 1 got no answer: could not be reached",
            events=[1],
            rule="create-user",
        ),
        [lambda d: d.call("3.2", {"email": PARTNER}, None, None, "could not be reached")],
        {"flow": 2},
    ),
    Case(
        "no answer, nobody knows why",
        3,
        Finding(State.VIOLATED, "call 3.2 for User 1 got no answer: unknown", events=[1], rule="create-user"),
        [lambda d: d.call("3.2", {"email": PARTNER}, None, None)],
        {"flow": 2},
    ),
    Case(
        "an error without a text",
        3,
        Finding(State.VIOLATED, "call 3.2 for User 1 was answered 400 X", events=[1], rule="create-user"),
        [lambda d: d.call("3.2", {"email": PARTNER}, {"error": {"errorCode": "X"}}, 400)],
        {"flow": 2},
    ),
    Case(
        "an error in another form",
        3,
        Finding(State.VIOLATED, "call 3.2 for User 1 was answered 400", events=[1], rule="create-user"),
        [lambda d: d.call("3.2", {"email": PARTNER}, {"error": "X"}, 400)],
        {"flow": 2},
    ),
    Case(
        "no body",
        3,
        Finding(State.VIOLATED, "call 3.2 for User 1 was answered 500", events=[1], rule="create-user"),
        [lambda d: d.call("3.2", {"email": PARTNER}, None, 500)],
        {"flow": 2},
    ),
    Case(
        "a body that is no object",
        3,
        Finding(State.VIOLATED, "call 3.2 for User 1 was answered 500", events=[1], rule="create-user"),
        [lambda d: d.call("3.2", {"email": PARTNER}, ["x"], 500)],
        {"flow": 2},
    ),
    Case(
        "a hint of the mock",
        3,
        Finding(
            State.VIOLATED, "call 3.2 for User 1 was answered 400 X: no key email", events=[1], rule="create-user"
        ),
        [
            lambda d: d.call(
                "3.2",
                {"email": PARTNER},
                {"error": {"errorCode": "X", "description": "because"}},
                400,
                "no key email",
            )
        ],
        {"flow": 2},
    ),
    Case(
        "a planted fault without an answer",
        3,
        Finding(
            State.VIOLATED,
            "call 3.2 for User 1 got no answer by a planted fault (drop, before)",
            events=[1],
            rule="create-user",
        ),
        [
            lambda d: d.call("3.2", {"email": PARTNER}, None, None).details.update(
                fault={"kind": "drop", "phase": "before", "applied": False}
            )
        ],
        {"flow": 2},
    ),
    Case(
        "a planted fault with a code",
        3,
        Finding(
            State.VIOLATED,
            "call 3.2 for User 1 was answered 503 BUSY by a planted fault (error, after)",
            events=[1],
            rule="create-user",
        ),
        [
            lambda d: d.refusal("3.2", {"email": PARTNER}, 503, "BUSY").details.update(
                fault={"kind": "error", "phase": "after", "applied": False}
            )
        ],
        {"flow": 2},
    ),
    Case(
        "a planted fault without a code",
        3,
        Finding(
            State.VIOLATED,
            "call 3.2 for User 1 was answered 503 by a planted fault (error, before)",
            events=[1],
            rule="create-user",
        ),
        [
            lambda d: d.call("3.2", {"email": PARTNER}, None, 503).details.update(
                fault={"kind": "error", "phase": "before", "applied": False}
            )
        ],
        {"flow": 2},
    ),
    Case(
        "a path that is nearly right",
        3,
        Finding(State.VIOLATED, "call 3.2 for User 1 was answered 404: POST /3.2", events=[1], rule="create-user"),
        [lambda d: d.refusal("3.2", {"email": PARTNER}, 404, "X").details.update(near="3.2")],
        {"flow": 2},
    ),
]


@pytest.mark.parametrize("one", HOW_AN_EXCHANGE_ENDED, ids=str)
def test_how_an_exchange_ended(one: Case) -> None:
    """In words, by the example of call 3.2."""
    check(one)
