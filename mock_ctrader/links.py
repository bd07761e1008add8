"""Links: built by the application (stage 8), opened by User 2 (stage 11), and the broker's screen (stage 12).

Where the partnerId sits inside a cTrader link is not published; ours is a query parameter of that name on the
deep link (section B's ruling), because the login/signup URL uses exactly that name (section 5.2).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

PARTNER_ID = "partnerId"

# Parameters of a deep link that speak to the application itself (section B) and end there.
_APPLICATION_ONLY = {"acc"}
_SIGNAL_ONLY = {"s", "o", "d", "p"}


@dataclass(frozen=True, slots=True)
class LinkKind:
    """One kind of thing a user can share: its path under the application's address."""

    name: str
    label: str
    path: str
    example: str | None
    pattern: re.Pattern[str]


# /copy/strategy/{id}, /symbols/{symbol}/info and /signal?s= are published deep links; the path of an algo is ours.
LINK_KINDS: dict[str, LinkKind] = {
    kind.name: kind
    for kind in (
        LinkKind("copy", "Copy strategy", "copy/strategy/{}", "60417", re.compile(r"copy/strategy/[0-9]{1,18}")),
        LinkKind("algo", "Algo", "algos/{}", "1204", re.compile(r"algos/[0-9]{1,18}")),
        LinkKind("signal", "Signal", "signal?s={}", "EURUSD", re.compile(r"signal")),
        LinkKind("symbol", "Symbol", "symbols/{}/info", "EURUSD", re.compile(r"symbols/[^/]+/(info|chart)")),
        LinkKind("invite", "Invite", "", None, re.compile(r"")),
    )
}


def encode(value: str) -> str:
    """Percent-encode everything but letters, digits and `-._~`, keeping undecodable bytes as they came."""
    if value.isascii() and value.isalnum():
        return value
    return quote(value, safe="", errors="surrogateescape")


def query_pairs(query: str) -> list[tuple[str, str]]:
    """The parameters of a query, in order, with nothing lost: empty values and odd bytes included."""
    return parse_qsl(query, keep_blank_values=True, errors="surrogateescape")


def parameter(url: str, name: str) -> str | None:
    """The decoded value of a query parameter of a URL; None if it has none."""
    return dict(query_pairs(urlsplit(url).query)).get(name)


def with_parameter(url: str, name: str, value: str) -> str:
    """A URL whose query parameter of this name has another value; everything else stays as it is in meaning."""
    parts = urlsplit(url)
    kept = [pair for pair in query_pairs(parts.query) if pair[0] != name]
    return urlunsplit(parts._replace(query=join_query([*kept, (name, value)])))


def join_query(pairs: Iterable[tuple[str, str]]) -> str:
    """The inverse of `query_pairs`."""
    return "&".join(f"{encode(name)}={encode(value)}" for name, value in pairs)


def share_link(app_url: str, kind: LinkKind, target: str | None, partner_id: str | None) -> str:
    """Stage 8: the deep link of what is shared, with User 1's partnerId as a query parameter.

    Without a partnerId the link carries none (section B).
    """
    path = kind.path.format(encode(target or ""))
    link = f"{app_url}/{path}"
    if partner_id is None:
        return link
    return f"{link}{'&' if '?' in path else '?'}{PARTNER_ID}={encode(partner_id)}"


def is_deep_link(path: str) -> bool:
    """Whether a path below the application's address is one that links are made of."""
    return any(kind.pattern.fullmatch(path) for kind in LINK_KINDS.values())


def join_path(path: str) -> str:
    """A decoded path below the application's address, encoded again."""
    return "/".join(encode(segment) for segment in path.split("/"))


def names_target(kind: LinkKind, target: str) -> bool:
    """Whether a target can stand in a link of this kind, and be found again when the link is opened."""
    if any(0xD800 <= ord(char) < 0xE000 for char in target):
        return False
    return kind.pattern.fullmatch(kind.path.format(target).split("?")[0]) is not None


def carried_parameters(path: str, query: str) -> list[tuple[str, str]]:
    """Stage 12: what a clicked link hands on to the broker's screen, in its order and unchanged.

    Only what speaks to the application itself stays behind; unknown parameters travel (section 5.2).
    """
    own = _APPLICATION_ONLY | (_SIGNAL_ONLY if path == "signal" else set())
    return [(name, value) for name, value in query_pairs(query) if name not in own]


def screen_url(login_url: str, first_login: bool, pairs: Iterable[tuple[str, str]]) -> str:
    """Stage 12: the broker's configured login/signup URL with the parameters of section 5.2.

    The address itself is only ever the configured one. Parameters it already has are kept unless `pairs`
    names them; everything else in `pairs` travels unchanged, unknown ones included.
    """
    own = [("firstLogin", "true" if first_login else "false")]
    own += [(name, value) for name, value in pairs if name != "firstLogin"]
    overridden = {name for name, _ in own}
    parts = urlsplit(login_url)
    kept = [(name, value) for name, value in query_pairs(parts.query) if name not in overridden]
    return urlunsplit(parts._replace(query=join_query([*kept, *own])))
