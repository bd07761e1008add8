"""What stages share of a flow that was played once: its problems, and what is read back of call 3.6."""

import traceback
from types import SimpleNamespace
from typing import Any

import pytest

from mock_ctrader.conformance.adapter import Unreachable
from mock_ctrader.conformance.findings import Broken, Findings
from mock_ctrader.conformance.played import Library
from mock_ctrader.conformance.steps.attribution import partner_id_readable
from mock_ctrader.flows import Level


def test_a_problem_that_every_stage_meets_does_not_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    library = Library(SimpleNamespace())  # type: ignore[arg-type]

    def unreachable(*_: Any) -> None:
        raise Unreachable("nobody there")

    monkeypatch.setattr(library, "_drive", unreachable)
    lengths = []
    for _ in range(4):
        with pytest.raises(Unreachable) as met:
            library.play(1, Level.USER)
        lengths.append(len(traceback.extract_tb(met.value.__traceback__)))
    assert len(set(lengths[1:])) == 1


@pytest.mark.parametrize(
    ("read", "deletions", "words"),
    [
        ("IB-2", [], "but call 3.7 reads IB-2 afterwards"),
        (None, [], "but call 3.7 reads nothing afterwards"),
        (None, [{"seq": 9, "call": "3.8"}], "reads nothing afterwards: call 3.8 deleted it"),
    ],
)
def test_what_call_3_6_set_must_stay(read: str | None, deletions: list[dict[str, Any]], words: str) -> None:
    def played(found: str | None) -> Any:
        control = SimpleNamespace(all_events=lambda **_: deletions)
        bench = SimpleNamespace(read_partner_id=lambda _: found, control=lambda: control)
        return SimpleNamespace(bench=bench, journey={}, partner_id="IB-1")

    partner_id_readable(played("IB-1"), Findings())
    findings = Findings()
    with pytest.raises(Broken) as told:
        partner_id_readable(played(read), findings)
    assert told.value.complaint.duty.id == "set-once"
    assert words in told.value.complaint.reason
    assert findings.evidence == deletions
