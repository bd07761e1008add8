"""The rules of faults on demand, without a server."""

from typing import Any

import pytest

from mock_ctrader.errors import CTraderError
from mock_ctrader.faults import LONGEST_MS, Fault, Phase, Side, new_fault

TAKEN = ("3.6", "3.7")


def made(now_ms: int = 0, **keys: Any) -> Fault:
    return new_fault(1, "seed", {"call": "3.6", "kind": "drop", **keys}, now_ms, TAKEN)


def hits(fault: Fault, requests: int) -> list[bool]:
    found = []
    for _ in range(requests):
        if fault.covers(Side.TAKEN, "3.6", 0):
            fault, hit = fault.asked()
            found.append(hit)
    return found


def test_without_a_number_or_share_it_is_the_next_request() -> None:
    assert hits(made(), 3) == [True]
    assert hits(made(times=2), 3) == [True, True]


def test_the_same_seed_hits_the_same_requests() -> None:
    first = hits(made(share=0.3, seed="a"), 400)
    assert first == hits(made(share=0.3, seed="a"), 400)
    assert first != hits(made(share=0.3, seed="b"), 400)
    assert 80 < sum(first) < 160
    assert hits(made(share=1), 5) == [True] * 5


def test_a_share_can_be_limited_as_well() -> None:
    assert sum(hits(made(share=0.5, times=3), 100)) == 3


def test_what_it_covers() -> None:
    assert not made().covers(Side.TAKEN, "3.7", 0)
    assert not made().covers(Side.MADE, "3.6", 0)
    assert made(call="*").covers(Side.TAKEN, "3.7", 0)
    assert not made(call="*").covers(Side.MADE, "4.2", 0)
    assert made(call="*", kind="refuse").covers(Side.MADE, "4.2", 0)


def test_it_ends_with_its_time() -> None:
    fault = made(now_ms=1000, ttlSeconds=2)
    assert fault.covers(Side.TAKEN, "3.6", 2999)
    assert not fault.covers(Side.TAKEN, "3.6", 3000)


def delays(**keys: Any) -> list[int]:
    fault = made(kind="latency", times=400, **keys)
    found = []
    for _ in range(400):
        fault, _hit = fault.asked()
        found.append(fault.delay_ms)
    return found


def test_delays_are_fixed_uniform_or_lognormal() -> None:
    assert set(delays(milliseconds=30)) == {30}
    uniform = delays(milliseconds=100, spreadMilliseconds=50)
    assert min(uniform) >= 100
    assert max(uniform) <= 150
    assert len(set(uniform)) > 20
    lognormal = sorted(delays(milliseconds=100, sigma=1.0))
    assert 70 < lognormal[200] < 140
    assert lognormal[-1] > 400
    assert uniform == delays(milliseconds=100, spreadMilliseconds=50)


def test_no_delay_is_longer_than_a_minute() -> None:
    assert max(delays(milliseconds=LONGEST_MS, spreadMilliseconds=LONGEST_MS, sigma=5)) == LONGEST_MS


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"call": "9.9"}, "call: must be .* got '9.9'"),
        ({"kind": "refuse"}, "kind: call 3.6 can have .* got 'refuse'"),
        ({"kind": "drip", "phase": Phase.BEFORE}, "phase: .* got 'before'"),
    ],
)
def test_what_does_not_go_together_is_named(keys: dict[str, Any], told: str) -> None:
    with pytest.raises(CTraderError, match=told):
        made(**keys)
