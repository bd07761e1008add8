"""One-time tokens and crmApiTokens over real HTTP: unguessable, used once, bound, short-lived, in no log."""

import logging
import math
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import pytest
from broker_fakes import ManualClock
from broker_site import CRM_PASSWORD, PASSWORD, Site, new_email, one_time_token

AT_ONCE = 10
ALPHABET = 64  # letters, digits, - and _
T = TypeVar("T")


def at_once(act: Callable[[], T]) -> list[T]:
    """Ten threads that begin together."""
    line = threading.Barrier(AT_ONCE)

    def go(_: int) -> T:
        line.wait(10)
        return act()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(go, range(AT_ONCE)))


def tokens_of(site: Site, count: int) -> dict[str, list[str]]:
    """Fresh tokens of every kind, as they go over the wire."""
    session = site.app_session()
    email = session.browser.email
    return {
        "one-time": [one_time_token(site.browser().log_in(email, source="Web")) for _ in range(count)],
        "in-app one-time": [session.generate().json()["token"] for _ in range(count)],
        "crmApiToken": [site.crm_api_token() for _ in range(count)],
    }


def test_tokens_hold_128_bits_and_share_nothing(site: Site) -> None:
    for kind, tokens in tokens_of(site, 24).items():
        assert len(set(tokens)) == len(tokens)
        secret = [token.partition("_")[2] for token in tokens]
        assert all(len(one) * math.log2(ALPHABET) >= 128 for one in secret), kind
        for place in range(22):  # 22 characters are 132 bits; each place must vary, and no pair may share a half
            assert len({one[place] for one in secret}) > 6, (kind, place)
        assert len({one[:11] for one in secret}) == len({one[11:22] for one in secret}) == len(secret)


def test_of_ten_redemptions_at_once_one_wins(site: Site) -> None:
    crm_api_token = site.crm_api_token()
    for _ in range(5):
        browser = site.browser()
        browser.sign_up(new_email(), tick="keep_me_logged_in")
        code = browser.open_account()
        answers = at_once(lambda code=code: site.exchange(code, crm_api_token))  # type: ignore[misc]

        assert Counter(one.status_code for one in answers) == {200: 1, 404: AT_ONCE - 1}
        [won] = [one.json() for one in answers if one.status_code == 200]
        assert won["userId"] == browser.json("/area/me.json")["userId"]
        assert all(one.json().keys() == {"error", "message", "code"} for one in answers if one.status_code != 200)


def test_of_ten_money_screens_at_once_one_opens(site: Site) -> None:
    session = site.app_session()
    token = session.generate().json()["token"]

    def open_screen() -> int:
        return site.browser().get("/inapp/deposit", token=token, account=str(session.login)).status

    assert Counter(at_once(open_screen)) == {200: 1, 404: AT_ONCE - 1}


def test_a_token_is_its_users_own(site: Site) -> None:
    sessions = [site.app_session() for _ in range(3)]
    codes = [one_time_token(site.browser().log_in(one.browser.email, source="Web")) for one in sessions]
    told = [site.exchange(code).json()["userId"] for code in reversed(codes)]
    assert told == [one.user_id for one in reversed(sessions)]

    first, second = sessions[:2]
    stolen = first.generate().json()["token"]
    assert second.open_money("deposit", token=stolen).status == 403
    assert first.open_money("deposit", token=stolen).status == 200  # the stranger did not use it up
    assert second.generate(user_id=first.user_id).status_code == 403


def test_what_opens_a_screen_opens_no_session_and_the_other_way_round(site: Site) -> None:
    session = site.app_session()
    entry = one_time_token(site.browser().log_in(session.browser.email, source="Web"))
    inapp = session.generate().json()["token"]
    assert session.open_money("deposit", token=entry).status == 404
    assert site.exchange(inapp).status_code == 404
    assert site.exchange(entry).status_code == 200
    assert session.open_money("deposit", token=inapp).status == 200


def test_one_minute_and_no_more(site: Site, clock: ManualClock) -> None:
    session = site.app_session()
    early, late = (session.generate().json()["token"] for _ in range(2))
    clock.advance(59.999)
    assert session.open_money("deposit", token=early).status == 200
    clock.advance(0.001)
    assert session.open_money("deposit", token=late).status == 410


def test_tokens_and_passwords_are_in_no_log_and_not_in_the_database(
    site: Site, database_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        session = site.app_session()
        secrets = [token for tokens in tokens_of(site, 2).values() for token in tokens]
        secrets += [session.access_token, session.inapp_token, CRM_PASSWORD, PASSWORD]
        for code in secrets:
            site.exchange(code)
            site.exchange(code, "crm_" + "A" * 43)
            session.open_money("deposit", token=code)
        session.log_out()
    printed = capfd.readouterr()
    # urllib3 is the test's own client and tells what it asks for
    own = [one.getMessage() for one in caplog.records if not one.name.startswith("urllib3")]
    assert own
    kept = b"".join(path.read_bytes() for path in database_path.parent.glob(f"{database_path.name}*"))
    for secret in secrets:
        assert secret not in "\n".join(own) + printed.out + printed.err
        assert secret.encode() not in kept
