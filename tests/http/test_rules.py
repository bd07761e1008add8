"""Rules of the register that nothing else exercises: calls 4.3 to 4.5, cTrader Invite, the order of checks."""

import itertools
import json
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from tests.http.visitor import Visitor, parameters
from tests.support import TIMEOUT, Broker, ControlApi, eventually

INVITED_USERS = "/v1/social/invitedUsers"
SECRET = "Basic webhook-secret"


class Received(NamedTuple):
    """One request that reached the broker."""

    path: str
    query: dict[str, str]
    body: Any
    authorization: str | None


class House:
    """A broker's CRM and webhook receiver; answers as the documents say unless a test scripts otherwise."""

    def __init__(self) -> None:
        self.url = ""
        self.received: list[Received] = []
        self.users: dict[str, dict[str, Any]] = {}
        self.scripts: dict[str, list[tuple[int, Any]]] = defaultdict(list)
        self._numbers = itertools.count(1)

    def one_time_token(self, user_id: int, **more: Any) -> str:
        """A token that call 4.2 exchanges for this user; an `accessToken` is known to call 4.3 too."""
        code = f"ot-{next(self._numbers)}"
        self.users[code] = {"userId": user_id, **more}
        if "accessToken" in more:
            self.users[more["accessToken"]] = {"userId": user_id}
        return code

    def at(self, path: str) -> list[Received]:
        """What came to a path, in order."""
        return [one for one in self.received if one.path == path]

    def answer(self, one: Received) -> tuple[int, Any]:
        """Status and body of the answer to a request."""
        if self.scripts[one.path]:
            return self.scripts[one.path].pop(0)
        if one.path == "/oauth2/crmApiToken":
            return 200, {"crmApiToken": f"crm-{next(self._numbers)}"}
        if one.path == "/oauth2/onetime/generate":
            return 200, {"token": f"screen-{next(self._numbers)}"}
        if one.path in ("/oauth2/onetime/authorize", "/oauth2/authorize"):
            user = self.users.get(one.body.get("code") or one.body.get("accessToken"))
            return (200, user) if user else (404, {"error": "NOT_FOUND", "message": "unknown", "code": 404})
        return (200, {"brokerResult": "ATTRIBUTED"}) if one.path == "/attribution" else (200, None)


@pytest.fixture
def house(control: ControlApi, sandbox: dict[str, Any]) -> Iterator[House]:
    """The broker of the test's sandbox."""
    made = House()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            parts = urlsplit(self.path)
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = json.loads(content) if content else None
            one = Received(parts.path, dict(parse_qsl(parts.query)), body, self.headers["Authorization"])
            made.received.append(one)
            status, answer = made.answer(one)
            data = b"" if answer is None else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            """Keeps the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_port}"
    control.change(sandbox["id"], crmUrl=made.url, loginUrl=f"{made.url}/auth/login")
    yield made
    server.shutdown()
    thread.join(TIMEOUT)
    server.server_close()


@pytest.fixture
def device(sandbox: dict[str, Any]) -> Callable[[], Visitor]:
    """Makes fresh devices with the application."""
    return lambda: Visitor(sandbox["appUrls"][sandbox["brokerNames"][0]])


def acts(control: ControlApi, sandbox: dict[str, Any]) -> list[str]:
    """The acts in the journal."""
    return [event["details"]["act"] for event in control.events(sandbox["id"]) if "act" in event["details"]]


class TestSessions:
    """Flows 5.5 and the end of a session."""

    def test_the_stored_access_token_signs_in_at_the_next_launch(
        self, house: House, user: int, visitor: Visitor
    ) -> None:
        visitor.sign_in(house.one_time_token(user, accessToken="at-1"))
        visitor.post("/close")
        assert visitor.me() == {"signedIn": False}

        assert visitor.get("/launch").json()["userId"] == user
        assert [one.body for one in house.at("/oauth2/authorize")] == [{"accessToken": "at-1"}]
        assert visitor.me()["userId"] == user

    def test_without_an_access_token_the_next_launch_opens_the_login_screen(
        self, house: House, user: int, visitor: Visitor
    ) -> None:
        visitor.sign_in(house.one_time_token(user))
        visitor.post("/close")

        assert dict(parameters(visitor.screen("/launch")))["firstLogin"] == "false"
        assert house.at("/oauth2/authorize") == []

    @pytest.mark.parametrize("status", [404, 410, 417])
    def test_a_verdict_on_the_access_token_ends_its_use(
        self, house: House, user: int, visitor: Visitor, status: int
    ) -> None:
        visitor.sign_in(house.one_time_token(user, accessToken="at-1"))
        visitor.post("/close")
        house.scripts["/oauth2/authorize"] = [(status, {"error": "X", "message": "no", "code": status})]

        assert dict(parameters(visitor.screen("/launch")))["firstLogin"] == "false"
        visitor.screen("/launch")
        assert len(house.at("/oauth2/authorize")) == 1  # the token was forgotten

    def test_trouble_of_the_crm_keeps_the_access_token(self, house: House, user: int, visitor: Visitor) -> None:
        visitor.sign_in(house.one_time_token(user, accessToken="at-1"))
        visitor.post("/close")
        house.scripts["/oauth2/authorize"] = [(500, None)]

        assert visitor.get("/launch").status_code == 502
        assert visitor.get("/launch").json()["userId"] == user

    def test_a_first_launch_opens_the_signup_screen(self, visitor: Visitor) -> None:
        assert dict(parameters(visitor.screen("/launch")))["firstLogin"] == "true"

    def test_log_out_is_told_to_the_crm(self, house: House, user: int, visitor: Visitor) -> None:
        visitor.sign_in(house.one_time_token(user, accessToken="at-1"))
        visitor.post("/sign-out")

        [told] = house.at("/oauth2/logout")
        token = house.at("/oauth2/onetime/authorize")[0].query["crmApiToken"]
        assert told.query == {"crmApiToken": token, "userId": str(user), "accessToken": "at-1"}
        assert told.body is None
        assert visitor.me() == {"signedIn": False}
        visitor.screen("/launch")  # nothing stayed on the device

    def test_log_out_without_an_access_token_is_told_to_nobody(
        self, house: House, user: int, visitor: Visitor
    ) -> None:
        visitor.sign_in(house.one_time_token(user))
        visitor.post("/sign-out")

        assert house.at("/oauth2/logout") == []
        assert visitor.me() == {"signedIn": False}

    @pytest.mark.parametrize(("status", "told"), [(204, True), (404, False), (500, False)])
    def test_log_out_ends_the_session_whatever_the_crm_says(
        self,
        house: House,
        control: ControlApi,
        sandbox: dict[str, Any],
        user: int,
        visitor: Visitor,
        status: int,
        told: bool,
    ) -> None:
        visitor.sign_in(house.one_time_token(user, accessToken="at-1"))
        house.scripts["/oauth2/logout"] = [(status, None)]
        visitor.post("/sign-out")

        assert visitor.me() == {"signedIn": False}
        assert ("log_out_not_told" in acts(control, sandbox)) is not told

    def test_call_3_12_ends_every_session_of_the_user(
        self, house: House, broker: Broker, user: int, device: Callable[[], Visitor]
    ) -> None:
        devices = [device(), device()]
        for one in devices:
            one.sign_in(house.one_time_token(user, accessToken=f"at-{devices.index(one)}"))
        other = device()
        other.sign_in(house.one_time_token(broker.new_user()))
        query = {"brokerCrmName": broker.crm_name, "userId": user}
        assert broker.call("POST", "/cid/oauth2/ctid/logout", query=query).status_code == 200

        assert [one.me()["signedIn"] for one in (*devices, other)] == [False, False, True]
        devices[0].screen("/launch")
        assert house.at("/oauth2/authorize") == []


class TestActions:
    """Flows 5.6 and 5.7."""

    @pytest.mark.parametrize("action", ["deposit", "withdrawal"])
    def test_an_action_opens_its_screen_with_a_token_and_the_account(
        self, house: House, broker: Broker, user: int, visitor: Visitor, action: str
    ) -> None:
        broker.new_account(user)
        visitor.sign_in(house.one_time_token(user, inappToken="ia-1"))
        login = visitor.me()["accounts"][0]["login"]
        opened = visitor.post("/actions", {"action": action}).headers["Location"]

        [asked] = house.at("/oauth2/onetime/generate")
        assert (asked.body, asked.query["inappToken"]) == ({"userId": user}, "ia-1")
        assert opened.split("?")[0] == f"{house.url}/inapp/{action}"
        carried = dict(parameters(opened))
        assert carried["token"].startswith("screen-")
        assert carried["account"] == str(login)

    def test_an_inapp_token_goes_along_only_if_there_was_one(
        self, house: House, broker: Broker, user: int, visitor: Visitor
    ) -> None:
        broker.new_account(user)
        visitor.sign_in(house.one_time_token(user))
        visitor.post("/actions", {"action": "deposit"})

        [asked] = house.at("/oauth2/onetime/generate")
        assert list(asked.query) == ["crmApiToken"]

    @pytest.mark.parametrize(("status", "body"), [(404, None), (403, {}), (200, {}), (200, {"token": ""})])
    def test_without_a_token_no_screen_opens(
        self, house: House, broker: Broker, user: int, visitor: Visitor, status: int, body: Any
    ) -> None:
        broker.new_account(user)
        visitor.sign_in(house.one_time_token(user))
        house.scripts["/oauth2/onetime/generate"] = [(status, body)] * 2
        response = visitor.post("/actions", {"action": "deposit"})

        assert (response.status_code, response.json()["error"]["errorCode"]) == (502, "ACTION_FAILED")
        assert visitor.me()["signedIn"] is True

    def test_embedded_web_signs_in_and_opens_the_account_named(
        self, house: House, broker: Broker, user: int, visitor: Visitor
    ) -> None:
        broker.new_account(user)
        second = broker.new_account(user)
        visitor.sign_in(house.one_time_token(user))
        login = next(one["login"] for one in visitor.me()["accounts"] if one["ctidTraderAccountId"] == second)
        embedded = Visitor(visitor.app_url)
        embedded.get(f"/info?source=web&lang=pt&acc={login}&token={house.one_time_token(user)}")

        assert (embedded.me()["userId"], embedded.me()["activeAccount"]) == (user, second)


class TestInvite:
    """Section C."""

    @pytest.fixture
    def partner(self, broker: Broker) -> int:
        return broker.new_user(nickName="partner.one")

    @pytest.fixture
    def announce(self, control: ControlApi, sandbox: dict[str, Any], house: House) -> Callable[..., None]:
        """Tells the mock where the webhooks go."""

        def put(**more: Any) -> None:
            urls = {"attributionUrl": f"{house.url}/attribution", "newUserUrl": f"{house.url}/new-user"}
            values = urls | {"authorization": SECRET} | more
            url = f"{control.url}/sandboxes/{sandbox['id']}/invite"
            assert control.http.put(url, json=values, timeout=TIMEOUT).status_code == 200

        return put

    @pytest.fixture
    def come(self, house: House, device: Callable[[], Visitor]) -> Callable[..., None]:
        """Somebody opens a link, if there is one, and signs in."""

        def come(user_id: int, username: str | None = None, path: str = "/") -> None:
            visitor = device()
            if username is not None:
                visitor.screen(f"{path}?u={username}")
            assert visitor.sign_in(house.one_time_token(user_id)).status_code == 200

        return come

    def log(self, control: ControlApi, sandbox: dict[str, Any]) -> list[dict[str, Any]]:
        url = f"{control.url}/sandboxes/{sandbox['id']}/deliveries"
        return control.http.get(url, timeout=TIMEOUT).json()["deliveries"]

    def again(self, control: ControlApi, sandbox: dict[str, Any], number: int, how: str) -> requests.Response:
        url = f"{control.url}/sandboxes/{sandbox['id']}/deliveries/{number}/{how}"
        return control.http.post(url, timeout=TIMEOUT)

    def delivered(self, control: ControlApi, sandbox: dict[str, Any], how_many: int) -> list[dict[str, Any]]:
        def all_there() -> list[dict[str, Any]]:
            log = self.log(control, sandbox)
            return log if [one["state"] for one in log] == ["delivered"] * how_many else []

        return eventually(all_there, f"{how_many} deliveries")

    @pytest.mark.parametrize("path", ["/", "/copy/strategy/60417"])
    def test_both_webhooks_go_out_with_the_announced_authorization(
        self,
        house: House,
        control: ControlApi,
        sandbox: Any,
        partner: int,
        user: int,
        announce: Any,
        come: Any,
        path: str,
    ) -> None:
        announce()
        come(user, "partner.one", path)
        self.delivered(control, sandbox, 2)

        [attribution], [new_user] = house.at("/attribution"), house.at("/new-user")
        name = sandbox["brokerNames"][0]
        assert attribution.body == {"invitedUserId": user, "partnerUserId": partner, "brokerName": name}
        assert new_user.body["partnerUserId"] == partner
        assert {attribution.authorization, new_user.authorization} == {SECRET}
        assert SECRET not in str(control.events(sandbox["id"]))

    def test_a_user_who_came_without_an_invite_has_no_partner_in_the_new_user_webhook(
        self, house: House, control: ControlApi, sandbox: Any, user: int, announce: Any, come: Any
    ) -> None:
        announce()
        come(user)
        come(user)  # a second sign-in is no registration
        self.delivered(control, sandbox, 1)

        [new_user] = house.at("/new-user")
        assert sorted(new_user.body) == ["brokerName", "email", "userId"]
        assert house.at("/attribution") == []

    def test_the_first_inviter_stays_and_nobody_invites_themselves(
        self,
        house: House,
        control: ControlApi,
        sandbox: Any,
        broker: Broker,
        partner: int,
        user: int,
        announce: Any,
        come: Any,
    ) -> None:
        broker.new_user(nickName="partner.two")
        announce(newUserUrl=None)
        come(partner, "partner.one")
        come(user, "partner.one")
        come(user, "partner.two")
        self.delivered(control, sandbox, 1)

        assert [one.body["invitedUserId"] for one in house.at("/attribution")] == [user]
        assert house.at("/attribution")[0].body["partnerUserId"] == partner

    @pytest.mark.parametrize("result", ["ATTRIBUTED_NEW", "ATTRIBUTED", "PENDING_ATTRIBUTION", "REATTRIBUTED"])
    @pytest.mark.usefixtures("partner")
    def test_each_result_is_understood_and_its_partner_id_told_from_then_on(
        self,
        house: House,
        control: ControlApi,
        sandbox: Any,
        broker: Broker,
        user: int,
        announce: Any,
        come: Any,
        result: str,
    ) -> None:
        answer = {"brokerResult": result, "brokerPartnerId": "IB-7Q2F"}
        house.scripts["/attribution"] = [(200, answer)]
        announce(newUserUrl=None)
        come(user, "partner.one")
        [first] = self.delivered(control, sandbox, 1)
        assert (first["answer"], first["problem"]) == (answer, None)

        come(broker.new_user(), "partner.one")
        self.delivered(control, sandbox, 2)
        assert house.at("/attribution")[1].body["brokerPartnerId"] == "IB-7Q2F"

    @pytest.mark.parametrize("answer", [{"brokerResult": "MAYBE"}, [], {"brokerPartnerId": 7}])
    @pytest.mark.usefixtures("partner")
    def test_an_answer_nobody_understands_is_shown(
        self,
        house: House,
        control: ControlApi,
        sandbox: Any,
        user: int,
        announce: Any,
        come: Any,
        answer: Any,
    ) -> None:
        house.scripts["/attribution"] = [(200, answer)]
        announce(newUserUrl=None)
        come(user, "partner.one")
        [shown] = self.delivered(control, sandbox, 1)

        assert shown["answer"] is None
        assert shown["problem"]

    @pytest.mark.usefixtures("partner")
    def test_a_refused_webhook_is_repeated_with_the_same_payload(
        self, house: House, control: ControlApi, sandbox: Any, user: int, announce: Any, come: Any
    ) -> None:
        house.scripts["/attribution"] = [(500, None)]
        announce(newUserUrl=None)
        come(user, "partner.one")
        [one] = self.delivered(control, sandbox, 1)

        first, second = house.at("/attribution")
        assert first == second
        assert one["attempts"] == 2

    @pytest.mark.usefixtures("partner")
    def test_deliveries_can_be_held_replayed_and_duplicated(
        self, house: House, control: ControlApi, sandbox: Any, user: int, announce: Any, come: Any
    ) -> None:
        announce(newUserUrl=None, held=True)
        come(user, "partner.one")
        [held] = self.log(control, sandbox)
        assert (held["state"], house.at("/attribution")) == ("pending", [])
        announce(newUserUrl=None)
        self.delivered(control, sandbox, 1)

        assert self.again(control, sandbox, held["id"], "replay").status_code == 202
        eventually(lambda: len(house.at("/attribution")) == 2, "the replay")
        self.delivered(control, sandbox, 1)
        assert self.again(control, sandbox, held["id"], "duplicate").status_code == 201
        self.delivered(control, sandbox, 2)
        assert [one.body for one in house.at("/attribution")] == [held["payload"]] * 3

    def test_the_lists_need_the_manager_token_as_bearer(self, broker: Broker) -> None:
        for path in (INVITED_USERS, "/v1/users"):
            refused = [
                broker.call("GET", path),
                broker.call("GET", path, token=None),
                broker.call("GET", path, token=None, headers={"Authorization": "Bearer nonsense"}),
                broker.call("GET", path, token=None, headers={"Authorization": f"Basic {broker.token}"}),
            ]
            assert [one.status_code for one in refused] == [401] * 4
            assert refused[0].json()["error"]["errorCode"] == "CH_CLIENT_AUTH_FAILURE"

    def test_the_lists_show_who_came_and_who_was_invited(self, broker: Broker, partner: int, come: Any) -> None:
        users = [broker.new_user(email=f"invited{nth}@example.net") for nth in range(3)]
        for user_id in users:
            come(user_id, "partner.one")
        come(partner)

        def read(path: str, **query: int) -> list[dict[str, Any]]:
            headers = {"Authorization": f"Bearer {broker.token}"}
            response = broker.call("GET", path, query=query, token=None, headers=headers)
            assert response.status_code == 200, response.text
            [listed] = response.json().values()
            return list(listed)

        invited = read(INVITED_USERS)
        assert [(one["invitedUserId"], one["partnerUserId"]) for one in invited] == [
            (one, partner) for one in users
        ]
        assert [one["userId"] for one in read("/v1/users")] == [*users, partner]
        assert [one["email"] for one in read("/v1/users", limit=1, skip=1)] == ["invited1@example.net"]
        last = invited[-1]["createTimestamp"]
        assert invited[-1] in read(INVITED_USERS, createdFrom=last)  # inclusive
        assert read(INVITED_USERS, createdFrom=last + 1) == []
        assert [one["invitedUserId"] for one in read(INVITED_USERS, limit=2, skip=1)] == users[1:]


class TestChecks:
    """The order of checks, and names that differ only in case."""

    def test_a_call_is_checked_in_the_order_given(self, broker: Broker, control: ControlApi) -> None:
        def code(**changes: Any) -> str:
            keys = {"brokerCrmName": broker.crm_name, "userId": 4, "partnerId": "IB-1"} | changes
            body = {key: value for key, value in keys.items() if value is not None}
            response = broker.call("PUT", "/cid/oauth2/ctid/referral", body)
            return str(response.json()["error"]["errorCode"])

        sandbox_id, names = broker.sandbox["id"], broker.sandbox["brokerNames"]
        assert code() == "ENTITY_NOT_FOUND"
        control.change(sandbox_id, disabledBrokerNames=names)
        assert code() == "CH_INSUFFICIENT_PERMISSIONS"
        assert code(brokerCrmName="NOBODYCRM") == "CH_BROKER_NOT_FOUND"
        assert code(brokerCrmName="NOBODYCRM", partnerId=None) == "INVALID_REQUEST"
        control.change(sandbox_id, hourlyLimit=1)
        assert code() == "CH_INSUFFICIENT_PERMISSIONS"
        assert code(brokerCrmName="NOBODYCRM", partnerId=None) == "REQUEST_FREQUENCY_EXCEEDED"

    def test_a_nickname_is_taken_in_any_case_and_then_follows_from_the_user_id(
        self, house: House, broker: Broker, device: Callable[[], Visitor]
    ) -> None:
        nicknames = []
        users = [broker.new_user(nickName=name) for name in ("Trader", "tRADER", "no nickname!")]
        for user_id in users:
            visitor = device()
            visitor.sign_in(house.one_time_token(user_id))
            nicknames.append(visitor.me()["nickname"])

        assert nicknames == ["Trader", f"ctid{users[1]}", f"ctid{users[2]}"]

    def test_a_changed_address_frees_the_former_one(self, broker: Broker) -> None:
        first = broker.new_user(email="first@example.net")
        body = {"brokerCrmName": broker.crm_name, "userId": first, "newEmail": "second@example.net"}
        assert broker.call("PUT", "/cid/oauth2/ctid/changeEmail", body).status_code == 204

        assert broker.create_user("first@example.net").status_code == 201
        again = broker.create_user("second@example.net")
        assert again.json()["error"]["errorCode"] == "CH_EMAIL_ALREADY_EXISTS"
        assert broker.read_user_id("second@example.net").json() == {"userId": first}

    def test_a_user_created_by_either_call_is_known_to_the_other(self, broker: Broker) -> None:
        made = broker.post("/cid/ctid/create", {"email": "sister@example.net"}).json()
        assert made["nickname"] == f"ctid{made['userId']}"
        assert broker.create_user("sister@example.net").json()["error"]["errorCode"] == "CH_EMAIL_ALREADY_EXISTS"
        first = broker.new_user(email="sso@example.net")
        assert broker.post("/cid/ctid/create", {"email": "sso@example.net"}).json() == {"userId": first}

    def test_the_account_level_record_goes_with_both_ids_only(self, broker: Broker, user: int) -> None:
        account = broker.new_account(user)
        broker.set_partner(userId=user, ctidTraderAccountId=account, partnerId="IB-A")

        assert broker.delete_partner(userId=user).status_code == 200
        assert broker.read_partner(ctidTraderAccountId=account).json()["partnerId"] == "IB-A"
        assert broker.delete_partner(userId=user, ctidTraderAccountId=account).status_code == 200
        assert broker.read_partner(ctidTraderAccountId=account).content == b""
