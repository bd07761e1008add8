"""A small fake cTrader over real HTTP, and a clock that tests move."""

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flask import Flask, Response, jsonify, make_response, request

PATHS = {
    "3.1": ("POST", "/v2/webserv/managers/token"),
    "3.2": ("POST", "/cid/oauth2/ctid/create"),
    "3.3": ("POST", "/v2/webserv/traders"),
    "3.4": ("POST", "/cid/ctid/link"),
    "3.5": ("POST", "/v2/webserv/traders/<int:login>/changebalance"),
    "3.6": ("PUT", "/cid/oauth2/ctid/referral"),
    "3.10": ("PUT", "/cid/oauth2/ctid/changeEmail"),
    "3.11": ("GET", "/cid/oauth2/ctid/getUserId"),
    "3.12": ("POST", "/cid/oauth2/ctid/logout"),
    "3.13": ("PUT", "/cid/oauth2/ctid/acceptAgreement"),
}


@dataclass(frozen=True)
class Call:
    """One call the broker made."""

    number: str
    query: dict[str, str]
    body: dict[str, Any]
    raw: str


@dataclass
class Trouble:
    """What the next calls of one number get: a status and code, before or after the call took effect."""

    status: int
    code: str
    times: int
    applied: bool


@dataclass
class FakeCTrader:
    """Answers as cTrader does, keeps what it was told, and misbehaves on demand."""

    url: str = ""
    calls: list[Call] = field(default_factory=list)
    users: dict[str, int] = field(default_factory=dict)
    partner_ids: dict[tuple[str, int], list[str]] = field(default_factory=dict)
    balances: dict[int, Decimal] = field(default_factory=dict)
    next_user_id: int | None = None
    empty_answers: bool = False
    error_form: Callable[[int, str], Response] | None = None

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1000)
        self._tokens: set[str] = set()
        self._links: set[int] = set()
        self._trouble: dict[str, Trouble] = {}
        self.app = Flask("fake_ctrader")
        for number, (method, path) in PATHS.items():
            self.app.add_url_rule(path, number.replace(".", "_"), self._view(number), methods=[method])

    def misbehave(
        self, number: str, status: int, code: str = "UNKNOWN_ERROR", *, times: int = 1, applied: bool = False
    ) -> None:
        """Answer the next `times` calls with an error; `applied` means the call took effect all the same."""
        self._trouble[number] = Trouble(status, code, times, applied)

    def behave(self) -> None:
        """Stop misbehaving."""
        self._trouble.clear()

    def forget_tokens(self) -> None:
        """Refuse the manager tokens given so far."""
        self._tokens.clear()

    def made(self, number: str) -> list[Call]:
        """Return the calls of one number, in order."""
        return [call for call in self.calls if call.number == number]

    def _view(self, number: str) -> Any:
        def view(**_path: int) -> Response:
            with self._lock:
                return self._answer(number)

        return view

    def _answer(self, number: str) -> Response:
        body = request.get_json(silent=True) or {}
        query = request.args.to_dict()
        if number != "3.1" and query.pop("token", None) not in self._tokens:
            return error(401, "CH_CLIENT_AUTH_FAILURE")
        self.calls.append(Call(number, query, body, request.get_data(as_text=True)))
        trouble = self._trouble.get(number)
        if trouble is None or trouble.times == 0:
            return self._apply(number, query, body)
        trouble.times -= 1
        if trouble.applied:
            self._apply(number, query, body)
        return (self.error_form or error)(trouble.status, trouble.code)

    def _apply(self, number: str, query: dict[str, str], body: dict[str, Any]) -> Response:
        if number == "3.1":
            token = f"manager-{next(self._numbers)}"
            self._tokens.add(token)
            return make_response(jsonify(webservToken=token), 200)
        if number == "3.2":
            if body["email"] in self.users:
                return error(400, "CH_EMAIL_ALREADY_EXISTS")
            self.users[body["email"]] = self.next_user_id or next(self._numbers)
            self.next_user_id = None
            return make_response(jsonify(userId=self.users[body["email"]]), 201)
        if number == "3.3":
            return make_response(jsonify(login=next(self._numbers)), 201)
        if number == "3.4":
            if body["traderLogin"] in self._links:
                return error(400, "CH_TRADER_ACCOUNT_ALREADY_LINKED")
            self._links.add(body["traderLogin"])
            return make_response(jsonify(ctidTraderAccountId=next(self._numbers)), 200)
        if number == "3.5":
            return self._change_balance(body)
        if number == "3.10":
            return self._change_email(body)
        if number == "3.6":
            key = "userId" if "userId" in body else "ctidTraderAccountId"
            self.partner_ids.setdefault((key, body[key]), []).append(body["partnerId"])
            return make_response("" if self.empty_answers else jsonify({key: body[key]}), 200)
        if number == "3.11" and query["email"] in self.users:
            return make_response(jsonify(userId=self.users[query["email"]]), 200)
        return make_response("", 200)

    def _change_balance(self, body: dict[str, Any]) -> Response:
        amount = Decimal(str(body["preciseAmount"])) * (1 if body["type"] == "DEPOSIT" else -1)
        balance = self.balances.get(body["login"], Decimal(0)) + amount
        if balance < 0:
            return error(400, "NOT_ENOUGH_MONEY")
        self.balances[body["login"]] = balance
        return make_response("" if self.empty_answers else jsonify(balanceHistoryId=next(self._numbers)), 200)

    def _change_email(self, body: dict[str, Any]) -> Response:
        if self.users.get(body["newEmail"], body["userId"]) != body["userId"]:
            return error(400, "CH_EMAIL_ALREADY_EXISTS")
        self.users = {email: user for email, user in self.users.items() if user != body["userId"]}
        self.users[body["newEmail"]] = body["userId"]
        return make_response("", 204)


def error(status: int, code: str) -> Response:
    """Return an error in cTrader's envelope; its text uses the words that must not reach a page."""
    return make_response(
        jsonify(
            error={
                "errorCode": code,
                "description": "Can't find ctid,\n says cTrader ID \ud800 for " + request.args.get("token", ""),
            }
        ),
        status,
    )


class ManualClock:
    """A clock that stands still until moved."""

    def __init__(self) -> None:
        self.time_ms = 1_800_000_000_000

    def now_ms(self) -> int:
        return self.time_ms

    def advance(self, seconds: float) -> None:
        """Move the clock forward."""
        self.time_ms += int(seconds * 1000)
