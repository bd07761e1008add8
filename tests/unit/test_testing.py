"""What a broker's own tests build with `mock_ctrader.testing`."""

import pytest

from mock_ctrader.testing import features
from mock_ctrader.testing.faults import Fault, answers, delays, drops, times_out


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (answers("3.6", 429, retry_after=2), {"kind": "answer", "status": 429, "retryAfter": 2}),
        (
            answers("3.6", 404, "X").after().times(3),
            {"kind": "answer", "status": 404, "errorCode": "X", "phase": "after", "times": 3},
        ),
        (drops("3.6").before(), {"kind": "drop", "phase": "before"}),
        (delays("3.6", 20).share(0.5), {"kind": "latency", "milliseconds": 20, "share": 0.5}),
        (times_out("3.6"), {"kind": "timeout"}),
    ],
)
def test_a_fault_is_told_as_the_control_api_takes_it(fault: Fault, told: dict[str, object]) -> None:
    assert fault.as_dict() == {"call": "3.6", **told}


def test_a_fault_is_not_changed_by_what_is_made_of_it() -> None:
    first = drops("3.6")
    first.times(2)
    assert first.as_dict() == {"call": "3.6", "kind": "drop"}


def test_features_are_those_of_a_plan() -> None:
    assert [path.rpartition("/")[2] for path in features("crm-api")] == ["crm_api.feature"]
    with pytest.raises(KeyError, match=r"plan: must be one of attribution, .*, got 'all'"):
        features("all")
