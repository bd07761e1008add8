"""The journal keeps the newest events within its bounds and says what it dropped."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from mock_ctrader.processes import MockProcess
from tests.support import TIMEOUT, Broker, ControlApi

LIMIT = 20


@pytest.fixture(scope="module")
def bounded() -> Iterator[MockProcess]:
    """A mock whose journals are short."""
    with MockProcess.start("--journal-limit", str(LIMIT)) as process:
        yield process


@pytest.fixture
def here(bounded: MockProcess) -> Iterator[tuple[ControlApi, Broker]]:
    """A sandbox of the test's own on that mock."""
    control = ControlApi(bounded.ready["controlUrl"])
    sandbox = control.create()
    yield control, Broker(bounded.ready["baseUrl"], sandbox)
    control.delete(sandbox["id"])


def journal(control: ControlApi, broker: Broker, **query: Any) -> dict[str, Any]:
    """The journal's answer as it is."""
    url = f"{control.url}/sandboxes/{broker.sandbox['id']}/journal"
    response = control.http.get(url, params=query, timeout=TIMEOUT)
    assert response.status_code == 200, response.text
    return response.json()


def set_identifier(broker: Broker, user_id: int, partner_id: str) -> None:
    """Call 3.6."""
    keys = {"brokerCrmName": broker.crm_name, "userId": user_id, "partnerId": partner_id}
    assert broker.call("PUT", "/cid/oauth2/ctid/referral", keys).status_code == 200


def test_the_oldest_events_go_and_are_counted(here: tuple[ControlApi, Broker]) -> None:
    control, broker = here
    user_id = broker.create_user("a@example.net").json()["userId"]
    assert journal(control, broker)["dropped"] == {"count": 0, "through": 0}
    for nth in range(LIMIT + 5):
        set_identifier(broker, user_id, f"IB-{nth}")
    found = journal(control, broker)
    # the token and the user came before
    assert found["dropped"] == {"count": 7, "through": 7}
    assert [event["seq"] for event in found["events"]] == list(range(8, 8 + LIMIT))
    assert found["events"][-1]["partner_id"] == f"IB-{LIMIT + 4}"


def test_bytes_are_a_bound_as_well() -> None:
    with MockProcess.start("--journal-bytes", "5000") as process:
        control = ControlApi(process.ready["controlUrl"])
        broker = Broker(process.ready["baseUrl"], process.ready["sandbox"])
        user_id = broker.create_user("a@example.net").json()["userId"]
        for nth in range(40):
            set_identifier(broker, user_id, f"IB-{nth}")
        found = journal(control, broker)
    assert 1 <= len(found["events"]) < 20
    assert found["dropped"]["count"] + len(found["events"]) == 42
    assert found["events"][-1]["partner_id"] == "IB-39"


def test_a_stage_whose_evidence_was_dropped_says_so(here: tuple[ControlApi, Broker]) -> None:
    control, broker = here
    url = f"{control.url}/sandboxes/{broker.sandbox['id']}/journeys"
    keys = {"flow": 1, "level": "user", "partnerEmail": "p@example.net"}
    announced = control.http.post(url, json=keys, timeout=TIMEOUT).json()
    assert not announced["evidenceDropped"]
    user_id = broker.create_user("p@example.net").json()["userId"]
    set_identifier(broker, user_id, "IB-P")
    before = control.http.get(f"{url}/{announced['id']}", timeout=TIMEOUT).json()
    assert before["stages"][3]["state"] == "observed"
    for nth in range(LIMIT):
        broker.create_user(f"other{nth}@example.net")
    after = control.http.get(f"{url}/{announced['id']}", timeout=TIMEOUT).json()
    assert after["evidenceDropped"]
    assert after["stages"][3]["state"] == "pending"
    assert "evidence dropped" in after["stages"][3]["reason"]


def test_the_journal_is_asked_for_a_user_or_an_identifier(here: tuple[ControlApi, Broker]) -> None:
    control, broker = here
    first, second = (broker.create_user(f"u{nth}@example.net").json()["userId"] for nth in (1, 2))
    set_identifier(broker, first, "IB-1")
    set_identifier(broker, second, "IB-2")
    assert {event["user_id"] for event in journal(control, broker, userId=second)["events"]} == {second}
    of_identifier = journal(control, broker, partnerId="IB-1")["events"]
    assert [event["user_id"] for event in of_identifier] == [first]
    assert journal(control, broker, userId=second, call="3.2")["events"][0]["call"] == "3.2"


def test_events_of_many_writers_are_numbered_without_gaps_in_the_order_they_happened(
    here: tuple[ControlApi, Broker],
) -> None:
    control, broker = here
    user_id = broker.create_user("a@example.net").json()["userId"]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda nth: set_identifier(broker, user_id, f"IB-{nth}"), range(60)))
    found = journal(control, broker)
    numbers = [event["seq"] for event in found["events"]]
    assert numbers == list(range(numbers[0], 63))
    assert found["dropped"]["through"] == numbers[0] - 1
    query = {"brokerCrmName": broker.crm_name, "userId": user_id}
    record = broker.call("GET", "/cid/oauth2/ctid/referral", query=query).json()
    assert record["partnerId"] == found["events"][-1]["partner_id"]
