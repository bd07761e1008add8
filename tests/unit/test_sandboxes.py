"""A sandbox's own values, and how a call is held to them: E-11."""

import hashlib
from dataclasses import replace

import pytest

from mock_ctrader import errors
from mock_ctrader.errors import CTraderError
from mock_ctrader.sandboxes import Sandbox, app_url, check_broker_name, check_crm, new_sandbox

BASE = "http://127.0.0.1:8080"


def sandbox(*disabled: str) -> Sandbox:
    """One with two brokers."""
    given = {"brokerCrmName": "CRM", "brokerNames": ["NORTH", "SOUTH"], "disabledBrokerNames": list(disabled)}
    return new_sandbox(given | {"seed": "s"}, BASE)


def refusal_of(call) -> tuple[int, str]:
    """Status and code of the refusal that a call raises."""
    with pytest.raises(CTraderError) as raised:
        call()
    return raised.value.status, raised.value.code


def test_without_being_told_anything_it_follows_from_its_seed() -> None:
    assert new_sandbox({"seed": "s"}, BASE) == new_sandbox({"seed": "s"}, BASE)
    assert new_sandbox({}, BASE).seed != new_sandbox({}, BASE).seed


def test_urls_follow_from_each_other() -> None:
    made = new_sandbox({"crmUrl": "http://crm.example/base/", "brokerNames": ["A&B"]}, BASE)

    assert made.login_url == "http://crm.example/base/auth/login"
    assert made.success_url == f"{BASE}/app/A%26B/success"
    assert app_url(BASE, "a/b") == f"{BASE}/app/a%2Fb"


def test_the_hash_is_md5_of_the_password() -> None:
    manager = sandbox().manager

    assert manager.hashed_password == hashlib.md5(manager.password.encode(), usedforsecurity=False).hexdigest()


def test_the_crm_is_known_by_its_exact_name() -> None:
    check_crm(sandbox(), "CRM")
    for name in ("crm", "CRM ", "", "NORTH"):
        assert refusal_of(lambda name=name: check_crm(sandbox(), name)) == (404, "CH_BROKER_NOT_FOUND")


def test_one_disabled_broker_is_enough() -> None:
    refused = (403, "CH_INSUFFICIENT_PERMISSIONS")

    assert refusal_of(lambda: check_crm(sandbox("SOUTH"), "CRM")) == refused
    assert refusal_of(lambda: check_broker_name(sandbox("SOUTH"), "NORTH")) == refused
    check_crm(sandbox("ELSEWHERE"), "CRM")


def test_an_unknown_crm_is_told_before_permissions() -> None:
    assert refusal_of(lambda: check_crm(sandbox("SOUTH"), "X")) == (404, "CH_BROKER_NOT_FOUND")


def test_a_broker_is_named_or_the_first() -> None:
    assert check_broker_name(sandbox(), None) == "NORTH"
    assert check_broker_name(sandbox(), "SOUTH") == "SOUTH"
    assert refusal_of(lambda: check_broker_name(sandbox(), "south")) == (400, "CH_PLANT_INVALID")


def test_secrets_of_a_sandbox_are_not_in_refusals() -> None:
    made = replace(sandbox("SOUTH"))
    with pytest.raises(CTraderError) as raised:
        check_crm(made, "CRM")

    for secret in (made.manager.password, made.manager.hashed_password, made.crm_password, made.seed * 3):
        assert secret not in raised.value.description


def test_a_refusal_reads_as_clients_know_it() -> None:
    assert errors.user_not_found(70707).envelope() == {
        "error": {"errorCode": "ENTITY_NOT_FOUND", "description": "Can't find user with id=70707 (userId)"}
    }
