"""Steps of the features about accounts, ribbons and the switches of a sandbox."""

import json
from decimal import Decimal
from typing import Any

import requests
from pytest_bdd import given, parsers, then, when

from tests.features.scene import UNKNOWN_ID, Scene
from tests.features.values import value_of

_CALL = r"(?P<call>3\.\d+|WS \d+(\.\d+)+)"
_TYPES = r"DEPOSIT|WITHDRAW|DEPOSIT_NONWITHDRAWABLE_BONUS|WITHDRAW_NONWITHDRAWABLE_BONUS"
_SHOWN = {"balance": "balance", "bonus": "bonus", "non-withdrawable bonus": "nonWithdrawableBonus"}


def account(scene: Scene) -> requests.Response:
    """What cTrader says of the trading account now, apart from the scenario's own calls."""
    return scene.broker.call("GET", f"/v2/webserv/traders/{scene.trader_login}")


def change_sandbox(scene: Scene, **values: Any) -> None:
    """Arrange the sandbox of the first broker."""
    scene.control.change(scene.broker.sandbox["id"], **values)


def book(scene: Scene, call: str, amount: Any, kind: str) -> None:
    """Change money by call 3.5 or bonus by call WS 4.10."""
    scene.make(call, {"login": scene.trader_login, "preciseAmount": amount, "type": kind})


# what is there


@given(parsers.re(r"(?P<amount>[\d.]+) of (?P<what>money|bonus|non-withdrawable bonus) on the trading account"))
def money_on_the_account(scene: Scene, amount: str, what: str) -> None:
    call = "WS 4.10" if what == "bonus" else "3.5"
    kind = "DEPOSIT_NONWITHDRAWABLE_BONUS" if what.startswith("non") else "DEPOSIT"
    book(scene, call, amount, kind)
    assert scene.response.status_code == 200, scene.response.text


@given("cTrader is strict")
def strict(scene: Scene) -> None:
    change_sandbox(scene, strict=True)


@given(parsers.re(r"cTrader allows (?P<limit>\d+) changing requests per hour"))
def limited(scene: Scene, limit: str) -> None:
    assert scene.broker.token  # asked for before the count begins
    change_sandbox(scene, hourlyLimit=int(limit))


@given(parsers.re(r"the switch (?P<switch>\w+) is on"))
def switched_on(scene: Scene, switch: str) -> None:
    change_sandbox(scene, switches={switch: True})


# calls


@when(parsers.re(rf"the broker makes call {_CALL} for an unknown trading account"))
def call_for_unknown_account(scene: Scene, call: str) -> None:
    scene.trader_login = UNKNOWN_ID
    scene.make(call, scene.complete(call))


@when(parsers.re(rf"the broker makes call {_CALL} a second time"))
def call_again(scene: Scene, call: str) -> None:
    scene.make(call, scene.complete(call))


@when(parsers.re(rf"the broker books (?P<amount>\S+) as (?P<kind>{_TYPES})"))
def book_money(scene: Scene, amount: str, kind: str) -> None:
    book(scene, "3.5", json.loads(amount), kind)


@when(parsers.re(r"the broker books (?P<amount>\S+) of bonus as (?P<kind>DEPOSIT|WITHDRAW)"))
def book_bonus(scene: Scene, amount: str, kind: str) -> None:
    book(scene, "WS 4.10", json.loads(amount), kind)


@when(parsers.re(r"the broker gives (?P<name>\w+) a ribbon with (?P<words>.+) as (?P<key>\w+)"))
def give_ribbon_with(scene: Scene, name: str, words: str, key: str) -> None:
    value = scene.ids(words)["ctidTraderAccountId"] if words.startswith("account ") else value_of(words, scene)
    give_ribbon(scene, name, **{key: str(value) if words.startswith("account ") else value})


@when(parsers.re(r"the broker gives (?P<name>\w+) a ribbon"))
def give_plain_ribbon(scene: Scene, name: str) -> None:
    give_ribbon(scene, name)


@when(parsers.re(r"the broker gives (?P<name>\w+) a ribbon without (?P<key>\w+)"))
def give_ribbon_without(scene: Scene, name: str, key: str) -> None:
    give_ribbon(scene, name, **{key: ...})


def give_ribbon(scene: Scene, name: str, **changes: Any) -> None:
    """Call 3.9 with one ribbon; a key whose value is `...` is left out."""
    ribbon = {
        "color": "#2277aa",
        "title": "Invite a friend",
        "enabled": True,
        "closable": True,
        "action": {"urlinApp": "https://area.example/inapp/action"},
        **changes,
    }
    kept = {key: value for key, value in ribbon.items() if value is not ...}
    scene.make("3.9", scene.complete("3.9") | scene.ids(name) | {"rules": {"ribbons": [kept]}})


# what is kept


@then(
    parsers.re(r"the (?P<what>balance|bonus|non-withdrawable bonus) of the trading account is (?P<amount>[\d.]+)")
)
def money_is(scene: Scene, what: str, amount: str) -> None:
    shown = account(scene).json()
    assert Decimal(shown[_SHOWN[what]]).scaleb(-shown["moneyDigits"]) == Decimal(amount)


@then(parsers.re(r"the (?P<key>\w+) of the trading account is (?P<words>.+)"))
def account_shows(scene: Scene, key: str, words: str) -> None:
    assert account(scene).json()[key] == value_of(words, scene)


@then("the trading account is gone")
def account_is_gone(scene: Scene) -> None:
    assert account(scene).json()["error"]["errorCode"] == "TRADER_NOT_FOUND"


@then("the trading account is in the list")
def account_is_listed(scene: Scene) -> None:
    assert scene.trader_login in [one["login"] for one in scene.response.json()["trader"]]


@then("the account group is in the list")
def group_is_listed(scene: Scene) -> None:
    names = [one["name"] for one in scene.response.json()["traderGroup"]]
    assert names == [scene.broker.sandbox["groupName"]]


@then(parsers.re(r"(?P<name>\w+) is found under (?P<which>the new|the former) address"))
def found_under(scene: Scene, name: str, which: str) -> None:
    address = scene.sent["newEmail"] if which == "the new" else scene.people[name].email
    assert scene.broker.read_user_id(address).json() == {"userId": scene.people[name].user_id}


@then("nobody is found under the former address")
def nobody_under_former(scene: Scene) -> None:
    assert scene.broker.read_user_id(scene.people["Ines"].email).content == b""


@then(parsers.re(r"the answer has the keys (?P<keys>.+)"))
def answer_has_keys(scene: Scene, keys: str) -> None:
    assert set(scene.response.json()) == set(keys.replace(" and ", ", ").split(", "))


@then(parsers.re(r"the journal notes the leniency (?P<name>[\w-]+) of (?P<key>[\w.-]+)"))
def journal_notes(scene: Scene, name: str, key: str) -> None:
    event = scene.control.events(scene.broker.sandbox["id"])[-1]
    assert {"name": name, "key": key} in event["details"]["leniencies"]


@then("the answer is an empty list")
def answer_is_empty_list(scene: Scene) -> None:
    assert scene.response.json() == []
