"""Imports point one way: rules, store, services, blueprints, wiring."""

import ast
from pathlib import Path

import pytest

import broker_reference

ROOT = Path(broker_reference.__file__).parent

RULES = {
    "attributions",
    "clock",
    "ids",
    "languages",
    "money",
    "partners",
    "screen_parameters",
    "settings",
    "tokens",
}
STORE = {"store"}
SERVICES = {
    "account_screens",
    "authorisation",
    "throttle",
    "clients",
    "ctrader",
    "inapp_entry",
    "invitations",
    "locks",
    "outbox",
    "outbox_queues",
    "partner_programme",
    "password_reset",
    "payments",
    "profile",
    "user_creation",
}
WEB = {
    "client_area",
    "context",
    "crm_api",
    "errors",
    "operators",
    "presentation",
    "screens",
    "session",
    "webhooks",
}
WIRING = {"__init__", "__main__", "app"}
MUTANTS = {"mutants"}
LAYERS = [RULES, STORE, SERVICES, WEB, WIRING, MUTANTS]
FRAMEWORKS_BY_LAYER: list[set[str]] = [set(), {"sqlalchemy"}, {"sqlalchemy", "requests", "werkzeug"}]


def imports_of(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            names |= (
                {f"{module}.{alias.name}" for alias in node.names} if module == "broker_reference" else {module}
            )
    return names


def layer_of(part: str) -> int:
    return next(number for number, layer in enumerate(LAYERS) if part in layer)


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path: Path) -> None:
    layer = layer_of(path.relative_to(ROOT).parts[0].removesuffix(".py"))
    for name in imports_of(path):
        top, _, rest = name.partition(".")
        if top == "broker_reference" and rest:
            assert layer_of(rest.split(".")[0]) <= layer, name
        assert top != "mock_ctrader", name
        if layer < len(FRAMEWORKS_BY_LAYER) and top in {"flask", "sqlalchemy", "requests", "werkzeug"}:
            assert top in FRAMEWORKS_BY_LAYER[layer], name
