"""Adapters: how the harness acts on a broker, as broker.toml declares it."""

import importlib
from pathlib import Path
from typing import Any

from mock_ctrader.conformance.adapter import Adapter, Surroundings
from mock_ctrader.settings import SettingsError

_LATE = {
    "browser": (f"{__name__}.browser", "BrowserAdapter"),
    "manual": (f"{__name__}.manual", "ManualAdapter"),
}


def make_adapter(table: dict[str, Any], surroundings: Surroundings, folder: Path | None = None) -> Adapter:
    """The adapter that an `[adapter]` table declares.

    Args:
        table: as `BrokerFile.adapter` has it.
        folder: of broker.toml, where modules, commands and mail files are looked for; default: the current one.

    Raises:
        SettingsError: the table cannot be used; names the key.
    """
    folder = folder or Path.cwd()
    kind = table.get("kind", "http")
    if kind == "http":
        from mock_ctrader.conformance.adapters.http import HttpAdapter

        return HttpAdapter(table, surroundings, folder)
    if kind == "python":
        from mock_ctrader.conformance.adapters.python import load_adapter

        return load_adapter(table.get("class"), surroundings, folder)
    if kind in _LATE:
        # imported by name when asked for: Chromium is heavy
        module_name, class_name = _LATE[kind]
        made: Adapter = getattr(importlib.import_module(module_name), class_name)(table, surroundings)
        return made
    raise SettingsError(f"adapter.kind must be http, browser, python or manual, got {kind!r}")
