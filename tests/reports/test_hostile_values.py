"""A broker chooses names, identifiers and messages: none may steer a terminal, a table, a log or a CI server."""

import io
import json
import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from rich.console import Console

from mock_ctrader.access_log import AccessLog
from mock_ctrader.cli_adapter import _tell
from mock_ctrader.clock import SystemClock
from mock_ctrader.conformance.check_adapter import Outcome, Tried
from mock_ctrader.conformance.dialogue import TerminalDialogue
from mock_ctrader.conformance.narrate import Narrator
from mock_ctrader.conformance.plain import one_line, printable
from mock_ctrader.conformance.reports import cucumber, html, junit, markdown
from mock_ctrader.conformance.reports.model import fold
from mock_ctrader.conformance.reports.reporter import Reporter
from mock_ctrader.conformance.reports.stream import as_line
from mock_ctrader.conformance.verdicts import StageVerdict, Verdict
from mock_ctrader.flows import Level
from mock_ctrader.journal import Direction, Event, Kind
from tests.reports.samples import FAILED_STAGE, FINISHED, HOSTILE, PASSED_STAGE, STARTED, exchange, run_events
from tests.reports.test_formats import spoiled

VALUES = {
    "table": "a | b\n| c | `d` |",
    "script": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "lines": "one\r\ntwo\x0bthree\x85four\u2028five",
    "formula": "=cmd|'/C calc'!A0",
    "plus": "+1+1",
    "at": "@SUM(1)",
    "minus": "---",
    "colours": "\x1b[31mred\x1b[0m\x1b[2J\x1b[1;1H",
    "title": "\x1b]0;owned\x07\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "C1": "\x9b31m\x9d0;owned\x9c\x7f",
    "bidi": "IB-\u202e7Q2F\u202c\u2066x\u2069\u200f\u061c",
    "unseen": "IB-7\u200bQ2F\ufeff\U000e0041",
    "surrogate": "\ud800",
    "github": "::error::nothing to see%0A::add-mask::x",
    "azure": "##vso[task.setvariable variable=PATH]/evil ##[error]x",
    "teamcity": "##teamcity[buildStatus status='SUCCESS']",
    "list": "1. one",
}
OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
# GitHub Actions trims a line before it looks, the others look anywhere in it
COMMAND = re.compile(r"^\s*::|##\w*\[", re.MULTILINE)
each = pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)


def on_console(tell: Callable[[Console], None], *, terminal: bool = False) -> str:
    out = io.StringIO()
    tell(Console(file=out, width=110, force_terminal=terminal, color_system=None, highlight=False))
    return out.getvalue()


def harmless(told: str, *, lines: bool = True) -> None:
    assert not OBEYED.search(told)
    assert not lines or not COMMAND.search(told)


@each
def test_a_text_is_harmless_and_can_be_told_from_another(value: str) -> None:
    harmless(printable(value), lines=False)
    harmless(one_line(value))
    assert len(one_line(value).splitlines()) == 1
    assert printable(value) != printable(f"{value}\u200b")


@each
def test_the_console_of_a_run(value: str) -> None:
    broken = FAILED_STAGE | dict.fromkeys(("reason", "seen", "expected", "advice", "scenario", "id"), value)
    broken |= {"evidence": [exchange(path=value, title=value, method="PUT")]}

    def tell(console: Console) -> None:
        reporter = Reporter(console, verbose=True)
        for event in (STARTED, PASSED_STAGE, broken, FINISHED | {"problems": [value]}):
            reporter.take(event)
        reporter.finish()

    plain = on_console(lambda console: tell(console))
    harmless(plain)
    assert plain.count("\n") == on_console(lambda console: _tame(console)).count("\n")


def _tame(console: Console) -> None:
    """The run of the test above, with nothing hostile in it: it has as many lines."""
    broken = FAILED_STAGE | dict.fromkeys(("reason", "seen", "expected", "advice", "scenario", "id"), "x")
    broken |= {"evidence": [exchange(path="x", title="x", method="PUT")]}
    reporter = Reporter(console, verbose=True)
    for event in (STARTED, PASSED_STAGE, broken, FINISHED | {"problems": ["x"]}):
        reporter.take(event)
    reporter.finish()


@each
def test_the_console_of_the_demonstration(value: str) -> None:
    def stage(number: int) -> dict[str, Any]:
        return {
            "number": number,
            "title": "A stage",
            "sender": "User 1",
            "receiver": "Broker",
            "call": None,
            "state": "observed",
            "carried": {"partnerId": value},
        }

    def tell(console: Console) -> None:
        narrator = Narrator(console)
        narrator.begin(1, Level.USER)
        narrator.end([StageVerdict(Verdict.PASS, stage(1), ""), StageVerdict(Verdict.FAIL, stage(2), value)])

    told = on_console(tell)
    harmless(told)
    assert len(told.splitlines()) == 6


@each
def test_the_console_of_a_run_by_hand(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mock_ctrader.conformance.dialogue.require_terminal", lambda _: None)

    def tell(console: Console) -> None:
        dialogue = TerminalDialogue(console, io.StringIO("y\n"))
        dialogue.instruct(f"open {value}")
        assert dialogue.ask(f"is it {value}?") == "y"

    harmless(on_console(tell), lines=False)


@each
def test_the_console_of_adapter_check(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    _tell(Tried("sign_up", Outcome.FAILED, value, (value, "GET /x -> 200")))
    told = capsys.readouterr().out.replace("\x1b[31m\x1b[1m", "").replace("\x1b[0m", "")
    harmless(told)
    assert len(told.splitlines()) == 3


@each
def test_a_line_of_the_access_log_stays_one(value: str) -> None:
    out = io.StringIO()
    log = AccessLog(SystemClock(), out)
    log.note(
        Event(
            seq=1,
            at=0,
            kind=Kind.EXCHANGE,
            direction=Direction.CTRADER_TO_BROKER,
            title=value,
            method="GET",
            path=f"/{value}",
            status=200,
            error_code=value,
            details={"milliseconds": 1},
        )
    )
    assert out.getvalue().count("\n") == 1
    assert out.getvalue().isascii()
    harmless(out.getvalue(), lines=False)


def with_value(event: Any, value: str) -> Any:
    """As `spoiled`, with another payload."""
    old, new = (json.dumps(text)[1:-1] for text in (HOSTILE, value))
    return json.loads(json.dumps(spoiled(event)).replace(old, new))


@each
def test_every_report_keeps_its_form(value: str) -> None:
    events = [with_value(event, value) for event in run_events()]
    run, plain = fold(events), fold([with_value(event, "x") for event in run_events()])

    page = html.render(run)
    harmless(page, lines=False)
    tree, tame = BeautifulSoup(page, "html.parser"), BeautifulSoup(html.render(plain), "html.parser")
    assert not tree.select("script, img[onerror], [onerror]")
    for part in ("table", "tr", "td", "details", "pre"):
        assert len(tree.select(part)) == len(tame.select(part))

    summary = markdown.render(run)
    harmless(summary, lines=False)
    assert summary.count("\n") == markdown.render(plain).count("\n")
    rows = [re.sub(r"\\.", "", line).count("|") for line in summary.splitlines() if line.startswith("|")]
    assert rows == [line.count("|") for line in markdown.render(plain).splitlines() if line.startswith("|")]
    assert "<script" not in summary
    assert "`" not in summary
    assert not re.search(r"^(---|=|\+|@|\d+\. )", summary, re.MULTILINE)

    suites = junit.render(run)
    harmless(suites, lines=False)
    root, other = ElementTree.fromstring(suites), ElementTree.fromstring(junit.render(plain))
    assert [one.tag for one in root.iter()] == [one.tag for one in other.iter()]

    for text in (cucumber.render(run), *(as_line(event) for event in events)):
        assert text.isascii()
        harmless(text, lines=False)
        json.loads(text)
    assert all(len(as_line(event).splitlines()) == 1 for event in events)


@pytest.mark.parametrize("value", ["---", "- x", "1. x", "# x", "> x", "+ x", "* x", "=== x", "12) x", "12. x"])
def test_what_a_markdown_text_begins_with_begins_nothing(value: str) -> None:
    before, after = (
        markdown.render(fold([STARTED, FAILED_STAGE | {"reason": reason}, FINISHED])).splitlines()
        for reason in ("x", value)
    )
    (changed,) = [line for line in after if line not in before]
    assert not re.match(r"[-+*>#=]|\d+[.)]", changed)
