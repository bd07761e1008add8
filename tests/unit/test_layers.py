"""Imports go one way only, and the checker that says so can say no."""

from pathlib import Path

import pytest

from tests.unit.layers import (
    LAYERS,
    OWN_TIME_AND_CHANCE,
    RULE_MODULES,
    SERVER_MODULES,
    imports_of,
    layer_of,
    modules_of,
    violations,
)

ROOT = Path(__file__).parents[2]
PACKAGES = ["mock_ctrader", "broker_reference"]
MODULES = [(package, name, path) for package in PACKAGES for name, path in modules_of(ROOT / package)]


@pytest.mark.parametrize(
    ("package", "module", "path"), MODULES, ids=[f"{package}.{name}" for package, name, _ in MODULES]
)
def test_a_module_imports_what_it_may(package: str, module: str, path: Path) -> None:
    assert violations(package, module, path.read_text(encoding="utf-8")) == []


def test_every_module_of_the_mock_has_its_layer() -> None:
    assert [
        name for package, name, _ in MODULES if package == "mock_ctrader" and name and layer_of(name) is None
    ] == []


def test_every_module_the_rules_name_is_there() -> None:
    there = {name for package, name, _ in MODULES if package == "mock_ctrader"}

    assert (LAYERS.keys() | RULE_MODULES | SERVER_MODULES | OWN_TIME_AND_CHANCE) - there == set()


@pytest.mark.parametrize(
    ("package", "module", "source", "rule"),
    [
        ("mock_ctrader", "partners", "from mock_ctrader.store import Store", "downwards"),
        ("mock_ctrader", "partners", "import mock_ctrader.backend.gateway", "downwards"),
        ("mock_ctrader", "flows", "from mock_ctrader import store", "downwards"),
        ("mock_ctrader", "users", "import flask", "knows no web"),
        ("mock_ctrader", "users", "from sqlalchemy import select", "knows no database"),
        ("mock_ctrader", "links", "from werkzeug.urls import iri_to_uri", "knows no web"),
        ("mock_ctrader", "store.world", "from mock_ctrader.journal import Event", "downwards"),
        ("mock_ctrader", "store.world", "from mock_ctrader.journeys.fold import fold", "downwards"),
        ("mock_ctrader", "store.engine", "from flask import g", "knows no web"),
        ("mock_ctrader", "journeys.fold", "import flask.globals", "knows no web"),
        ("mock_ctrader", "journeys.fold", "from mock_ctrader.backend.gateway import Call", "downwards"),
        ("mock_ctrader", "backend.calls", "from mock_ctrader.control import service", "downwards"),
        ("mock_ctrader", "control.service", "from mock_ctrader import app", "downwards"),
        ("mock_ctrader", "app", "from mock_ctrader.cli import main", "downwards"),
        ("mock_ctrader", "conformance.drive", "import flask", "knows no web"),
        ("mock_ctrader", "conformance.drive", "from mock_ctrader.store import Store", "by HTTP only"),
        ("mock_ctrader", "conformance.suite.conftest", "def f():\n    import mock_ctrader.app", "by HTTP only"),
        ("mock_ctrader", "conformance.drive", "from mock_ctrader.journeys.model import State", "by HTTP only"),
        (
            "mock_ctrader",
            "control.service",
            "from mock_ctrader.conformance import drive",
            "does not know the harness",
        ),
        ("mock_ctrader", "app", "import mock_ctrader.conformance.drive", "does not know the harness"),
        (
            "mock_ctrader",
            "testing.sandbox",
            "from mock_ctrader.faults import Fault\nimport mock_ctrader.store",
            "HTTP",
        ),
        ("mock_ctrader", "pytest_plugin", "import flask", "knows no web"),
        ("mock_ctrader", "app", "from mock_ctrader.testing import Mock", "does not know the harness"),
        ("mock_ctrader", "conformance.drive", "import time", "clock and ids only"),
        ("mock_ctrader", "store.engine", "def f():\n    from datetime import datetime", "clock and ids only"),
        ("mock_ctrader", "server", "import random as dice", "clock and ids only"),
        ("broker_reference", "outbox", "import secrets", "clock and ids only"),
        ("broker_reference", "app", "from mock_ctrader.links import encode", "by HTTP only"),
        ("mock_ctrader", "cli", "import broker_reference", "by HTTP only"),
        ("mock_ctrader", "app", "from .store import Store", "absolute"),
    ],
)
def test_a_planted_import_is_found(package: str, module: str, source: str, rule: str) -> None:
    [found] = [one for one in violations(package, module, source) if rule in one]

    assert found.startswith(f"{package}.{module}:")


@pytest.mark.parametrize(
    ("package", "module", "source"),
    [
        ("mock_ctrader", "partners", "from mock_ctrader.accounts import Link\nfrom mock_ctrader import errors"),
        ("mock_ctrader", "store.journeys", "from mock_ctrader.journeys.model import Journey\nimport sqlalchemy"),
        ("mock_ctrader", "app", "import flask\nfrom mock_ctrader.control import routes"),
        ("mock_ctrader", "conformance.drive", "from mock_ctrader.flows import Level\nimport requests"),
        ("mock_ctrader", "clock", "import time"),
        ("broker_reference", "ids", "import secrets"),
        ("mock_ctrader", "cli", "def f():\n    from mock_ctrader.conformance import demo"),
        ("mock_ctrader", "flows", "import timeit\nimport randomise\nfrom flaskish import x"),
    ],
)
def test_an_import_that_is_allowed_is_not(package: str, module: str, source: str) -> None:
    assert violations(package, module, source) == []


def test_imports_are_found_wherever_they_stand() -> None:
    source = "import a\nfrom b.c import d, e\ndef f():\n    import g.h as i\nif True:\n    from j import k\n"

    assert {(one.target, one.line) for one in imports_of(source)} == {
        ("a", 1),
        ("b.c.d", 2),
        ("b.c.e", 2),
        ("g.h", 4),
        ("j.k", 6),
    }
