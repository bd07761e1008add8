"""What an order to verify a broker comes to: its target, its plans, and what of it is refused."""

import io
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from mock_ctrader.conformance import verify
from mock_ctrader.conformance.broker_file import PLANS, BrokerFile, read_broker_file
from mock_ctrader.conformance.verify import Order
from mock_ctrader.settings import SettingsError

_BROKER = '[broker]\nname = "N"\nscreen_url = "http://127.0.0.1:1/in"\ncrm_url = "http://127.0.0.1:1/c"\n'
_MANUAL = f'{_BROKER}levels = ["user"]\n[adapter]\nkind = "manual"\n'


@pytest.fixture
def printed() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def console(printed: io.StringIO) -> Console:
    return Console(file=printed, width=200)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "broker.toml"
    path.write_text(_MANUAL, encoding="utf-8")
    return path


@pytest.fixture
def _at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify.sys, "stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr(verify, "mock_for", lambda *_: nullcontext(("http://127.0.0.1:1", {"id": "s"})))


def file_of(config: Path) -> BrokerFile:
    return read_broker_file(config, {})


def test_the_bundled_broker_comes_with_its_own_mock(console: Console) -> None:
    with pytest.raises(SettingsError, match="--mock-url: needs --config"):
        verify.run(console, Order(mock_url="http://127.0.0.1:1"))


def test_nobody_acts_by_hand_without_a_terminal(
    console: Console, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify.sys, "stdin", io.StringIO())
    with pytest.raises(SettingsError, match="needs somebody at a terminal"):
        verify.run(console, Order(config))


@pytest.mark.usefixtures("_at_a_terminal")
def test_nobody_acts_twice_at_once_by_hand(console: Console, config: Path) -> None:
    with pytest.raises(SettingsError, match="plays one flow at a time, got 2"):
        verify.run(console, Order(config, workers=2))


@pytest.mark.usefixtures("_at_a_terminal")
def test_a_person_plays_what_was_ordered(config: Path) -> None:
    with verify._target(Order(config, flows=(2,), stages=(4, 5))) as target:
        assert target.sandbox == {"id": "s"}
        assert (target.flows, target.levels, target.stages) == ([2], ["user"], [4, 5])


@pytest.mark.usefixtures("_at_a_terminal")
def test_a_level_that_the_broker_does_not_have_is_refused(console: Console, config: Path) -> None:
    with pytest.raises(SettingsError, match=r"--level: account is none of the levels of broker.toml: user"):
        verify.run(console, Order(config, levels=("account",)))


@pytest.mark.parametrize(
    ("order", "plans"),
    [
        ({}, tuple(plan for plan in PLANS if plan != "screens")),
        ({"flows": (1,)}, ("attribution",)),
        ({"stages": (3,), "plans": ("functional",)}, ("functional",)),
        ({"plans": ("screens", "crm-api")}, tuple(plan for plan in PLANS if plan in ("screens", "crm-api"))),
    ],
)
def test_screens_are_left_out_only_where_nobody_asked_for_plans(
    console: Console,
    printed: io.StringIO,
    config: Path,
    monkeypatch: pytest.MonkeyPatch,
    order: dict[str, Any],
    plans: tuple[str, ...],
) -> None:
    monkeypatch.setattr(verify, "can_show_screens", lambda: False)
    assert verify._plans(console, Order(config, **order), file_of(config)) == plans
    assert ("The plan screens is left out" in printed.getvalue()) == (not order)


def test_all_plans_are_played_where_there_is_a_browser(
    console: Console, printed: io.StringIO, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "can_show_screens", lambda: True)
    assert verify._plans(console, Order(config), file_of(config)) == PLANS
    assert printed.getvalue() == ""
