"""Holds requests to `access`: to what is ours, and never to the vendor's paths, which brokers call by any name."""

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from mock_ctrader.access import Access
from mock_ctrader.errors import CTraderError

COOKIE = "mock_ctrader_inspector"


class Guard:
    """The guard of one server. What it refuses is raised, for the error handler of the blueprint."""

    def __init__(self, access: Access, *, over_tls: bool) -> None:
        """Args: over_tls: browsers reach the server by TLS, which something in front of it speaks."""
        self._access = access
        self._over_tls = over_tls

    def against_other_sites(self, blueprint: Blueprint) -> None:
        """The application: who may use it, its own sign-in says."""
        blueprint.before_request(self._check_site)

    def by_bearer(self, blueprint: Blueprint) -> None:
        """What programs use."""
        blueprint.before_request(self._check_site)
        blueprint.before_request(self._check_bearer)
        blueprint.after_request(_challenge)

    def by_sign_in(self, blueprint: Blueprint, *, open_path: str) -> None:
        """What people use; `open_path` is where they sign in."""

        def check() -> None:
            if request.path == open_path or self._access.passes(request.cookies.get(COOKIE)):
                return
            self._check_bearer()

        blueprint.before_request(self._check_site)
        blueprint.before_request(check)
        blueprint.after_request(_challenge)

    def sign_in(self, token: str) -> AnyResponse:
        """Open the inspector to this browser. Raises: CTraderError: 403, it is not the control token."""
        if not self._access.opens(token):
            raise CTraderError(403, "CONTROL_TOKEN_WRONG", "That is not this server's control token.")
        done = redirect("/", 303)
        # cookies know no ports: other servers on this host see it, so it is not the token itself
        value = self._access.pass_value
        done.set_cookie(COOKIE, value, httponly=True, samesite="Strict", secure=self._over_tls)
        return done

    def _check_bearer(self) -> None:
        self._access.check_bearer(request.headers.get("Authorization"))

    def _check_site(self) -> None:
        self._access.check_host(request.headers.get("Host", ""))
        self._access.check_origin(
            request.method, request.host, request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
        )


def _challenge(response: Response) -> Response:
    """A 401 says how to get in."""
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="mock-ctrader control"'
    return response
