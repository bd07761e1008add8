"""What the journal says of the link, word for word."""

import pytest

from mock_ctrader.acts import Act
from mock_ctrader.journeys.model import Finding, State
from tests.unit.diary import (
    BROWSER_1,
    BROWSER_2,
    LINK,
    PARTNER_ID,
    USER_1,
    USER_2,
)
from tests.unit.told import Case, check

A_LINK_IN_THE_APPLICATION = [
    Case(
        "not asked for",
        7,
        Finding(State.PENDING, "User 1 has not asked the application for a link since the partnerId was set"),
        [],
        {"until": 6},
    ),
    Case(
        "asked for by somebody else",
        7,
        Finding(State.PENDING, "User 1 has not asked the application for a link since the partnerId was set"),
        [lambda d: d.act(Act.LINK_ASKED, BROWSER_2, USER_2, None, kind="copy", target="1")],
        {"until": 6},
    ),
    Case(
        "asked for by nobody known",
        7,
        Finding(State.PENDING, "User 1 has not asked the application for a link since the partnerId was set"),
        [lambda d: d.act(Act.LINK_ASKED, BROWSER_2, None, None, kind="copy", target="1")],
    ),
    Case(
        "asked for",
        7,
        Finding(
            State.OBSERVED, "User 1 asked for a link", events=[11], carried={"kind": "copy", "target": "60417"}
        ),
        [],
        {"until": 7},
    ),
    Case(
        "asked for twice",
        7,
        Finding(
            State.OBSERVED, "User 1 asked for a link", events=[12], carried={"kind": "symbol", "target": "EURUSD"}
        ),
        [lambda d: d.act(Act.LINK_ASKED, BROWSER_1, USER_1, None, kind="symbol", target="EURUSD")],
        {"until": 7},
    ),
    Case(
        "asked for before anything is set",
        7,
        Finding(State.OBSERVED, "User 1 asked for a link", events=[1], carried={"kind": "copy", "target": "1"}),
        [lambda d: d.act(Act.LINK_ASKED, BROWSER_1, USER_1, None, kind="copy", target="1")],
        {"user_id": USER_1},
    ),
    Case(
        "not built",
        8,
        Finding(State.PENDING, "the application built no link since the partnerId was set"),
        [],
        {"until": 7},
    ),
    Case(
        "built by nobody known",
        8,
        Finding(State.PENDING, "the application built no link since the partnerId was set"),
        [lambda d: d.act(Act.LINK_BUILT, BROWSER_2, None, None, link=LINK)],
    ),
    Case(
        "built",
        8,
        Finding(
            State.OBSERVED,
            "the application built the link",
            events=[12],
            carried={
                "partnerId": "IB-7Q2F",
                "link": "http://127.0.0.1:9/app/BEST/copy/strategy/60417?partnerId=IB-7Q2F",
            },
        ),
        [],
        {"until": 8},
    ),
    Case(
        "built with and without it",
        8,
        Finding(
            State.OBSERVED,
            "the application built the link",
            events=[12],
            carried={
                "partnerId": "IB-7Q2F",
                "link": "http://127.0.0.1:9/app/BEST/copy/strategy/60417?partnerId=IB-7Q2F",
            },
        ),
        [lambda d: d.act(Act.LINK_BUILT, BROWSER_1, USER_1, None, link="http://x/")],
        {"until": 8},
    ),
    Case(
        "built with another",
        8,
        Finding(State.VIOLATED, "the link carries the partnerId 'IB-2'; call 3.6 set 'IB-7Q2F'", events=[13]),
        [
            lambda d: d.act(Act.LINK_BUILT, BROWSER_1, USER_1, None, link="http://x/?partnerId=IB-1"),
            lambda d: d.act(Act.LINK_BUILT, BROWSER_1, USER_1, None, link="http://x/?partnerId=IB-2"),
        ],
        {"until": 7},
    ),
    Case(
        "not shown",
        9,
        Finding(State.PENDING, "the application showed no link since the partnerId was set"),
        [],
        {"until": 8},
    ),
    Case(
        "shown",
        9,
        Finding(
            State.OBSERVED,
            "the application showed the link",
            events=[13],
            carried={
                "partnerId": "IB-7Q2F",
                "link": "http://127.0.0.1:9/app/BEST/copy/strategy/60417?partnerId=IB-7Q2F",
            },
        ),
        [],
        {"until": 9},
    ),
    Case(
        "shown without it",
        9,
        Finding(State.VIOLATED, "the link carries the partnerId None; call 3.6 set 'IB-7Q2F'", events=[13]),
        [lambda d: d.act(Act.LINK_SHOWN, BROWSER_1, USER_1, None, link="http://x/")],
        {"until": 8},
    ),
]


@pytest.mark.parametrize("one", A_LINK_IN_THE_APPLICATION, ids=str)
def test_a_link_in_the_application(one: Case) -> None:
    """Stages 7 to 9."""
    check(one)


A_LINK_ON_ITS_WAY = [
    Case(
        "nobody saw it passed on",
        10,
        Finding(State.PENDING, "cTrader cannot see a link being passed on; opening it proves it"),
        [],
        {"until": 9},
    ),
    Case(
        "passed on",
        10,
        Finding(
            State.REPORTED,
            "User 1 passed the link on",
            events=[14],
            carried={"link": "http://127.0.0.1:9/app/BEST/copy/strategy/60417?partnerId=IB-7Q2F"},
        ),
        [],
        {"until": 10},
    ),
    Case(
        "passed on, in a form that is no text",
        10,
        Finding(State.REPORTED, "User 1 passed the link on", events=[14], carried={"link": None}),
        [lambda d: d.report(10, link=7)],
        {"until": 9},
    ),
    Case(
        "not opened",
        11,
        Finding(State.PENDING, "no link with the partnerId 'IB-7Q2F' was opened yet"),
        [],
        {"until": 10},
    ),
    Case(
        "another was opened",
        11,
        Finding(
            State.PENDING,
            "no link with the partnerId 'IB-7Q2F' was opened yet; the last link opened carried 'IB-2'",
        ),
        [
            lambda d: d.act(Act.LINK_CLICKED, BROWSER_2, None, "IB-1", link="x"),
            lambda d: d.act(Act.LINK_CLICKED, BROWSER_2, None, "IB-2", link="x"),
        ],
        {"until": 10},
    ),
    Case(
        "one without an identifier was opened, and none is set",
        11,
        Finding(
            State.PENDING, "no link with the partnerId None was opened yet; the last link opened carried None"
        ),
        [lambda d: d.act(Act.LINK_CLICKED, BROWSER_2, None, None, link="x")],
    ),
    Case(
        "opened",
        11,
        Finding(
            State.OBSERVED,
            "User 2 opened the link",
            events=[15],
            carried={"link": "http://127.0.0.1:9/app/BEST/copy/strategy/60417?partnerId=IB-7Q2F"},
        ),
        [],
        {"until": 11},
    ),
    Case(
        "opened twice",
        11,
        Finding(State.OBSERVED, "User 2 opened the link", events=[16], carried={"link": "again"}),
        [lambda d: d.act(Act.LINK_CLICKED, BROWSER_2, None, PARTNER_ID, link="again")],
        {"until": 11},
    ),
    Case(
        "no screen",
        12,
        Finding(State.PENDING, "the application has not opened the login/signup screen for User 2"),
        [],
        {"until": 11},
    ),
    Case(
        "the screen",
        12,
        Finding(
            State.OBSERVED,
            "the application opened the login/signup screen",
            events=[16],
            carried={
                "partnerId": "IB-7Q2F",
                "url": "http://127.0.0.1:8/auth/login?firstLogin=true&partnerId=IB-7Q2F",
            },
        ),
        [],
        {"until": 12},
    ),
    Case(
        "the screen with and without it",
        12,
        Finding(
            State.OBSERVED,
            "the application opened the login/signup screen",
            events=[16],
            carried={
                "partnerId": "IB-7Q2F",
                "url": "http://127.0.0.1:8/auth/login?firstLogin=true&partnerId=IB-7Q2F",
            },
        ),
        [lambda d: d.act(Act.SCREEN_OPENED, BROWSER_2, None, None, url="http://x/?partnerId=IB-2")],
        {"until": 12},
    ),
    Case(
        "the screen with another",
        12,
        Finding(State.VIOLATED, "the screen's URL carries the partnerId 'IB-1'; the link 'IB-7Q2F'", events=[16]),
        [lambda d: d.act(Act.SCREEN_OPENED, BROWSER_2, None, None, url="http://x/?partnerId=IB-1")],
        {"until": 11},
    ),
    Case(
        "the screen without it",
        12,
        Finding(State.VIOLATED, "the screen's URL carries the partnerId None; the link 'IB-7Q2F'", events=[17]),
        [
            lambda d: d.act(Act.SCREEN_OPENED, BROWSER_2, None, None, url="http://x/?partnerId=IB-1"),
            lambda d: d.act(Act.SCREEN_OPENED, BROWSER_2, None, None, url="http://x/"),
        ],
        {"until": 11},
    ),
]


@pytest.mark.parametrize("one", A_LINK_ON_ITS_WAY, ids=str)
def test_a_link_on_its_way(one: Case) -> None:
    """Stages 10 to 12."""
    check(one)
