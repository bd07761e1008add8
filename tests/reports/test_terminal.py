"""What is printed for a fixed stream, to the letter."""

import io

from rich.console import Console

from mock_ctrader.conformance.reports.reporter import Reporter
from tests.reports.samples import FAILED_STAGE, FINISHED, HOSTILE, PASSED_STAGE, STARTED, run_events

SNAPSHOT = """
skip    The clock moves on  (case 6.3.4)  no-verb
ERROR   The screen fits a small window  (case 6.2.1)  the browser did not start
pass    A wrong password is refused  (case 6.1.2)
FAIL    A used one-time token is refused  (case 6.1.9)  the token was taken twice
warn    Case 6.1.10 comes after 6.1.9  (case 6.1.10)  the list names no partnerId
blocked Stage 5 - cTrader assigns the partnerId and answers  (flow 1, user level)  stage-4
FAIL    Stage 4 - The broker asks cTrader to set the partnerId  (flow 1, user level)  call 3.6 carried 'ib-7q2f'
pass    Stage 1 - User 1 asks the application for a new cTID  (flow 2, account level)

                                                                      flow 1   flow 1   flow 2   flow 2
 #  Stage of the attribution flow                                      user    account   user    account
 1  User 1 registers as a partner                                        -        -        -      pass
    User 1 asks the application for a new cTID
 2  The broker creates the partner record                                -        -        -        -
    The application opens the signup screen
 3  The broker gives User 1 a referral link                              -        -        -        -
    User 1 completes the user creation flow
 4  The broker asks cTrader to set the partnerId                       FAIL       -        -        -
    The broker recognises the partner and gives a new referral link
 5  cTrader assigns the partnerId and answers                         blocked     -        -        -
    The broker asks cTrader to set the new partnerId
 6  cTrader tells its application the partnerId                          -        -        -        -
    cTrader assigns the new partnerId and answers
 7  User 1 asks the application for a link                               -        -        -        -
 8  The application builds the link                                      -        -        -        -
 9  The application shows the link                                       -        -        -        -
10  User 1 passes the link to User 2                                     -        -        -        -
11  User 2 opens the link                                                -        -        -        -
12  The application opens the login/signup screen with the partnerId     -        -        -        -
13  User 2 signs up with the partnerId                                   -        -        -        -
14  The broker creates User 2 in cTrader                                 -        -        -        -
15  The broker attributes User 2 to User 1                               -        -        -        -
16  User 1 opens the referral list                                       -        -        -        -
17  The client area fetches the referrals                                -        -        -        -
18  User 1 sees User 2 in the referral list                              -        -        -        -

Verdict  Plan        Case    Sentence
pass     crm-api     6.1.2   A wrong password is refused
FAIL     crm-api     6.1.9   A used one-time token is refused
warn     crm-api     6.1.10  Case 6.1.10 comes after 6.1.9
skip     functional  6.3.4   no-verb: The clock moves on
ERROR    screens     6.2.1   The screen fits a small window

FAIL  Stage 4 - The broker asks cTrader to set the partnerId  (flow 1, user level)
    attribution/flow-1/user/stage-04
    call 3.6 carried 'ib-7q2f'
    duty      The partnerId that call 3.6 sets is the one of the referral link. (section 3.6, seed)
    expected  IB-7Q2F
    seen      ib-7q2f
    advice    Send the identifier of the referral link byte for byte.
    evidence  call 3.6: PUT /cid/oauth2/ctid/referral?token=***fa4e2b2d -> 200

ERROR  The screen fits a small window  (case 6.2.1)
    screens/6.2.1
    the browser did not start

warn  Case 6.1.10 comes after 6.1.9  (case 6.1.10)
    crm-api/6.1.10
    the list names no partnerId
    duty      The referral list names the partnerId of each referral. (E-12, recommendation)
    expected  IB-7Q2F
    advice    Show it, so that a partner can tell.

FAIL  A used one-time token is refused  (case 6.1.9)
    crm-api/6.1.9
    known issue NW-123: is mended in the spring
    the token was taken twice
    duty      A one-time token works once. (section 6.1, docs)
    expected  403 CH_OT_TOKEN_NOT_FOUND
    seen      200
    advice    Forget a one-time token as soon as it was exchanged.
    evidence  call 4.2: POST /ctrader/oauth2/onetime/authorize?crmApiToken=***e0ddb088 -> 500

Failed: 2 passed, 2 failed, 1 in error, 1 warned, 1 blocked, 1 skipped in 12.3 s (attribution 5.2 s).
"""


def printed(events: list[dict[str, object]], *, terminal: bool = False) -> str:
    out = io.StringIO()
    reporter = Reporter(Console(file=out, width=110, force_terminal=terminal, _environ={}))
    for event in events:
        reporter.take(event)
    reporter.finish()
    return out.getvalue()


def test_plain_text_of_a_run() -> None:
    lines = [line.rstrip() for line in printed(run_events()).splitlines()]

    assert "\n".join(lines).strip() == SNAPSHOT.strip()


def test_a_run_that_broke_off_and_one_without_the_flow_have_no_such_time() -> None:
    assert printed([STARTED, PASSED_STAGE]).rstrip().endswith("1 passed.")
    shorter = {key: value for key, value in FINISHED.items() if key != "attribution_seconds"}
    assert printed([STARTED, PASSED_STAGE, shorter]).rstrip().endswith("1 passed in 12.3 s.")


def test_nothing_obeys_hostile_text() -> None:
    assert "\x1b" not in printed(
        [STARTED, FAILED_STAGE | {"reason": HOSTILE, "scenario": f"[red]{HOSTILE}"}, FINISHED]
    )


def test_at_a_terminal_passes_are_only_counted() -> None:
    told = printed([STARTED, PASSED_STAGE, FAILED_STAGE, FINISHED], terminal=True)

    assert "\x1b[" in told
    # a failure is told at once, a pass is only in the counter that is taken away
    assert "(flow 1, user level)" in told
    assert "(flow 2, account level)" not in told
