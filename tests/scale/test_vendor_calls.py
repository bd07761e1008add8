"""Vendor calls at two servers of two processes each, which share their state: eight clients at a time."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest

from tests.scale.conftest import Pair
from tests.support import TIMEOUT

T = TypeVar("T")
CLIENTS = 8


def at_once(play: Callable[[int], T], times: Iterable[int]) -> list[T]:
    """What many clients get, eight of them at a time."""
    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(play, times))


def journal(pair: Pair, nth: int, sandbox_id: str, **query: Any) -> list[dict[str, Any]]:
    """Events as one of the servers tells them."""
    control = pair.control(nth)
    response = control.http.get(f"{control.url}/sandboxes/{sandbox_id}/journal", params=query, timeout=TIMEOUT)
    assert response.status_code == 200, response.text
    return response.json()["events"]


def test_ids_are_never_handed_out_twice(pair: Pair, sandbox: dict[str, Any]) -> None:
    def play(nth: int) -> tuple[int, int]:
        broker = pair.broker(nth, sandbox)
        user_id = broker.new_user(email=f"user{nth}@example.net")
        return user_id, broker.new_account(user_id)

    made = at_once(play, range(32))

    users, accounts = zip(*made, strict=True)
    assert (len(set(users)), len(set(accounts))) == (32, 32)
    assert max(users) - min(users) == max(accounts) - min(accounts) == 31, "nor is one left out"


def test_a_reader_that_follows_misses_no_event(pair: Pair, sandbox: dict[str, Any]) -> None:
    ended = threading.Event()

    def follow() -> list[dict[str, Any]]:
        seen: list[dict[str, Any]] = []
        while True:
            last = ended.is_set()
            seen += journal(pair, 1, sandbox["id"], after=seen[-1]["seq"] if seen else 0, limit=7)
            if last and len(seen) == 96:
                return seen
            assert not last or len(journal(pair, 0, sandbox["id"])) == 96, "every call is an event"
            assert not last or len(seen) < 96

    def play(nth: int) -> None:
        broker = pair.broker(nth, sandbox)
        user_id = broker.new_user(email=f"user{nth}@example.net")  # and the manager token: two events
        assert broker.set_partner(userId=user_id, partnerId=f"IB-{nth}").status_code == 200

    with ThreadPoolExecutor(1) as reader:
        followed = reader.submit(follow)
        try:
            at_once(play, range(32))
        finally:
            ended.set()
        events = followed.result(TIMEOUT)

    assert [event["seq"] for event in events] == list(range(1, 97))
    assert events == journal(pair, 0, sandbox["id"])


def test_one_address_makes_one_user(pair: Pair, sandbox: dict[str, Any]) -> None:
    answers = at_once(
        lambda nth: pair.broker(nth, sandbox).create_user(email="Same@example.net", nickName=f"nick{nth}"),
        range(16),
    )

    assert Counter(answer.status_code for answer in answers) == {201: 1, 400: 15}
    refused = {answer.json()["error"]["errorCode"] for answer in answers if answer.status_code == 400}
    assert refused == {"CH_EMAIL_ALREADY_EXISTS"}


def test_one_account_is_linked_to_one_user(pair: Pair, sandbox: dict[str, Any]) -> None:
    broker = pair.broker(0, sandbox)
    users = [broker.new_user() for _ in range(8)]
    login = broker.create_trader().json()["login"]

    answers = at_once(lambda nth: pair.broker(nth, sandbox).link_account(users[nth], login), range(8))

    assert Counter(answer.status_code for answer in answers) == {200: 1, 400: 7}
    refused = {answer.json()["error"]["errorCode"] for answer in answers if answer.status_code == 400}
    assert refused == {"CH_TRADER_ACCOUNT_ALREADY_LINKED"}


def test_no_deposit_is_lost(pair: Pair, sandbox: dict[str, Any]) -> None:
    login = pair.broker(0, sandbox).create_trader().json()["login"]
    path = f"/v2/webserv/traders/{login}"

    def deposit(nth: int) -> int:
        keys = {"login": login, "preciseAmount": 1, "type": "DEPOSIT"}
        answer = pair.broker(nth, sandbox).post(f"{path}/changebalance", keys)
        assert answer.status_code == 200, answer.text
        return int(answer.json()["balanceHistoryId"])

    numbers = at_once(deposit, range(32))

    assert len(set(numbers)) == 32
    assert pair.broker(1, sandbox).call("GET", path).json()["balance"] == 3200


def test_the_last_identifier_set_is_the_one_that_is_read(pair: Pair, sandbox: dict[str, Any]) -> None:
    user_id = pair.broker(0, sandbox).new_user()

    def play(nth: int) -> None:
        answer = pair.broker(nth, sandbox).set_partner(userId=user_id, partnerId=f"IB-{nth}")
        assert answer.status_code == 200, answer.text

    at_once(play, range(16))
    last = [event for event in journal(pair, 0, sandbox["id"]) if event.get("call") == "3.6"][-1]
    read = [pair.broker(nth, sandbox).read_partner(userId=user_id).json()["partnerId"] for nth in (0, 1)]
    assert read == [last["partner_id"]] * 2


def test_a_fault_strikes_exactly_as_often_as_it_was_told(pair: Pair, sandbox: dict[str, Any]) -> None:
    control = pair.control(0)
    fault = {"call": "3.11", "kind": "answer", "status": 503, "times": 5}
    planted = control.http.post(f"{control.url}/sandboxes/{sandbox['id']}/faults", json=fault, timeout=TIMEOUT)
    assert planted.status_code == 201, planted.text

    statuses = at_once(
        lambda nth: pair.broker(nth, sandbox).read_user_id("nobody@example.net").status_code, range(32)
    )

    assert Counter(statuses) == {503: 5, 200: 27}
    shown = control.http.get(f"{control.url}/sandboxes/{sandbox['id']}/faults/1", timeout=TIMEOUT).json()
    assert (shown["left"], shown["fired"], shown["seen"]) == (0, 5, 5)


def test_the_hourly_limit_holds_at_all_processes_together(pair: Pair) -> None:
    sandbox = pair.control(0).create(hourlyLimit=12)
    try:
        token = pair.broker(0, sandbox).token

        def play(nth: int) -> int:
            broker = pair.broker(nth, sandbox)
            keys = {"brokerCrmName": broker.crm_name, "email": f"user{nth}@example.net"}
            return broker.post("/cid/oauth2/ctid/create", keys, token=token).status_code

        assert Counter(at_once(play, range(32))) == {201: 12, 429: 20}
    finally:
        pair.control(1).delete(sandbox["id"])


def test_sandboxes_do_not_see_each_other(pair: Pair) -> None:
    worlds = [pair.control(nth).create() for nth in range(4)]
    try:

        def play(nth: int) -> tuple[int, int]:
            world = nth % 4
            broker = pair.broker(nth // 4, worlds[world])
            user_id = broker.new_user(email=f"user{nth // 4}@example.net")
            assert broker.set_partner(userId=user_id, partnerId=f"IB-{world}").status_code == 200
            return world, user_id

        made = at_once(play, range(48))
        for number, world in enumerate(worlds):
            own = {user_id for where, user_id in made if where == number}
            events = journal(pair, number, world["id"])
            assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
            assert {event["user_id"] for event in events if "user_id" in event} == own
            assert len(own) == 12
            assert {event["partner_id"] for event in events if event.get("call") == "3.6"} == {f"IB-{number}"}
    finally:
        for number, world in enumerate(worlds):
            pair.control(number).delete(world["id"])


@pytest.mark.parametrize("key", ["brokerNames", "managerLogin", "seed"])
def test_what_belongs_to_one_sandbox_is_given_to_one(pair: Pair, key: str) -> None:
    value: Any = {"brokerNames": ["TAKEN"], "managerLogin": 4711, "seed": "taken"}[key]

    def create(nth: int) -> tuple[int, dict[str, Any]]:
        control = pair.control(nth)
        made = control.http.post(f"{control.url}/sandboxes", json={key: value}, timeout=TIMEOUT)
        return made.status_code, made.json()

    answers = at_once(create, range(16))
    made = [body["id"] for status, body in answers if status == 201]
    for sandbox_id in made:
        pair.control(0).delete(sandbox_id)

    assert Counter(status for status, _ in answers) == {201: 1, 409: 15}
    assert {body["error"]["errorCode"] for status, body in answers if status == 409} == {"SANDBOX_CONFLICT"}


def test_a_sandbox_freed_in_the_middle_of_calls_breaks_none(pair: Pair) -> None:
    sandbox = pair.control(0).create()
    token = pair.broker(0, sandbox).token
    started = threading.Barrier(CLIENTS, timeout=TIMEOUT)

    def play(nth: int) -> set[int]:
        broker = pair.broker(nth, sandbox)
        statuses = set()
        started.wait()
        for count in range(12):
            if nth == 0 and count == 4:
                pair.control(1).delete(sandbox["id"])
            keys = {"brokerCrmName": broker.crm_name, "email": f"user{nth}.{count}@example.net"}
            statuses.add(broker.post("/cid/oauth2/ctid/create", keys, token=token).status_code)
        return statuses

    assert set().union(*at_once(play, range(CLIENTS))) == {201, 401}
