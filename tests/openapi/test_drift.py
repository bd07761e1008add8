"""The documents and the server say the same: routes against paths, schemas against schemas, both ways."""

import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from broker_reference.app import create_app as create_broker
from broker_reference.app import wire
from broker_reference.settings import Settings as BrokerSettings
from mock_ctrader.app import create_app
from mock_ctrader.backend.calls import CALLS
from mock_ctrader.backend.wire import WEBSERV
from mock_ctrader.control import schemas as control_schemas
from mock_ctrader.errors import CTraderError
from mock_ctrader.resources import resource
from mock_ctrader.settings import Settings, ready_sandbox

_OURS = ("/control",)
_VENDOR = ("/cid", "/v1", "/v2")
_IGNORED_METHODS = {"HEAD", "OPTIONS"}


def document(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((resource("openapi") / f"{name}.yaml").read_text(encoding="utf-8"))
    return loaded


def documented(name: str) -> set[tuple[str, str]]:
    return {
        (method.upper(), re.sub(r"\{\w+\}", "{}", path))
        for path, item in document(name)["paths"].items()
        for method in item
        if method in {"get", "put", "post", "patch", "delete"}
    }


def served(app: Flask, prefixes: tuple[str, ...]) -> set[tuple[str, str]]:
    return {
        (method, re.sub(r"<[^>]+>", "{}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - _IGNORED_METHODS
        if rule.rule.startswith(prefixes)
    }


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    state = tmp_path_factory.mktemp("drift") / "state.db"
    return create_app(Settings("127.0.0.1", 8080, str(state), ready_sandbox({})))


@pytest.mark.parametrize(("name", "prefixes"), [("ctrader", _VENDOR), ("control", _OURS)])
def test_routes_and_paths_agree(app: Flask, name: str, prefixes: tuple[str, ...]) -> None:
    assert served(app, prefixes) == documented(name)


def test_broker_routes_and_paths_agree(tmp_path: Path) -> None:
    settings = BrokerSettings(
        ctrader_url="http://127.0.0.1:1",
        broker_crm_name="CRM",
        broker_name="BROKER",
        manager_login=1,
        group_name="Default",
        success_url="http://127.0.0.1:1/success",
        manager_password="secret",
        crm_password="secret",
    )
    app = create_broker(wire(settings, tmp_path / "broker.db", "http://127.0.0.1:2"))
    assert served(app, ("/oauth2", "/webhooks")) == documented("broker")


def test_calls_carry_the_documented_numbers() -> None:
    paths = document("ctrader")["paths"]
    assert {(call.method, call.path, call.number) for call in CALLS} == {
        (method.upper(), path, operation["x-call"])
        for path, item in paths.items()
        for method, operation in item.items()
        if method != "parameters"
    }


def test_roots_of_xml_agree() -> None:
    """Whatever answers with keys under /webserv/ says how they are wrapped in XML."""
    paths = document("ctrader")["paths"]
    roots = {
        call.number: paths[call.path][call.method.lower()].get("x-xml-root")
        for call in CALLS
        if call.path.startswith(WEBSERV)
    }
    assert roots == {
        call.number: None if call.root == "answer" else call.root for call in CALLS if call.number in roots
    }


_KEYS_IN_BODY = [call for call in CALLS if not call.keys_in_query]


def body_schema(call: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    root = document("ctrader")
    schema = root["paths"][call.path][call.method.lower()]["requestBody"]["content"]["application/json"]["schema"]
    return root, schema


def resolve(root: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        found: Any = root
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


@pytest.mark.parametrize("call", _KEYS_IN_BODY, ids=lambda call: call.number)
def test_body_keys_agree(call: Any) -> None:
    root, schema = body_schema(call)
    described = resolve(root, schema)
    assert set(described["properties"]) == set(call.keys.fields)
    required = {name for name, field in call.keys.fields.items() if field.required}
    assert set(described.get("required", [])) == required


@pytest.mark.parametrize("call", [call for call in CALLS if call.keys_in_query], ids=lambda call: call.number)
def test_query_keys_agree(call: Any) -> None:
    root = document("ctrader")
    item = root["paths"][call.path]
    given_parameters = [*item.get("parameters", []), *item[call.method.lower()].get("parameters", [])]
    parameters = {one["name"]: one for one in (resolve(root, parameter) for parameter in given_parameters)}
    parameters = {name: one for name, one in parameters.items() if one["in"] == "query"}
    assert set(parameters) == set(call.keys.fields)
    required = {name for name, one in parameters.items() if one.get("required")}
    assert required == {name for name, field in call.keys.fields.items() if field.required}


@pytest.mark.parametrize(
    ("schema", "component"),
    [
        (control_schemas.NewSandbox(), "NewSandbox"),
        (control_schemas.ChangeSandbox(), "SandboxChanges"),
        (control_schemas.SwitchKeys(), "SwitchChanges"),
        (control_schemas.ActionUrlKeys(), "ActionUrlChanges"),
        (control_schemas.NewManager(), "NewManager"),
        (control_schemas.AdvanceClock(), "AdvanceClock"),
    ],
)
def test_control_keys_agree(schema: Any, component: str) -> None:
    assert set(document("control")["components"]["schemas"][component]["properties"]) == set(schema.fields)


# values that sit on the edges of what a key may hold
_EDGES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 10**19),
    st.floats(allow_nan=False, allow_infinity=False).filter(lambda value: not value.is_integer()),
    st.text(max_size=300),
    st.from_regex(r"[0-9]{1,19}", fullmatch=True),
    st.sampled_from(["", " ", "true", "false", "EUR", "pt", "a@b.cd", "MAX", "FULL_ACCESS", "0" * 32, "\0"]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


@pytest.mark.parametrize("call", _KEYS_IN_BODY, ids=lambda call: call.number)
def test_schema_and_document_take_and_refuse_the_same(call: Any) -> None:
    """marshmallow and OpenAPI judge each key alike, whatever it holds."""
    root, schema = body_schema(call)
    registry = jsonschema_rs.Registry([("urn:root", root)])
    described = resolve(root, schema)["properties"]

    @hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(st.sampled_from(sorted(call.keys.fields)), _EDGES)
    def agree(key: str, value: Any) -> None:
        node = _absolute(described[key])
        documented_ok = jsonschema_rs.Draft202012Validator(node, registry=registry).is_valid(value)
        try:
            call.keys.read({key: value})
            taken = True
        except CTraderError as refusal:
            # other required keys are missing; only this key's own complaint counts
            taken = not any(
                line == key or line.startswith((f"{key}:", f"{key}.")) for line in refusal.description.split("; ")
            )
        assert taken == documented_ok, f"{key}={value!r}: server {taken}, document {documented_ok}"

    agree()


def _absolute(node: Any) -> Any:
    if isinstance(node, dict):
        return {
            key: "urn:root" + value if key == "$ref" and value.startswith("#") else _absolute(value)
            for key, value in node.items()
        }
    return [_absolute(one) for one in node] if isinstance(node, list) else node
