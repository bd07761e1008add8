"""The reference of broker.toml: its snippets can be read, and it names every key there is."""

import re
import tomllib
from pathlib import Path

import pytest

from mock_ctrader.conformance.adapters.declaration import VERBS, read_declaration
from mock_ctrader.conformance.adapters.steps import ACTIONS, ANSWERS
from mock_ctrader.conformance.adapters.templates import KNOWN_NAMES
from mock_ctrader.conformance.broker_file import read_broker_file

_PAGE = (Path(__file__).parents[2] / "docs" / "broker-toml.md").read_text(encoding="utf-8")
_SNIPPETS = re.findall(r"```toml\n(.*?)```", _PAGE, re.DOTALL)
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


def test_there_are_snippets() -> None:
    assert len(_SNIPPETS) == 7


@pytest.mark.parametrize("name", sorted([*VERBS, *ACTIONS, *{key for keys in ANSWERS.values() for key in keys}]))
def test_every_verb_and_key_is_named(name: str) -> None:
    assert re.search(rf"`{name}\b", _PAGE), name


@pytest.mark.parametrize("name", sorted(KNOWN_NAMES))
def test_every_template_is_named(name: str) -> None:
    assert f"`{{{name}}}`" in _PAGE
