"""The application, calls 4.x, webhooks and waiting readers at two servers that share their state."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.http.fake_crm import FakeCrm
from tests.scale.conftest import Pair
from tests.scale.test_vendor_calls import at_once, journal
from tests.support import TIMEOUT, eventually


def test_both_servers_have_the_same_ready_sandbox(pair: Pair) -> None:
    ready = [server.ready["sandbox"]["id"] for server in pair.servers]
    for nth in (0, 1):
        control = pair.control(nth)
        known = control.http.get(f"{control.url}/sandboxes", timeout=TIMEOUT).json()["sandboxes"]
        assert [one["id"] for one in known if one["brokerNames"] == ["BESTBROKER"]] == ready[:1]
    assert len(set(ready)) == 1


def test_a_session_goes_on_at_the_other_server(pair: Pair, sandbox: dict[str, Any], crm: FakeCrm) -> None:
    user_id = pair.broker(0, sandbox).new_user()
    visitor = pair.visitor(0, sandbox)
    assert visitor.sign_in(crm.one_time_token(user_id)).status_code == 200

    visitor.app_url = pair.visitor(1, sandbox).app_url

    assert visitor.me()["userId"] == user_id


def test_a_crm_that_keeps_one_token_serves_all_processes(
    pair: Pair, sandbox: dict[str, Any], crm: FakeCrm
) -> None:
    crm.keeps_one_token = True
    users = [pair.broker(0, sandbox).new_user() for _ in range(16)]

    def sign_in(nth: int) -> int:
        return pair.visitor(nth, sandbox).sign_in(crm.one_time_token(users[nth])).status_code

    assert at_once(sign_in, range(16)) == [200] * 16
    assert crm.count("4.1") == 1


def test_a_crm_that_forgot_its_token_is_asked_once_more_by_all_processes_together(
    pair: Pair, sandbox: dict[str, Any], crm: FakeCrm
) -> None:
    crm.keeps_one_token = True
    users = [pair.broker(0, sandbox).new_user() for _ in range(12)]

    def sign_in(nth: int) -> int:
        return pair.visitor(nth, sandbox).sign_in(crm.one_time_token(users[nth])).status_code

    assert at_once(sign_in, range(4)) == [200] * 4
    crm.forget_token()
    assert at_once(sign_in, range(4, 12)) == [200] * 8
    assert crm.count("4.1") == 2


def test_a_crm_that_refuses_the_password_is_not_waited_for(
    pair: Pair, sandbox: dict[str, Any], crm: FakeCrm
) -> None:
    user_id = pair.broker(0, sandbox).new_user()
    crm.answer("4.1", 403, {"error": "CH_CLIENT_AUTH_FAILURE"})

    assert pair.visitor(0, sandbox).sign_in(crm.one_time_token(user_id)).status_code == 502
    assert pair.visitor(1, sandbox).sign_in(crm.one_time_token(user_id)).status_code == 200


def test_each_webhook_is_delivered_once(pair: Pair, sandbox: dict[str, Any], crm: FakeCrm) -> None:
    control = pair.control(0)
    home = f"{control.url}/sandboxes/{sandbox['id']}"
    held = {"newUserUrl": f"{crm.url}/webhooks/ctrader/new-user", "held": True}
    assert control.http.put(f"{home}/invite", json=held, timeout=TIMEOUT).status_code == 200
    users = [pair.broker(0, sandbox).new_user() for _ in range(24)]

    def sign_in(nth: int) -> None:
        answer = pair.visitor(nth, sandbox).sign_in(crm.one_time_token(users[nth]))
        assert answer.status_code == 200, answer.text

    at_once(sign_in, range(24))
    assert crm.count("C.3") == 0
    for nth in (0, 1):  # every process finds all of them due at the same moment
        one = pair.control(nth)
        one.http.put(f"{one.url}/sandboxes/{sandbox['id']}/invite", json=held | {"held": False}, timeout=TIMEOUT)

    def settled() -> bool:
        log = control.http.get(f"{home}/deliveries", timeout=TIMEOUT).json()["deliveries"]
        return [one["state"] for one in log] == ["delivered"] * 24

    eventually(settled, "24 deliveries", 30)
    received = Counter(body["userId"] for _, body in crm.received("C.3"))
    assert received == dict.fromkeys(users, 1)
    assert len([event for event in journal(pair, 1, sandbox["id"]) if event.get("call") == "C.3"]) == 24


def test_a_reader_at_one_server_wakes_for_an_event_at_the_other(pair: Pair, sandbox: dict[str, Any]) -> None:
    token = pair.broker(0, sandbox).token
    for here, there in ((0, 1), (1, 0)):
        seen = journal(pair, here, sandbox["id"])[-1]["seq"]
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(journal, pair, here, sandbox["id"], after=seen, wait=20)
            broker = pair.broker(there, sandbox)
            query = {"brokerCrmName": broker.crm_name, "email": "nobody@example.net"}
            broker.call("GET", "/cid/oauth2/ctid/getUserId", query=query, token=token)
            (event,) = waiting.result(15)
        assert (event["seq"], event["call"]) == (seen + 1, "3.11")


def test_an_identifier_is_learned_once_however_often_the_page_is_asked_for(
    pair: Pair, sandbox: dict[str, Any], crm: FakeCrm
) -> None:
    broker = pair.broker(0, sandbox)
    user_id = broker.new_user()
    visitor = pair.visitor(0, sandbox)
    assert visitor.sign_in(crm.one_time_token(user_id)).status_code == 200
    assert broker.set_partner(userId=user_id, partnerId="IB-1").status_code == 200

    def look(nth: int) -> dict[str, Any]:
        other = pair.visitor(nth, sandbox)
        other.http.cookies.update(visitor.http.cookies)
        return other.me()

    assert {shown["partnerId"] for shown in at_once(look, range(16))} == {"IB-1"}
    acts = Counter(one["details"].get("act") for one in journal(pair, 1, sandbox["id"]) if one["kind"] == "act")
    assert acts["partner_id_learned"] == 1, acts
