"""Reading JSON bodies and queries that a stranger may have written."""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NoReturn

from flask import Request

from broker_reference.errors import ApiError

_NUMERIC = re.compile("[1-9][0-9]{0,17}")


def json_object(request: Request) -> dict[str, Any]:
    """Return the JSON object of a request. A body without a content type is read as JSON (E-18).

    Raises ApiError: 400 for anything that is not one JSON object in UTF-8.
    """
    try:
        body = json.loads(request.get_data().decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        # ValueError covers bad UTF-8, bad JSON and integers of absurd length; RecursionError is deep nesting.
        raise ApiError(HTTPStatus.BAD_REQUEST, "INVALID_REQUEST", "the body is not valid JSON") from None
    if not isinstance(body, dict):
        raise ApiError(HTTPStatus.BAD_REQUEST, "INVALID_REQUEST", "the body must be a JSON object")
    return body


def require_json(request: Request) -> None:
    """Raise ApiError 415 if the request says its body is something else than JSON."""
    if request.content_type and request.mimetype != "application/json":
        raise ApiError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "UNSUPPORTED_MEDIA_TYPE",
            "the content type must be application/json",
        )


def required_string(body: Mapping[str, Any], key: str) -> str:
    """Return a string of the body. Raises ApiError 400 if it is missing, empty or not a string."""
    if key not in body:
        raise ApiError(HTTPStatus.BAD_REQUEST, "MISSING_REQUIRED_PARAMETER", f"{key} is missing")
    value = body[key]
    if not isinstance(value, str) or not value:
        raise ApiError(HTTPStatus.BAD_REQUEST, "INVALID_REQUEST", f"{key} must be a string that is not empty")
    return value


def required_id(values: Mapping[str, Any], key: str) -> int:
    """Return a positive id: an integer or a numeric string (E-26). Raises ApiError 400 otherwise."""
    number = optional_id(values, key)
    if number is None:
        raise ApiError(HTTPStatus.BAD_REQUEST, "MISSING_REQUIRED_PARAMETER", f"{key} is missing")
    return number


def optional_id(values: Mapping[str, Any], key: str) -> int | None:
    """Return a positive id as `required_id` does, or None if it is absent or null."""
    value = values.get(key)
    if isinstance(value, str) and _NUMERIC.fullmatch(value):
        value = int(value)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**63):
        raise ApiError(
            HTTPStatus.BAD_REQUEST, "INVALID_REQUEST", f"{key} must be a positive integer, not {str(value)[:40]!a}"
        )
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
