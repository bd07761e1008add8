"""The live checklist: journeys, the stages of one of them, and the evidence for one stage."""

from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup

from mock_ctrader.evidence.exchanges import Shown, shown
from mock_ctrader.evidence.journey_diagram import diagram_of
from mock_ctrader.evidence.sequence import draw
from mock_ctrader.flows import STAGES_PER_FLOW, stage
from mock_ctrader.inspector.reading import Reader, Told, is_checked
from mock_ctrader.inspector.rendering import render
from mock_ctrader.register import Rule, load

# What the diagram makes of a state; every other one is a stage that was reached.
_VERDICTS = {"violated": "fail", "pending": "blocked"}


@dataclass(frozen=True, slots=True)
class Evidence:
    """One event that shows a stage, or keeps it from being reached; `checked`: against the contract."""

    seq: int
    at: int
    checked: bool
    shown: Shown


def live_parts(reader: Reader, sandbox_id: str, journey_id: str | None, number: int | None) -> str:
    """The parts of the page that change, as HTML."""
    return render("_journeys.html", **_values(reader, sandbox_id, journey_id, number))


def page(reader: Reader, sandbox_id: str, journey_id: str | None, number: int | None) -> str:
    """The whole page.

    Args:
        journey_id: the journey to show; the one something happened in last if there is no such journey.
        number: the stage whose evidence is shown; the first that is not reached if None.
    """
    values = _values(reader, sandbox_id, journey_id, number)
    query = {"journey": journey_id, "stage": number, "after": values["seen"].last}
    live = f"/inspector/{sandbox_id}/live/journeys?{urlencode({key: one for key, one in query.items() if one})}"
    return render("journeys.html", here="journeys", live=live, **values)


def _values(reader: Reader, sandbox_id: str, journey_id: str | None, number: int | None) -> dict[str, Any]:
    seen = reader.seen(sandbox_id, journey_id)
    journey = seen.journey(journey_id)
    wanted = number if number is not None else journey.next["number"] if journey.next else STAGES_PER_FLOW
    chosen = journey.stages[wanted - 1]

    def href(stage_number: int) -> str:
        return f"?{urlencode({'journey': journey.id, 'stage': stage_number})}#evidence"

    return {
        "seen": seen,
        "sandbox": seen.sandbox,
        "base_url": reader.control.base_url,
        "journey": journey,
        "stage": chosen,
        "rule": rule_of(journey.flow, wanted),
        "evidence": [_evidence(reader, seen.sandbox.crm_url, journey, seq) for seq in _seqs(journey, chosen)],
        "diagram": _drawn(journey, href),
        "href": href,
    }


def _seqs(journey: Told, chosen: dict[str, Any]) -> list[int]:
    there = {event["seq"] for event in journey.events}
    return [seq for seq in dict.fromkeys(chosen["events"]) if seq in there]


def _evidence(reader: Reader, crm_url: str, journey: Told, seq: int) -> Evidence:
    event = next(one for one in journey.events if one["seq"] == seq)
    return Evidence(seq, event["at"], is_checked(event), shown(event, reader.control.base_url, crm_url))


def _drawn(journey: Told, href: Any) -> Markup:
    """The diagram; a stage that is still pending is not yet broken."""
    verdicts = {one["number"]: _VERDICTS.get(one["state"], "pass") for one in journey.stages}
    return draw(diagram_of(journey, verdicts, href, failures_are_broken=True), "journey")


@cache
def _rules() -> dict[str, Rule]:
    return {rule.id: rule for rule in load()}


def rule_of(flow: int, number: int) -> Rule:
    """The rule of the register that says what must be seen of a stage."""
    return _rules()[f"stage-{stage(flow, number).proof.value.replace('_', '-')}"]
