"""Calls 4.3 to 4.5: resuming a session, one-time tokens for InApp screens, the end of a session."""

import pytest
import requests
from broker_fakes import ManualClock
from broker_site import AppSession, Site, new_email

DAY_S = 24 * 3600
SHAPED = "A" * 43


def told(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, str(answer.json()["error"])


@pytest.fixture
def session(site: Site) -> AppSession:
    return site.app_session()


def test_access_token_is_verified_many_times(session: AppSession) -> None:
    answers = [session.resume().json() for _ in range(3)]
    assert {answer["userId"] for answer in answers} == {session.user_id}
    assert all(answer.keys() == {"userId", "inappToken"} for answer in answers)
    assert len({answer["inappToken"] for answer in answers} | {session.inapp_token}) == 4


def test_access_token_lives_ninety_days(session: AppSession, clock: ManualClock) -> None:
    clock.advance(90 * DAY_S - 1)
    assert session.resume().status_code == 200
    clock.advance(1)
    assert told(session.resume()) == (410, "CID_TOKEN_EXPIRED")
    assert told(session.log_out()) == (410, "CID_TOKEN_EXPIRED")


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("at_" + SHAPED, (404, "NOT_FOUND")),
        ("ot_" + SHAPED, (417, "CID_NON_EXISTED_TOKEN")),
        ("at_short", (417, "CID_NON_EXISTED_TOKEN")),
        ("\x00", (417, "CID_NON_EXISTED_TOKEN")),
        ("é", (417, "CID_NON_EXISTED_TOKEN")),
        ("", (400, "INVALID_REQUEST")),
    ],
)
def test_access_tokens_that_are_none(
    site: Site, session: AppSession, token: str, expected: tuple[int, str]
) -> None:
    assert told(site.crm("authorize", {"accessToken": token})) == expected
    assert told(session.log_out(accessToken=token)) == expected


@pytest.mark.parametrize("body", [{}, {"accessToken": None}, {"accessToken": 1}, {"accessToken": ["x"]}])
def test_missing_or_ill_typed_access_token(site: Site, body: dict[str, object]) -> None:
    answer = site.crm("authorize", body)
    assert answer.status_code == 400
    assert "accessToken" in answer.json()["message"]


def test_user_id_is_a_number_or_a_numeric_string(session: AppSession) -> None:
    tokens = {session.generate(user_id).json()["token"] for user_id in (session.user_id, str(session.user_id))}
    assert len(tokens) == 2


@pytest.mark.parametrize("user_id", [-1, 1.5, True, "x", "", "1.0", " 1", "٣", 2**63, "9" * 30, [], {}, None])
def test_bad_user_id_is_named(site: Site, session: AppSession, user_id: object) -> None:
    answer = site.crm("onetime/generate", {"userId": user_id}, inappToken=session.inapp_token)
    assert answer.status_code == 400
    assert "userId" in answer.json()["message"]


def test_unknown_user(session: AppSession) -> None:
    assert told(session.generate(999_999)) == (404, "NOT_FOUND")


def test_inapp_token_once_returned_is_required(site: Site, session: AppSession) -> None:
    other = site.app_session()
    for wrong in ("", "nonsense", "ia_" + SHAPED, other.inapp_token, session.access_token):
        answer = session.generate(inappToken=wrong)
        assert told(answer) == (403, "CH_CLIENT_AUTH_FAILURE")
        assert "token" not in answer.json()
    assert session.generate().status_code == 200
    resumed = session.resume().json()["inappToken"]
    assert session.generate(inappToken=resumed).status_code == 200


def test_inapp_token_never_returned_is_not_asked_for(site: Site) -> None:
    browser = site.browser()
    browser.sign_up(new_email())
    browser.open_account()  # nothing exchanged yet
    user_id = browser.json("/area/me.json")["userId"]
    assert site.crm("onetime/generate", {"userId": user_id}).status_code == 200
    assert site.crm("onetime/generate", {"userId": user_id}, inappToken="made up").status_code == 403


def test_one_time_tokens_open_only_what_they_are_for(site: Site, session: AppSession) -> None:
    for_screen = session.generate().json()["token"]
    assert site.exchange(for_screen).status_code == 404
    entry = session.browser.log_in(session.browser.email, source="Web").location.partition("token=")[2]
    assert session.open_money("deposit", token=entry).status == 404
    # Neither attempt used anything up.
    assert session.open_money("deposit", token=for_screen).status == 200
    assert site.exchange(entry).status_code == 200


def test_logging_out_ends_that_session_only(site: Site, session: AppSession) -> None:
    email = session.browser.email
    location = site.browser().log_in(email, source="Web", tick="keep_me_logged_in").location
    second = site.exchange(location.partition("token=")[2]).json()
    resumed = session.resume().json()["inappToken"]

    done = session.log_out()
    assert (done.status_code, done.content) == (200, b"")
    assert told(session.resume()) == (404, "NOT_FOUND")
    assert told(session.log_out()) == (404, "NOT_FOUND")
    for ended in (session.inapp_token, resumed):
        assert session.generate(inappToken=ended).status_code == 403
    assert session.generate(inappToken="").status_code == 403
    assert site.crm("authorize", {"accessToken": second["accessToken"]}).status_code == 200
    assert session.generate(inappToken=second["inappToken"]).status_code == 200
    assert session.browser.get("/area").status == 200  # the website is another matter


def test_logging_out_somebody_else_does_nothing(site: Site, session: AppSession) -> None:
    other = site.app_session()
    assert told(session.log_out(accessToken=other.access_token)) == (404, "NOT_FOUND")
    assert other.resume().status_code == 200


@pytest.mark.parametrize(
    ("query", "key"),
    [({"userId": ""}, "userId"), ({"userId": "x"}, "userId"), ({"accessToken": ""}, "accessToken")],
)
def test_bad_log_out_query_is_named(session: AppSession, query: dict[str, str], key: str) -> None:
    answer = session.log_out(**query)
    assert answer.status_code == 400
    assert key in answer.json()["message"]
    assert session.resume().status_code == 200
