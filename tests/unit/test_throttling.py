"""How long the harness waits for a broker that answers 429."""

import itertools
from types import SimpleNamespace

import pytest

from mock_ctrader.conformance import throttling
from mock_ctrader.conformance.adapter import Throttled, Unjudgeable
from mock_ctrader.conformance.throttling import LONGEST_WAIT, Patience

_numbers = itertools.count()


@pytest.fixture
def what() -> str:
    """A request nobody else makes: what has no hope is remembered."""
    return f"POST http://127.0.0.1:1/{next(_numbers)}"


@pytest.mark.parametrize("status", [None, 200, 403, 500, 503])
def test_other_answers_are_taken_as_they_are(what: str, status: int | None) -> None:
    assert not Patience(what).again(status, "1")


@pytest.mark.parametrize("retry_after", ["0", " 0 ", "Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37"])
def test_a_short_wait_is_obeyed_three_times(what: str, retry_after: str) -> None:
    patience = Patience(what)
    assert [patience.again(429, retry_after) for _ in range(3)] == [True] * 3
    with pytest.raises(Throttled, match="the broker throttles the harness") as refused:
        patience.again(429, retry_after)
    assert isinstance(refused.value, Unjudgeable)


@pytest.mark.parametrize(
    "retry_after", [str(int(LONGEST_WAIT) + 1), "9" * 400, "Fri, 01 Jan 2900 00:00:00 GMT", f"900{'0' * 90}"]
)
def test_a_long_wait_is_told_at_once(what: str, retry_after: str) -> None:
    with pytest.raises(Throttled) as refused:
        Patience(what).again(429, retry_after)
    assert str(refused.value).startswith(f"{what} was answered 429, Retry-After {retry_after[:40]}: ")


@pytest.mark.parametrize("retry_after", [None, "", "soon", "Sun, 99 Nov 1994"])
def test_without_a_readable_time_each_wait_is_twice_the_one_before(
    what: str, retry_after: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    timer = SimpleNamespace(Event=lambda: SimpleNamespace(wait=waits.append))
    monkeypatch.setattr(throttling, "threading", timer)
    patience = Patience(what)
    assert [patience.again(429, retry_after) for _ in range(3)] == [True] * 3
    assert waits == [1.0, 2.0, 4.0]


def test_where_there_was_no_hope_nobody_waits_again(what: str) -> None:
    with pytest.raises(Throttled):
        Patience(what).again(429, "900")
    with pytest.raises(Throttled):
        Patience(what).again(429, "0")
    Patience(what).again(200, None)  # the throttle is over
    assert Patience(what).again(429, "0")
