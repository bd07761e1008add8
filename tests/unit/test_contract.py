"""Planted departures from the OpenAPI documents are found, one kind at a time."""

from typing import Any

import pytest

from mock_ctrader.backend.calls import CALLS
from mock_ctrader.contract import Contract, Violation

REFERRAL = "/cid/oauth2/ctid/referral"
BODY = {"brokerCrmName": "CRM", "partnerId": "IB-1", "userId": 7}


@pytest.fixture(scope="module")
def contract() -> Contract:
    """Reads the documents once."""
    return Contract()


def set_partner(contract: Contract, **changes: Any) -> list[Violation]:
    """Check an exchange of call 3.6 that is right but for the changes."""
    exchange = {"query": {"token": "t"}, "request_body": BODY, "status": 200, "response_body": {"userId": 7}}
    return contract.check("ctrader", "PUT", REFERRAL, **(exchange | changes))


def read_partner(contract: Contract, **changes: Any) -> list[Violation]:
    """Check an exchange of call 3.7 that is right but for the changes."""
    exchange = {
        "query": {"token": "t", "brokerCrmName": "CRM", "userId": "7"},
        "request_body": None,
        "status": 200,
        "response_body": {"userId": 7, "partnerId": "IB-1"},
    }
    return contract.check("ctrader", "GET", REFERRAL, **(exchange | changes))


def places(found: list[Violation]) -> set[str]:
    """Where the violations are."""
    return {violation["where"] for violation in found}


def test_what_is_right_is_not_a_violation(contract: Contract) -> None:
    assert set_partner(contract) == []
    assert read_partner(contract) == []
    assert read_partner(contract, response_body=None) == []


def test_a_refusal_in_the_right_form_is_none(contract: Contract) -> None:
    refusal = {"error": {"errorCode": "ENTITY_NOT_FOUND", "description": "gone"}}

    assert set_partner(contract, status=404, response_body=refusal) == []


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"query": {}}, "request.query.token"),
        ({"request_body": None}, "request.body"),
        ({"request_body": {"brokerCrmName": "CRM", "userId": 7}}, "request.body"),
        ({"request_body": BODY | {"partnerId": 7}}, "request.body.partnerId"),
        ({"request_body": BODY | {"partnerId": ""}}, "request.body.partnerId"),
        ({"request_body": BODY | {"userId": 1.5}}, "request.body.userId"),
        ({"status": 202}, "response.status"),
        ({"status": 500}, "response.body"),
        ({"response_body": {"userId": "7"}}, "response.body.userId"),
        ({"status": 404, "response_body": {"error": "gone"}}, "response.body.error"),
    ],
)
def test_a_departure_of_a_call_with_a_body(contract: Contract, changes: dict[str, Any], where: str) -> None:
    found = set_partner(contract, **changes)

    assert where in places(found), found
    assert all(violation["message"] for violation in found)


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"query": {"token": "t", "userId": "7"}}, "request.query.brokerCrmName"),
        ({"query": {"token": "t", "brokerCrmName": "CRM", "userId": "abc"}}, "request.query.userId"),
        ({"query": {"token": "t", "brokerCrmName": "CRM", "userId": "-7"}}, "request.query.userId"),
        ({"response_body": {"userId": 7}}, "response.body"),
        ({"response_body": [7]}, "response.body"),
    ],
)
def test_a_departure_of_a_call_with_a_query(contract: Contract, changes: dict[str, Any], where: str) -> None:
    assert where in places(read_partner(contract, **changes))


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"query": {}}, "request.query.crmApiToken"),
        ({"response_body": {"accessToken": "at"}}, "response.body"),
        ({"response_body": {"userId": "7"}}, "response.body.userId"),
        ({"response_body": {"userId": 7, "accessToken": 5}}, "response.body.accessToken"),
        ({"status": 302}, "response.status"),
    ],
)
def test_a_departure_of_the_broker(contract: Contract, changes: dict[str, Any], where: str) -> None:
    exchange: dict[str, Any] = {
        "query": {"crmApiToken": "t"},
        "request_body": {"code": "ot"},
        "status": 200,
        "response_body": {"userId": 7, "accessToken": "at"},
    }
    path = "/oauth2/onetime/authorize"

    assert contract.check("broker", "POST", path, **exchange) == []
    assert where in places(contract.check("broker", "POST", path, **(exchange | changes)))


def test_no_answer_is_no_violation_of_its_own(contract: Contract) -> None:
    assert set_partner(contract, status=None, response_body=None) == []


def test_several_departures_are_all_found(contract: Contract) -> None:
    found = set_partner(contract, status=299, request_body={"userId": [], "partnerId": "IB-1"})

    assert {"request.body", "request.body.userId", "response.status"} == places(found)


def test_a_long_value_is_not_repeated_in_full(contract: Contract) -> None:
    found = set_partner(contract, request_body=BODY | {"partnerId": "x" * 5000})

    assert found
    assert all(len(violation["message"]) <= 300 for violation in found)


@pytest.mark.parametrize(
    "request_body",
    [
        BODY | {"x": "\ud800"},
        BODY | {"\ud800": 1},
        BODY | {"partnerId": "\ud800"},
        BODY | {"userId": 10**30},
        BODY | {"userId": 1e999},
    ],
    ids=["value", "key", "partnerId", "huge integer", "infinite"],
)
def test_no_body_breaks_the_check(contract: Contract, request_body: dict[str, Any]) -> None:
    assert isinstance(set_partner(contract, request_body=request_body), list)


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.number)
def test_every_call_served_is_in_the_document(contract: Contract, call) -> None:
    assert places(contract.check("ctrader", call.method, call.path, {}, None, 599, None)) >= {"response.status"}
