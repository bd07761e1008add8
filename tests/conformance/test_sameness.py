"""The same broker gets the same verdict, with the same evidence, every time."""

import json

from tests.conformance.sameness import comparable, differences, verified


def test_two_runs_differ_in_volatile_ids_only() -> None:
    first, second = (verified("--flow", "1", "--level", "account") for _ in range(2))

    assert sum(json.loads(line)["type"] == "check" for line in first) == 18
    assert differences(first, second) == []


def test_what_is_not_volatile_is_compared() -> None:
    first = [json.dumps({"type": "check", "verdict": "pass", "at": 1, "status": 200, "partner_id": "IB-AAAAAAA"})]

    assert differences(first, [first[0].replace("pass", "fail")])
    assert differences(first, [first[0].replace("200", "201")])
    assert not differences(first, [first[0].replace("AAAAAAA", "BBBBBBB").replace('"at": 1', '"at": 2')])


def test_a_volatile_value_must_be_used_alike() -> None:
    alike = comparable([json.dumps({"set": "IB-AAAAAAA", "seen": "IB-AAAAAAA", "user": 5120417})])
    other = comparable([json.dumps({"set": "IB-AAAAAAA", "seen": "IB-BBBBBBB", "user": 5120417})])

    assert alike != other


def test_how_far_the_outbox_was_is_chance() -> None:
    pending, done = (
        "Not yet known to the trading platform; we keep trying.",
        "Known to the trading platform: links.",
    )

    assert comparable([json.dumps({"body": pending})]) == comparable([json.dumps({"body": done})])
    assert comparable([json.dumps({"body": "refused"})]) != comparable([json.dumps({"body": done})])
