"""Who may use what is ours beside the vendor's calls: the control API, the inspector, the application's forms.

A page of another site must not reach a mock through somebody's browser: not by a name of its own that suddenly
means this machine (DNS rebinding), nor by a form that is posted here (CSRF). Other
machines need the control token.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from mock_ctrader import ids
from mock_ctrader.errors import CTraderError

# As a Bearer token may be written (RFC 6750), and long enough that nobody guesses it.
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{22,200}=*")
_CHANGES_NOTHING = ("GET", "HEAD", "OPTIONS")


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a host."""
    name = host.rstrip(".").lower()
    named = name == "localhost" or name.endswith(".localhost")
    return named or (_is_address(name) and ip_address(name).is_loopback)


def check_token(host: str, token: str | None) -> str | None:
    """What keeps a server from listening on `host` with this control token; None if nothing does."""
    if token is None and not is_loopback(host):
        return (
            f"host: other machines reach {host}, so /control, the inspector and /metrics need a control token. "
            f"Set one by --control-token, control_token in the file or MOCK_CTRADER_CONTROL_TOKEN, for example "
            f"{ids.random_token()}"
        )
    if token is not None and not _TOKEN.fullmatch(token):
        return "control_token: must be 22 to 200 letters, digits or any of ._~+/- (its value is not repeated here)"
    return None


@dataclass(frozen=True, slots=True)
class Access:
    """What a server lets in.

    Attributes:
        host: what it listens on.
        allowed_hosts: further names by which people call it.
        token: the control token; None asks for none.
    """

    host: str
    allowed_hosts: tuple[str, ...] = ()
    token: str | None = None

    def check_host(self, header: str) -> None:
        """Is the server called by a name that is its own? `header` is the value of `Host`.

        An address is nobody's name, so it is good wherever others are served.

        Raises: CTraderError: 403 `HOST_NOT_ALLOWED`.
        """
        name = _host_of(header)
        known = {one.lower() for one in (self.host, *self.allowed_hosts)}
        if name in known or is_loopback(name) or (_is_address(name) and not is_loopback(self.host)):
            return
        told = f"Host: {header[:100]!r} is no name of this server; --allowed-host allows it"
        raise CTraderError(403, "HOST_NOT_ALLOWED", told)

    def check_origin(self, method: str, host: str, origin: str | None, site: str | None) -> None:
        """Does a request that changes something come from a page of ours, or from no page?

        Args:
            host: value of the header `Host`.
            origin: value of `Origin`, which browsers send and programs need not.
            site: value of `Sec-Fetch-Site`, likewise.

        Raises: CTraderError: 403 `CROSS_SITE_REQUEST`.
        """
        if method in _CHANGES_NOTHING:
            return
        if origin is not None and _netloc(origin) != host.lower():
            raise CTraderError(403, "CROSS_SITE_REQUEST", f"Origin: {origin[:100]!r} is another site")
        if site not in (None, "same-origin", "none"):
            raise CTraderError(403, "CROSS_SITE_REQUEST", f"Sec-Fetch-Site: {site[:100]!r} is another site")

    def check_bearer(self, authorization: str | None) -> None:
        """Does the header `Authorization` carry the control token, if one is needed?

        Raises: CTraderError: 401 `CONTROL_TOKEN_REQUIRED`.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if self.token is not None and not (scheme.lower() == "bearer" and self.opens(token.strip())):
            raise CTraderError(
                401, "CONTROL_TOKEN_REQUIRED", "Authorization: must be Bearer and this server's control token"
            )

    def opens(self, token: str) -> bool:
        """Whether this is the control token."""
        return self.token is not None and _same(token, self.token)

    @property
    def pass_value(self) -> str:
        """What a browser keeps that has shown the control token; the token cannot be found from it."""
        return hmac.new((self.token or "").encode(), b"inspector", hashlib.sha256).hexdigest()

    def passes(self, cookie: str | None) -> bool:
        """Whether a browser with this cookie has shown the control token, or none is needed."""
        return self.token is None or (cookie is not None and _same(cookie, self.pass_value))


def _same(given: str, wanted: str) -> bool:
    # compared as bytes: the function takes no text outside ASCII
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), wanted.encode())


def _host_of(header: str) -> str:
    try:
        return (urlsplit(f"//{header}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _netloc(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
