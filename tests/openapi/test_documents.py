"""The three OpenAPI documents are sound in themselves: no server is needed for these checks."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema_rs
import pytest
import schemathesis
import yaml
from schemathesis.core.result import Ok

from mock_ctrader import contract_form

FOLDER = Path(__file__).parents[2] / "openapi"
NAMES = ["broker", "control", "ctrader"]
METHODS = {"get", "put", "post", "delete", "patch"}
BASE = "https://documents.test/"

JSON = dict[str, Any]


class Operation(NamedTuple):
    """One operation with the parameters of its path merged in."""

    where: str
    definition: JSON
    parameters: list[JSON]


class Sample(NamedTuple):
    """An example and the schema it has to fit."""

    where: str
    value: object
    schema: JSON


class Document:
    """A parsed document that can follow its own references."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.path = FOLDER / f"{name}.yaml"
        self.content: JSON = yaml.safe_load(self.path.read_text(encoding="utf-8"))

    def follow(self, node: JSON) -> JSON:
        """The node itself, or what its `$ref` points at; only references inside the document exist."""
        while "$ref" in node:
            target: Any = self.content
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = target
        return node

    def operations(self) -> Iterator[Operation]:
        for path, item in self.content["paths"].items():
            for method in METHODS & item.keys():
                own = [*item.get("parameters", []), *item[method].get("parameters", [])]
                yield Operation(f"{method.upper()} {path}", item[method], [self.follow(p) for p in own])

    def responses(self, operation: Operation) -> dict[str, JSON]:
        return {status: self.follow(node) for status, node in operation.definition["responses"].items()}

    def samples(self) -> Iterator[Sample]:
        for where, holder in self._holders():
            for name, example in holder.get("examples", {}).items():
                yield Sample(f"{where} {name}", self.follow(example)["value"], holder["schema"])

    def _holders(self) -> Iterator[tuple[str, JSON]]:
        """Whatever can have examples: parameters and the media types of bodies and responses."""
        for operation in self.operations():
            for parameter in operation.parameters:
                yield f"{operation.where} ?{parameter['name']}", parameter
            bodies = {"request": operation.definition.get("requestBody", {}), **self.responses(operation)}
            for part, body in bodies.items():
                for media_type, holder in body.get("content", {}).items():
                    yield f"{operation.where} {part} {media_type}", holder

    def holders_without_examples(self) -> list[str]:
        return [where for where, holder in self._holders() if not holder.get("examples")]

    def validator(self, schema: JSON) -> jsonschema_rs.Validator:
        """Validates against a schema of this document, whose references lead into the document."""
        registry = jsonschema_rs.Registry([(BASE + self.name, {**self.content, "$id": BASE + self.name})])
        return jsonschema_rs.Draft202012Validator(
            {"$id": f"{BASE}{self.name}-check", **_absolute(schema, BASE + self.name)}, registry=registry
        )


def _absolute(node: Any, base: str) -> Any:
    if isinstance(node, dict):
        return {key: base + value if key == "$ref" else _absolute(value, base) for key, value in node.items()}
    return [_absolute(item, base) for item in node] if isinstance(node, list) else node


@pytest.fixture(params=NAMES)
def document(request: pytest.FixtureRequest) -> Document:
    return Document(request.param)


def test_the_documents_are_these_three() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.yaml")) == NAMES


def test_is_openapi_31_with_operations_the_fuzzer_can_read(document: Document) -> None:
    schema = schemathesis.openapi.from_path(document.path)
    results = list(schema.get_all_operations())

    assert document.content["openapi"].startswith("3.1")
    assert all(isinstance(result, Ok) for result in results), [r for r in results if not isinstance(r, Ok)]
    assert len(results) == len(list(document.operations())) > 0
    schema.validate()


def test_every_reference_leads_somewhere(document: Document) -> None:
    def references(node: Any) -> Iterator[JSON]:
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                yield node
            for value in node.values():
                yield from references(value)
        elif isinstance(node, list):
            for item in node:
                yield from references(item)

    found = list(references(document.content))
    assert all(node["$ref"].startswith("#/") for node in found)
    for node in found:
        document.follow(node)


def test_every_component_is_used(document: Document) -> None:
    text = document.path.read_text(encoding="utf-8")
    unused = [
        f"{kind}/{name}"
        for kind, components in document.content["components"].items()
        for name in components
        if kind != "securitySchemes" and f'#/components/{kind}/{name}"' not in text
    ]
    assert unused == []


def test_every_schema_compiles(document: Document) -> None:
    for schema in document.content["components"]["schemas"].values():
        document.validator(schema)


def test_every_example_fits_its_schema(document: Document) -> None:
    samples = list(document.samples())
    misfits = [
        f"{sample.where}: {error.message}"
        for sample in samples
        for error in document.validator(sample.schema).iter_errors(sample.value)
    ]
    assert samples
    assert misfits == []


def test_every_body_and_parameter_has_an_example(document: Document) -> None:
    assert document.holders_without_examples() == []


def test_every_status_is_listed_and_none_is_default(document: Document) -> None:
    for operation in document.operations():
        statuses = document.responses(operation)
        assert statuses, operation.where
        assert all(status.isdigit() and len(status) == 3 for status in statuses), operation.where
        assert any(status.startswith("2") for status in statuses), operation.where


def test_every_response_and_operation_is_described(document: Document) -> None:
    for operation in document.operations():
        assert operation.definition["description"].strip(), operation.where
        assert operation.definition["x-provenance"], operation.where
        for status, response in document.responses(operation).items():
            assert response["description"].strip(), f"{operation.where} {status}"


def test_operation_ids_are_unique(document: Document) -> None:
    names = [operation.definition["operationId"] for operation in document.operations()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", ["broker", "ctrader"])
def test_vendor_calls_carry_their_number(name: str) -> None:
    for operation in Document(name).operations():
        number = operation.definition["x-call"]
        assert isinstance(number, str), operation.where
        assert operation.definition["summary"].startswith(f"{number} "), operation.where


def test_only_calls_that_are_not_get_can_be_limited() -> None:
    for operation in Document("ctrader").operations():
        limited = "429" in document_statuses(operation)
        assert limited is not operation.where.startswith("GET "), operation.where


def document_statuses(operation: Operation) -> set[str]:
    return set(operation.definition["responses"])


@pytest.mark.parametrize("name", ["control", "ctrader"])
def test_links_lead_to_operations_and_their_parameters(name: str) -> None:
    document = Document(name)
    targets = {operation.definition["operationId"]: operation for operation in document.operations()}
    checked = 0
    for operation in document.operations():
        for response in document.responses(operation).values():
            for link_name, link in response.get("links", {}).items():
                target = targets[link["operationId"]]
                known = {parameter["name"] for parameter in target.parameters}
                assert set(link.get("parameters", {})) <= known, link_name
                assert set(link.get("requestBody", {})) <= body_keys(document, target), link_name
                checked += 1
    assert checked


def body_keys(document: Document, operation: Operation) -> set[str]:
    content = operation.definition.get("requestBody", {}).get("content", {})
    if not content:
        return set()
    return set(document.follow(content["application/json"]["schema"])["properties"])


@pytest.mark.parametrize("name", contract_form.DOCUMENTS)
def test_what_a_server_reads_is_what_people_read(name: str) -> None:
    written = (FOLDER / f"{name}.json").read_text(encoding="utf-8")

    assert written == contract_form.as_json(FOLDER / f"{name}.yaml"), "make contract"
