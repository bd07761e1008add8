"""What the journal says of the link, word for word."""

import pytest

from mock_ctrader.acts import Act
from tests.unit.diary import BROWSER_1, BROWSER_2, LINK, PARTNER_ID, USER_1, USER_2
from tests.unit.told import Case, at, check, do, observed, pending, reported, violated

SCREEN = "http://127.0.0.1:8/auth/login?firstLogin=true&partnerId=IB-7Q2F"
BUILT = {"partnerId": "IB-7Q2F", "link": LINK}
OPENED = {"partnerId": "IB-7Q2F", "url": SCREEN}

NOT_ASKED = pending("User 1 has not asked the application for a link since the partnerId was set")
NOT_BUILT = pending("the application built no link since the partnerId was set")


stage_7 = at(7, until=6)
stage_8 = at(8, until=7)
stage_9 = at(9, until=8)
A_LINK_IN_THE_APPLICATION = [
    stage_7("not asked for", NOT_ASKED),
    stage_7(
        "asked for by somebody else",
        NOT_ASKED,
        do.act(Act.LINK_ASKED, BROWSER_2, USER_2, None, kind="copy", target="1"),
    ),
    stage_7(
        "asked for by nobody known",
        NOT_ASKED,
        do.act(Act.LINK_ASKED, BROWSER_2, None, None, kind="copy", target="1"),
        until=0,
    ),
    stage_7(
        "asked for", observed("User 1 asked for a link", 11, carried={"kind": "copy", "target": "60417"}), until=7
    ),
    stage_7(
        "asked for twice",
        observed("User 1 asked for a link", 12, carried={"kind": "symbol", "target": "EURUSD"}),
        do.act(Act.LINK_ASKED, BROWSER_1, USER_1, None, kind="symbol", target="EURUSD"),
        until=7,
    ),
    stage_7(
        "asked for before anything is set",
        observed("User 1 asked for a link", 1, carried={"kind": "copy", "target": "1"}),
        do.act(Act.LINK_ASKED, BROWSER_1, USER_1, None, kind="copy", target="1"),
        user_id=USER_1,
        until=0,
    ),
    stage_8("not built", NOT_BUILT),
    stage_8("built by nobody known", NOT_BUILT, do.act(Act.LINK_BUILT, BROWSER_2, None, None, link=LINK), until=0),
    stage_8("built", observed("the application built the link", 12, carried=BUILT), until=8),
    stage_8(
        "built with and without it",
        observed("the application built the link", 12, carried=BUILT),
        do.act(Act.LINK_BUILT, BROWSER_1, USER_1, None, link="http://x/"),
        until=8,
    ),
    stage_8(
        "built with another",
        violated("the link carries the partnerId 'IB-2'; call 3.6 set 'IB-7Q2F'", 13),
        do.act(Act.LINK_BUILT, BROWSER_1, USER_1, None, link="http://x/?partnerId=IB-1"),
        do.act(Act.LINK_BUILT, BROWSER_1, USER_1, None, link="http://x/?partnerId=IB-2"),
    ),
    stage_9("not shown", pending("the application showed no link since the partnerId was set")),
    stage_9("shown", observed("the application showed the link", 13, carried=BUILT), until=9),
    stage_9(
        "shown without it",
        violated("the link carries the partnerId None; call 3.6 set 'IB-7Q2F'", 13),
        do.act(Act.LINK_SHOWN, BROWSER_1, USER_1, None, link="http://x/"),
    ),
]


@pytest.mark.parametrize("one", A_LINK_IN_THE_APPLICATION, ids=str)
def test_a_link_in_the_application(one: Case) -> None:
    """Stages 7 to 9."""
    check(one)


stage_10 = at(10, until=9)
stage_11 = at(11, until=10)
stage_12 = at(12, until=11)
A_LINK_ON_ITS_WAY = [
    stage_10(
        "nobody saw it passed on", pending("cTrader cannot see a link being passed on; opening it proves it")
    ),
    stage_10("passed on", reported("User 1 passed the link on", 14, carried={"link": LINK}), until=10),
    stage_10(
        "passed on, in a form that is no text",
        reported("User 1 passed the link on", 14, carried={"link": None}),
        do.report(10, link=7),
    ),
    stage_11("not opened", pending("no link with the partnerId 'IB-7Q2F' was opened yet")),
    stage_11(
        "another was opened",
        pending("no link with the partnerId 'IB-7Q2F' was opened yet; the last link opened carried 'IB-2'"),
        do.act(Act.LINK_CLICKED, BROWSER_2, None, "IB-1", link="x"),
        do.act(Act.LINK_CLICKED, BROWSER_2, None, "IB-2", link="x"),
    ),
    stage_11(
        "one without an identifier was opened, and none is set",
        pending("no link with the partnerId None was opened yet; the last link opened carried None"),
        do.act(Act.LINK_CLICKED, BROWSER_2, None, None, link="x"),
        until=0,
    ),
    stage_11("opened", observed("User 2 opened the link", 15, carried={"link": LINK}), until=11),
    stage_11(
        "opened twice",
        observed("User 2 opened the link", 16, carried={"link": "again"}),
        do.act(Act.LINK_CLICKED, BROWSER_2, None, PARTNER_ID, link="again"),
        until=11,
    ),
    stage_12("no screen", pending("the application has not opened the login/signup screen for User 2")),
    stage_12(
        "the screen", observed("the application opened the login/signup screen", 16, carried=OPENED), until=12
    ),
    stage_12(
        "the screen with and without it",
        observed("the application opened the login/signup screen", 16, carried=OPENED),
        do.act(Act.SCREEN_OPENED, BROWSER_2, None, None, url="http://x/?partnerId=IB-2"),
        until=12,
    ),
    stage_12(
        "the screen with another",
        violated("the screen's URL carries the partnerId 'IB-1'; the link 'IB-7Q2F'", 16),
        do.act(Act.SCREEN_OPENED, BROWSER_2, None, None, url="http://x/?partnerId=IB-1"),
    ),
    stage_12(
        "the screen without it",
        violated("the screen's URL carries the partnerId None; the link 'IB-7Q2F'", 17),
        do.act(Act.SCREEN_OPENED, BROWSER_2, None, None, url="http://x/?partnerId=IB-1"),
        do.act(Act.SCREEN_OPENED, BROWSER_2, None, None, url="http://x/"),
    ),
]


@pytest.mark.parametrize("one", A_LINK_ON_ITS_WAY, ids=str)
def test_a_link_on_its_way(one: Case) -> None:
    """Stages 10 to 12."""
    check(one)
