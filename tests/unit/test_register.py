"""The register of rules is whole, and everything it refers to is there."""

import ast
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mock_ctrader import register
from mock_ctrader.backend.calls import CALLS
from mock_ctrader.cli import main
from mock_ctrader.flows import Proof
from mock_ctrader.register import RULINGS, RegisterError, Rule
from tests.unit.test_flows import FEATURES, parsed, scenarios_of, tags_of

ROOT = Path(__file__).parents[2]
REGISTER = register.load()
GOOD = {
    "id": "a-rule",
    "text": "It holds.",
    "level": "must",
    "source": "section 3.6; E-7",
    "provenance": "docs",
    "unproved": "because",
}


@cache
def proofs_in(path: Path) -> frozenset[str]:
    """The scenarios of a feature, or the tests of a module; empty if there is no such file."""
    if not path.is_file():
        return frozenset()
    if path.suffix == ".feature":
        return frozenset(scenario["name"] for scenario in scenarios_of(parsed(path)))
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        inside = node.body if isinstance(node, ast.ClassDef) else [node]
        prefix = f"{node.name}::" if isinstance(node, ast.ClassDef) else ""
        found |= {prefix + one.name for one in inside if isinstance(one, ast.FunctionDef)}
    return frozenset(name for name in found if name.rpartition("::")[2].startswith("test_"))


def as_toml(values: dict[str, Any]) -> str:
    return "[[rule]]\n" + "\n".join(f"{key} = {json.dumps(value)}" for key, value in values.items()) + "\n"


@pytest.mark.parametrize("rule", REGISTER, ids=lambda rule: rule.id)
def test_what_proves_a_rule_is_there(rule: Rule) -> None:
    for reference in rule.proved_by:
        path, _, name = reference.partition("::")
        assert name in proofs_in(ROOT / path), reference
        assert rule.proved_by.count(reference) == 1, reference


def test_every_ruling_is_covered() -> None:
    assert {ruling for rule in REGISTER for ruling in rule.rulings} == set(RULINGS)


def test_every_ruling_a_feature_names_is_one() -> None:
    named = {
        tag.removeprefix("@")
        for path in FEATURES.rglob("*.feature")
        for node in (parsed(path), *scenarios_of(parsed(path)))
        for tag in tags_of(node)
        if tag.startswith("@E-")
    }
    assert named
    assert named <= set(RULINGS)


def test_every_thing_a_stage_must_show_has_its_rule() -> None:
    stages = {rule.id for rule in REGISTER if rule.id.startswith("stage-")}
    assert stages == {f"stage-{proof.value.replace('_', '-')}" for proof in Proof}


def test_every_call_has_a_rule_and_a_rule_names_a_call_there_is() -> None:
    named = {rule.call for rule in REGISTER} - {""}
    outgoing = {"4.1", "4.2", "4.3", "4.4", "4.5", "C.1", "C.3"}
    assert named <= {call.number for call in CALLS} | outgoing
    assert {call.number for call in CALLS if call.number.startswith("3.")} <= named
    assert outgoing <= named


def test_the_readme_says_what_the_register_says() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert register.with_limitations(text, REGISTER) == text, "run `make limitations`"
    assert "vault" in text.partition(register.END)[2]


@pytest.mark.parametrize("text", ["", register.BEGIN, f"{register.END}{register.BEGIN}", register.END * 2])
def test_a_document_without_its_markers_is_refused(text: str) -> None:
    with pytest.raises(RegisterError, match="once each"):
        register.with_limitations(text, REGISTER)


def test_the_list_goes_between_the_markers_and_holds_limitations_only() -> None:
    shown = Rule(**GOOD | {"limitation": True})
    hidden = Rule(**GOOD | {"text": "Hidden."})
    text = f"before {register.BEGIN} old {register.END} after"
    assert register.with_limitations(text, [shown, hidden]) == (
        f"before {register.BEGIN}\n- It holds (section 3.6; E-7).\n{register.END} after"
    )


def test_a_good_register_is_read(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(as_toml(GOOD))
    [rule] = register.load(path)
    assert rule == Rule(**GOOD)
    assert rule.rulings == ["E-7"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"id": "Not Kebab"}, "kebab"),
        ({"text": ""}, "text must be"),
        ({"text": 7}, "text must be"),
        ({"text": "two\nlines"}, "one line"),
        ({"level": "maybe"}, "level must be"),
        ({"provenance": "hearsay"}, "provenance must be"),
        ({"provenance": "recommendation"}, "documented"),
        ({"source": "E-29"}, "E-28"),
        ({"unproved": " "}, "either"),
        ({"proved_by": ["tests/x.py::y"]}, "either"),
        ({"proved_by": [7], "unproved": ""}, "texts"),
        ({"limitation": 1}, "limitation must be"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_bad_rule_is_named(tmp_path: Path, changes: dict[str, Any], told: str) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(as_toml(GOOD | changes))
    with pytest.raises(RegisterError, match=told) as refused:
        register.load(path)
    assert str(refused.value).startswith("rule 1 (")


def test_an_id_is_there_once(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(as_toml(GOOD) * 2)
    with pytest.raises(RegisterError, match="a-rule: the id is there 2 times"):
        register.load(path)


def test_what_is_no_toml_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text("[[rule]")
    with pytest.raises(RegisterError, match=r"rules\.toml"):
        register.load(path)


def test_the_command_prints_the_rules_of_a_call() -> None:
    found = json.loads(CliRunner().invoke(main, ["rules", "--call", "3.6", "--json"]).output)
    assert found == [rule.as_dict() for rule in REGISTER if rule.call == "3.6"]
    everything = CliRunner().invoke(main, ["rules"]).output
    assert all(rule.text in everything for rule in REGISTER)
    refused = CliRunner().invoke(main, ["rules", "--call", "9.9"])
    assert refused.exit_code == 2
    assert "'9.9'" in refused.output
