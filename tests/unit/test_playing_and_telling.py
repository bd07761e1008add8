"""Playing a flow, and telling of it, where things go otherwise than with a broker that works."""

import io
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from rich.console import Console

from mock_ctrader.conformance import demo, duties, gallery, scope
from mock_ctrader.conformance.clients import MockError
from mock_ctrader.conformance.drive import Drive
from mock_ctrader.conformance.gallery import Gallery
from mock_ctrader.conformance.narrate import Narrator
from mock_ctrader.conformance.played import Played
from mock_ctrader.conformance.screen_settings import ScreenSettings
from mock_ctrader.conformance.staging import calls
from mock_ctrader.conformance.verdicts import StageVerdict, Verdict
from mock_ctrader.flows import Level
from tests.unit.served import serving


def stage(number: int, state: str) -> dict[str, Any]:
    """A stage of a journey."""
    return {
        "number": number,
        "state": state,
        "sender": "broker",
        "receiver": "cTrader",
        "title": f"stage {number}",
        "call": "3.6",
        "carried": {},
        "events": [],
    }


@pytest.fixture
def printed() -> io.StringIO:
    return io.StringIO()


def test_who_is_not_signed_in_after_signing_up_ends_the_flow(monkeypatch: pytest.MonkeyPatch) -> None:
    reports: list[tuple[int, dict[str, Any]]] = []
    journey = {"stages": []}
    control = SimpleNamespace(
        announce=lambda *_: "j1",
        journey=lambda _: journey,
        report=lambda _, number, **facts: reports.append((number, facts)),
    )
    trace = SimpleNamespace(mark=lambda: 0, since=lambda _: [])
    adapter = SimpleNamespace(sign_up=lambda *_: "http://a/ok", surroundings=SimpleNamespace(trace=trace))
    bench: Any = SimpleNamespace(
        control=lambda: control, app_url="http://127.0.0.1:1/app/b", adapter=adapter, patience=0.0
    )
    drive = Drive(bench, 1, Level.USER)
    refused = {"error": {"description": "the broker knows no such token"}}
    app = SimpleNamespace(open_sign_in=lambda **_: "http://b/in", finish=lambda _: (False, refused))
    monkeypatch.setattr(drive, "_partner_app", app)

    assert drive.run() is journey  # type: ignore[comparison-overlap]
    why = "the user creation flow of User 1 did not end signed in: the broker knows no such token"
    assert reports == [(1, {"error": why})]


def test_a_stage_before_which_nothing_happened_has_no_evidence() -> None:
    bench: Any = SimpleNamespace(control=lambda: SimpleNamespace(all_events=lambda: []))
    drive: Any = SimpleNamespace(traces={3: [{"method": "GET"}]})
    played = Played(bench, drive, {"stages": [stage(number, "pending") for number in (1, 2, 3)]})
    assert played.evidence(2) == []
    assert played.evidence(3) == [{"method": "GET"}]


def test_stages_are_told_as_far_as_they_are_proved_then_with_what_went_wrong(printed: io.StringIO) -> None:
    narrator = Narrator(Console(file=printed, width=200))
    narrator.begin(1, Level.USER)
    stages = [stage(1, "observed"), stage(2, "violated"), stage(3, "observed")]
    narrator.progress({"stages": stages})
    narrator.progress({"stages": stages})
    assert printed.getvalue().count("proved") == 1
    verdicts = [
        StageVerdict(Verdict.PASS, stages[0], ""),
        StageVerdict(Verdict.FAIL, stages[1], "it is another\nidentifier"),
        StageVerdict(Verdict.BLOCKED, stages[2], "blocked by stage 2", blocked_by=2),
    ]
    narrator.end(verdicts)
    lines = [line.split() for line in printed.getvalue().splitlines() if line.strip()]
    assert [line[:2] for line in lines[1:]] == [["1", "proved"], ["2", "FAILED"], ["it", "is"], ["3", "blocked"]]
    assert "it is another identifier" in printed.getvalue()


def test_a_demonstration_that_proves_too_little_leads_nowhere_else(
    monkeypatch: pytest.MonkeyPatch, printed: io.StringIO
) -> None:
    ready = {"baseUrl": "http://127.0.0.1:1", "brokerUrl": "http://127.0.0.1:2"}
    start = SimpleNamespace(start=lambda *_, **__: nullcontext(SimpleNamespace(ready=ready)))
    failed = [StageVerdict(Verdict.FAIL, stage(1, "violated"), "no call 3.6")]
    played = SimpleNamespace(play=lambda *_: SimpleNamespace(verdicts=failed))
    monkeypatch.setattr(demo, "MockProcess", start)
    monkeypatch.setattr(demo, "Library", lambda _: played)
    for name in ("bench_of", "reference_target"):
        monkeypatch.setattr(demo, name, lambda one: one)

    assert not demo.run(Console(file=printed, width=200))
    assert "0 of 72 stages proved" in printed.getvalue()
    assert "Next:" not in printed.getvalue()


def test_a_duty_of_no_provenance_there_is_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    register = tmp_path / "duties.toml"
    register.write_text('[a]\ntext = "t"\nsource = "3.6"\nprovenance = "hearsay"\nadvice = "a"\n')
    monkeypatch.setattr(duties, "_FILE", register)
    with pytest.raises(ValueError, match=r"duties.toml: a.provenance: 'hearsay'"):
        duties.duties.__wrapped__()


@pytest.mark.parametrize(
    ("seconds", "shown"), [([1.0, 9.9], 1.0), ([60.0, 2.0], 2.0), ([None, 3.0], 3.0), ([60.0, 61.0], 61.0)]
)
def test_a_slow_screen_has_a_second_chance(
    monkeypatch: pytest.MonkeyPatch, seconds: list[float | None], shown: float
) -> None:
    looks = iter([SimpleNamespace(load_seconds=one) for one in seconds])
    chromium = SimpleNamespace(run=lambda _: next(looks))
    monkeypatch.setattr(gallery, "chromium_for", lambda *_: chromium)
    one = Gallery("http://b.example/login", ScreenSettings())
    assert one.see("http://b.example/login").load_seconds == shown
    assert one.see("http://b.example/login").load_seconds == shown, "looked at once"


def test_only_scenarios_of_the_suite_are_spread_over_workers() -> None:
    class Item:
        def __init__(self, path: str, *marks: str) -> None:
            self.path, self._marks = Path(path), marks
            self.added: list[Any] = []

        def get_closest_marker(self, name: str) -> str | None:
            return name if name in self._marks else None

        def add_marker(self, mark: Any) -> None:
            self.added.append(mark.args[0])

    waits, ours, other = Item("/suite/test_a.py", "last"), Item("/suite/test_b.py"), Item("/else/test_c.py")
    items: Any = [waits, ours, other]
    scope.arrange(items, Path("/suite"))
    assert items == [ours, other, waits]
    assert [one.added for one in (waits, ours, other)] == [["test_a"], ["test_b"], []]


# what is made beforehand for `serve --given`


def test_money_and_bonus_are_different_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str, Any]] = []

    def ask(_world: calls.World, method: str, path: str, body: Any, *_: Any, **__: Any) -> dict[str, Any]:
        asked.append((method, path, body))
        return {"webservToken": "t", "login": 31}

    monkeypatch.setattr(calls.World, "_ask", ask)
    sandbox = {"managerLogin": 1, "managerPassword": "p", "brokerNames": ["b"], "groupName": "g"}
    givens = ("a trading account", "20.50 of money on the trading account", "5 of bonus on the trading account")
    told = calls.play({"baseUrl": "http://127.0.0.1:1", "sandbox": sandbox}, givens)

    assert [(path, body["type"]) for _, path, body in asked[-2:]] == [
        ("/v2/webserv/traders/31/changebalance", "DEPOSIT"),
        ("/v2/webserv/traders/31/changebonus", "DEPOSIT"),
    ]
    assert told[1:] == ["20.50 of money is on it", "5 of bonus is on it"]


def test_what_the_mock_refuses_ends_the_preparation() -> None:
    app = Flask(__name__)
    app.add_url_rule("/control/sandboxes/s", "s", lambda: ("no such sandbox", 404), methods=["PATCH"])
    with serving(app) as url, pytest.raises(MockError, match="PATCH /control/sandboxes/s answered 404: no such"):
        calls.play({"baseUrl": url, "sandbox": {"id": "s"}}, ("cTrader is strict",))
