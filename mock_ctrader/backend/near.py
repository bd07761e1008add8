"""What a request that no call has a place for may have meant."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Protocol

from mock_ctrader.switches import SET_REFERRAL_ALIAS, Switches

_BASES = ("/cid", "/v2", "/v1")
# The first part of a path that makes a request one to cTrader's backend, the forgotten bases included.
SEGMENTS = {"cid", "v1", "v2", "oauth2", "ctid", "webserv", "social"}
_WITH_BODY = {"POST", "PUT", "PATCH"}


class Route(Protocol):
    """What is asked of a call here."""

    @property
    def number(self) -> str:
        """The vendor's number."""

    @property
    def method(self) -> str:
        """Its method."""

    @property
    def path(self) -> str:
        """Its path, with `{login}` where that is variable."""

    @property
    def keys_in_query(self) -> bool:
        """Whether it has no body."""


@dataclass(frozen=True, slots=True)
class Near:
    """What may have been meant: calls, the one that is clear, and a sentence."""

    text: str
    calls: tuple[Route, ...] = ()

    @property
    def number(self) -> str | None:
        """The number of the call that was meant, where that is clear."""
        return self.calls[0].number if len(self.calls) == 1 else None


def nearest(method: str, path: str, calls: Iterable[Route], switches: Switches | None) -> Near:
    """What is near to a request that was not routed.

    Args:
        method: its method.
        path: its path.
        calls: those there are.
        switches: of the sandbox it belongs to, if that is known: they move calls.
    """
    calls = list(calls)
    asked = f"{method} {path}"
    own = switches.call_at(path) if switches else None
    here = [call for call in calls if call.number == own or _fits(call, path)]
    if here:
        meant = tuple(_alike(method, here))
        if any(call.method == method for call in meant):
            return _moved(asked, meant, switches)
        return Near(f"{asked}: {'; '.join(f'call {call.number} is {call.method}' for call in meant)}", meant)
    if path == SET_REFERRAL_ALIAS:
        return Near(f"{path}: not a documented path, E-28", tuple(call for call in calls if call.number == "3.6"))
    for call in calls:
        base = next(base for base in _BASES if call.path.startswith(f"{base}/"))
        if re.fullmatch(f".*{_pattern(call.path.removeprefix(base))}", path):
            meant = tuple(_alike(method, [one for one in calls if one.path == call.path]))
            return Near(f"{asked}: the base is {base}", meant)
    close = get_close_matches(path.lower(), {call.path.lower() for call in calls}, n=1, cutoff=0.7)
    there = [call for call in calls if close and call.path.lower() == close[0]]
    if not there:
        return Near(f"{asked}: not a documented path")
    return Near(f"{asked}: not a documented path; {there[0].path} is", tuple(_alike(method, there)))


def _moved(asked: str, meant: tuple[Route, ...], switches: Switches | None) -> Near:
    """The path is the usual one of a call that the sandbox has elsewhere."""
    elsewhere = {} if switches is None else {"3.11": switches.readUserIdPath, "3.12": switches.logoutPath}
    return Near(f"{asked}: this sandbox has call {meant[0].number} at {elsewhere.get(meant[0].number)}", meant)


def _alike(method: str, calls: list[Route]) -> list[Route]:
    """Of the calls at one path, those of the same method, or at least with a body like the request's."""
    same = [call for call in calls if call.method == method]
    return same or [call for call in calls if call.keys_in_query != (method in _WITH_BODY)] or calls


def _fits(call: Route, path: str) -> bool:
    return re.fullmatch(_pattern(call.path), path) is not None


def _pattern(path: str) -> str:
    return "[^/]+".join(re.escape(part) for part in path.split("{login}"))
