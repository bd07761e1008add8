"""Changing, listing and deleting trading accounts over HTTP: what features do not say in prose."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support import Broker, ControlApi, md5

TRADERS = "/v2/webserv/traders"


@pytest.fixture
def login(broker: Broker) -> int:
    """An account that exists."""
    contact = {"email": "ines@example.net", "countryId": 620, "introducingBroker1": "IB-1"}
    made = broker.create_trader(name="Ines", description="d", swapFree=True, contactDetails=contact)
    return int(made.json()["login"])


def read(broker: Broker, login: int) -> dict[str, Any]:
    response = broker.call("GET", f"{TRADERS}/{login}")
    assert response.status_code == 200, response.text
    return dict(response.json())


def change(broker: Broker, trader: int, what: str = "changebalance", **keys: Any) -> Any:
    return broker.post(f"{TRADERS}/{trader}/{what}", {"login": trader, "type": "DEPOSIT", **keys})


def test_money_shows_in_the_account(broker: Broker, login: int) -> None:
    ids = [
        change(broker, login, preciseAmount=250.5).json()["balanceHistoryId"],
        change(broker, login, preciseAmount="0.29").json()["balanceHistoryId"],
        change(broker, login, preciseAmount=10, type="DEPOSIT_NONWITHDRAWABLE_BONUS").json()["balanceHistoryId"],
    ]
    assert ids == [ids[0], ids[0] + 1, ids[0] + 2]
    assert type(change(broker, login, "changebonus", preciseAmount=1).json()["bonusHistoryId"]) is int
    after = read(broker, login)
    shown = [
        after[key] for key in ("balance", "nonWithdrawableBonus", "bonus", "equity", "freeMargin", "cashEquity")
    ]
    assert shown == [25_079, 1_000, 100, 26_179, 26_179, 25_079]
    assert after["lastUpdateTimestamp"] >= after["registrationTimestamp"]


@pytest.mark.parametrize(
    ("keys", "balance"),
    [
        ({"preciseAmount": 1, "amount": 5}, 100),
        ({"amount": 5}, 5),
        ({"amount": "5"}, 5),
        ({"preciseAmount": None, "amount": 7}, 7),
        ({"preciseAmount": 1, "login": None}, 100),
    ],
)
def test_the_legacy_amount_counts_only_alone(
    broker: Broker, login: int, keys: dict[str, Any], balance: int
) -> None:
    assert change(broker, login, **keys).status_code == 200
    assert read(broker, login)["balance"] == balance


def test_an_amount_of_many_digits_is_not_rounded(broker: Broker, login: int) -> None:
    for text in (b"0.1000000000000000055511151231257827", b"1.00000000000000000000000000000000000000001"):
        body = b'{"type": "DEPOSIT", "preciseAmount": ' + text + b"}"
        headers = {"Content-Type": "application/json"}
        response = broker.call("POST", f"{TRADERS}/{login}/changebalance", data=body, headers=headers)
        assert response.json()["error"]["errorCode"] == "CHANGE_BALANCE_BAD_AMOUNT"
    assert read(broker, login)["balance"] == 0


def test_withdrawals_at_the_same_moment_never_overdraw(broker: Broker, login: int) -> None:
    change(broker, login, preciseAmount=5)
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _: change(broker, login, preciseAmount=1, type="WITHDRAW").status_code, range(12))
        )
    assert sorted(answers) == [200] * 5 + [400] * 7
    assert read(broker, login)["balance"] == 0


def test_put_resets_what_it_leaves_out_and_patch_does_not(broker: Broker, login: int) -> None:
    patched = broker.call("PATCH", f"{TRADERS}/{login}", {"contactDetails": {"introducingBroker1": "IB-2"}})
    assert (patched.status_code, patched.content) == (204, b"")
    after = read(broker, login)
    assert (after["contactDetails"]["introducingBroker1"], after["contactDetails"]["countryId"]) == ("IB-2", 620)
    assert (after["name"], after["swapFree"]) == ("Ines", True)
    keys = {
        "login": login,
        "groupName": "Default",
        "leverageInCents": 5000,
        "balance": 99,
        "accountType": "NETTED",
    }
    put = broker.call("PUT", f"{TRADERS}/{login}", keys)
    assert (put.status_code, put.content) == (204, b"")
    after = read(broker, login)
    assert (after["leverageInCents"], after["accessRights"]) == (5000, "FULL_ACCESS")
    assert (after["name"], after["swapFree"], after["contactDetails"]["countryId"]) == ("", False, 0)
    assert (after["balance"], after["accountType"]) == (0, "HEDGED")


def test_what_was_read_can_be_put_back(broker: Broker, login: int) -> None:
    before = read(broker, login)
    assert broker.call("PUT", f"{TRADERS}/{login}", before).status_code == 204
    assert read(broker, login) | {"lastUpdateTimestamp": 0} == before | {"lastUpdateTimestamp": 0}


def test_list_filters(broker: Broker) -> None:
    logins = [broker.create_trader().json()["login"] for _ in range(3)]
    listed = broker.call("GET", f"{TRADERS}/", query={"fields": "login,balance"}).json()
    assert listed == {"trader": [{"login": one, "balance": 0} for one in reversed(logins)], "hasMore": False}
    first = read(broker, logins[0])["registrationTimestamp"]
    moment = datetime.fromtimestamp(first / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
    before = broker.call("GET", TRADERS, query={"to": moment}).json()["trader"]
    since = broker.call("GET", TRADERS, query={"from": moment, "to": "2999-01-01T00:00:00.000"}).json()["trader"]
    assert before == []
    assert {one["login"] for one in since} == set(logins)
    assert broker.call("GET", TRADERS, query={"groupId": 2}).json()["trader"] == []
    assert len(broker.call("GET", TRADERS, query={"groupId": 1}).json()["trader"]) == 3


@pytest.mark.parametrize("moment", ["2026-02-30T00:00:00.000", "2026-01-01", "now", "2026-13-01T00:00:00", ""])
def test_a_moment_that_is_none(broker: Broker, moment: str) -> None:
    response = broker.call("GET", TRADERS, query={"from": moment})
    assert response.status_code == 400
    assert response.json()["error"]["description"].startswith("from: ")


def test_deleting_an_account_takes_its_link_along(broker: Broker) -> None:
    user_id = broker.new_user()
    login = broker.create_trader().json()["login"]
    account = broker.link_account(user_id, login).json()["ctidTraderAccountId"]
    broker.set_partner(ctidTraderAccountId=account, partnerId="IB-A")
    broker.set_partner(userId=user_id, partnerId="IB-U")
    change(broker, login, preciseAmount=5)
    gone = broker.call("DELETE", f"{TRADERS}/{login}")
    assert (gone.status_code, gone.content) == (204, b"")
    assert broker.call("DELETE", f"{TRADERS}/{login}").status_code == 404
    assert broker.read_partner(ctidTraderAccountId=account).status_code == 404
    assert broker.read_partner(userId=user_id).json()["partnerId"] == "IB-U"


def test_a_new_password_is_what_a_link_needs(broker: Broker, login: int) -> None:
    user_id = broker.new_user()
    path = f"{TRADERS}/{login}/changepassword"
    assert broker.post(path, {"login": login, "hashedPassword": md5("new")}).status_code == 204
    assert broker.link_account(user_id, login).json()["error"]["errorCode"] == "WRONG_PASSWORD"
    assert broker.link_account(user_id, login, traderPasswordHash=md5("new")).status_code == 200


@pytest.mark.parametrize("login", ["abc", "-1", "1.5", "0", "9" * 30])
def test_a_path_without_a_number(broker: Broker, login: str) -> None:
    response = broker.call("GET", f"{TRADERS}/{login}")
    assert (response.status_code, response.json()["error"]["errorCode"]) == (400, "INVALID_REQUEST")


def test_path_and_body_must_agree(broker: Broker, login: int) -> None:
    for what in ("changebalance", "changebonus", "changepassword"):
        body = {"login": login + 1, "preciseAmount": 1, "type": "DEPOSIT", "hashedPassword": md5("x")}
        response = broker.post(f"{TRADERS}/{login}/{what}", body)
        assert response.status_code == 400
        assert response.json()["error"]["description"].startswith("login: ")


def test_the_journal_knows_the_account(broker: Broker, control: ControlApi, login: int) -> None:
    change(broker, login, preciseAmount=1, login=None)
    event = control.events(broker.sandbox["id"])[-1]
    assert (event["call"], event["login"]) == ("3.5", login)
    assert event["path"].startswith(f"{TRADERS}/{login}/changebalance?token=***")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/cid/ctid/create", {"email": "x@privaterelay.appleid.com"}),
        ("POST", "/cid/oauth2/ctid/create", {"email": "X@PrivateRelay.AppleID.com"}),
        ("PUT", "/cid/oauth2/ctid/changeEmail", {"newEmail": "x@privaterelay.appleid.com"}),
        ("GET", "/cid/oauth2/ctid/getUserId", {"email": "x@privaterelay.appleid.com"}),
        ("PATCH", TRADERS + "/{login}", {"contactDetails": {"email": "x@privaterelay.appleid.com"}}),
        ("PUT", TRADERS + "/{login}", {"contactDetails": {"email": "x@privaterelay.appleid.com"}}),
    ],
)
def test_apple_relay_addresses_are_refused_everywhere(
    broker: Broker, login: int, method: str, path: str, body: dict[str, Any]
) -> None:
    keys = {"brokerCrmName": broker.crm_name, "userId": broker.new_user(), **body}
    given = {"query": keys} if method == "GET" else {"body": keys}
    response = broker.call(method, path.format(login=login), **given)
    assert (response.status_code, response.json()["error"]["errorCode"]) == (400, "INVALID_REQUEST")
    assert "Apple relay" in response.json()["error"]["description"]


def test_no_account_is_opened_for_an_apple_relay_address(broker: Broker) -> None:
    refused = broker.create_trader(contactDetails={"email": "x@privaterelay.appleid.com"})
    assert (refused.status_code, refused.json()["error"]["errorCode"]) == (400, "INVALID_REQUEST")
    assert refused.json()["error"]["description"].startswith("contactDetails.email: ")
    assert broker.call("GET", TRADERS).json()["trader"] == []
