"""Sandboxes never see each other, and concurrent calls never tear anything."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from mock_ctrader.backend.calls import CALLS
from mock_ctrader.processes import MockProcess
from tests.support import TIMEOUT, Broker, ControlApi, md5

SANDBOXES = 50
WORKERS = 12


def at_once(work: Callable[[int], Any], times: int) -> list[Any]:
    """Run something several times, all released at the same moment; results in order."""
    barrier = threading.Barrier(times, timeout=TIMEOUT)

    def run(number: int) -> Any:
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


class Played:
    """What one broker did in its own sandbox."""

    def __init__(self, mock: MockProcess, sandbox: dict[str, Any]) -> None:
        self.sandbox = sandbox
        # people of the same name everywhere: an address must mean nothing outside its sandbox
        self.broker = Broker(mock.ready["baseUrl"], sandbox)
        self.user_id = self.broker.new_user(email="ines@example.net")
        trader = self.broker.create_trader()
        assert trader.status_code == 201, trader.text
        self.login = int(trader.json()["login"])
        linked = self.broker.link_account(self.user_id, self.login)
        assert linked.status_code == 200, linked.text
        self.account = int(linked.json()["ctidTraderAccountId"])
        self.user_partner = f"IB-{sandbox['id']}"
        self.account_partner = f"IB-{sandbox['id']}-ACC"
        for ids, partner_id in (
            ({"userId": self.user_id}, self.user_partner),
            ({"ctidTraderAccountId": self.account}, self.account_partner),
        ):
            done = self.broker.set_partner(partnerId=partner_id, **ids)
            assert (done.status_code, done.json()) == (200, ids)

    def read_back(self) -> None:
        """What was set is what is read."""
        user = {"userId": self.user_id}
        account = {"ctidTraderAccountId": self.account}
        assert self.broker.read_partner(**user).json() == user | {"partnerId": self.user_partner}
        assert self.broker.read_partner(**account).json() == user | account | {"partnerId": self.account_partner}
        assert self.broker.read_user_id("ines@example.net").json() == user

    def world(self) -> list[Any]:
        """Everything of this broker's that it can read."""
        trader = self.broker.call("GET", f"/v2/webserv/traders/{self.login}")
        records = [
            self.broker.read_partner(userId=self.user_id),
            self.broker.read_partner(ctidTraderAccountId=self.account),
        ]
        return [one.json() for one in (trader, *records, self.broker.read_user_id("ines@example.net"))]

    def meet(self, other: "Played") -> None:
        """Nothing of another sandbox can be reached from here."""
        assert self.broker.read_partner(userId=other.user_id).status_code == 404
        assert self.broker.read_partner(ctidTraderAccountId=other.account).status_code == 404
        assert self.broker.set_partner(partnerId="IB-THEIRS", userId=other.user_id).status_code == 404
        assert self.broker.delete_partner(userId=other.user_id).status_code == 404
        assert self.broker.confirm_agreement(other.user_id).status_code == 404
        foreign = {"brokerCrmName": other.broker.crm_name, "userId": other.user_id}
        assert self.broker.call("GET", "/cid/oauth2/ctid/referral", query=foreign).status_code == 404


def test_50_sandboxes_side_by_side_never_see_each_other(mock: MockProcess, control: ControlApi) -> None:
    made = [control.create() for _ in range(SANDBOXES)]
    try:
        with ThreadPoolExecutor(WORKERS) as pool:
            played = list(pool.map(lambda sandbox: Played(mock, sandbox), made))
            list(pool.map(lambda one: one[0].meet(one[1]), zip(played, [*played[1:], played[0]], strict=True)))
            list(pool.map(Played.read_back, played))
            journals = list(pool.map(lambda one: ControlApi(control.url).events(one.sandbox["id"]), played))

        assert len({one.broker.token for one in played}) == SANDBOXES
        for one, journal, foreign in zip(played, journals, [*played[1:], played[0]], strict=True):
            assert [event["seq"] for event in journal] == list(range(1, len(journal) + 1))
            succeeded = [event for event in journal if event["status"] < 300]
            assert {event["user_id"] for event in succeeded if "user_id" in event} == {one.user_id}
            assert {
                event["ctid_trader_account_id"] for event in succeeded if "ctid_trader_account_id" in event
            } == {one.account}
            assert {event["partner_id"] for event in succeeded if "partner_id" in event} == {
                one.user_partner,
                one.account_partner,
            }
            # the refused calls about the neighbour are this broker's own doing
            refused = {event["user_id"] for event in journal if event["status"] == 404 and "user_id" in event}
            assert refused == {foreign.user_id}
    finally:
        for sandbox in made:
            control.delete(sandbox["id"])


def probes(own: Played, other: Played) -> dict[str, tuple[str, str, dict[str, Any], dict[str, Any]]]:
    """For each call that names something: method, path, body and query that name what is the other's."""
    login = other.login
    trader = f"/v2/webserv/traders/{login}"
    crm = {"brokerCrmName": own.broker.crm_name}
    user = {"userId": other.user_id}
    account = {"ctidTraderAccountId": other.account}
    referral = "/cid/oauth2/ctid/referral"
    hashed = {"hashedPassword": md5("another-password")}
    link = {
        **{"traderLogin": login, "traderPasswordHash": md5(Broker.PASSWORD), "userId": own.user_id},
        **{"brokerName": own.sandbox["brokerNames"][0], "environmentName": "demo"},
    }
    money = {"type": "DEPOSIT", "preciseAmount": 1, "login": login}
    return {
        "3.4": ("POST", "/cid/ctid/link", link, {}),
        "3.5": ("POST", f"{trader}/changebalance", money, {}),
        "3.6": ("PUT", referral, crm | user | {"partnerId": "IB-THEIRS"}, {}),
        "3.7": ("GET", referral, {}, crm | account),
        "3.8": ("DELETE", referral, {}, crm | user),
        "3.9": ("PUT", "/cid/oauth2/ctid/inAppControls", crm | user | {"rules": {}}, {}),
        "3.10": ("PUT", "/cid/oauth2/ctid/changeEmail", crm | user | {"newEmail": "stolen@example.net"}, {}),
        "3.12": ("POST", "/cid/oauth2/ctid/logout", {}, crm | user),
        "3.13": ("PUT", "/cid/oauth2/ctid/acceptAgreement", {}, crm | user),
        "WS 4.2": ("GET", trader, {}, {}),
        "WS 4.5.1": ("PUT", trader, {"name": "stolen"}, {}),
        "WS 4.5.2": ("PATCH", trader, {"name": "stolen"}, {}),
        "WS 4.6": ("DELETE", trader, {}, {}),
        "WS 4.8": ("POST", f"{trader}/changepassword", {"login": login} | hashed, {}),
        "WS 4.10": ("POST", f"{trader}/changebonus", money, {}),
    }


# they name no one thing: a manager, a new thing, or a list
_WITHOUT_IDS = {"3.1", "3.2", "3.3", "3.11", "WS 4.3", "WS 4.11", "WS 5.1", "C.2", "C.4"}


def test_no_call_reaches_what_is_another_sandboxes(mock: MockProcess, control: ControlApi) -> None:
    made = [control.create(), control.create()]
    try:
        own, other = (Played(mock, sandbox) for sandbox in made)
        asked = probes(own, other)
        assert asked.keys() | _WITHOUT_IDS == {call.number for call in CALLS}
        before, seen = other.world(), len(control.events(other.sandbox["id"]))

        for number, (method, path, body, query) in asked.items():
            answer = own.broker.call(method, path, body or None, query=query)
            assert (number, answer.status_code) == (number, 404), answer.text
            # nor with the other's own names and a token that is not its own
            keys = body if "brokerCrmName" in body else query
            if "brokerCrmName" in keys:
                keys["brokerCrmName"] = other.broker.crm_name
                answer = own.broker.call(method, path, body or None, query=query)
                assert answer.status_code in (403, 404), (number, answer.text)

        theirs = {"brokerCrmName": other.broker.crm_name}
        assert own.broker.create_user(**theirs).status_code in (403, 404)
        assert own.broker.create_trader(brokerName=other.sandbox["brokerNames"][0]).status_code in (400, 403, 404)
        assert own.broker.read_user_id("ines@example.net", **theirs).status_code in (403, 404)
        ctid = {"email": "new@example.net", "brokerName": other.sandbox["brokerNames"][0]}
        assert own.broker.post("/cid/ctid/create", ctid).status_code in (400, 403, 404)
        refused = {"login": other.sandbox["managerLogin"], "hashedPassword": md5(own.sandbox["managerPassword"])}
        assert own.broker.post("/v2/webserv/managers/token", refused, token=None).status_code == 403
        bearer = {"Authorization": f"Bearer {own.broker.token}"}
        for path, headers in (
            ("/v2/webserv/traders?from=2020-01-01T00:00:00.000&to=2099-01-01T00:00:00.000", {}),
            ("/v2/webserv/tradergroups", {}),
            ("/v1/users", bearer),
            ("/v1/social/invitedUsers", bearer),
        ):
            listed = own.broker.call("GET", path, headers=headers, token=None if headers else "")
            assert listed.status_code == 200, listed.text
            assert str(other.login) not in listed.text
            assert str(other.user_id) not in listed.text

        assert other.world() == before
        # its own reading, and call 3.1 with its manager's number
        assert len(control.events(other.sandbox["id"])) - seen == len(before) + 1
    finally:
        for sandbox in made:
            control.delete(sandbox["id"])


def test_the_application_of_one_sandbox_does_not_know_the_browsers_of_another(
    mock: MockProcess, control: ControlApi, sandbox: dict[str, Any]
) -> None:
    other = control.create()
    try:
        here, there = (one["appUrls"][one["brokerNames"][0]] for one in (sandbox, other))
        cookie = control.http.get(f"{here}/me", timeout=TIMEOUT).cookies["mock_ctrader_browser"]
        answer = control.http.get(f"{there}/me", cookies={"mock_ctrader_browser": cookie}, timeout=TIMEOUT)
        assert answer.cookies["mock_ctrader_browser"] != cookie
    finally:
        control.delete(other["id"])


class TestFreeing:
    """DELETE of a sandbox."""

    @pytest.fixture
    def state(self, tmp_path: Path) -> Path:
        """The database file of a mock of the test's own."""
        return tmp_path / "state.db"

    @pytest.fixture
    def own_mock(self, state: Path) -> Iterator[MockProcess]:
        """A mock whose database can be looked into."""
        with MockProcess.start("--state", str(state)) as process:
            yield process

    def test_frees_every_row_and_the_token(self, own_mock: MockProcess, state: Path) -> None:
        control = ControlApi(own_mock.ready["controlUrl"])
        sandbox = control.create()
        played = Played(own_mock, sandbox)
        home = f"{control.url}/sandboxes/{sandbox['id']}"
        announced = {"flow": 1, "level": "user", "partnerEmail": "ines@example.net"}
        assert control.http.post(f"{home}/journeys", json=announced, timeout=TIMEOUT).status_code == 201
        assert control.http.get(f"{sandbox['appUrls'][sandbox['brokerNames'][0]]}/me", timeout=TIMEOUT).ok
        assert len(rows_of(state, sandbox["id"])) >= 10  # every table has something to forget

        control.delete(sandbox["id"])

        assert rows_of(state, sandbox["id"]) == {}
        assert played.broker.read_partner(userId=played.user_id).status_code == 401
        assert control.http.get(home, timeout=TIMEOUT).status_code == 404
        assert (
            control.http.get(
                f"{own_mock.ready['baseUrl']}/app/{sandbox['brokerNames'][0]}/", timeout=TIMEOUT
            ).status_code
            == 404
        )
        again = control.http.delete(home, timeout=TIMEOUT)
        assert (again.status_code, again.json()["error"]["errorCode"]) == (404, "SANDBOX_NOT_FOUND")

    def test_leaves_the_others_alone(self, control: ControlApi, broker: Broker, user: int) -> None:
        control.delete(control.create()["id"])

        assert broker.read_partner(userId=user).status_code == 200


def rows_of(state: Path, sandbox_id: str) -> dict[str, int]:
    """How many rows of each table belong to a sandbox; tables without any are left out."""
    connection = sqlite3.connect(state)
    try:
        found = {}
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            if table == "mock_ctrader_state" or table.startswith("sqlite_"):
                continue  # which version made the tables, and what SQLite keeps for itself
            column = "id" if table == "sandboxes" else "sandbox_id"
            counted = connection.execute(f"SELECT count(*) FROM {table} WHERE {column} = ?", (sandbox_id,))
            found[table] = counted.fetchone()[0]
        return {table: count for table, count in found.items() if count}
    finally:
        connection.close()


def test_same_seed_and_same_calls_give_the_same_bytes(mock: MockProcess, control: ControlApi) -> None:
    def record() -> list[Any]:
        sandbox = control.create(seed="same-seed-same-bytes")
        try:
            played = Played(mock, sandbox)
            answers = [
                played.broker.create_user(email="rui@example.net").content,
                played.broker.read_partner(ctidTraderAccountId=played.account).content,
                played.broker.create_user(email="rui@example.net").content,
            ]
            return [sandbox, played.broker.token, played.user_id, played.account, *answers]
        finally:
            control.delete(sandbox["id"])

    assert record() == record()


def test_a_manager_token_is_good_in_the_next_mock_of_the_same_manager(
    control: ControlApi, mock: MockProcess
) -> None:
    """A broker keeps its token, which does not expire, and the mock is started anew for each run."""
    manager = {"managerLogin": 8_714_009, "managerPassword": "kept by the broker"}
    first = control.create(**manager)
    token = Broker(mock.ready["baseUrl"], first).token
    control.delete(first["id"])
    second = control.create(**manager)
    try:
        broker = Broker(mock.ready["baseUrl"], second)
        query = {"brokerCrmName": broker.crm_name, "email": "nobody@example.net"}
        kept = broker.call("GET", "/cid/oauth2/ctid/getUserId", query=query, token=token)
        other = control.change(second["id"])
        assert (kept.status_code, first["seed"] != other["seed"]) == (200, True)
    finally:
        control.delete(second["id"])


def test_another_seed_gives_other_ids_and_tokens(mock: MockProcess, control: ControlApi) -> None:
    made = [control.create(), control.create()]
    try:
        one, other = (Played(mock, sandbox) for sandbox in made)
        assert one.broker.token != other.broker.token
        assert one.user_id != other.user_id
        assert one.account != other.account
    finally:
        for sandbox in made:
            control.delete(sandbox["id"])


class TestConcurrency:
    """Many at once within one sandbox."""

    TIMES = 12

    @pytest.mark.parametrize("level", ["user", "account"])
    def test_setting_one_target_leaves_one_of_the_values(
        self, control: ControlApi, broker: Broker, user: int, level: str
    ) -> None:
        ids = {"userId": user} if level == "user" else {"ctidTraderAccountId": broker.new_account(user)}
        brokers = [self._like(broker) for _ in range(self.TIMES)]
        values = [f"IB-{number}" for number in range(self.TIMES)]
        answers = at_once(lambda number: brokers[number].set_partner(partnerId=values[number], **ids), self.TIMES)

        assert [(answer.status_code, answer.json()) for answer in answers] == [(200, ids)] * self.TIMES
        kept = broker.read_partner(**ids).json()["partnerId"]
        written = [
            event["partner_id"] for event in control.events(broker.sandbox["id"]) if event.get("call") == "3.6"
        ]
        assert sorted(written) == sorted(values)
        assert kept == written[-1]  # the journal is written with the change, so its order is the order of changes
        assert broker.delete_partner(**({"userId": user} | ids)).status_code == 200
        assert broker.read_partner(**ids).content == b""

    def test_one_address_makes_one_user(self, broker: Broker) -> None:
        brokers = [self._like(broker) for _ in range(self.TIMES)]
        answers = at_once(lambda number: brokers[number].create_user(email="same@example.net"), self.TIMES)

        made = [answer.json()["userId"] for answer in answers if answer.status_code == 201]
        refused = [answer for answer in answers if answer.status_code == 400]
        assert (len(made), len(refused)) == (1, self.TIMES - 1)
        assert {answer.json()["error"]["errorCode"] for answer in refused} == {"CH_EMAIL_ALREADY_EXISTS"}
        assert broker.read_user_id("same@example.net").json() == {"userId": made[0]}

    def test_one_account_is_linked_once(self, broker: Broker) -> None:
        users = [broker.new_user() for _ in range(self.TIMES)]
        login = broker.create_trader().json()["login"]
        brokers = [self._like(broker) for _ in range(self.TIMES)]
        answers = at_once(lambda number: brokers[number].link_account(users[number], login), self.TIMES)

        statuses = sorted(answer.status_code for answer in answers)
        assert statuses == [200] + [400] * (self.TIMES - 1)
        codes = {answer.json()["error"]["errorCode"] for answer in answers if answer.status_code == 400}
        assert codes == {"CH_TRADER_ACCOUNT_ALREADY_LINKED"}

    def test_ids_are_never_handed_out_twice(self, broker: Broker) -> None:
        brokers = [self._like(broker) for _ in range(self.TIMES)]
        made = at_once(lambda number: brokers[number].new_account(brokers[number].new_user()), self.TIMES)

        assert len(set(made)) == self.TIMES

    def _like(self, broker: Broker) -> Broker:
        """The same broker over a connection of its own, with a token of its own."""
        other = Broker(broker.base_url, broker.sandbox)
        assert other.token
        return other
