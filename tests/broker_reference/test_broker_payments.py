"""Deposit and withdrawal: the one-time token in, call 3.5 out, once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from broker_fakes import FakeCTrader, ManualClock
from broker_site import SUCCESS_URL, AppSession, Page, Site


@pytest.fixture
def session(site: Site) -> AppSession:
    return site.app_session()


def payments(session: AppSession) -> list[dict[str, object]]:
    return list(session.browser.json("/area/payments.json")["payments"])


def assert_success(page: Page, session: AppSession) -> None:
    assert page.status == 303, page.text
    assert page.location.startswith(SUCCESS_URL + "?")
    assert parse_qs(urlsplit(page.location).query) == {"account": [str(session.login)]}


def test_deposit_makes_one_documented_call(session: AppSession, ctrader: FakeCTrader, clock: ManualClock) -> None:
    assert_success(session.move("deposit", "250.50"), session)
    (call,) = ctrader.made("3.5")
    stored = payments(session)[0]
    assert call.body == {
        "login": session.login,
        "preciseAmount": 250.5,
        "type": "DEPOSIT",
        "externalId": stored["externalId"],
    }
    assert stored == {
        "externalId": stored["externalId"],
        "login": session.login,
        "type": "DEPOSIT",
        "amount": "250.50",
        "state": "done",
        "balanceHistoryId": stored["balanceHistoryId"],
        "submittedAt": clock.now_ms(),
    }
    assert isinstance(stored["balanceHistoryId"], int)
    assert "250.50" in session.browser.get("/area/payments").text


@pytest.mark.parametrize(
    ("typed", "digits"), [("0.01", "0.01"), ("0,10", "0.1"), ("999999.99", "999999.99"), (" 7 ", "7.0")]
)
def test_amounts_travel_to_the_last_decimal(
    session: AppSession, ctrader: FakeCTrader, typed: str, digits: str
) -> None:
    assert_success(session.move("deposit", typed), session)
    assert f'"preciseAmount": {digits},' in ctrader.made("3.5")[0].raw


def test_withdrawal_and_not_enough_money(session: AppSession, ctrader: FakeCTrader) -> None:
    session.move("deposit", "100")
    refused = session.move("withdrawal", "100.01")
    assert refused.status == 400
    assert "not enough money" in refused.text
    assert "Nothing was moved" in refused.text
    corrected = session.screen.submit(refused, "/inapp/withdrawal", amount="40")
    assert_success(corrected, session)
    assert ctrader.balances == {session.login: Decimal(60)}
    assert [(row["type"], row["state"]) for row in payments(session)] == [
        ("WITHDRAW", "done"),
        ("WITHDRAW", "refused"),
        ("DEPOSIT", "done"),
    ]
    assert len({row["externalId"] for row in payments(session)}) == 3


def test_double_submit_deposits_once(session: AppSession, ctrader: FakeCTrader) -> None:
    form = session.open_money("deposit")
    session.screen.submit(form, "/inapp/deposit", amount="0")  # the cookie of the form is there
    together = threading.Barrier(6)

    def submit(_: int) -> Page:
        together.wait()
        return session.screen.submit(form, "/inapp/deposit", amount="10")

    with ThreadPoolExecutor(6) as pool:
        for page in pool.map(submit, range(6)):
            assert_success(page, session)
    assert len(ctrader.made("3.5")) == 1
    assert_success(session.screen.submit(form, "/inapp/deposit", amount="99"), session)
    assert ctrader.balances == {session.login: Decimal(10)}


def test_success_without_an_id_is_a_success(session: AppSession, ctrader: FakeCTrader) -> None:
    ctrader.empty_answers = True
    assert_success(session.move("deposit", "5"), session)
    assert (payments(session)[0]["state"], payments(session)[0]["balanceHistoryId"]) == ("done", None)


@pytest.mark.parametrize("applied", [True, False])
def test_uncertain_outcome_is_shown_and_never_repeated(
    session: AppSession, ctrader: FakeCTrader, applied: bool
) -> None:
    ctrader.misbehave("3.5", 500, applied=applied)
    form = session.open_money("deposit")
    page = session.screen.submit(form, "/inapp/deposit", amount="5")
    assert page.status == 502
    assert "We do not know" in page.text
    assert str(payments(session)[0]["externalId"]) in page.text
    assert page.soup.find("form", action="/inapp/deposit") is None
    again = session.screen.submit(form, "/inapp/deposit", amount="5")
    assert again.status == 502
    assert len(ctrader.made("3.5")) == 1
    assert payments(session)[0]["state"] == "unknown"


@pytest.mark.parametrize(("status", "code"), [(429, "REQUEST_FREQUENCY_EXCEEDED"), (404, "TRADER_NOT_FOUND")])
def test_certain_refusal_may_be_tried_again(
    session: AppSession, ctrader: FakeCTrader, status: int, code: str
) -> None:
    ctrader.misbehave("3.5", status, code)
    page = session.move("deposit", "5")
    assert page.status == 502
    assert "Nothing was moved" in page.text
    assert code in page.text
    assert_success(session.screen.submit(page, "/inapp/deposit", amount="5"), session)


def test_ctrader_out_of_reach_means_nothing_moved(session: AppSession, ctrader: FakeCTrader) -> None:
    site, form = session.site, session.open_money("deposit")
    site.broker.payments._ctrader._base = "http://127.0.0.1:1"
    page = session.screen.submit(form, "/inapp/deposit", amount="5")
    assert page.status == 502
    assert "Nothing was moved" in page.text
    site.broker.payments._ctrader._base = ctrader.url
    assert_success(session.screen.submit(page, "/inapp/deposit", amount="5"), session)


def test_failing_manager_token_means_nothing_moved(session: AppSession, ctrader: FakeCTrader) -> None:
    ctrader.forget_tokens()
    ctrader.misbehave("3.1", 500)
    page = session.move("deposit", "5")
    assert "Nothing was moved" in page.text
    assert payments(session)[0]["state"] == "refused"
    assert not ctrader.made("3.5")


@pytest.mark.parametrize("amount", ["", "0", "0.00", "-1", "1e3", "0.001", "1000000.01", "NaN", "٣", "1 000", "x"])
def test_bad_amount_is_named(session: AppSession, ctrader: FakeCTrader, amount: str) -> None:
    page = session.move("deposit", amount)
    assert page.status == 400
    assert page.soup.find(id="amount-error") is not None
    assert not ctrader.made("3.5")
    assert payments(session) == []


@pytest.mark.parametrize("action", ["deposit", "withdrawal"])
def test_screen_needs_account_and_token(session: AppSession, action: str) -> None:
    token = session.generate().json()["token"]
    for account in ("", "x", "1.5", "-1", "9" * 30):
        page = session.open_money(action, account=account, token=token)
        assert page.status == 400
        assert "account" in page.text
    missing = session.open_money(action, token="")
    assert missing.status == 400
    assert "token" in missing.text
    assert session.open_money(action, token=token).status == 200  # a bad address uses nothing up


def test_token_opens_one_screen_for_a_minute(session: AppSession, clock: ManualClock) -> None:
    token = session.generate().json()["token"]
    assert session.open_money("deposit", token=token).status == 200
    used = session.open_money("deposit", token=token)
    assert used.status == 404
    assert used.soup.find("form") is None
    assert "used already" in used.text
    late = session.generate().json()["token"]
    clock.advance(60)
    expired = session.open_money("deposit", token=late)
    assert (expired.status, expired.soup.find("form")) == (410, None)
    assert session.open_money("deposit", token="nonsense").status == 417
    assert session.open_money("deposit", token="ot_" + "A" * 43).status == 404


def test_account_of_somebody_else(site: Site, session: AppSession) -> None:
    other = site.app_session()
    token = session.generate().json()["token"]
    page = session.open_money("deposit", token=token, account=str(other.login))
    assert page.status == 403
    assert page.soup.find("form") is None
    assert session.open_money("deposit", token=token).status == 200


def test_there_is_no_other_screen(session: AppSession) -> None:
    assert session.open_money("kyc").status == 404


def test_screen_session_is_limited(session: AppSession, ctrader: FakeCTrader, clock: ManualClock) -> None:
    form = session.open_money("deposit", theme="dark", lang="xx")
    assert form.soup.html["data-theme"] == "dark"
    assert session.screen.get("/area").location == "/auth/login"  # opening it logged nobody in
    assert "ot_" not in form.text
    hidden = {tag["name"]: tag["value"] for tag in form.soup.find_all("input", type="hidden")}
    other_action = session.screen._visit("POST", "/inapp/withdrawal", data={**hidden, "amount": "1"})
    assert other_action.status == 410
    for field in ("screen", "nonce"):
        forged = session.screen._visit("POST", "/inapp/deposit", data={**hidden, field: "x", "amount": "1"})
        assert forged.status == 410
    without_csrf = session.screen._visit(
        "POST", "/inapp/deposit", data={**hidden, "csrf_token": "", "amount": "1"}
    )
    assert without_csrf.status == 400
    clock.advance(15 * 60)
    assert session.screen.submit(form, "/inapp/deposit", amount="1").status == 410
    assert not ctrader.made("3.5")


def test_form_of_another_client_is_not_mine(site: Site, session: AppSession, ctrader: FakeCTrader) -> None:
    other = site.app_session()
    theirs = other.open_money("deposit")
    other.screen.submit(theirs, "/inapp/deposit", amount="1")
    nonce = theirs.soup.find("input", {"name": "nonce"})["value"]
    page = session.open_money("deposit")
    assert session.screen.submit(page, "/inapp/deposit", nonce=nonce, amount="1").status == 410
    assert len(ctrader.made("3.5")) == 1
