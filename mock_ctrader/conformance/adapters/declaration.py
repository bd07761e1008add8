"""The `[adapter]` table of kind http, read and checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mock_ctrader.conformance.adapters.finders import parse_finder
from mock_ctrader.conformance.adapters.steps import Verb, check_names, parse_verbs
from mock_ctrader.conformance.adapters.templates import KNOWN_NAMES, names_in
from mock_ctrader.conformance.adapters.visit import Client
from mock_ctrader.conformance.broker_file import check_key
from mock_ctrader.flows import Level
from mock_ctrader.settings import SettingsError

VERBS = (
    *("log_in", "register_client", "sign_up", "sign_up_client", "log_in_at_screen"),
    *("register_partner", "referral_link", "referrals", "deposit", "withdraw", "open_account", "open_web"),
    *("reset_password", "change_partner_id", "advance_clock", "restart", "reset"),
)
_SETTINGS = ("kind", "base_url", "headers", "level_names", "csrf")


@dataclass(frozen=True, slots=True)
class Declaration:
    """What broker.toml declares of an http adapter.

    Attributes:
        level_names: what the broker calls the levels.
        credentials: names of saved values that open the client area; a stranger has none of them.
    """

    client: Client
    verbs: Mapping[str, Verb]
    level_names: Mapping[Level, str]
    credentials: frozenset[str]


def read_declaration(table: Mapping[str, Any], base_url: str, folder: Path) -> Declaration:
    """Read an `[adapter]` table.

    Args:
        base_url: where relative addresses start, if the table does not say.
        folder: of broker.toml; commands run there.

    Raises:
        SettingsError: a key, a step or a finder that cannot be; names it.
    """
    for key in table:
        check_key(key, (*_SETTINGS, *VERBS), "adapter.")
    headers = _texts(table, "headers")
    csrf = _texts(table, "csrf")
    if csrf and set(csrf) != {"find", "header"}:
        raise SettingsError(f"adapter.csrf must have find (a finder) and header (a name), got {dict(csrf)!r}")
    names = _texts(table, "level_names")
    for key in names:
        check_key(key, list(Level), "adapter.level_names.")
    verbs = parse_verbs(table, VERBS)
    saved = {name for verb in verbs.values() for step in verb.steps for name in step.save}
    check_names(set(names_in(headers)), {*KNOWN_NAMES, *saved}, "adapter.headers")
    client = Client(
        base_url=str(table.get("base_url", base_url)).rstrip("/"),
        folder=folder,
        headers=headers,
        csrf=(parse_finder(csrf["find"], "adapter.csrf.find"), csrf["header"]) if csrf else None,
    )
    return Declaration(
        client,
        verbs,
        {level: names.get(level, level.value) for level in Level},
        _credentials(headers, verbs, saved),
    )


def _texts(table: Mapping[str, Any], key: str) -> dict[str, str]:
    value = table.get(key, {})
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        raise SettingsError(f"adapter.{key} must be a table of texts, got {value!r}")
    return value


def _credentials(headers: Mapping[str, str], verbs: Mapping[str, Verb], saved: set[str]) -> frozenset[str]:
    """What was saved and travels in a header, or is called like a secret."""
    in_headers = set(names_in(headers))
    for verb in verbs.values():
        in_headers |= {name for step in verb.steps for name in names_in(dict(step.headers))}
    words = ("token", "session", "auth", "jwt", "key", "secret", "cookie", "ticket")
    return frozenset(
        name for name in saved if name in in_headers or any(word in name.casefold() for word in words)
    )
