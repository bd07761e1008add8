"""What the steps of one scenario share: brokers, people, accounts and the last answer."""

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import requests

from tests.support import Broker, ControlApi, md5

# Nothing starts with this number, whatever the sandbox.
UNKNOWN_ID = 4
_addresses = itertools.count(1)

Keys = dict[str, Any]


class Call(NamedTuple):
    """How a call of section 3, or of the vendor's WebServices (WS), is made, and what its success looks like."""

    method: str
    path: str
    success: int
    in_query: bool = False


_REFERRAL = "/cid/oauth2/ctid/referral"
_TRADER = "/v2/webserv/traders/{login}"
CALLS = {
    "3.1": Call("POST", "/v2/webserv/managers/token", 200),
    "3.2": Call("POST", "/cid/oauth2/ctid/create", 201),
    "3.3": Call("POST", "/v2/webserv/traders", 201),
    "3.4": Call("POST", "/cid/ctid/link", 200),
    "3.5": Call("POST", f"{_TRADER}/changebalance", 200),
    "3.6": Call("PUT", _REFERRAL, 200),
    "3.7": Call("GET", _REFERRAL, 200, in_query=True),
    "3.8": Call("DELETE", _REFERRAL, 200, in_query=True),
    "3.9": Call("PUT", "/cid/oauth2/ctid/inAppControls", 201),
    "3.10": Call("PUT", "/cid/oauth2/ctid/changeEmail", 204),
    "3.11": Call("GET", "/cid/oauth2/ctid/getUserId", 200, in_query=True),
    "3.12": Call("POST", "/cid/oauth2/ctid/logout", 200, in_query=True),
    "3.13": Call("PUT", "/cid/oauth2/ctid/acceptAgreement", 200, in_query=True),
    "WS 4.2": Call("GET", _TRADER, 200, in_query=True),
    "WS 4.3": Call("GET", "/v2/webserv/traders", 200, in_query=True),
    "WS 4.5.1": Call("PUT", _TRADER, 204),
    "WS 4.5.2": Call("PATCH", _TRADER, 204),
    "WS 4.6": Call("DELETE", _TRADER, 204, in_query=True),
    "WS 4.8": Call("POST", f"{_TRADER}/changepassword", 204),
    "WS 4.10": Call("POST", f"{_TRADER}/changebonus", 200),
    "WS 4.11": Call("GET", "/v2/webserv/tradergroups", 200, in_query=True),
    "WS 5.1": Call("POST", "/cid/ctid/create", 200),
}

# Section 9: the status that goes with each code. The code of a bad token has another one in call 3.1.
STATUSES = {
    "INVALID_REQUEST": 400,
    "CH_EMAIL_ALREADY_EXISTS": 400,
    "CH_PLANT_INVALID": 400,
    "CH_TRADER_ACCOUNT_ALREADY_LINKED": 400,
    "WRONG_PASSWORD": 400,
    "CHANGE_BALANCE_BAD_AMOUNT": 400,
    "NOT_ENOUGH_MONEY": 400,
    "REQUEST_FREQUENCY_EXCEEDED": 429,
    "CH_CLIENT_AUTH_FAILURE": 401,
    "CH_INSUFFICIENT_PERMISSIONS": 403,
    "ENTITY_NOT_FOUND": 404,
    "CH_BROKER_NOT_FOUND": 404,
    "TRADER_NOT_FOUND": 404,
    "TRADER_GROUP_NOT_FOUND": 404,
    "CH_ENVIRONMENT_NOT_FOUND": 404,
}


def refusal_status(code: str, call: str) -> int:
    """The status that has to accompany a code."""
    return 403 if (code, call) == ("CH_CLIENT_AUTH_FAILURE", "3.1") else STATUSES[code]


@dataclass
class Person:
    """A user in cTrader."""

    user_id: int
    email: str


@dataclass
class Account:
    """A trading account; its link exists as soon as it belongs to somebody."""

    login: int
    ctid_trader_account_id: int


@dataclass
class Scene:
    """One scenario."""

    broker: Broker
    control: ControlApi
    another_sandbox: Callable[..., Keys]
    people: dict[str, Person] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    trader_login: int | None = None
    other: Broker | None = None
    tokens: list[str] = field(default_factory=list)
    call: str = ""
    sent: Keys = field(default_factory=dict)
    answer: requests.Response | None = None

    # people and accounts

    def add_person(self, name: str, **keys: Any) -> None:
        """A user of that name."""
        email = f"{name}.{next(_addresses)}@example.net".lower()
        self.people[name] = Person(self.broker.new_user(email=email, **keys), email)

    def add_account(self, owner: str, name: str) -> None:
        """An account linked to a person."""
        login = self.new_login()
        linked = self.broker.link_account(self.people[owner].user_id, login)
        assert linked.status_code == 200, linked.text
        self.accounts[name] = Account(login, linked.json()["ctidTraderAccountId"])

    def new_login(self) -> int:
        """A trading account of nobody."""
        made = self.broker.create_trader()
        assert made.status_code == 201, made.text
        return int(made.json()["login"])

    def ids(self, words: str) -> Keys:
        """The ids that words such as "Ines and account A" stand for, under the vendor's keys."""
        found: Keys = {}
        for word in words.split(" and "):
            match word.split():
                case ["nobody"]:
                    pass
                case ["an", "unknown", "user"]:
                    found["userId"] = UNKNOWN_ID
                case ["an", "unknown", "account"]:
                    found["ctidTraderAccountId"] = UNKNOWN_ID
                case ["the", "login", "of", "account", name]:
                    found["ctidTraderAccountId"] = self.accounts[name].login
                case ["account", name]:
                    found["ctidTraderAccountId"] = self.accounts[name].ctid_trader_account_id
                case [name]:
                    found["userId"] = self.people[name].user_id
                case _:
                    raise AssertionError(f"nobody knows who {word!r} is")
        return found

    # calls

    def complete(self, call: str) -> Keys:
        """Every key that a call needs, all of them right."""
        crm = {"brokerCrmName": self.broker.crm_name}
        ines = {"userId": self.people["Ines"].user_id} if "Ines" in self.people else {}
        sandbox = self.broker.sandbox
        match call:
            case "3.1":
                return {
                    "login": sandbox["managerLogin"],
                    "hashedPassword": md5(sandbox["managerPassword"]),
                }
            case "3.2":
                return {**crm, "email": f"new.{next(_addresses)}@example.net"}
            case "3.3":
                return {
                    "accessRights": "FULL_ACCESS",
                    "accountType": "HEDGED",
                    "balance": 12345,
                    "brokerName": sandbox["brokerNames"][0],
                    "depositCurrency": "EUR",
                    "groupName": sandbox["groupName"],
                    "hashedPassword": md5(Broker.PASSWORD),
                    "leverageInCents": 3000,
                    "totalMarginCalculationType": "SUM",
                }
            case "3.4":
                return {
                    "traderLogin": self.trader_login,
                    "traderPasswordHash": md5(Broker.PASSWORD),
                    **ines,
                    "brokerName": sandbox["brokerNames"][0],
                    "environmentName": "demo",
                    "returnAccountDetails": True,
                }
            case "3.6":
                return {**crm, **ines, "partnerId": "IB-2"}
            case "3.11":
                return {**crm, "email": self.people["Ines"].email}
            case "3.7" | "3.8" | "3.12" | "3.13":
                return {**crm, **ines}
            case "3.5" | "WS 4.10":
                return {"login": self.trader_login, "preciseAmount": 10, "type": "DEPOSIT"}
            case "3.9":
                return {**crm, **ines, "rules": {}}
            case "3.10":
                return {**crm, **ines, "newEmail": f"changed.{next(_addresses)}@example.net"}
            case "WS 4.5.1":
                return {"groupName": sandbox["groupName"], "leverageInCents": 5000}
            case "WS 4.5.2":
                return {"description": "changed"}
            case "WS 4.8":
                return {"login": self.trader_login, "hashedPassword": md5("another password")}
            case "WS 5.1":
                return {"brokerName": sandbox["brokerNames"][0], "email": f"new.{next(_addresses)}@example.net"}
            case "WS 4.2" | "WS 4.3" | "WS 4.6" | "WS 4.11":
                return {}
        raise AssertionError(f"nobody knows call {call}")

    def make(self, call: str, keys: Keys, by: Broker | None = None, **options: Any) -> requests.Response:
        """Make a call with exactly these keys and keep the answer."""
        how = CALLS[call]
        if call == "3.1":
            options.setdefault("token", None)
        given = {"query": keys} if how.in_query else {"body": keys}
        self.call, self.sent = call, keys
        path = how.path.format(login=self.trader_login)
        self.answer = (by or self.broker).call(how.method, path, **given, **options)
        return self.answer

    def make_with_token(self, call: str, token: str) -> requests.Response:
        """Make a complete call with this very token, empty included."""
        how = CALLS[call]
        keys = self.complete(call)
        given = {"query": keys} if how.in_query else {"body": keys}
        query = {"token": token, **given.pop("query", {})}
        self.call, self.sent = call, keys
        path = how.path.format(login=self.trader_login)
        self.answer = self.broker.call(how.method, path, query=query, token=None, **given)
        return self.answer

    @property
    def stranger(self) -> Broker:
        """The other broker."""
        assert self.other is not None, "the scenario has one broker only"
        return self.other

    # answers

    @property
    def response(self) -> requests.Response:
        """The last answer."""
        assert self.answer is not None, "no call was made"
        return self.answer

    @property
    def description(self) -> str:
        """What the last refusal said."""
        return str(self.response.json()["error"]["description"])

    def partner_id_of(self, target: str) -> str | None:
        """What call 3.7 reads now, apart from the scenario's own calls."""
        read = self.broker.read_partner(**self.ids(target))
        assert read.status_code == 200, read.text
        return json.loads(read.text)["partnerId"] if read.content else None
