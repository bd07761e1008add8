"""The control API: sandboxes, their conflicts and changes, and the journal."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.support import TIMEOUT, Broker, ControlApi

SANDBOX_KEYS = {
    "id",
    "seed",
    "brokerCrmName",
    "brokerNames",
    "managerLogin",
    "managerPassword",
    "groupName",
    "crmUrl",
    "loginUrl",
    "successUrl",
    "crmPassword",
    "disabledBrokerNames",
    "managers",
    "strict",
    "hourlyLimit",
    "switches",
    "actionUrls",
    "environmentNames",
    "appUrls",
}


def ask(control: ControlApi, method: str, path: str, **options: Any) -> requests.Response:
    """Any request to the control API."""
    return control.http.request(method, control.url + path, timeout=TIMEOUT, **options)


def error_of(response: requests.Response) -> tuple[int, str]:
    """Status and code of a refusal."""
    return response.status_code, response.json()["error"]["errorCode"]


def test_a_sandbox_is_complete_without_being_told_anything(sandbox: dict[str, Any]) -> None:
    assert set(sandbox) == SANDBOX_KEYS
    assert sandbox["environmentNames"] == ["demo", "live"]
    assert list(sandbox["appUrls"]) == sandbox["brokerNames"]
    assert sandbox["disabledBrokerNames"] == []


def test_a_sandbox_is_found_by_id_and_in_the_list(control: ControlApi, sandbox: dict[str, Any]) -> None:
    assert ask(control, "GET", f"/sandboxes/{sandbox['id']}").json() == sandbox
    assert sandbox in ask(control, "GET", "/sandboxes").json()["sandboxes"]


def test_a_sandbox_takes_the_values_it_is_given(control: ControlApi) -> None:
    given = {
        "brokerCrmName": "NORTHWINDCRM",
        "brokerNames": ["northwind", "southwind"],
        "managerLogin": 880_099,
        "managerPassword": "manager-secret",
        "groupName": "Retail-A",
        "crmUrl": "http://127.0.0.1:9/crm",
        "loginUrl": "http://127.0.0.1:9/enter?x=1",
        "successUrl": "http://127.0.0.1:9/done",
        "crmPassword": "crm-secret",
        "disabledBrokerNames": ["southwind"],
        "seed": "takes-the-values",
    }
    made = control.create(**given)
    try:
        assert {key: made[key] for key in given} == given
        assert set(made["appUrls"]) == {"northwind", "southwind"}
    finally:
        control.delete(made["id"])


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("brokerCrmName", ""),
        ("brokerCrmName", 7),
        ("brokerNames", []),
        ("brokerNames", "BEST"),
        ("brokerNames", ["A", "A"]),
        ("brokerNames", [None]),
        ("brokerNames", [f"B{number}" for number in range(21)]),
        ("managerLogin", 0),
        ("managerLogin", 1.5),
        ("managerLogin", 2**63),
        ("managerPassword", ""),
        ("crmUrl", "127.0.0.1:8090"),
        ("crmUrl", "ftp://127.0.0.1/"),
        ("crmUrl", "http://"),
        ("crmUrl", "http://[::1"),
        ("crmUrl", "http://127.0.0.1:99999"),
        ("loginUrl", "http://127.0.0.1/a b"),
        ("loginUrl", "/auth/login"),
        ("successUrl", "javascript:alert(1)"),
        ("disabledBrokerNames", "BEST"),
        ("disabledBrokerNames", [7]),
        ("seed", ""),
        ("seed", "x" * 201),
        ("seed", "\ud800"),
    ],
)
def test_a_wrong_value_is_refused_by_name(control: ControlApi, key: str, value: Any) -> None:
    before = ask(control, "GET", "/sandboxes").json()["sandboxes"]
    response = ask(control, "POST", "/sandboxes", json={key: value})

    assert error_of(response) == (400, "INVALID_REQUEST")
    assert response.json()["error"]["description"].startswith(key)
    assert ask(control, "GET", "/sandboxes").json()["sandboxes"] == before


@pytest.mark.parametrize(
    ("key", "pick"),
    [
        ("brokerNames", lambda sandbox: ["SOMETHING-FREE", sandbox["brokerNames"][0]]),
        ("managerLogin", lambda sandbox: sandbox["managerLogin"]),
        ("seed", lambda sandbox: sandbox["seed"]),
    ],
)
def test_what_tells_sandboxes_apart_cannot_be_used_twice(
    control: ControlApi, sandbox: dict[str, Any], key: str, pick: Any
) -> None:
    taken = pick(sandbox)
    # a seed also gives the default names and login, so those are given
    apart = {"brokerNames": ["APART"], "managerLogin": 990_077}
    response = ask(control, "POST", "/sandboxes", json=apart | {key: taken})

    assert error_of(response) == (409, "SANDBOX_CONFLICT")
    assert response.json()["error"]["description"].startswith(key)
    assert sandbox["id"] in response.json()["error"]["description"]
    freed = control.create(**apart)
    control.delete(freed["id"])


def test_names_of_a_freed_sandbox_are_free_again(control: ControlApi) -> None:
    values = {"brokerNames": ["FREED"], "managerLogin": 990_078, "seed": "freed"}
    first = control.create(**values)
    control.delete(first["id"])
    second = control.create(**values)
    control.delete(second["id"])

    assert second == first


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("crmUrl", "http://127.0.0.1:9/other"),
        ("loginUrl", "https://broker.example/enter"),
        ("successUrl", "https://broker.example/done"),
        ("crmPassword", "other-secret"),
        ("disabledBrokerNames", ["ANY"]),
    ],
)
def test_patch_changes_one_value_and_nothing_else(
    control: ControlApi, sandbox: dict[str, Any], key: str, value: Any
) -> None:
    changed = control.change(sandbox["id"], **{key: value})

    expected = sandbox | {key: value}
    if key == "disabledBrokerNames":  # those of the first manager, who is listed with the others too
        expected["managers"] = [sandbox["managers"][0] | {key: value}]
    if key == "crmUrl":  # the screens of InApp actions are under it unless told otherwise
        expected["actionUrls"] = {
            action: address.replace(sandbox["crmUrl"], str(value))
            for action, address in sandbox["actionUrls"].items()
        }
    assert changed == expected
    assert ask(control, "GET", f"/sandboxes/{sandbox['id']}").json() == changed


def test_the_screen_of_an_action_can_be_anywhere(control: ControlApi, sandbox: dict[str, Any]) -> None:
    changed = control.change(sandbox["id"], actionUrls={"deposit": "http://127.0.0.1:9/cashier?in=1"})

    elsewhere = {"deposit": "http://127.0.0.1:9/cashier?in=1"}
    assert changed["actionUrls"] == sandbox["actionUrls"] | elsewhere


@pytest.mark.parametrize("body", [{}, {"crmUrl": None}, {"managerLogin": 7, "id": "sb-other", "seed": "x"}])
def test_patch_of_nothing_it_knows_changes_nothing(
    control: ControlApi, sandbox: dict[str, Any], body: dict[str, Any]
) -> None:
    assert control.change(sandbox["id"], **body) == sandbox


def test_a_refused_patch_changes_nothing(control: ControlApi, sandbox: dict[str, Any]) -> None:
    response = ask(
        control, "PATCH", f"/sandboxes/{sandbox['id']}", json={"crmPassword": "new", "crmUrl": "nowhere"}
    )

    assert error_of(response) == (400, "INVALID_REQUEST")
    assert ask(control, "GET", f"/sandboxes/{sandbox['id']}").json() == sandbox


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("GET", "/journal"),
        ("GET", "/journeys"),
        ("POST", "/journeys"),
        ("GET", "/journeys/journey-1"),
        ("POST", "/journeys/journey-1/reports"),
    ],
)
def test_an_unknown_sandbox_is_404(control: ControlApi, method: str, path: str) -> None:
    body = {
        "PATCH": {},
        "/journeys": {"flow": 1, "level": "user", "partnerEmail": "a@example.net"},
        "/journeys/journey-1/reports": {"stage": 1, "facts": {}},
    }
    given = body.get(method if method == "PATCH" else path)
    response = ask(control, method, f"/sandboxes/sb-unknown{path}", json=given)

    assert error_of(response) == (404, "SANDBOX_NOT_FOUND")
    assert "sb-unknown" in response.json()["error"]["description"]


@pytest.mark.parametrize("data", [b"{", b"[]", b"\xff", b'{"seed": NaN}', b"[" * 10_000])
def test_a_body_that_is_no_object_is_400(control: ControlApi, data: bytes) -> None:
    response = ask(control, "POST", "/sandboxes", data=data, headers={"Content-Type": "application/json"})

    assert error_of(response) == (400, "INVALID_REQUEST")


def test_a_form_is_415(control: ControlApi) -> None:
    assert error_of(ask(control, "POST", "/sandboxes", data={"seed": "x"})) == (415, "INVALID_REQUEST")


class TestJourneys:
    """Announcing and reporting."""

    ANNOUNCED = {"flow": 1, "level": "user", "partnerEmail": "one@example.net", "invitedEmail": "two@example.net"}

    @pytest.fixture
    def home(self, sandbox: dict[str, Any]) -> str:
        """Where the journeys of the sandbox are."""
        return f"/sandboxes/{sandbox['id']}/journeys"

    def test_an_announced_journey_has_18_stages(self, control: ControlApi, home: str) -> None:
        made = ask(control, "POST", home, json=self.ANNOUNCED)

        assert made.status_code == 201
        journey = made.json()
        assert [stage["number"] for stage in journey["stages"]] == list(range(1, 19))
        assert {key: journey[key] for key in self.ANNOUNCED} == self.ANNOUNCED
        assert ask(control, "GET", f"{home}/{journey['id']}").json() == journey
        assert ask(control, "GET", home).json()["journeys"] == [journey]

    @pytest.mark.parametrize(
        ("key", "value"),
        [("flow", 3), ("flow", None), ("level", "team"), ("partnerEmail", "nobody"), ("invitedEmail", "x@y")],
    )
    def test_a_wrong_value_is_refused(self, control: ControlApi, home: str, key: str, value: Any) -> None:
        response = ask(control, "POST", home, json=self.ANNOUNCED | {key: value})

        assert error_of(response) == (400, "INVALID_REQUEST")
        assert response.json()["error"]["description"].startswith(key)
        assert ask(control, "GET", home).json()["journeys"] == []

    def test_a_report_is_an_event_that_proves_its_stage(self, control: ControlApi, home: str) -> None:
        journey = ask(control, "POST", home, json=self.ANNOUNCED).json()
        facts = {"level": "user"}
        made = ask(control, "POST", f"{home}/{journey['id']}/reports", json={"stage": 2, "facts": facts})

        assert made.status_code == 201
        assert made.json()["details"] == {"stage": 2, "facts": facts}
        stage = ask(control, "GET", f"{home}/{journey['id']}").json()["stages"][1]
        assert (stage["state"], stage["events"]) == ("reported", [made.json()["seq"]])

    @pytest.mark.parametrize(
        "body", [{"stage": 0, "facts": {}}, {"stage": 19, "facts": {}}, {"stage": 1}, {"stage": 1, "facts": []}]
    )
    def test_a_wrong_report_is_refused(self, control: ControlApi, home: str, body: dict[str, Any]) -> None:
        journey = ask(control, "POST", home, json=self.ANNOUNCED).json()
        before = control.events(home.split("/")[2])
        response = ask(control, "POST", f"{home}/{journey['id']}/reports", json=body)

        assert error_of(response) == (400, "INVALID_REQUEST")
        assert control.events(home.split("/")[2]) == before

    @pytest.mark.parametrize(
        ("flow", "stage", "facts"),
        [
            (2, 1, {"browser": ["x"]}),
            (1, 1, {"error": {"a": 1}}),
            (1, 2, {"level": ["user"]}),
            (1, 3, {"partnerId": 7}),
            (1, 3, {"partnerId": None, "referralLink": 7}),
            (1, 18, {"entries": "nobody"}),
            (1, 18, {"entries": [7]}),
            (1, 18, {"entries": {"email": "two@example.net"}}),
            (1, 18, {"entries": [{"email": 7}]}),
            (1, 18, {"entries": [{"email": "two@example.net", "partnerId": [7]}]}),
        ],
    )
    def test_odd_facts_never_break_the_journey(
        self, control: ControlApi, home: str, flow: int, stage: int, facts: dict[str, Any]
    ) -> None:
        journey = ask(control, "POST", home, json=self.ANNOUNCED | {"flow": flow}).json()
        other = self.ANNOUNCED | {"partnerEmail": "three@example.net", "invitedEmail": "four@example.net"}
        ask(control, "POST", home, json=other)
        reported = ask(control, "POST", f"{home}/{journey['id']}/reports", json={"stage": stage, "facts": facts})

        assert reported.status_code in (201, 400), reported.text
        shown = ask(control, "GET", f"{home}/{journey['id']}")
        assert shown.status_code == 200, shown.text
        assert ask(control, "GET", home).status_code == 200

    def test_they_are_listed_in_the_order_of_their_numbers(self, control: ControlApi, home: str) -> None:
        announced = [ask(control, "POST", home, json=self.ANNOUNCED).json()["id"] for _ in range(11)]
        listed = [journey["id"] for journey in ask(control, "GET", home).json()["journeys"]]

        assert listed == announced == [f"journey-{number}" for number in range(1, 12)]

    def test_an_unknown_journey_is_404(self, control: ControlApi, home: str) -> None:
        assert error_of(ask(control, "GET", f"{home}/journey-9")) == (404, "JOURNEY_NOT_FOUND")
        response = ask(control, "POST", f"{home}/journey-9/reports", json={"stage": 1, "facts": {}})
        assert error_of(response) == (404, "JOURNEY_NOT_FOUND")


class TestJournal:
    """Reading what happened."""

    @pytest.fixture
    def home(self, sandbox: dict[str, Any]) -> str:
        """Where the journal of the sandbox is."""
        return f"/sandboxes/{sandbox['id']}/journal"

    def test_nothing_happened_yet(self, control: ControlApi, home: str) -> None:
        assert ask(control, "GET", home).json() == {"events": [], "last": 0, "dropped": {"count": 0, "through": 0}}

    def test_events_count_up_and_are_read_on_from_anywhere(
        self, control: ControlApi, broker: Broker, home: str
    ) -> None:
        for _ in range(4):
            broker.new_user()
        events = ask(control, "GET", home).json()["events"]

        assert [event["seq"] for event in events] == [1, 2, 3, 4, 5]
        page = ask(control, "GET", f"{home}?after=1&limit=2").json()
        assert (page["events"], page["last"]) == (events[1:3], 3)
        assert ask(control, "GET", f"{home}?after=5").json() == {
            "events": [],
            "last": 5,
            "dropped": {"count": 0, "through": 0},
        }

    def test_one_call_only(self, control: ControlApi, broker: Broker, user: int, home: str) -> None:
        broker.set_partner(userId=user, partnerId="IB-1")
        events = ask(control, "GET", f"{home}?call=3.6").json()["events"]

        assert [event["call"] for event in events] == ["3.6"]
        assert (events[0]["user_id"], events[0]["partner_id"], events[0]["status"]) == (user, "IB-1", 200)

    @pytest.mark.parametrize(
        "partner_id", ["a b", "Партнёр", "x\u00a0y", "\u3000x", "👩‍👩‍👧", "a\u200bb", "\ue000"]
    )
    def test_every_partner_id_that_can_be_set_can_be_found(
        self, control: ControlApi, broker: Broker, user: int, home: str, partner_id: str
    ) -> None:
        assert broker.set_partner(userId=user, partnerId=partner_id).status_code == 200
        event = ask(control, "GET", f"{home}?call=3.6").json()["events"][0]

        assert event.get("partner_id") == partner_id

    def test_no_secret_is_kept(
        self, control: ControlApi, broker: Broker, sandbox: dict[str, Any], home: str
    ) -> None:
        broker.new_account(broker.new_user())
        text = ask(control, "GET", home).text

        for secret in (broker.token, sandbox["managerPassword"], broker.PASSWORD, sandbox["crmPassword"]):
            assert secret not in text
        hashes = [
            event["details"]["request"]["body"].get("hashedPassword") for event in control.events(sandbox["id"])
        ]
        assert {value for value in hashes if value} == {"***"}

    @pytest.mark.parametrize(
        ("query", "key"),
        [
            ("after=-1", "after"),
            ("after=x", "after"),
            ("limit=0", "limit"),
            ("limit=1001", "limit"),
            ("wait=31", "wait"),
            ("wait=0.5", "wait"),
            ("call=", "call"),
        ],
    )
    def test_a_wrong_query_is_refused(self, control: ControlApi, home: str, query: str, key: str) -> None:
        response = ask(control, "GET", f"{home}?{query}")

        assert error_of(response) == (400, "INVALID_REQUEST")
        assert response.json()["error"]["description"].startswith(key)

    def test_waiting_ends_as_soon_as_something_happens(
        self, control: ControlApi, broker: Broker, home: str
    ) -> None:
        assert broker.token
        asked = threading.Event()
        waiting = ControlApi(control.url)

        def wait() -> requests.Response:
            asked.set()
            # longer than the test may take: only an event ends it in time
            return ask(waiting, "GET", f"{home}?after=1&wait=30")

        with ThreadPoolExecutor(1) as pool:
            future = pool.submit(wait)
            assert asked.wait(TIMEOUT)
            user_id = broker.new_user()
            answer = future.result(timeout=15).json()

        assert [(event["call"], event["user_id"]) for event in answer["events"]] == [("3.2", user_id)]

    def test_waiting_is_not_ended_by_what_happens_elsewhere(
        self, control: ControlApi, broker: Broker, home: str
    ) -> None:
        assert broker.token
        elsewhere = control.create()
        try:
            with ThreadPoolExecutor(1) as pool:
                future = pool.submit(ask, ControlApi(control.url), "GET", f"{home}?after=1&wait=1")
                assert Broker(broker.base_url, elsewhere).token
                assert future.result(timeout=TIMEOUT).json() == {
                    "events": [],
                    "last": 1,
                    "dropped": {"count": 0, "through": 0},
                }
        finally:
            control.delete(elsewhere["id"])
