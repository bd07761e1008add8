"""Holds each exchange to the OpenAPI documents, both ways, with compiled validators."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import jsonschema_rs

from mock_ctrader.masking import SECRET_KEYS
from mock_ctrader.resources import resource

Violation = dict[str, str]
# What a violation repeats of the offending value, in characters.
_MESSAGE_LIMIT = 300


# What authorises a call is held to being there; whether it is good is for the call itself to say.
_ANYTHING = jsonschema_rs.Draft202012Validator(True)


@dataclass(frozen=True, slots=True)
class _Parameter:
    name: str
    required: bool
    schema: jsonschema_rs.Validator


@dataclass(frozen=True, slots=True)
class _Operation:
    """The compiled checks of one operation."""

    parameters: list[_Parameter]
    body: jsonschema_rs.Validator | None
    body_required: bool
    answers: dict[int, jsonschema_rs.Validator | None]


class Contract:
    """The documents `ctrader` (3.x) and `broker` (4.x); each is read and compiled when first needed."""

    def __init__(self) -> None:
        self._documents: dict[str, dict[str, Any]] = {}
        self._registries: dict[str, jsonschema_rs.Registry] = {}
        self._operations: dict[tuple[str, str, str], _Operation] = {}
        self._lock = threading.Lock()

    def check(
        self,
        document: str,
        method: str,
        path: str,
        query: Mapping[str, str],
        request_body: Any,
        status: int | None,
        response_body: Any,
    ) -> list[Violation]:
        """Where an exchange departs from the document: each entry names the place and says what is wrong.

        Args:
            document: "ctrader" or "broker".
            path: the path as the document spells it.
            query: decoded query parameters.
            request_body: parsed JSON, or None for none.
            status: HTTP status, or None if there was no answer.
            response_body: parsed JSON, or None for an empty body.
        """
        operation = self._operation(document, method, path)
        found: list[Violation] = []
        for parameter in operation.parameters:
            if parameter.name in query:
                found += _query_errors(parameter, query[parameter.name])
            elif parameter.required:
                found.append({"where": f"request.query.{parameter.name}", "message": "required, but missing"})
        if request_body is not None and operation.body is not None:
            found += _errors("request.body", operation.body, request_body)
        elif request_body is None and operation.body_required:
            found.append({"where": "request.body", "message": "required, but missing"})
        if status is None:
            return found
        if status not in operation.answers:
            listed = ", ".join(str(known) for known in sorted(operation.answers))
            found.append({"where": "response.status", "message": f"{status} is not documented ({listed} are)"})
        elif (schema := operation.answers[status]) is not None and response_body is not None:
            found += _errors("response.body", schema, response_body)
        return found

    def _operation(self, document: str, method: str, path: str) -> _Operation:
        key = (document, method, path)
        if (known := self._operations.get(key)) is not None:
            return known
        with self._lock:
            if key not in self._operations:
                self._operations[key] = self._compile(*key)
            return self._operations[key]

    def _compile(self, document: str, method: str, path: str) -> _Operation:
        root = self._document(document)
        pointer = f"/paths/{_escape(path)}"
        item = root["paths"][path]
        operation = item[method.lower()]
        parameters = []
        for base, holder in ((pointer, item), (f"{pointer}/{method.lower()}", operation)):
            for index, given in enumerate(holder.get("parameters", [])):
                place, found = self._resolve(document, f"{base}/parameters/{index}", given)
                if found["in"] == "query":
                    validator = self._validator(document, f"{place}/schema")
                    parameters.append(_Parameter(found["name"], found.get("required", False), validator))
        parameters += [
            _Parameter(scheme["name"], True, _ANYTHING)
            for wanted in operation.get("security", root.get("security", []))
            for scheme in (root["components"]["securitySchemes"][name] for name in wanted)
            if scheme.get("in") == "query"
        ]
        body = None
        request = operation.get("requestBody")
        if request is not None:
            place, request = self._resolve(document, f"{pointer}/{method.lower()}/requestBody", request)
            body = self._validator(document, f"{place}/content/application~1json/schema")
        answers: dict[int, jsonschema_rs.Validator | None] = {}
        for status, given in operation["responses"].items():
            place, found = self._resolve(document, f"{pointer}/{method.lower()}/responses/{status}", given)
            has_schema = "schema" in found.get("content", {}).get("application/json", {})
            schema = f"{place}/content/application~1json/schema"
            answers[int(status)] = self._validator(document, schema) if has_schema else None
        return _Operation(parameters, body, bool(request and request.get("required")), answers)

    def _document(self, name: str) -> dict[str, Any]:
        if name not in self._documents:
            loaded = json.loads((resource("openapi") / f"{name}.json").read_text(encoding="utf-8"))
            self._documents[name] = loaded
            self._registries[name] = jsonschema_rs.Registry([(f"urn:{name}", loaded)])
        return self._documents[name]

    def _resolve(self, document: str, pointer: str, given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Follow one `$ref` of a parameter, body or response within the document."""
        if "$ref" not in given:
            return pointer, given
        target = given["$ref"].removeprefix("#")
        found: Any = self._documents[document]
        for part in target.strip("/").split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")]
        return target, found

    def _validator(self, document: str, pointer: str) -> jsonschema_rs.Validator:
        reference = {"$ref": f"urn:{document}#{quote(pointer)}"}  # the braces of a path are not allowed in one
        return jsonschema_rs.Draft202012Validator(reference, registry=self._registries[document])


def _escape(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")


def _query_errors(parameter: _Parameter, text: str) -> list[Violation]:
    """A query parameter is text; where the document wants an integer, its digits are one."""
    if text.isascii() and text.isdigit() and len(text) < 20 and parameter.schema.is_valid(int(text)):
        return []
    return _errors(f"request.query.{parameter.name}", parameter.schema, text)


def _errors(where: str, validator: jsonschema_rs.Validator, value: Any) -> list[Violation]:
    try:
        if validator.is_valid(value):
            return []
        errors = list(validator.iter_errors(value))
    except UnicodeEncodeError:
        return [{"where": where, "message": "is not Unicode: it has half of a surrogate pair"}]
    return [
        {"where": ".".join([where, *map(str, error.instance_path)]), "message": _message(error)}
        for error in errors
    ]


def _message(error: Any) -> str:
    """What is wrong; the validator's own words repeat the value, which may be or hold a secret."""
    if SECRET_KEYS & {str(step) for step in error.instance_path}:
        return "does not fit its schema (the value is a secret)"
    return str(error.message)[:_MESSAGE_LIMIT]
