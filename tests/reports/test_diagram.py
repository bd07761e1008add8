"""The sequence diagram of a journey: what is drawn, in which order, and in which state."""

from collections.abc import Callable
from xml.etree import ElementTree

import pytest

from mock_ctrader.conformance.drive import Bench, Drive
from mock_ctrader.conformance.played import Played
from mock_ctrader.conformance.reports import html
from mock_ctrader.conformance.reports.model import fold
from mock_ctrader.evidence.journey_diagram import diagram_of
from mock_ctrader.evidence.sequence import State, cut, draw, wrapped
from mock_ctrader.flows import Level
from tests.conformance.conftest import broken_bench  # noqa: F401 - a fixture
from tests.reports.converted import stream_of
from tests.reports.samples import journey


def test_report_stands_where_its_stage_belongs() -> None:
    (drawn,) = fold([journey()]).journeys
    arrows = diagram_of(drawn, {}).arrows

    told = [(arrow.stages, arrow.state) for arrow in arrows]
    assert told == [
        ((), State.PLAIN),
        ((1,), State.PROVED),
        ((2,), State.PROVED),
        ((3,), State.PROVED),
        ((4,), State.BROKEN),
        ((5,), State.FAINT),
    ]
    assert diagram_of(drawn, {}).note == "Not reached: stages 6-18"


def test_drawing_is_xml_with_all_lifelines_twice() -> None:
    (drawn,) = fold([journey()]).journeys
    svg = ElementTree.fromstring(str(draw(diagram_of(drawn, {}), "k")))
    names = [one.text for one in svg.iter("{http://www.w3.org/2000/svg}text") if one.get("class") == "seq-name"]

    assert len(names) == 10
    assert len(set(names)) == 5


def test_long_texts_are_wrapped_and_cut() -> None:
    assert wrapped("one two three", 7) == ["one two", "three"]
    assert wrapped("x" * 100, 10) == ["x" * 10, "x" * 10, "x" * 9 + "…"]
    assert cut("a  b", 9) == "a b"


@pytest.mark.parametrize(
    ("defect", "broken"), [("partner_id_never_sent", State.MISSING), ("partner_id_in_lower_case", State.BROKEN)]
)
def test_really_driven_flow_is_drawn_up_to_where_it_broke(
    broken_bench: Callable[[str], Bench],  # noqa: F811
    defect: str,
    broken: State,
) -> None:
    bench = broken_bench(defect)
    drive = Drive(bench, 1, Level.USER)
    run = fold(stream_of([Played(bench, drive, drive.run())]))

    stages = [(arrow.stages[0], arrow.state) for arrow in diagram_of(run.journeys[0], {}).arrows if arrow.stages]
    assert stages == [(1, State.PROVED), (2, State.PROVED), (3, State.PROVED), (4, broken)]
    assert "stage-04" in html.render(run)
