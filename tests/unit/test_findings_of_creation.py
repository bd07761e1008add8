"""What the journal says of the user creation flow, word for word."""

from typing import Any

import pytest

from mock_ctrader.acts import Act
from mock_ctrader.journeys.model import Finding
from tests.unit.diary import ACCOUNT_1, ACCOUNT_2, BROWSER_1, BROWSER_2, INVITED, PARTNER, SOMEBODY, USER_1, USER_2
from tests.unit.told import Case, Step, at, check, detailed, do, faulty, observed, pending, violated

CREATED = do.user(PARTNER, USER_1)
OPENED = do.call("3.3", {"groupName": "Default"}, {"login": 1201}, 201)
LINKED = do.account(USER_1, ACCOUNT_1)
VERIFIED = do.verified(USER_1)

NO_CALL_32_FOR_1 = pending("no call 3.2 for User 1 yet", rule="create-user")
NO_CALL_32_FOR_2 = pending("no call 3.2 for User 2 yet", rule="create-user")
NOT_LINKED = pending("User 1 is userId 101; no call 3.4 links an account to it yet", 4, rule="link-account")
NO_CALL_42 = pending(
    "the account of User 1 (userId 101) is linked; no successful call 4.2 yet", 4, 5, 6, rule="authorise-user"
)
IDS_1 = {"userId": 101, "login": 1201, "ctidTraderAccountId": 201}
IDS_2 = {"userId": 102, "login": 1202, "ctidTraderAccountId": 202}
COMPLETE_1 = observed("calls 3.2, 3.3, 3.4 and 4.2 for User 1 succeeded", 4, 5, 6, 7, carried=IDS_1)
COMPLETE_2 = observed("calls 3.2, 3.3, 3.4 and 4.2 for User 2 succeeded", 18, 19, 20, 21, carried=IDS_2)


def not_linked(more: str, *events: int) -> Finding:
    """Nobody made call 3.3 for User 1."""
    reason = f"User 1 is userId 101; no call 3.4 links an account to it yet{more}"
    return pending(reason, *events, rule="create-trader")


def answered(body: Any, status: int | None = 201, problem: str | None = None) -> Step:
    """Call 3.2 for User 1, answered so."""
    return do.call("3.2", {"email": PARTNER}, body, status, problem)


def not_created(status: int, code: str) -> Step:
    """Call 3.2 for User 1, refused."""
    return do.refusal("3.2", {"email": PARTNER}, status, code)


def not_opened(code: str) -> Step:
    """Call 3.3, refused."""
    return do.refusal("3.3", {"groupName": "x"}, code=code)


def ended(how: str) -> Finding:
    """Call 3.2 for User 1, the first event, ended so."""
    return violated(f"call 3.2 for User 1 {how}", 1, rule="create-user")


stage_3 = at(3, flow=2, until=2)
THE_CREATION_FLOW_OF_USER_1 = [
    stage_3("nothing", NO_CALL_32_FOR_1),
    stage_3(
        "refused in call 3.2",
        violated("call 3.2 for User 1 was answered 400 CH_EMAIL_ALREADY_EXISTS: because", 4, rule="create-user"),
        not_created(400, "CH_EMAIL_ALREADY_EXISTS"),
    ),
    stage_3(
        "refused in call 3.2 twice",
        violated(
            "call 3.2 for User 1 was answered 403 CH_INSUFFICIENT_PERMISSIONS: because", 5, rule="create-user"
        ),
        not_created(400, "CH_EMAIL_ALREADY_EXISTS"),
        not_created(403, "CH_INSUFFICIENT_PERMISSIONS"),
    ),
    stage_3("somebody else was refused", NO_CALL_32_FOR_1, do.refusal("3.2", {"email": INVITED}, 400, "X")),
    stage_3(
        "a call 3.2 without an address was refused, and nobody knows that of User 1",
        NO_CALL_32_FOR_1,
        do.refusal("3.2", {}, 400, "INVALID_REQUEST"),
        partner_email=None,
    ),
    stage_3("no call 3.3", not_linked(", nor was call 3.3 made", 4), CREATED),
    stage_3(
        "asked for in vain before it is created",
        not_linked(", nor was call 3.3 made", 5),
        do.call("3.11", {"email": PARTNER}, None),
        CREATED,
    ),
    stage_3(
        "found by another address as well",
        not_linked(", nor was call 3.3 made", 4),
        CREATED,
        do.call("3.11", {"email": "other@example.net"}, {"userId": USER_1}),
    ),
    stage_3("call 3.3 was made before", not_linked(", nor was call 3.3 made", 5), OPENED, CREATED),
    stage_3(
        "call 3.3 is all there is",
        pending("User 1 is userId 101; no call 3.4 links an account to it yet", rule="link-account"),
        OPENED,
        partner_email=None,
        user_id=USER_1,
        until=0,
    ),
    stage_3(
        "call 3.3 refused",
        not_linked("; the last call 3.3 was answered 404 TRADER_GROUP_NOT_FOUND: because", 4, 5),
        CREATED,
        not_opened("TRADER_GROUP_NOT_FOUND"),
    ),
    stage_3(
        "call 3.3 refused twice",
        not_linked("; the last call 3.3 was answered 404 CH_BROKER_NOT_FOUND: because", 4, 6),
        CREATED,
        not_opened("TRADER_GROUP_NOT_FOUND"),
        not_opened("CH_BROKER_NOT_FOUND"),
    ),
    stage_3("call 3.3 made, no call 3.4", NOT_LINKED, CREATED, OPENED),
    stage_3(
        "call 3.3 made, its account linked to somebody else",
        pending("User 1 is userId 101; no call 3.4 links an account to it yet", 4, rule="create-trader"),
        CREATED,
        OPENED,
        do.call("3.4", {"userId": SOMEBODY, "traderLogin": 1201}, {"ctidTraderAccountId": 5}),
    ),
    stage_3(
        "call 3.3 made, another account linked to somebody else",
        NOT_LINKED,
        CREATED,
        OPENED,
        do.call("3.4", {"userId": SOMEBODY, "traderLogin": 1299}, {"ctidTraderAccountId": 5}),
    ),
    stage_3("call 3.3 refused, then made", NOT_LINKED, CREATED, not_opened("TRADER_GROUP_NOT_FOUND"), OPENED),
    stage_3(
        "call 3.4 refused",
        violated("call 3.4 for User 1 was answered 400 WRONG_PASSWORD: because", 4, 6, rule="link-account"),
        CREATED,
        OPENED,
        do.refusal("3.4", {"userId": USER_1, "traderLogin": 1201}, 400, "WRONG_PASSWORD"),
    ),
    stage_3(
        "call 3.4 refused for somebody else",
        NOT_LINKED,
        CREATED,
        OPENED,
        do.refusal("3.4", {"userId": SOMEBODY, "traderLogin": 1201}, 400, "WRONG_PASSWORD"),
    ),
    stage_3("no call 4.2", NO_CALL_42, CREATED, LINKED),
    stage_3("call 4.2 for somebody else", NO_CALL_42, CREATED, LINKED, do.verified(SOMEBODY)),
    stage_3(
        "call 4.2 refused",
        NO_CALL_42,
        CREATED,
        LINKED,
        do.call("4.2", {"code": "x"}, {"userId": USER_1}, status=404),
    ),
    stage_3(
        "the sign-in failed",
        violated("the sign-in of User 1 failed: 4.2: no again", 4, 5, 6, 8, rule="authorise-user"),
        CREATED,
        LINKED,
        do.act(Act.SIGN_IN_FAILED, BROWSER_1, reason="4.2: no"),
        do.act(Act.SIGN_IN_FAILED, BROWSER_1, reason="4.2: no again"),
    ),
    stage_3(
        "the sign-in of somebody else failed",
        NO_CALL_42,
        CREATED,
        LINKED,
        do.act(Act.SIGN_IN_FAILED, BROWSER_2, reason="4.2: no"),
    ),
    stage_3("complete", COMPLETE_1, until=3),
    stage_3(
        "complete with two accounts",
        observed(
            "calls 3.2, 3.3, 3.4 and 4.2 for User 1 succeeded",
            4,
            7,
            6,
            8,
            9,
            carried={"userId": 101, "login": 1205, "ctidTraderAccountId": 205},
        ),
        CREATED,
        LINKED,
        do.account(USER_1, 205),
        VERIFIED,
        VERIFIED,
    ),
    stage_3(
        "complete, found by address",
        COMPLETE_1,
        do.call("3.11", {"email": PARTNER.upper()}, {"userId": USER_1}),
        LINKED,
        VERIFIED,
    ),
    stage_3(
        "the user is known, not the address",
        COMPLETE_1,
        CREATED,
        LINKED,
        VERIFIED,
        partner_email=None,
        user_id=USER_1,
    ),
]


@pytest.mark.parametrize("one", THE_CREATION_FLOW_OF_USER_1, ids=str)
def test_the_creation_flow_of_user_1(one: Case) -> None:
    """Flow 5.3, step by step."""
    check(one)


stage_14 = at(14, until=13)
THE_CREATION_FLOW_OF_USER_2 = [
    stage_14("nothing", NO_CALL_32_FOR_2),
    stage_14("complete", COMPLETE_2, until=14),
    stage_14("known by the browser that clicked", COMPLETE_2, until=14, invited_email=None),
    stage_14(
        "somebody else signed in elsewhere",
        NO_CALL_32_FOR_2,
        do.act(Act.SIGNED_IN, "browser3", SOMEBODY),
        invited_email=None,
    ),
    stage_14(
        "the sign-in failed",
        violated("the sign-in of User 2 failed: 4.2: no", 18, 19, 20, 21, rule="authorise-user"),
        do.user(INVITED, USER_2),
        do.account(USER_2, ACCOUNT_2),
        do.act(Act.SIGN_IN_FAILED, BROWSER_2, reason="4.2: no"),
    ),
]


@pytest.mark.parametrize("one", THE_CREATION_FLOW_OF_USER_2, ids=str)
def test_the_creation_flow_of_user_2(one: Case) -> None:
    """Stage 14."""
    check(one)


stage_3 = at(3, flow=2)
HOW_AN_EXCHANGE_ENDED = [
    stage_3(
        "no answer", ended("got no answer: could not be reached"), answered(None, None, "could not be reached")
    ),
    stage_3("no answer, nobody knows why", ended("got no answer: unknown"), answered(None, None)),
    stage_3("an error without a text", ended("was answered 400 X"), answered({"error": {"errorCode": "X"}}, 400)),
    stage_3("an error in another form", ended("was answered 400"), answered({"error": "X"}, 400)),
    stage_3("no body", ended("was answered 500"), answered(None, 500)),
    stage_3("a body that is no object", ended("was answered 500"), answered(["x"], 500)),
    stage_3(
        "a hint of the mock",
        ended("was answered 400 X: no key email"),
        answered({"error": {"errorCode": "X", "description": "because"}}, 400, "no key email"),
    ),
    stage_3(
        "a planted fault without an answer",
        ended("got no answer by a planted fault (drop, before)"),
        faulty(answered(None, None), "drop", "before"),
    ),
    stage_3(
        "a planted fault with a code",
        ended("was answered 503 BUSY by a planted fault (error, after)"),
        faulty(not_created(503, "BUSY"), "error", "after"),
    ),
    stage_3(
        "a planted fault without a code",
        ended("was answered 503 by a planted fault (error, before)"),
        faulty(answered(None, 503), "error", "before"),
    ),
    stage_3(
        "a path that is nearly right",
        ended("was answered 404: POST /3.2"),
        detailed(not_created(404, "X"), near="3.2"),
    ),
]


@pytest.mark.parametrize("one", HOW_AN_EXCHANGE_ENDED, ids=str)
def test_how_an_exchange_ended(one: Case) -> None:
    """In words, by the example of call 3.2."""
    check(one)
