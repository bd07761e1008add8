"""cTrader is out of order: the broker's users read the truth, nothing is lost, delivery follows by itself."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mock_ctrader.processes import MockProcess
from tests.robust.people import Pair
from tests.robust.stage_set import StageSet
from tests.support import TIMEOUT, eventually

pytestmark = pytest.mark.xdist_group("robust")
_KEEP_TRYING = "Not yet known to the trading platform; we keep trying."
_KNOWN = "Known to the trading platform"

# A resolver that knows cTrader's name unless a file says that it is out of order: no query leaves this machine.
_RESOLVER = """
import os, socket
_real = socket.getaddrinfo
def getaddrinfo(host, *rest, **options):
    if host == "ctrader.test":
        if os.path.exists(os.environ["NAMES_ARE_DOWN"]):
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        host = "127.0.0.1"
    return _real(host, *rest, **options)
socket.getaddrinfo = getaddrinfo
"""


@pytest.fixture
def stage(mock: MockProcess, tmp_path: Path) -> Iterator[StageSet]:
    with StageSet(mock, tmp_path / "broker.sqlite3", clock_control=True) as made:
        yield made


def a_user(stage: StageSet) -> Pair:
    """Somebody who has completed the user creation flow, and a friend."""
    pair = Pair.of(stage.sandbox)
    pair.partner.sign_up(pair.partner.app.open_sign_in(first_login=True))
    assert pair.partner.enter(pair.partner.open_account(stage.url).url)
    return pair


def later(stage: StageSet, seconds: int) -> None:
    """The broker's clock goes on."""
    response = stage.control.http.post(
        f"{stage.url}/operator/clock", json={"advance_seconds": seconds}, timeout=TIMEOUT
    )
    assert response.status_code == 200


def tries(stage: StageSet) -> int:
    """How often call 3.6 arrived."""
    return len(stage.calls("3.6"))


def is_told(stage: StageSet, pair: Pair, words: str) -> bool:
    """Whether the partner page says so."""
    return words in pair.partner.browser.open(f"{stage.url}/area/partner").content.get_text(" ")


def is_set_once(stage: StageSet, pair: Pair, partner_id: str) -> None:
    """cTrader has the one identifier that the partner saw from the beginning."""
    assert is_told(stage, pair, _KNOWN)
    standing = pair.partner.standing(stage.url)
    assert [one["partnerId"] for one in standing["identifiers"]] == [partner_id]
    user_id = stage.calls("3.2", 201)[0]["user_id"]
    assert stage.backend.read_partner(userId=user_id).json()["partnerId"] == partner_id
    assert {event["partner_id"] for event in stage.calls("3.6")} == {partner_id}


def state(stage: StageSet, pair: Pair) -> Any:
    return pair.partner.standing(stage.url)["state"]


@pytest.mark.parametrize(
    ("fault", "applied"),
    [
        pytest.param({"kind": "answer", "status": 503}, False, id="503"),
        pytest.param({"kind": "answer", "status": 429, "retryAfter": 15}, False, id="429"),
        pytest.param({"kind": "drop", "phase": "after"}, True, id="applied and connection lost"),
    ],
)
def test_3_6_is_out_of_order_for_a_minute(stage: StageSet, fault: dict[str, Any], applied: bool) -> None:
    pair = a_user(stage)
    stage.plant(call="3.6", share=1, **fault)

    pair.partner.become_partner(stage.url, "user")
    partner_id = pair.partner.standing(stage.url)["partnerId"]
    for _ in range(4):
        seen = tries(stage)
        later(stage, 15)
        eventually(lambda seen=seen: tries(stage) > seen, "the broker tries again", 20)
        assert is_told(stage, pair, _KEEP_TRYING)
    assert all(event["details"]["fault"]["applied"] is applied for event in stage.calls("3.6"))
    assert tries(stage) < 4 * 8, "no back-off"

    stage.pull_faults()
    later(stage, 61)
    eventually(lambda: state(stage, pair) == "set", "delivery follows by itself", 20)
    is_set_once(stage, pair, partner_id)


def test_an_answer_that_comes_too_late(stage: StageSet) -> None:
    """cTrader has done it; the broker hangs up before the answer comes, and asks again."""
    pair = a_user(stage)
    stage.plant(call="3.6", kind="latency", phase="after", milliseconds=15_000)

    pair.partner.become_partner(stage.url, "user")
    partner_id = pair.partner.standing(stage.url)["partnerId"]
    eventually(lambda: tries(stage) == 1, "call 3.6 is done", 20)
    assert state(stage, pair) == "pending"
    eventually(lambda: "ReadTimeout" in str(stage.rows("SELECT last_error FROM outbox")), "the call times out", 30)
    assert is_told(stage, pair, _KEEP_TRYING)
    later(stage, 61)
    eventually(lambda: state(stage, pair) == "set", "delivery follows by itself", 20)
    assert tries(stage) == 2
    is_set_once(stage, pair, partner_id)


def test_a_burst_of_errors(stage: StageSet) -> None:
    pair = a_user(stage)
    for status in (500, 502, 503, 504):
        stage.plant(call="3.6", kind="answer", status=status)

    pair.partner.become_partner(stage.url, "user")
    partner_id = pair.partner.standing(stage.url)["partnerId"]

    def moved_on() -> bool:
        later(stage, 5)
        return bool(state(stage, pair) == "set")

    eventually(moved_on, "delivery follows by itself", 30)
    assert [event["status"] for event in stage.calls("3.6")] == [500, 502, 503, 504, 200]
    is_set_once(stage, pair, partner_id)


def test_sign_ups_during_an_outage_are_finished_after_it(stage: StageSet) -> None:
    pair = a_user(stage)
    pair.partner.become_partner(stage.url, "user")
    eventually(lambda: state(stage, pair) == "set", "3.6", 20)
    link = str(pair.partner.app.share("invite")["link"])
    stage.plant(call="*", kind="answer", status=503, share=1)

    page = pair.invited.sign_up(pair.invited.app.open_link(link))
    assert page.status == 503
    assert pair.partner.referrals(stage.url) == []
    assert pair.invited.open_account(stage.url).status == 503

    stage.pull_faults()
    assert pair.invited.enter(pair.invited.open_account(stage.url).url)
    partner_id = pair.partner.standing(stage.url)["partnerId"]
    assert pair.partner.referrals(stage.url) == [(pair.invited.person.email, partner_id)]


def test_the_name_of_ctrader_is_not_known_for_a_while(
    mock: MockProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(_RESOLVER)
    down = tmp_path / "down"
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("NAMES_ARE_DOWN", str(down))
    with StageSet(mock, tmp_path / "broker.sqlite3", clock_control=True) as stage:
        stage.kill()
        stage.start(ctrader_url=stage.mock_url.replace("127.0.0.1", "ctrader.test"))
        pair = a_user(stage)
        down.touch()

        pair.partner.become_partner(stage.url, "user")
        partner_id = pair.partner.standing(stage.url)["partnerId"]
        eventually(lambda: "NO_ANSWER" in str(stage.rows("SELECT last_error FROM outbox")), "the call fails", 20)
        assert is_told(stage, pair, _KEEP_TRYING)
        assert tries(stage) == 0

        down.unlink()
        later(stage, 61)
        eventually(lambda: state(stage, pair) == "set", "delivery follows by itself", 20)
        is_set_once(stage, pair, partner_id)
