"""The hourly limit, several managers and the ambiguity switches of a sandbox."""

from typing import Any

import pytest

from tests.support import TIMEOUT, Broker, ControlApi, md5

REFERRAL = "/cid/oauth2/ctid/referral"


def test_defaults(sandbox: dict[str, Any]) -> None:
    assert (sandbox["strict"], sandbox["hourlyLimit"]) == (False, None)
    assert sandbox["switches"] == {
        "setAnswersEmpty": False,
        "readAnswersList": False,
        "uniquePartnerId": False,
        "setReferralAlias": False,
        "xmlForAnyAccept": False,
        "readUserIdPath": "/cid/oauth2/ctid/getUserId",
        "logoutPath": "/cid/oauth2/ctid/logout",
    }


def test_the_hourly_limit_counts_all_but_get_per_token(broker: Broker, control: ControlApi) -> None:
    user_id = broker.new_user()
    assert broker.token
    control.change(broker.sandbox["id"], hourlyLimit=3)
    assert broker.set_partner(userId=user_id, partnerId="IB-1").status_code == 200
    assert broker.set_partner(userId=4, partnerId="IB-1").status_code == 404  # a refused request counts
    assert broker.set_partner(userId=user_id).status_code == 400
    refused = broker.set_partner(userId=user_id, partnerId="IB-2")
    assert (refused.status_code, refused.json()["error"]["errorCode"]) == (429, "REQUEST_FREQUENCY_EXCEEDED")
    assert [broker.read_partner(userId=user_id).json()["partnerId"] for _ in range(5)] == ["IB-1"] * 5

    keys = {"login": broker.sandbox["managerLogin"], "hashedPassword": md5(broker.sandbox["managerPassword"])}
    other = broker.post("/v2/webserv/managers/token", keys, token=None).json()["webservToken"]
    body = {"brokerCrmName": broker.crm_name, "userId": user_id, "partnerId": "IB-3"}
    assert broker.call("PUT", REFERRAL, body, token=other).status_code == 200
    assert control.change(broker.sandbox["id"], hourlyLimit=None)["hourlyLimit"] is None
    assert broker.set_partner(userId=user_id, partnerId="IB-2").status_code == 200


def test_the_limit_comes_after_the_token_and_before_the_body(broker: Broker, control: ControlApi) -> None:
    assert broker.token
    control.change(broker.sandbox["id"], hourlyLimit=1)
    assert broker.create_user().status_code == 201
    assert broker.call("PUT", REFERRAL, {}, token="nonsense").status_code == 401
    assert broker.call("PUT", REFERRAL, {}).status_code == 429


def test_call_3_1_is_limited_per_login(broker: Broker, control: ControlApi) -> None:
    control.change(broker.sandbox["id"], hourlyLimit=2)
    keys = {"login": broker.sandbox["managerLogin"], "hashedPassword": "wrong"}
    statuses = [broker.post("/v2/webserv/managers/token", keys, token=None).status_code for _ in range(3)]
    assert statuses == [403, 403, 429]


@pytest.fixture
def two_managers(mock: Any, control: ControlApi) -> Any:
    sandbox = control.create(
        brokerNames=["TWO-A", "TWO-B"],
        managerPassword="one",
        managers=[{"login": 7001}, {"login": 7002, "password": "two", "disabledBrokerNames": ["TWO-B"]}],
    )
    yield [
        Broker(mock.ready["baseUrl"], sandbox),
        Broker(mock.ready["baseUrl"], sandbox | {"managerLogin": 7002, "managerPassword": "two"}),
    ]
    control.delete(sandbox["id"])


def test_permissions_are_each_managers_own(two_managers: list[Broker], control: ControlApi) -> None:
    first, second = two_managers
    sandbox_id = first.sandbox["id"]
    assert (first.sandbox["managerLogin"], first.sandbox["managerPassword"]) == (7001, "one")
    assert [one["login"] for one in first.sandbox["managers"]] == [7001, 7002]
    assert first.create_user().status_code == 201
    for brokers_call in (second.create_user, second.create_trader, lambda: second.read_partner(userId=4)):
        refused = brokers_call()
        assert (refused.status_code, refused.json()["error"]["errorCode"]) == (403, "CH_INSUFFICIENT_PERMISSIONS")
        assert "7002" in refused.json()["error"]["description"]
    changed = control.change(sandbox_id, disabledBrokerNames=["TWO-A"])
    assert [one["disabledBrokerNames"] for one in changed["managers"]] == [["TWO-A"], ["TWO-B"]]
    assert first.create_user().status_code == 403
    wrong = second.sandbox | {"managerPassword": "one"}
    keys = {"login": 7002, "hashedPassword": md5(wrong["managerPassword"])}
    assert second.post("/v2/webserv/managers/token", keys, token=None).status_code == 403


def test_managers_share_one_world(two_managers: list[Broker], control: ControlApi) -> None:
    first, second = two_managers
    control.change(first.sandbox["id"], disabledBrokerNames=[])
    user_id = first.new_user()
    assert second.read_user_id("x@y.zz").status_code == 403
    assert first.create_trader(brokerName="TWO-B").json()["brokerName"] == "TWO-B"
    assert first.create_trader(brokerName=None).json()["brokerName"] == "TWO-A"
    assert first.read_partner(userId=user_id).status_code == 200


def test_a_login_belongs_to_one_manager(control: ControlApi, two_managers: list[Broker]) -> None:
    for managers in ([{"login": 7002}], [{"login": 1234}, {"login": 1234}]):
        response = control.http.post(f"{control.url}/sandboxes", json={"managers": managers}, timeout=TIMEOUT)
        assert (response.status_code, response.json()["error"]["errorCode"]) == (409, "SANDBOX_CONFLICT")


def test_set_answers_empty(broker: Broker, control: ControlApi) -> None:
    user_id = broker.new_user()
    control.change(broker.sandbox["id"], switches={"setAnswersEmpty": True})
    response = broker.set_partner(userId=user_id, partnerId="IB-1")
    assert (response.status_code, response.content) == (200, b"")
    assert broker.read_partner(userId=user_id).json()["partnerId"] == "IB-1"


def test_read_answers_a_list(broker: Broker, control: ControlApi) -> None:
    user_id = broker.new_user()
    account = broker.new_account(user_id)
    control.change(broker.sandbox["id"], switches={"readAnswersList": True})
    assert broker.read_partner(userId=user_id).json() == []
    broker.set_partner(userId=user_id, partnerId="IB-U")
    broker.set_partner(ctidTraderAccountId=account, partnerId="IB-A")
    of_user = {"userId": user_id, "partnerId": "IB-U"}
    of_account = {"userId": user_id, "ctidTraderAccountId": account, "partnerId": "IB-A"}
    assert broker.read_partner(userId=user_id).json() == [of_user, of_account]
    assert broker.read_partner(ctidTraderAccountId=account).json() == [of_account]
    assert broker.read_partner(userId=user_id, ctidTraderAccountId=account).json() == [of_account]
    assert all(event["violations"] == [] for event in control.events(broker.sandbox["id"]))


def test_unique_partner_id(broker: Broker, control: ControlApi) -> None:
    ines, rui = broker.new_user(), broker.new_user()
    account = broker.new_account(ines)
    control.change(broker.sandbox["id"], switches={"uniquePartnerId": True})
    assert broker.set_partner(userId=ines, partnerId="IB-1").status_code == 200
    assert broker.set_partner(userId=ines, partnerId="IB-1").status_code == 200
    assert broker.set_partner(ctidTraderAccountId=account, partnerId="IB-1").status_code == 200
    refused = broker.set_partner(userId=rui, partnerId="IB-1")
    assert (refused.status_code, refused.json()["error"]["errorCode"]) == (400, "INVALID_REQUEST")
    assert refused.json()["error"]["description"].startswith("partnerId: ")
    assert broker.set_partner(userId=rui, partnerId="ib-1").status_code == 200  # letter case matters (E-9)


def test_the_alias_of_3_6(broker: Broker, control: ControlApi) -> None:
    path = "/v2/oauth2/ctid/setReferral"
    body = {"brokerCrmName": broker.crm_name, "userId": broker.new_user(), "partnerId": "IB-1"}
    assert broker.call("PUT", path, body).status_code == 404
    control.change(broker.sandbox["id"], switches={"setReferralAlias": True})
    assert broker.call("PUT", path, body).json() == {"userId": body["userId"]}
    assert broker.call("POST", path, body).status_code == 404
    assert broker.call("PUT", path, body, token="nonsense").status_code == 404
    event = control.events(broker.sandbox["id"])[-1]
    assert (event["call"], event["path"].split("?")[0]) == ("3.6", path)


@pytest.mark.parametrize(
    ("switch", "method", "default"),
    [("readUserIdPath", "GET", "getUserId"), ("logoutPath", "POST", "logout")],
)
def test_assumed_paths_can_be_moved(
    broker: Broker, control: ControlApi, switch: str, method: str, default: str
) -> None:
    broker.new_user(email="a@example.net")
    user_id = broker.read_user_id("a@example.net").json()["userId"]
    query = {"brokerCrmName": broker.crm_name, "userId": user_id, "email": "a@example.net"}
    control.change(broker.sandbox["id"], switches={switch: "/cid/elsewhere"})
    assert broker.call(method, "/cid/elsewhere", query=query).status_code == 200
    assert broker.call(method, f"/cid/oauth2/ctid/{default}", query=query).status_code == 404
    # a path that another call has, with another method
    control.change(broker.sandbox["id"], switches={switch: "/cid/oauth2/ctid/changeEmail"})
    assert broker.call(method, "/cid/oauth2/ctid/changeEmail", query=query).status_code == 200


@pytest.mark.parametrize(
    "values",
    [
        {"switches": {"logoutPath": "/v2/x"}},
        {"switches": {"setAnswersEmpty": "yes"}},
        {"hourlyLimit": 0},
        {"strict": 1},
        {"switches": []},
    ],
)
def test_wrong_switches_are_refused(control: ControlApi, sandbox: dict[str, Any], values: dict[str, Any]) -> None:
    url = f"{control.url}/sandboxes/{sandbox['id']}"
    response = control.http.patch(url, json=values, timeout=TIMEOUT)
    assert (response.status_code, response.json()["error"]["errorCode"]) == (400, "INVALID_REQUEST")
    assert control.http.get(url, timeout=TIMEOUT).json() == sandbox
