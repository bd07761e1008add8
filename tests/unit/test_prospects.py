"""Journeys that have only begun: whom they are about, and when there are any."""

from typing import Any

from mock_ctrader.flows import Level
from mock_ctrader.journal import Direction, Event, exchange
from mock_ctrader.journeys import History, detect
from mock_ctrader.journeys.prospects import prospects


def _event(seq: int, call: str, status: int, **body: Any) -> Event:
    answer = {"userId": body.get("userId", 11)} if status < 300 else {"error": {"errorCode": "X"}}
    event = exchange(call, Direction.BROKER_TO_CTRADER, "POST", "/x", "", body, status, answer)
    event.seq = seq
    return event


def _created(seq: int, user_id: int) -> Event:
    event = _event(seq, "3.2", 201, email=f"{user_id}@example.net")
    event.user_id = user_id
    return event


def test_nothing_happened() -> None:
    assert [(one.flow, one.level, one.user_id) for one in prospects(History([]), [])] == [
        (1, Level.USER, None),
        (2, Level.USER, None),
    ]


def test_user_created_last() -> None:
    assert {one.user_id for one in prospects(History([_created(1, 11), _created(2, 12)]), [])} == {12}


def test_refused_call_names_user_and_level() -> None:
    refused = _event(3, "3.6", 404, userId=11, ctidTraderAccountId=7, partnerId="P")
    found = prospects(History([_created(1, 11), _created(2, 12), refused]), [])

    assert {(one.user_id, one.level) for one in found} == {(11, Level.ACCOUNT)}
    assert [(one.id, one.flow, one.announced) for one in found] == [("next-1", 1, False), ("next-2", 2, False)]


def test_refused_call_without_an_account_is_at_user_level() -> None:
    found = prospects(History([_created(1, 11), _event(2, "3.6", 404, userId=11, partnerId="P")]), [])

    assert {(one.user_id, one.level) for one in found} == {(11, Level.USER)}


def test_a_refused_creation_is_nobody() -> None:
    refused = _created(2, 12)
    refused.status = 400
    other = _event(3, "3.3", 201, login=7)

    assert {one.user_id for one in prospects(History([_created(1, 11), refused, other]), [])} == {11}
    assert {one.user_id for one in prospects(History([refused, other]), [])} == {None}


def test_the_last_of_three_users_counts() -> None:
    history = History([_created(1, 11), _created(2, 12), _created(3, 13)])

    assert {one.user_id for one in prospects(history, [])} == {13}


def test_refused_call_beside_a_journey_is_one_until_it_is_made_good() -> None:
    good, bad = _event(1, "3.6", 200, userId=11, partnerId="P"), _event(2, "3.6", 404, userId=12, partnerId="Q")
    mended = _event(3, "3.6", 200, userId=12, partnerId="Q")
    known = detect(History([good]), [])

    assert prospects(History([good]), known) == []
    assert {one.user_id for one in prospects(History([good, bad]), known)} == {12}
    assert prospects(History([good, bad, mended]), known) == []
