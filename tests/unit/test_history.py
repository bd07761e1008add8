"""What is asked of a history is found as if every event were read."""

import pytest

from mock_ctrader.acts import Act
from mock_ctrader.flows import Level
from mock_ctrader.journeys import History
from tests.unit.diary import BROWSER_2, INVITED, PARTNER, PARTNER_ID, SOMEBODY, USER_1, USER_2, Diary, played


def test_calls_are_found_by_number_in_their_order() -> None:
    diary = Diary()
    second = [diary.call("3.11", {"email": PARTNER}, {"userId": USER_1}), diary.user(INVITED, USER_2)]
    diary.verified(USER_1)

    assert diary.history.calls("3.2", "3.11") == second
    assert diary.history.calls("3.2") == second[1:]
    assert diary.history.calls("3.13") == []


def test_calls_and_acts_are_found_by_what_they_are_about() -> None:
    diary = played(1, Level.USER)
    history = diary.history

    for number in ("3.2", "3.4", "4.2", "3.6"):
        of_number = [event for event in diary.events if event.call == number]
        for user_id in (USER_1, USER_2, SOMEBODY, None):
            wanted = [event for event in of_number if event.user_id == user_id]
            assert history.calls(number, user_id=user_id) == wanted
    clicked = [event for event in diary.events if event.details.get("act") == Act.LINK_CLICKED]
    assert history.acts(Act.LINK_CLICKED, browser=BROWSER_2) == clicked
    assert history.acts(Act.LINK_CLICKED, partner_id=PARTNER_ID) == clicked
    assert history.acts(Act.LINK_CLICKED, partner_id="IB-OTHER") == []


def test_an_address_is_found_in_any_case_of_its_letters() -> None:
    diary = Diary()
    created = diary.user("One@Example.Net", USER_1)

    assert diary.history.calls("3.2", email=PARTNER) == [created]
    assert diary.history.calls("3.2", email=PARTNER.upper()) == [created]


def test_one_attribute_is_asked_for_at_a_time() -> None:
    with pytest.raises(ValueError, match="too many"):
        played(1, Level.USER).history.calls("3.2", email=PARTNER, user_id=USER_1)


def test_reports_are_those_of_the_journey() -> None:
    diary = Diary()
    mine, _, again = diary.report(1), diary.report(1, "journey-2"), diary.report(2)

    assert diary.history.reports("journey-1") == [mine, again]
    assert diary.history.reports("journey-3") == []


def test_what_failed_is_what_was_refused_or_departs_from_the_contract() -> None:
    diary = Diary()
    refused = diary.refusal("3.6", {"userId": USER_1})
    diary.user(PARTNER, USER_1)
    odd = diary.user(INVITED, USER_2)
    odd.violations = [{"where": "userId", "message": "is odd"}]
    diary.report(1)

    history = History(diary.events)
    assert history.failed == [refused, odd]
    assert history.numbered[odd.seq] is odd
