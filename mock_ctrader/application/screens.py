"""The broker's screens as the application opens them: section 5.2's parameters."""

from mock_ctrader import links
from mock_ctrader.sandboxes import Sandbox

# What a screen URL says when neither the user nor the link does (section 5.2).
_DEFAULTS = {"lang": "en", "theme": "light", "source": "Web"}


def login_screen(sandbox: Sandbox, first_login: bool, pairs: list[tuple[str, str]]) -> str:
    """The configured login/signup URL, for signup if this is a first login."""
    return links.screen_url(sandbox.login_url, first_login, _with_defaults(pairs))


def action_screen(sandbox: Sandbox, action: str, token: str, login: int, pairs: list[tuple[str, str]]) -> str:
    """The screen of an InApp action, with the one-time token and the account (section 5.7)."""
    carried = [("token", token), ("account", str(login)), *_with_defaults(pairs)]
    address = sandbox.action_url(action)
    return f"{address}{'&' if '?' in address else '?'}{links.join_query(carried)}"


def _with_defaults(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    given = {name for name, _ in pairs}
    return [*pairs, *((name, value) for name, value in _DEFAULTS.items() if name not in given)]
