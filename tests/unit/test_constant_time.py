"""No secret is compared by `==`, which tells by its time how much of a guess is right."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# the harness and the bench compare what they made up themselves
FILES = sorted(
    path
    for package in ("mock_ctrader", "broker_reference")
    for path in (ROOT / package).rglob("*.py")
    if not {"conformance", "bench", "mutants", "testing"} & set(path.relative_to(ROOT).parts)
)
SECRET = re.compile(r"passw|secret|token|authorization|signature|cookie|api_key", re.IGNORECASE)
# SQL looks up digests, of which nobody can choose the first bytes; a manager's token is looked up by an index
SQL = re.compile(r"\.c\.")

# none of them holds what somebody sent against what he must not know
HARMLESS = {
    "self._token == refused",  # two tokens of the broker's own
    "self.webhook_authorization != self.webhook_authorization.strip()",  # a setting against itself
    "self.look.cookie != request.cookies.get(look.COOKIE, '')",  # language and theme
}


def named(node: ast.AST) -> str:
    """The names in an expression, its literal texts left out."""
    return " ".join(
        one.id if isinstance(one, ast.Name) else one.attr
        for one in ast.walk(node)
        if isinstance(one, ast.Name | ast.Attribute)
    )


def compared(source: str) -> list[str]:
    """Comparisons of something that is called like a secret with something that was computed or sent."""
    return [
        ast.unparse(node)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Compare)
        and any(isinstance(one, ast.Eq | ast.NotEq) for one in node.ops)
        and SECRET.search(named(node))
        and not SQL.search(ast.unparse(node))
        and not any(isinstance(one, ast.Constant) for one in (node.left, *node.comparators))
    ]


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(ROOT)) for path in FILES])
def test_no_secret_is_compared_by_equality(path: Path) -> None:
    assert set(compared(path.read_text(encoding="utf-8"))) <= HARMLESS


def test_it_finds_what_it_looks_for() -> None:
    assert compared("if given.lower() != one.hashed_password: x") == ["given.lower() != one.hashed_password"]
    assert compared("token == kept") == ["token == kept"]
    assert compared("kind == 'token'") == []
