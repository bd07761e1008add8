"""The Given sentences of features/api, said to a running mock: what a broker's backend has called beforehand."""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import requests

from mock_ctrader import ids
from mock_ctrader.conformance.clients import MockError, control_headers

_TIMEOUT = (5.0, 40.0)
_REFERRAL = "/cid/oauth2/ctid/referral"
_KINDS = {"money": "DEPOSIT", "non-withdrawable bonus": "DEPOSIT_NONWITHDRAWABLE_BONUS"}
ACCOUNT_PASSWORD = "account-password"  # noqa: S105 - of accounts in a mock, and said to whoever asked


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@dataclass
class World:
    """What was made so far, under the names of the sentences. `told` says it in sentences with its ids."""

    mock_url: str
    sandbox: dict[str, Any]
    users: dict[str, int] = field(default_factory=dict)
    accounts: dict[str, int] = field(default_factory=dict)
    login: int = 0
    told: list[str] = field(default_factory=list)
    _token: str = ""

    def call(self, method: str, path: str, body: Any = None, query: dict[str, Any] | None = None) -> Any:
        """A call of the manager; its answer. Raises: MockError: it was refused."""
        if not self._token:
            keys = {
                "login": self.sandbox["managerLogin"],
                "hashedPassword": _md5(self.sandbox["managerPassword"]),
            }
            self._token = self._ask("POST", "/v2/webserv/managers/token", keys, {})["webservToken"]
        return self._ask(method, path, body, {**(query or {}), "token": self._token})

    def control(self, method: str, path: str, body: Any) -> Any:
        """A request to the control API about the sandbox, or about another one."""
        return self._ask(method, f"/control/sandboxes{path}", body, {}, **control_headers())

    def _ask(self, method: str, path: str, body: Any, query: dict[str, Any], **headers: str) -> Any:
        with requests.Session() as http:
            http.trust_env = False
            answer = http.request(
                method,
                self.mock_url + path,
                params=query,
                json=body,
                headers={"Accept": "application/json", **headers},
                timeout=_TIMEOUT,
            )
        if not answer.ok:
            raise MockError(f"{method} {path} answered {answer.status_code}: {answer.text[:300]}")
        return answer.json() if answer.content else {}

    # what the sentences speak of

    def target(self, name: str) -> dict[str, int]:
        """The ids that a name stands for: a user, an account, or both."""
        found: dict[str, int] = {}
        for part in name.split(" and "):
            if part.startswith("account "):
                found["ctidTraderAccountId"] = self.accounts[part.removeprefix("account ")]
            else:
                found["userId"] = self.users[part]
        return found

    def new_login(self) -> int:
        """A trading account that is nobody's (3.3)."""
        body = {
            "accessRights": "FULL_ACCESS",
            "accountType": "HEDGED",
            "balance": 0,
            "brokerName": self.sandbox["brokerNames"][0],
            "depositCurrency": "EUR",
            "groupName": self.sandbox["groupName"],
            "hashedPassword": _md5(ACCOUNT_PASSWORD),
            "leverageInCents": 3000,
            "totalMarginCalculationType": "MAX",
        }
        return int(self.call("POST", "/v2/webserv/traders", body)["login"])

    def link(self, user_id: int, login: int) -> int:
        """A trading account becomes a user's (3.4); the ctidTraderAccountId."""
        body = {
            "traderLogin": login,
            "traderPasswordHash": _md5(ACCOUNT_PASSWORD),
            "userId": user_id,
            "brokerName": self.sandbox["brokerNames"][0],
            "environmentName": "demo",
            "returnAccountDetails": True,
        }
        return int(self.call("POST", "/cid/ctid/link", body)["ctidTraderAccountId"])


def _user(world: World, name: str, nickname: str | None = None) -> None:
    email = f"{name}.{ids.random_seed()[:6]}@example.net".lower()
    body = {"brokerCrmName": world.sandbox["brokerCrmName"], "email": email}
    named = {} if nickname is None else {"nickName": nickname}
    world.users[name] = int(world.call("POST", "/cid/oauth2/ctid/create", body | named)["userId"])
    world.told.append(f"{name} is a user: userId {world.users[name]}, e-mail {email}")


def _account(world: World, owner: str, name: str) -> None:
    login = world.new_login()
    world.accounts[name] = world.link(world.users[owner], login)
    world.told.append(
        f"{owner} has the account {name}: ctidTraderAccountId {world.accounts[name]}, login {login}, password "
        f"{ACCOUNT_PASSWORD}"
    )


def _trading_account(world: World) -> None:
    world.login = world.new_login()
    world.told.append(f"there is a trading account: login {world.login}, password {ACCOUNT_PASSWORD}")


def _linked(world: World, name: str) -> None:
    linked = world.link(world.users[name], world.login)
    world.told.append(f"it is linked to {name}: ctidTraderAccountId {linked}")


def _money(world: World, amount: str, what: str) -> None:
    address = f"/v2/webserv/traders/{world.login}"
    keys = {"login": world.login, "preciseAmount": float(amount)}
    if what == "bonus":
        world.call("POST", f"{address}/changebonus", {**keys, "type": "DEPOSIT"})
    else:
        world.call("POST", f"{address}/changebalance", {**keys, "type": _KINDS[what]})
    world.told.append(f"{amount} of {what} is on it")


def _set(world: World, name: str, partner_id: str) -> None:
    body = {"brokerCrmName": world.sandbox["brokerCrmName"], "partnerId": partner_id, **world.target(name)}
    world.call("PUT", _REFERRAL, body)
    world.told.append(f"{name} has the partnerId {partner_id}")


def _deleted(world: World, name: str) -> None:
    query = {"brokerCrmName": world.sandbox["brokerCrmName"], **world.target(name)}
    world.call("DELETE", _REFERRAL, query=query)
    world.told.append(f"the partnerId of {name} was deleted")


def _agreed(world: World, name: str) -> None:
    query = {"brokerCrmName": world.sandbox["brokerCrmName"], "userId": world.users[name]}
    world.call("PUT", "/cid/oauth2/ctid/acceptAgreement", query=query)
    world.told.append(f"the broker confirmed the agreement of {name}")


def _another_broker(world: World, same: str | None = None) -> None:
    values = {"brokerCrmName": world.sandbox["brokerCrmName"]} if same else {}
    made = world.control("POST", "", values)
    world.told.append(
        f"another broker: brokerCrmName {made['brokerCrmName']}, manager {made['managerLogin']}, "
        f"password {made['managerPassword']}"
    )


def _disabled(world: World, name: str | None = None) -> None:
    names = world.sandbox["brokerNames"] if name is None else [name]
    world.control("PATCH", f"/{world.sandbox['id']}", {"disabledBrokerNames": names})
    world.told.append(f"disabled for the manager: {', '.join(names)}")


def _strict(world: World) -> None:
    world.control("PATCH", f"/{world.sandbox['id']}", {"strict": True})
    world.told.append("cTrader is strict")


def _limited(world: World, limit: str) -> None:
    world.control("PATCH", f"/{world.sandbox['id']}", {"hourlyLimit": int(limit)})
    world.told.append(f"cTrader allows {limit} changing requests per hour and token")


def _switched(world: World, switch: str) -> None:
    world.control("PATCH", f"/{world.sandbox['id']}", {"switches": {switch: True}})
    world.told.append(f"the switch {switch} is on")


def _fault(world: World, call: str, phase: str) -> None:
    fault = {"call": call, "kind": "answer", "status": 503, "phase": phase}
    world.control("POST", f"/{world.sandbox['id']}/faults", fault)
    world.told.append(f"the next call {call} fails {phase} it is handled, with status 503")


def _second_token(world: World) -> None:
    world.told.append("every call 3.1 gives a further manager token")


_SENTENCES: list[tuple[str, Callable[..., None]]] = [
    (r"the user (\w+)", _user),
    (r'the user (\w+) with the nickname "(.+)"', _user),
    (r"(\w+) has the account (\w+)", _account),
    (r"a trading account", _trading_account),
    (r"the trading account is linked to (\w+)", _linked),
    (r"([\d.]+) of (money|bonus|non-withdrawable bonus) on the trading account", _money),
    (r'(\w+|account \w+) has the partnerId "(.+)"', _set),
    (r"the partnerId of (.+) was deleted", _deleted),
    (r"the broker confirmed the agreement of (\w+)", _agreed),
    (r"another broker", _another_broker),
    (r"another broker with the (same) brokerCrmName", _another_broker),
    (r"the broker is disabled for the manager", _disabled),
    (r'the broker "(\w+)" is disabled for the manager', _disabled),
    (r"cTrader is strict", _strict),
    (r"cTrader allows (\d+) changing requests per hour", _limited),
    (r"the switch (\w+) is on", _switched),
    (r"the next call (3\.\d+) fails (before|after) it is handled", _fault),
    (r"the broker asks for a second manager token", _second_token),
]


def understands(sentence: str) -> bool:
    """Whether a Given sentence can be played."""
    return any(_readings(sentence))


def _readings(sentence: str) -> Iterator[tuple[Callable[..., None], tuple[str, ...]]]:
    """What is to be done, and with which words."""
    matches = ((act, re.fullmatch(pattern, sentence)) for pattern, act in _SENTENCES)
    return ((act, found.groups()) for act, found in matches if found is not None)


def play(ready: dict[str, Any], givens: tuple[str, ...]) -> list[str]:
    """Play sentences that are understood in the ready sandbox; what is there now, in sentences.

    Raises:
        MockError: the mock refused something.
    """
    world = World(ready["baseUrl"], ready["sandbox"])
    for sentence in givens:
        act, words = next(_readings(sentence))
        act(world, *words)
    return world.told
