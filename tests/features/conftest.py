"""Fixtures and steps of the features of the vendor's calls."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_bdd import given, parsers, then, when

from tests.features.scene import CALLS, Scene, refusal_status
from tests.features.values import value_of
from tests.http.conftest import state_of
from tests.robust.invariants import watching
from tests.support import Broker, ControlApi

_CALL = r"(?P<call>3\.\d+|WS \d+(\.\d+)+)"


def pytest_configure(config: pytest.Config) -> None:
    """Declare the tags of the features as markers, and load the steps of accounts and sandboxes."""
    config.pluginmanager.import_plugin("tests.features.account_steps")
    config.pluginmanager.import_plugin("tests.features.fault_steps")
    for tag in ["wire", *(f"call-{number.replace(' ', '-')}" for number in CALLS)]:
        config.addinivalue_line("markers", f"{tag}: tag of the API features")


@pytest.fixture
def another_sandbox(control: ControlApi) -> Iterator[Callable[..., dict[str, Any]]]:
    """Makes further sandboxes, freed afterwards."""
    made: list[str] = []

    def make(**values: Any) -> dict[str, Any]:
        sandbox = control.create(**values)
        made.append(sandbox["id"])
        return sandbox

    yield make
    for sandbox_id in made:
        control.delete(sandbox_id)


@pytest.fixture
def scene(
    broker: Broker, control: ControlApi, another_sandbox: Callable[..., dict[str, Any]], mock_folder: Path
) -> Iterator[Scene]:
    """What the steps share; after every request, what must always hold does."""
    with watching(broker.base_url, state_of(mock_folder), broker.sandbox["id"]):
        yield Scene(broker, control, another_sandbox)


# people, accounts and brokers


@given(parsers.re(r"the user (?P<name>\w+)"))
def a_user(scene: Scene, name: str) -> None:
    scene.add_person(name)


@given(parsers.re(r'the user (?P<name>\w+) with the nickname "(?P<nickname>.+)"'))
def a_user_with_a_nickname(scene: Scene, name: str, nickname: str) -> None:
    scene.add_person(name, nickName=nickname)


@given(parsers.re(r"(?P<owner>\w+) has the account (?P<name>\w+)"))
def an_account(scene: Scene, owner: str, name: str) -> None:
    scene.add_account(owner, name)


@given("a trading account")
def a_trading_account(scene: Scene) -> None:
    scene.trader_login = scene.new_login()


@given(parsers.re(r"the trading account is linked to (?P<name>\w+)"))
def a_linked_trading_account(scene: Scene, name: str) -> None:
    assert scene.trader_login is not None
    linked = scene.broker.link_account(scene.people[name].user_id, scene.trader_login)
    assert linked.status_code == 200, linked.text


@given(parsers.re(r'(?P<target>Ines|Rui|account \w+) has the partnerId "(?P<partner_id>.+)"'))
def a_partner(scene: Scene, target: str, partner_id: str) -> None:
    done = scene.broker.set_partner(partnerId=partner_id, **scene.ids(target))
    assert done.status_code == 200, done.text
    assert scene.partner_id_of(target) == partner_id


@given(parsers.re(r"the partnerId of (?P<target>.+) was deleted"))
def a_deleted_partner(scene: Scene, target: str) -> None:
    done = scene.broker.delete_partner(**scene.ids(target))
    assert done.status_code == 200, done.text
    assert scene.partner_id_of(target) is None


@given(parsers.re(r"the broker confirmed the agreement of (?P<name>\w+)"))
def a_confirmed_agreement(scene: Scene, name: str) -> None:
    done = scene.broker.confirm_agreement(scene.people[name].user_id)
    assert done.status_code == 200, done.text


@given("another broker")
def another_broker(scene: Scene) -> None:
    scene.other = Broker(scene.broker.base_url, scene.another_sandbox())


@given("another broker with the same brokerCrmName")
def another_broker_with_the_same_name(scene: Scene) -> None:
    sandbox = scene.another_sandbox(brokerCrmName=scene.broker.crm_name)
    scene.other = Broker(scene.broker.base_url, sandbox)


@given("the broker is disabled for the manager")
def a_disabled_broker(scene: Scene) -> None:
    _disable(scene, *scene.broker.sandbox["brokerNames"])


@given(parsers.re(r'the broker "(?P<name>\w+)" is disabled for the manager'))
def a_disabled_broker_of_that_name(scene: Scene, name: str) -> None:
    _disable(scene, name)


@when("the broker is enabled again")
def enable_again(scene: Scene) -> None:
    _disable(scene)


def _disable(scene: Scene, *names: str) -> None:
    changed = scene.control.change(scene.broker.sandbox["id"], disabledBrokerNames=list(names))
    assert changed["disabledBrokerNames"] == list(names)


@given("the broker asks for a second manager token")
def a_second_token(scene: Scene) -> None:
    second = scene.make("3.1", scene.complete("3.1")).json()["webservToken"]
    scene.tokens = [scene.broker.token, second]
    assert len(set(scene.tokens)) == 2


# calls


@when(parsers.re(rf"the broker makes call {_CALL}"))
def make_call(scene: Scene, call: str) -> None:
    scene.make(call, scene.complete(call))


@when(parsers.re(rf"the broker makes call {_CALL} without (?P<key>\w+)"))
def make_call_without(scene: Scene, call: str, key: str) -> None:
    keys = scene.complete(call)
    del keys[key]
    scene.make(call, keys)


@when(parsers.re(rf"the broker makes call {_CALL} with (?P<words>.+) as (?P<key>[\w.]+)"))
def make_call_with(scene: Scene, call: str, words: str, key: str) -> None:
    # contactDetails.countryId names a key of a nested object, whose whole value the words give
    scene.make(call, scene.complete(call) | {key.split(".")[0]: value_of(words, scene)})


@when(parsers.re(rf"the broker makes call {_CALL} with (?P<kind>no|an empty|an unknown) manager token"))
def make_call_with_token(scene: Scene, call: str, kind: str) -> None:
    if kind == "an empty":
        scene.make_with_token(call, "")
    else:
        scene.make(call, scene.complete(call), token=None if kind == "no" else "not-a-manager-token")


@when(parsers.re(rf"the broker makes call {_CALL} with the manager token in upper case"))
def make_call_with_changed_token(scene: Scene, call: str) -> None:
    scene.make(call, scene.complete(call), token=scene.broker.token.upper())


@when(parsers.re(rf"the broker makes call {_CALL} with no manager token and no keys"))
def make_call_with_nothing(scene: Scene, call: str) -> None:
    scene.make(call, {}, token=None)


@when(parsers.re(r'the broker sets the partnerId "(?P<partner_id>[^"]+)" for (?P<target>[\w ]+)'))
def set_partner_id(scene: Scene, partner_id: str, target: str) -> None:
    scene.make("3.6", _setting(scene.broker, partner_id) | scene.ids(target))


@when(
    parsers.re(
        r'the broker sets the partnerId "(?P<partner_id>[^"]+)" for (?P<target>[\w ]+), with its id as a text'
    )
)
def set_partner_id_by_text(scene: Scene, partner_id: str, target: str) -> None:
    ids = {key: str(number) for key, number in scene.ids(target).items()}
    scene.make("3.6", _setting(scene.broker, partner_id) | ids)


@when(parsers.re(r"the broker sets (?P<words>.+) as the partnerId of (?P<target>[\w ]+)"))
def set_value(scene: Scene, words: str, target: str) -> None:
    scene.make("3.6", _setting(scene.broker, value_of(words, scene)) | scene.ids(target))


@when(parsers.re(r'the other broker sets the partnerId "(?P<partner_id>[^"]+)" for (?P<target>Ines|account \w+)'))
def others_set_partner_id(scene: Scene, partner_id: str, target: str) -> None:
    scene.make("3.6", _setting(scene.stranger, partner_id) | scene.ids(target), by=scene.stranger)


@when(
    parsers.re(
        r'the other broker sets the partnerId "(?P<partner_id>[^"]+)" for (?P<target>\w+) '
        r"under the first broker's brokerCrmName"
    )
)
def others_set_partner_id_here(scene: Scene, partner_id: str, target: str) -> None:
    scene.make("3.6", _setting(scene.broker, partner_id) | scene.ids(target), by=scene.stranger)


def _setting(broker: Broker, partner_id: Any) -> dict[str, Any]:
    return {"brokerCrmName": broker.crm_name, "partnerId": partner_id}


@when(parsers.re(r"the broker (?P<verb>reads|deletes) the partnerId of (?P<target>[\w ]+)"))
def read_or_delete(scene: Scene, verb: str, target: str) -> None:
    _read_or_delete(scene, scene.broker, verb, target)


@when(parsers.re(r"the other broker (?P<verb>reads|deletes) the partnerId of (?P<target>[\w ]+)"))
def others_read_or_delete(scene: Scene, verb: str, target: str) -> None:
    _read_or_delete(scene, scene.stranger, verb, target)


def _read_or_delete(scene: Scene, by: Broker, verb: str, target: str) -> None:
    keys = {"brokerCrmName": by.crm_name, **scene.ids(target)}
    scene.make({"reads": "3.7", "deletes": "3.8"}[verb], keys, by=by)


@when(parsers.re(r"the broker sends (?P<method>PUT|GET|DELETE) (?P<path>/\S+) for (?P<target>[\w ]+)"))
def send(scene: Scene, method: str, path: str, target: str) -> None:
    call = next(number for number, how in CALLS.items() if how[:2] == (method, path))
    scene.make(call, scene.complete(call) | scene.ids(target))


@when("the broker creates a user with firstName, nickName and preferredLanguage")
def create_user_with_everything(scene: Scene) -> None:
    optional = {"firstName": "Ines", "nickName": "ines.fx", "preferredLanguage": "pt"}
    scene.make("3.2", scene.complete("3.2") | optional)


@when(parsers.re(r"the broker creates a user with the (?P<nth>first|second) manager token"))
def create_user_with_token(scene: Scene, nth: str) -> None:
    token = scene.tokens[["first", "second"].index(nth)]
    scene.make("3.2", scene.complete("3.2"), token=token)


@when(parsers.re(r"the other broker creates a user with the address of (?P<name>\w+)"))
def others_create_user(scene: Scene, name: str) -> None:
    keys = {"brokerCrmName": scene.stranger.crm_name, "email": scene.people[name].email}
    scene.make("3.2", keys, by=scene.stranger)


@when(parsers.re(r"the other broker looks up the address of (?P<name>\w+)"))
def others_find_user(scene: Scene, name: str) -> None:
    keys = {"brokerCrmName": scene.stranger.crm_name, "email": scene.people[name].email}
    scene.make("3.11", keys, by=scene.stranger)


# answers


@then("cTrader accepts the call")
def accepted(scene: Scene) -> None:
    assert scene.response.status_code == CALLS[scene.call].success, scene.response.text


@then(parsers.re(r"cTrader refuses the call with (?P<code>[A-Z_]+)"))
def refused(scene: Scene, code: str) -> None:
    assert scene.response.status_code == refusal_status(code, scene.call), scene.response.text
    assert scene.response.json()["error"]["errorCode"] == code


@then(parsers.re(r"the description names (?P<key>[\w.]+)"))
def description_names(scene: Scene, key: str) -> None:
    assert re.search(rf"(?<![\w.]){re.escape(key)}(?![\w.])", scene.description), scene.description


@then(parsers.re(r'the description contains "(?P<text>.+)"'))
def description_contains(scene: Scene, text: str) -> None:
    assert text in scene.description


@then("the description does not contain the hash")
def description_without_hash(scene: Scene) -> None:
    assert scene.sent["hashedPassword"] not in scene.response.text


@then(parsers.re(r"cTrader answers with the \w+ of (?P<target>[\w ]+) alone"))
def answers_with_ids(scene: Scene, target: str) -> None:
    assert scene.response.json() == scene.ids(target)


@then(
    parsers.re(
        r"cTrader answers with the userId of (?P<name>\w+)"
        r'(, the ctidTraderAccountId of (?P<account>account \w+))? and the partnerId "(?P<partner_id>.+)"'
    )
)
def answers_with_record(scene: Scene, name: str, account: str | None, partner_id: str) -> None:
    ids = scene.ids(name) | (scene.ids(account) if account else {})
    assert scene.response.json() == ids | {"partnerId": partner_id}


@then(parsers.re(r"the answer holds an? (?P<key>\w+)(?P<alone> alone)?"))
def answer_holds(scene: Scene, key: str, alone: str | None) -> None:
    body = scene.response.json()
    if key == "webservToken":
        assert isinstance(body[key], str)
        assert len(body[key]) >= 32
    else:
        assert type(body[key]) is int
        assert body[key] > 0
    assert not alone or list(body) == [key]


@then("the answer repeats what was asked, but not the password")
def answer_repeats(scene: Scene) -> None:
    body = scene.response.json()
    asked = {key: value for key, value in scene.sent.items() if key != "hashedPassword"}
    assert {key: body.get(key) for key in asked} == asked
    assert scene.sent["hashedPassword"] not in scene.response.text


@then(parsers.re(r'the contactDetails of the answer hold "(?P<value>.+)" as (?P<key>\w+)'))
def contact_details_hold(scene: Scene, value: str, key: str) -> None:
    assert scene.response.json()["contactDetails"][key] == value


@then("the answer names the first broker of the CRM")
def answer_names_the_broker(scene: Scene) -> None:
    assert scene.response.json()["brokerName"] == scene.broker.sandbox["brokerNames"][0]


@then("the answer is empty")
def answer_is_empty(scene: Scene) -> None:
    assert scene.response.content == b""


@then("every id in the answer is an integer")
def ids_are_integers(scene: Scene) -> None:
    body = scene.response.json()
    assert body
    assert all(type(value) is int for value in body.values())


# what is kept


@then(parsers.re(r'the partnerId of (?P<target>Ines|Rui|account \w+) is "(?P<partner_id>.+)"'))
def partner_id_is(scene: Scene, target: str, partner_id: str) -> None:
    assert scene.partner_id_of(target) == partner_id


@then(parsers.re(r"the partnerId of (?P<target>Ines|Rui|account \w+) is exactly that value"))
def partner_id_is_that_value(scene: Scene, target: str) -> None:
    assert scene.partner_id_of(target) == scene.sent["partnerId"]


@then(parsers.re(r"(?P<target>Ines|Rui|account \w+) has no partnerId"))
def no_partner_id(scene: Scene, target: str) -> None:
    assert scene.partner_id_of(target) is None


@then(parsers.re(r"(?P<one>account \w+) and (?P<other>account \w+) have different ids"))
def different_ids(scene: Scene, one: str, other: str) -> None:
    assert scene.ids(one) != scene.ids(other)


@then("the trading account can still be linked")
def can_be_linked(scene: Scene) -> None:
    scene.make("3.4", scene.complete("3.4"))
    accepted(scene)


# on the wire


@then(parsers.re(r"the status is (?P<status>\d+)"))
def status_is(scene: Scene, status: str) -> None:
    assert scene.response.status_code == int(status), scene.response.text


@then(parsers.re(r"the Content-Type is (?P<content_type>\S+)"))
def content_type_is(scene: Scene, content_type: str) -> None:
    assert scene.response.headers["Content-Type"].split(";")[0] == content_type


@then("the body has no bytes")
def body_is_empty(scene: Scene) -> None:
    assert scene.response.content == b""
    assert scene.response.headers["Content-Length"] == "0"


@then(parsers.re(r"the body is one JSON object with the keys? (?P<keys>\w+( and \w+)*)( alone)?"))
def body_has_keys(scene: Scene, keys: str) -> None:
    body = json.loads(scene.response.content)
    assert isinstance(body, dict)
    assert set(body) == set(keys.split(" and "))


@then("the body is an error envelope")
def body_is_an_envelope(scene: Scene) -> None:
    body = json.loads(scene.response.content)
    assert list(body) == ["error"]
    assert set(body["error"]) == {"errorCode", "description"}
