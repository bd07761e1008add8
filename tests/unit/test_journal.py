"""Secrets are masked where an event is made."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_ctrader.clock import SystemClock
from mock_ctrader.journal import Direction, Event, Journal, Kind, exchange, mask, mask_body, mask_query
from mock_ctrader.links import join_query
from mock_ctrader.sandboxes import new_sandbox
from mock_ctrader.store import Store, sandboxes

SECRET = "s3cr3t-Value-0123456789"
PASSWORDS = ["password", "hashedPassword", "traderPasswordHash"]
TOKENS = ["token", "webservToken", "crmApiToken", "accessToken", "inappToken", "code"]

# JSON with a secret somewhere in it, below any number of objects and lists
buried = st.recursive(
    st.sampled_from([*PASSWORDS, *TOKENS]).map(lambda key: {key: SECRET}),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3)
        | st.dictionaries(
            st.sampled_from(["a", "details", "body", *PASSWORDS, *TOKENS]), inner, min_size=1, max_size=3
        )
    ),
    max_leaves=8,
)


@given(buried)
def test_no_secret_survives_at_any_depth(body: Any) -> None:
    assert SECRET not in json.dumps(mask_body(body))


@pytest.mark.parametrize("key", TOKENS)
def test_a_token_leaves_a_fingerprint_that_tells_it_from_others(key: str) -> None:
    assert mask(key, SECRET) == mask(key, SECRET) != mask(key, SECRET + "x")
    assert mask(key, 12345678).startswith("***")
    assert len(mask(key, SECRET)) == len("***") + 8


@pytest.mark.parametrize("key", PASSWORDS)
@pytest.mark.parametrize("value", [SECRET, "", 7, None, [SECRET], {"x": SECRET}])
def test_a_password_leaves_nothing(key: str, value: Any) -> None:
    assert mask(key, value) == "***"


@pytest.mark.parametrize("key", TOKENS)
def test_a_list_of_tokens_is_masked_one_by_one(key: str) -> None:
    assert mask(key, [SECRET, SECRET + "x"]) == [mask(key, SECRET), mask(key, SECRET + "x")]


def test_everything_else_is_kept_as_it_is() -> None:
    body = {"partnerId": "IB-1", "userId": 7, "deep": [{"email": "a@example.net", "n": None, "t": True}]}

    assert mask_body(body) == body


def test_a_body_that_is_too_long_is_replaced_by_its_length() -> None:
    body = {"x": "y" * 20_000}

    assert mask_body(body) == f"(left out: {len(json.dumps(body))} characters)"


@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "partnerId", *TOKENS, *PASSWORDS]), st.text(st.characters(codec="utf-8"))),
        max_size=5,
    )
)
def test_a_query_keeps_all_but_its_secrets(pairs: list[tuple[str, str]]) -> None:
    shown = mask_query(join_query(pairs))
    secret = {*TOKENS, *PASSWORDS}

    kept = [(name, value) for name, value in pairs if name not in secret]
    assert join_query(kept) == "&".join(part for part in shown.split("&") if part.split("=")[0] not in secret)
    assert all(part.split("=")[1].startswith("***") for part in shown.split("&") if part.split("=")[0] in secret)


def test_an_exchange_shows_its_subjects_and_no_secret() -> None:
    event = exchange(
        "3.6",
        Direction.BROKER_TO_CTRADER,
        "PUT",
        "/cid/oauth2/ctid/referral",
        f"token={SECRET}&x=1",
        {"userId": "7", "ctidTraderAccountId": 20, "partnerId": "IB-1", "password": SECRET},
        404,
        {"error": {"errorCode": "ENTITY_NOT_FOUND", "description": "gone"}},
    )

    assert (event.user_id, event.ctid_trader_account_id, event.partner_id) == (7, 20, "IB-1")
    assert (event.status, event.error_code, event.succeeded) == (404, "ENTITY_NOT_FOUND", False)
    assert SECRET not in json.dumps(event.as_dict())
    assert event.path == f"/cid/oauth2/ctid/referral?token={mask('token', SECRET)}&x=1"


def test_the_subjects_of_a_query_and_of_an_answer_count_too() -> None:
    direction = Direction.BROKER_TO_CTRADER
    asked = exchange("3.7", direction, "GET", "/r", "userId=7&ctidTraderAccountId=20", None, 200, None)
    answered = exchange("3.2", direction, "POST", "/c", "", {"email": "a@example.net"}, 201, {"userId": 7})

    assert (asked.user_id, asked.ctid_trader_account_id) == (7, 20)
    assert (answered.user_id, answered.email) == (7, "a@example.net")


def test_the_login_of_call_31_is_a_managers_not_a_traders() -> None:
    direction = Direction.BROKER_TO_CTRADER

    assert exchange("3.1", direction, "POST", "/t", "", {"login": 5}, 200, None).login is None
    assert exchange("3.3", direction, "POST", "/t", "", {}, 201, {"login": 5}).login == 5


@pytest.mark.parametrize("value", [True, 1.5, "x", "", "-1", [7], None, 2**63, "9" * 30, "٣"])
def test_what_is_no_id_is_no_subject(value: Any) -> None:
    event = exchange("3.6", Direction.BROKER_TO_CTRADER, "PUT", "/r", "", {"userId": value}, 400, None)

    assert event.user_id is None


@pytest.mark.parametrize(
    ("status", "succeeded"), [(None, False), (199, False), (200, True), (204, True), (300, False)]
)
def test_success_is_2xx(status: int | None, succeeded: bool) -> None:
    assert Event(kind=Kind.EXCHANGE, title="x", status=status).succeeded is succeeded


def test_what_an_event_does_not_have_is_not_shown() -> None:
    assert set(Event(kind=Kind.ACT, title="x").as_dict()) == {
        "kind",
        "title",
        "details",
        "violations",
        "seq",
        "at",
    }


class WatchedClock(SystemClock):
    """Tells when a reader has found nothing and is about to wait: it asks for the time a second time."""

    def __init__(self) -> None:
        self.about_to_wait = threading.Event()
        self._asked = 0

    def monotonic(self) -> float:
        self._asked += 1
        if self._asked == 2:
            self.about_to_wait.set()
        return super().monotonic()


class Unread(Journal):
    """A journal that refuses to read events."""

    def read(self, *_: Any, **__: Any) -> list[Event]:
        raise AssertionError("events were read")


class TestWaiting:
    """Readers that wait for the next event."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        """An empty database."""
        opened = Store(tmp_path / "state.db")
        yield opened
        opened.close()

    @pytest.fixture
    def home(self, store: Store) -> str:
        """A sandbox."""
        sandbox = new_sandbox({}, "http://127.0.0.1:1")
        with store.write() as transaction:
            sandboxes.add(transaction, sandbox, 0)
        return sandbox.id

    def test_an_event_wakes_a_reader_that_waits(self, store: Store, home: str) -> None:
        clock = WatchedClock()
        journal = Journal(store, clock)
        with ThreadPoolExecutor(1) as pool:
            reading = pool.submit(journal.wait, home, 0, None, None, 30)
            assert clock.about_to_wait.wait(10)
            # the reader holds the lock until it really waits, so this cannot come too early
            journal.record(home, Event(kind=Kind.ACT, title="something"))
            found = reading.result(timeout=15)

        assert [(event.seq, event.title) for event in found] == [(1, "something")]

    def test_what_is_there_already_is_not_waited_for(self, store: Store, home: str) -> None:
        clock = WatchedClock()
        journal = Journal(store, clock)
        journal.record(home, Event(kind=Kind.ACT, title="one"), Event(kind=Kind.ACT, title="two"))

        assert [event.title for event in journal.wait(home, 1, None, None, 30)] == ["two"]

    def test_nothing_to_wait_for_ends_with_nothing(self, store: Store, home: str) -> None:
        assert Journal(store, SystemClock()).wait(home, 0, None, None, 0) == []

    def test_the_newest_is_told_without_reading_what_is_before(self, store: Store, home: str) -> None:
        journal = Unread(store, WatchedClock())
        journal.record(home, *(Event(kind=Kind.ACT, title="something") for _ in range(3)))

        assert [journal.wait_newest(home, after, 30) for after in (0, 2)] == [3, 3]
        assert [journal.wait_newest(home, after, 0) for after in (3, 4)] == [0, 0]

    def test_an_event_wakes_whoever_waits_for_its_number(self, store: Store, home: str) -> None:
        clock = WatchedClock()
        journal = Unread(store, clock)
        with ThreadPoolExecutor(1) as pool:
            asking = pool.submit(journal.wait_newest, home, 0, 30)
            assert clock.about_to_wait.wait(10)
            journal.record(home, Event(kind=Kind.ACT, title="something"))
            assert asking.result(timeout=15) == 1
