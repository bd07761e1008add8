"""Reads the imports of a module and holds them to the rules of the house."""

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

# From the bottom up: a module may import its own layer and those below. The longest name that fits counts.
_RULES, _STORE, _JOURNAL, _SERVED, _CONTROL, _INSPECTOR, _WIRING, _RUNNING, _COMMANDS = range(9)
LAYERS = {
    **dict.fromkeys(
        [
            *("flows", "acts", "errors", "clock", "ids", "sandboxes"),
            *("users", "accounts", "partners", "links", "invites"),
            *("alterations", "balances", "faults", "leniency", "limits", "masking", "register", "ribbons"),
            *("switches", "texts", "json_text", "access"),
        ],
        _RULES,
    ),
    **dict.fromkeys(["resources", "contract_form", "settings", "processes", "journeys.model", "evidence"], _RULES),
    "store": _STORE,
    **dict.fromkeys(["journal", "journeys", "contract", "outgoing", "outgoing_faults", "crm", "live"], _JOURNAL),
    **dict.fromkeys(["observing", "access_log", "metrics", "metrics_text", "health"], _JOURNAL),
    **dict.fromkeys(["guard", "page_headers", "serving", "cores", "later", "arenas"], _JOURNAL),
    **dict.fromkeys(["backend", "application", "intake", "invite"], _SERVED),
    "control": _CONTROL,
    "inspector": _INSPECTOR,
    **dict.fromkeys(["app", "surfaces"], _WIRING),
    "server": _RUNNING,
    # the harness stands beside the server; what it may import is ruled by name below
    "conformance": _RUNNING,
    **dict.fromkeys(["testing", "pytest_plugin"], _RUNNING),
    **dict.fromkeys(
        ["cli", "cli_adapter", "cli_report", "cli_serve", "cli_verify", "__main__", "bench"], _COMMANDS
    ),
}
RULE_MODULES = {name for name, layer in LAYERS.items() if layer == _RULES} - {
    "resources",
    "contract_form",
    "settings",
    "processes",
    "journeys.model",
    "evidence",
}
SERVER_MODULES = {
    *("app", "server", "backend", "application", "intake", "invite", "control", "inspector", "store"),
    *("outgoing", "outgoing_faults", "crm", "journal", "journeys", "contract", "live"),
    *("observing", "access_log", "metrics", "metrics_text", "health", "guard", "page_headers"),
    *("serving", "cores", "later", "arenas", "surfaces"),
}
TIME_AND_CHANCE = {"time", "random", "secrets", "uuid", "datetime"}
OWN_TIME_AND_CHANCE = {"clock", "ids"}
# what runs beside the server and reaches it by HTTP only
HARNESS = {"conformance", "testing", "pytest_plugin"}
WEBLESS = {"evidence", "journeys", "links", "store"} | HARNESS
WEB = {"flask", "werkzeug"}
DATABASE = {"sqlalchemy", "sqlite3"}


@dataclass(frozen=True, slots=True)
class Import:
    """One import of a module."""

    target: str
    line: int

    def is_in(self, name: str) -> bool:
        """Whether it is this package, or something inside it."""
        return self.target == name or self.target.startswith(f"{name}.")


def imports_of(source: str) -> list[Import]:
    """Every import in a piece of source, those inside functions included."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [Import(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            # `from a import b` may import the module a.b or a name of a: both are looked at
            found += [Import(f"{base}.{alias.name}".replace("..", "."), node.lineno) for alias in node.names]
    return found


def layer_of(name: str) -> int | None:
    """The layer of a module of mock_ctrader, named below the package; None if nobody placed it."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        layer = LAYERS.get(".".join(parts[:length]))
        if layer is not None:
            return layer
    return None


def top_of(name: str) -> str:
    """The first part of a name."""
    return name.split(".")[0]


def violations(package: str, module: str, source: str) -> list[str]:
    """What the imports of one module break.

    Args:
        package: "mock_ctrader" or "broker_reference".
        module: its name below the package; "" for the package itself.
        source: its text.
    """
    other = {"mock_ctrader": "broker_reference", "broker_reference": "mock_ctrader"}[package]
    found = []

    def complain(one: Import, rule: str) -> None:
        found.append(f"{package}.{module}:{one.line} imports {one.target}: {rule}")

    for one in imports_of(source):
        if one.target.startswith("."):
            complain(one, "imports are absolute")
        if one.is_in(other):
            complain(one, "the broker and the mock know each other by HTTP only")
        if top_of(one.target) in TIME_AND_CHANCE and module not in OWN_TIME_AND_CHANCE:
            complain(one, "time and chance are known to clock and ids only")
        if package == "mock_ctrader":
            found += [
                f"{package}.{module}:{one.line} imports {one.target}: {rule}" for rule in _broken(module, one)
            ]
    return found


def _broken(module: str, one: Import) -> Iterable[str]:
    top, target = top_of(module), one.target.removeprefix("mock_ctrader.")
    inside = one.is_in("mock_ctrader") and one.target != "mock_ctrader"
    if top_of(one.target) in WEB and (module in RULE_MODULES or top in WEBLESS):
        yield "knows no web framework"
    if module in RULE_MODULES and top_of(one.target) in DATABASE:
        yield "a rule knows no database"
    if not inside:
        return
    if top in HARNESS and top_of(target) in SERVER_MODULES:
        yield "the harness reaches the server by HTTP only"
    if top in SERVER_MODULES and top_of(target) in HARNESS:
        yield "the server does not know the harness"
    own, theirs = layer_of(module), layer_of(target)
    if own is not None and theirs is not None and theirs > own:
        yield "imports go downwards only"


def modules_of(package: Path) -> list[tuple[str, Path]]:
    """Every module of a package, named below it."""
    found = []
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found.append((name, path))
    return found
