"""Server-sent events of the application: who follows, and what that costs the server."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest

from mock_ctrader.live import HELD_STREAMS, POLL_MS, message
from mock_ctrader.processes import MockProcess
from tests.http.fake_crm import CrmServer
from tests.http.visitor import Visitor
from tests.support import TIMEOUT, Broker, ControlApi, eventually


class Following:
    """An open stream, read line by line."""

    def __init__(self, visitor: Visitor, after: int, **headers: str) -> None:
        self.response = visitor.http.get(
            f"{visitor.app_url}/live", params={"after": after}, headers=headers, stream=True, timeout=TIMEOUT
        )
        self._lines = self.response.iter_lines(chunk_size=1, decode_unicode=True)
        self.retry = int(next(self._lines).removeprefix("retry: ")) if self.response.status_code == 200 else None

    def next(self, beginning: str) -> str:
        """The rest of the next line that begins so; empty if the stream ends before."""
        return next((one.removeprefix(beginning) for one in self._lines if one.startswith(beginning)), "")

    def rest(self) -> list[str]:
        """What comes until the server ends the stream."""
        return [line for line in self._lines if line]

    def close(self) -> None:
        self.response.close()


@pytest.fixture
def follow() -> Iterator[Callable[..., Following]]:
    """Opens streams, and leaves them at the end."""
    with ExitStack() as open_ones:

        def opened(visitor: Visitor, after: int = 0, **headers: str) -> Following:
            return open_ones.enter_context(closing(Following(visitor, after, **headers)))

        yield opened


def last(control: ControlApi, broker: Broker) -> int:
    """The newest event's number."""
    return int(control.events(broker.sandbox["id"])[-1]["seq"])


def test_a_change_that_concerns_the_user_is_told_and_others_are_not(
    control: ControlApi,
    broker: Broker,
    user: int,
    signed_in: Callable[[int], Visitor],
    follow: Callable[..., Following],
) -> None:
    stranger = broker.new_user()
    visitor = signed_in(user)
    # a stream that an earlier test left may still be held for a moment

    def held() -> Following | None:
        opened = follow(visitor, last(control, broker))
        return None if opened.retry == POLL_MS else opened

    stream = eventually(held, "a stream is free")
    assert stream is not None
    assert stream.response.headers["Content-Type"].startswith("text/event-stream")

    broker.set_partner(userId=stranger, partnerId="IB-OTHER")
    passed = int(stream.next("id: "))
    broker.set_partner(userId=user, partnerId="IB-1")
    told = int(stream.next("id: "))

    assert stream.next("data: ") == "changed"
    assert told > passed


@pytest.mark.parametrize("by", ["after", "Last-Event-ID"])
def test_what_happened_meanwhile_is_told_to_whoever_resumes(
    control: ControlApi,
    broker: Broker,
    user: int,
    signed_in: Callable[[int], Visitor],
    follow: Callable[..., Following],
    by: str,
) -> None:
    visitor = signed_in(user)
    seen = last(control, broker)
    account = broker.new_account(user)
    broker.set_partner(ctidTraderAccountId=account, partnerId="IB-1")

    stream = follow(visitor, seen) if by == "after" else follow(visitor, 10**6, **{by: str(seen)})

    assert stream.next("data: ") == "changed"


def test_nobody_signed_in_is_told_to_stop_asking(visitor: Visitor) -> None:
    assert visitor.get("/live").status_code == 204


@pytest.fixture
def crowded() -> Iterator[MockProcess]:
    """A mock of the test's own, so that nobody else holds its streams."""
    with MockProcess.start() as process:
        yield process


def test_few_streams_are_held_and_everybody_else_is_answered(
    crowded: MockProcess, crm_server: CrmServer, follow: Callable[..., Following]
) -> None:
    control = ControlApi(crowded.ready["controlUrl"])
    crm = crm_server.new()
    control.change(crowded.ready["sandbox"]["id"], crmUrl=crm.url)
    broker = Broker(crowded.ready["baseUrl"], crowded.ready["sandbox"])
    user = broker.new_user()

    def visitor() -> Visitor:
        made = Visitor(crowded.ready["sandbox"]["appUrls"]["BESTBROKER"])
        assert made.sign_in(crm.one_time_token(user)).status_code == 200
        return made

    viewers = [visitor() for _ in range(HELD_STREAMS + 3)]
    seen = last(control, broker)
    held = [follow(one, seen) for one in viewers[:HELD_STREAMS]]
    others = [follow(one, seen) for one in viewers[HELD_STREAMS:]]

    assert len({one.retry for one in held}) == 1
    assert [(one.retry, one.rest()) for one in others] == [(2000, [":"])] * 3
    # the server is as free as before, and what happens is told to those who poll as well
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda: statuses.append(broker.read_partner(userId=user).status_code))
        for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT)
    assert statuses == [200] * 12
    broker.set_partner(userId=user, partnerId="IB-1")
    assert [one.next("data: ") for one in held] == ["changed"] * HELD_STREAMS
    assert "data: changed" in follow(viewers[-1], seen).rest()

    # a viewer that leaves makes room for another
    held[0].close()
    eventually(lambda: follow(viewers[-1], seen).retry != 2000, "a stream is free again")


def test_open_streams_do_not_keep_the_server_from_ending(
    crm_server: CrmServer, follow: Callable[..., Following]
) -> None:
    with MockProcess.start() as process:
        crm = crm_server.new()
        ControlApi(process.ready["controlUrl"]).change(process.ready["sandbox"]["id"], crmUrl=crm.url)
        user = Broker(process.ready["baseUrl"], process.ready["sandbox"]).new_user()
        visitor = Visitor(process.ready["sandbox"]["appUrls"]["BESTBROKER"])
        visitor.sign_in(crm.one_time_token(user))
        follow(visitor)

        assert process.stop() == 0


@pytest.mark.parametrize("text", ["", "-1", "x", "1.5", "9" * 40, "\u0663"])
def test_an_odd_place_to_resume_from_is_the_beginning(
    broker: Broker, user: int, signed_in: Callable[[int], Visitor], follow: Callable[..., Following], text: Any
) -> None:
    assert follow(signed_in(user), text).next("data: ") == "changed"


def test_a_text_of_several_lines_stays_one_message() -> None:
    assert message(7, "a\nb") == "id: 7\ndata: a\ndata: b\n\n"
    assert re.fullmatch(r"id: 7\n\n", message(7, None))
