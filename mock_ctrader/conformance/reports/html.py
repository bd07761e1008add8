"""The report as one HTML file that needs nothing else: no script, no fonts, nothing from outside."""

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from mock_ctrader.clock import utc_text
from mock_ctrader.conformance.plain import printable
from mock_ctrader.conformance.reports.model import TO_MEND, VERDICTS, Check, Journey, Run
from mock_ctrader.conformance.reports.words import counted, place, seconds
from mock_ctrader.evidence.exchanges import Shown, shown
from mock_ctrader.evidence.journey_diagram import diagram_of
from mock_ctrader.evidence.sequence import draw
from mock_ctrader.evidence.sequence import stylesheet as drawing
from mock_ctrader.evidence.templating import style_sheets, templates_of
from mock_ctrader.flows import FLOW_TITLES, stages_of

_PACKAGE = "mock_ctrader.conformance.reports"
_TONES = {"passed": "pass", "passed with warnings": "warn", "failed": "fail"}
_POLICY = "default-src 'none'; style-src 'sha256-{}'; img-src data:; base-uri 'none'; form-action 'none'"


@dataclass(frozen=True, slots=True)
class Group:
    """Checks that stand under one heading."""

    title: str
    checks: list[Check]

    @property
    def counts(self) -> str:
        """What became of them, in words."""
        return counted({verdict: sum(one.verdict == verdict for one in self.checks) for verdict in VERDICTS})


@dataclass(frozen=True, slots=True)
class Drawn:
    """A journey with its diagram, and the worst verdict of its stages."""

    journey: Journey
    verdict: str
    svg: Markup


def render(run: Run) -> str:
    """The page."""
    anchors = _anchors(run.checks)
    style = "\n" + style_sheets(_PACKAGE, "report.css") + "\n" + drawing() + "\n"
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    page = (
        templates_of(_PACKAGE)
        .get_template("report.html.jinja")
        .render(
            run=run,
            style=Markup(style),
            policy=_POLICY.format(digest),
            tone=_TONES.get(run.conclusion, "error"),
            started=utc_text(run.at)[:16].replace("T", " ") if run.at else "",
            verdicts=[verdict for verdict in ("pass", *VERDICTS[:-1]) if run.counts[verdict]],
            first={verdict: anchors[check.id] for check in reversed(run.checks) for verdict in [check.verdict]},
            anchors=anchors,
            groups=_groups(run),
            cases=[Group(plan, checks) for plan in run.plans_run if (checks := _cases(run, plan))],
            drawn=[_drawn(run, journey, anchors) for journey in run.journeys],
            titles=lambda flow: [(stage.number, stage.title) for stage in stages_of(flow)],
            flow_titles=FLOW_TITLES,
            to_mend=TO_MEND,
            evidence=lambda check: _evidence(run, check),
            difference=difference,
            place=place,
            seconds=seconds,
        )
    )
    return printable(page)


def _anchors(checks: list[Check]) -> dict[str, str]:
    """The id on the page of each check."""
    found: dict[str, str] = {}
    for check in checks:
        slug = "check-" + re.sub(r"[^A-Za-z0-9.]+", "-", check.id).strip("-")
        taken = set(found.values())
        number = 1
        while (anchor := slug if number == 1 else f"{slug}-{number}") in taken:
            number += 1
        found[check.id] = anchor
    return found


def _cases(run: Run, plan: str) -> list[Check]:
    return [check for check in run.cases if check.plan == plan]


def _groups(run: Run) -> list[Group]:
    columns = [
        Group(f"Flow {flow}, {FLOW_TITLES.get(flow, '')}: {level} level", list(stages.values()))
        for flow, level in run.columns
        if (stages := run.matrix.get((flow, level)))
    ]
    return columns + [Group(plan, checks) for plan in run.plans_run if (checks := _cases(run, plan))]


def _drawn(run: Run, journey: Journey, anchors: dict[str, str]) -> Drawn:
    checks = run.matrix.get((journey.flow, journey.level), {})
    verdicts = {number: check.verdict for number, check in checks.items()}

    def href(stage: int) -> str | None:
        return f"#{anchors[checks[stage].id]}" if stage in checks else None

    key = re.sub(r"[^a-z0-9-]", "-", f"flow-{journey.flow}-{journey.level}".lower())
    worst = min((verdict for verdict in verdicts.values()), key=VERDICTS.index, default="pass")
    return Drawn(journey, worst, draw(diagram_of(journey, verdicts, href), key))


def _evidence(run: Run, check: Check) -> Iterator[Shown]:
    mock, broker = (str(url or "") for url in (run.mock.get("url"), run.broker.get("crm_url")))
    return (shown(event, mock, broker) for event in check.evidence)


def difference(expected: str | None, seen: str | None) -> list[tuple[str, list[tuple[str, bool]]]]:
    """Two values in pieces; the pieces that differ are marked, if the values have something in common.

    Returns: for each value that is there its name and its pieces.
    """
    values = {"Expected": expected, "Seen": seen}
    if expected is None or seen is None:
        return [(name, [(value, False)]) for name, value in values.items() if value is not None]
    shortest = min(len(expected), len(seen))
    head = next((at for at in range(shortest) if expected[at] != seen[at]), shortest)
    left = shortest - head
    tail = next((at for at in range(left) if expected[-1 - at] != seen[-1 - at]), left)
    if not head and not tail:
        return [(name, [(str(value), False)]) for name, value in values.items()]
    return [(name, _pieces(str(value), head, tail)) for name, value in values.items()]


def _pieces(value: str, head: int, tail: int) -> list[tuple[str, bool]]:
    end = len(value) - tail
    pieces: list[tuple[Any, bool]] = [(value[:head], False), (value[head:end], True), (value[end:], False)]
    return [(text, marked) for text, marked in pieces if text]
