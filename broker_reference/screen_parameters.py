"""The parameters with which the cTrader application opens a screen (section 5.2), carried along unchanged."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qsl, quote, urlencode

# Parameters that have done their work on the page they opened: the entrance, an InApp screen, one page of a list.
_SPENT = ("partnerId", "firstLogin", "token", "account", "after", "limit")


@dataclass(frozen=True)
class ScreenParameters:
    """All query parameters of a screen, known and unknown, in their order."""

    pairs: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, query: str) -> Self:
        """Read a query string. Nothing is refused: undecodable bytes become U+FFFD."""
        return cls(tuple(parse_qsl(query, keep_blank_values=True)))

    def get(self, name: str) -> str | None:
        """Return the first value of a parameter, or None if it is absent or empty."""
        return next((value for key, value in self.pairs if key == name and value), None)

    @property
    def partner_id(self) -> str | None:
        """The inviting partner's identifier, opaque and unchanged."""
        return self.get("partnerId")

    @property
    def theme(self) -> str | None:
        """`light` or `dark`; None leaves the choice to the browser."""
        theme = self.get("theme")
        return theme if theme in ("light", "dark") else None

    @property
    def first_login(self) -> bool | None:
        """True or false as given; None if absent or neither."""
        return {"true": True, "false": False}.get((self.get("firstLogin") or "").lower())

    @property
    def shows_signup(self) -> bool:
        """Which face of the one URL is shown: signup for true, or when only a partnerId is there (E-22)."""
        return self.partner_id is not None if self.first_login is None else self.first_login

    @property
    def opened_by_app(self) -> bool:
        """The cTrader application opened the screen, so it waits for the success URL."""
        return self.get("source") is not None or self.get("firstLogin") is not None

    def other_face(self, *, signup: bool) -> str:
        """Return the query string of the other face, all other parameters kept."""
        kept = tuple(pair for pair in self.pairs if pair[0] != "firstLogin")
        return _encode((("firstLogin", "true" if signup else "false"), *kept))

    def without(self, *names: str) -> Self:
        """Return all other parameters."""
        return type(self)(tuple(pair for pair in self.pairs if pair[0] not in names))

    def encoded(self) -> str:
        """Return the query string."""
        return _encode(self.pairs)

    def after_entrance(self) -> str:
        """Return what rides along to the next screen: language, theme, source, campaign data, unknowns."""
        return _encode(tuple(pair for pair in self.pairs if pair[0] not in _SPENT))


def _encode(pairs: tuple[tuple[str, str], ...]) -> str:
    return urlencode(pairs, quote_via=quote, safe="")
