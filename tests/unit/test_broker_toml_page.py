"""The reference of broker.toml: its snippets can be read, and it names every key there is."""

import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from mock_ctrader.conformance.adapter import Surroundings
from mock_ctrader.conformance.adapters.browser import BrowserAdapter
from mock_ctrader.conformance.adapters.browser_steps import Step as BrowserStep
from mock_ctrader.conformance.adapters.declaration import VERBS, read_declaration
from mock_ctrader.conformance.adapters.steps import ACTIONS, ANSWERS
from mock_ctrader.conformance.adapters.templates import KNOWN_NAMES
from mock_ctrader.conformance.broker_file import VerifyTable, read_broker_file
from mock_ctrader.conformance.screen_settings import ScreenSettings
from mock_ctrader.conformance.trace import Trace

_PAGE = (Path(__file__).parents[2] / "docs" / "broker-toml.md").read_text(encoding="utf-8")
_SNIPPETS = re.findall(r"```toml\n(.*?)```", _PAGE, re.DOTALL)
_SCREENS = [f"screens.{one.name}" for one in fields(ScreenSettings)]
_ELSEWHERE = ("where", "readers", "id_in_link")
_SECRETS = {"NORTHWIND_MANAGER_PASSWORD": "a", "NORTHWIND_CRM_PASSWORD": "b"}


@pytest.mark.parametrize("snippet", _SNIPPETS, ids=range(len(_SNIPPETS)))
def test_snippet_can_be_read(snippet: str, tmp_path: Path) -> None:
    if "[adapter]" in snippet:
        (tmp_path / "broker.toml").write_text(snippet, encoding="utf-8")
        table = read_broker_file(tmp_path / "broker.toml", _SECRETS).adapter
        assert len(snippet.strip().splitlines()) <= 30
    else:
        table = tomllib.loads(snippet)
    if table.get("kind", "http") == "http":
        assert read_declaration(table, "http://127.0.0.1", tmp_path)
    elif table["kind"] == "browser":
        assert BrowserAdapter(table, Surroundings("http://127.0.0.1", "http://a/b", lambda _: {}, Trace()))


def test_there_are_snippets() -> None:
    assert len(_SNIPPETS) == 8


@pytest.mark.parametrize("name", sorted([*VERBS, *ACTIONS, *{key for keys in ANSWERS.values() for key in keys}]))
def test_every_verb_and_key_is_named(name: str) -> None:
    assert re.search(rf"`{name}\b", _PAGE), name


@pytest.mark.parametrize("name", [one.name for one in fields(BrowserStep) if one.name not in _ELSEWHERE])
def test_every_key_of_a_browser_step_is_named(name: str) -> None:
    assert re.search(rf"`{name}\b", _PAGE.partition('## `kind = "browser"`')[2]), name


@pytest.mark.parametrize("name", [*(f"verify.{one.name}" for one in fields(VerifyTable)), *_SCREENS])
def test_every_key_of_the_other_tables_is_named(name: str) -> None:
    assert f"`{name}`" in _PAGE, name


@pytest.mark.parametrize("name", sorted(KNOWN_NAMES))
def test_every_template_is_named(name: str) -> None:
    assert f"`{{{name}}}`" in _PAGE
