"""Templates of broker.toml."""

from typing import Any

import pytest

from mock_ctrader.conformance.adapter import AdapterError
from mock_ctrader.conformance.adapters.templates import Absent, fill, fill_address, names_in

VALUES: dict[str, Any] = {"email": "a+b@example.net", "account": 7, "amount": "25.50", "count": "3", "on": True}


def lookup(name: str) -> Any:
    if name.startswith("query."):
        raise Absent
    if name not in VALUES:
        raise AdapterError(f"no {name}")
    return VALUES[name]


@pytest.mark.parametrize(
    ("given", "filled"),
    [
        ("{email}", "a+b@example.net"),
        ("to {email}!", "to a+b@example.net!"),
        ("{account}", 7),
        ("no {account}", "no 7"),
        ("{account:text}", "7"),
        ("{count:int}", 3),
        ("{amount:number}", 25.5),
        ("{count:number}", 3),
        ("{on}", True),
        ("{on:text}", "true"),
        ("{{email}}", "{email}"),
        ("[0-9]{3}", "[0-9]{3}"),
        ("{on:bool}", True),
        ("{email:bool}", False),
        ({"a": {"b": ["{account}", "{query.x}"]}, "c": "{query.x}"}, {"a": {"b": [7]}}),
        ({"a": "pre {query.x}"}, {}),
        (True, True),
    ],
)
def test_fill(given: Any, filled: Any) -> None:
    found = fill(given, lookup)
    assert found == filled
    assert type(found) is type(filled)


@pytest.mark.parametrize(
    ("given", "filled"),
    [
        ("/find?mail={email}", "/find?mail=a%2Bb%40example.net"),
        ("{email}/x", "a+b@example.net/x"),
        ("/clients/{account}/list?after={query.x}&size=3", "/clients/7/list?size=3"),
        ("/list?after={query.x}", "/list"),
        ("/{{raw}}/{account}", "/{raw}/7"),
    ],
)
def test_fill_address(given: str, filled: str) -> None:
    assert fill_address(given, lookup) == filled


def test_wrong_type_names_template_and_value() -> None:
    with pytest.raises(AdapterError, match=r"\{email:int\}: 'a\+b@example.net' is no int"):
        fill("{email:int}", lookup)


def test_names_at_any_depth() -> None:
    assert set(names_in({"a": ["{email}", {"b": "x{account:int}"}], "c": "{{no}}"})) == {"email", "account"}
