"""What answers for browsers say about themselves, so that nothing but the mock's own files runs in its pages."""

from flask import Blueprint, Response

_OWN_FILES = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "connect-src": "'self'",
    # Pico's icons are data: addresses in its style sheet
    "img-src": "'self' data:",
    "base-uri": "'none'",
}
# Browsers hold form-action against redirects too, and a form of the application leads on to whatever screens a
# broker has. Brokers embed cTrader Web in their own pages (section 5.6), whose addresses the mock does not know.
APPLICATION = _OWN_FILES
CLOSED = _OWN_FILES | {"form-action": "'self'", "frame-ancestors": "'none'"}


def harden(response: Response, policy: dict[str, str]) -> Response:
    """Say it; what a response says already of caching stays."""
    headers = response.headers
    headers["Content-Security-Policy"] = "; ".join(f"{name} {value}" for name, value in policy.items())
    headers["X-Content-Type-Options"] = "nosniff"
    # same-origin rather than no-referrer, which would take the Origin from our own forms
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers.setdefault("Cache-Control", "no-store")
    if "frame-ancestors" in policy:
        headers["X-Frame-Options"] = "DENY"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
    return response


def harden_all(blueprint: Blueprint, policy: dict[str, str]) -> None:
    """Every answer of a blueprint says it."""

    @blueprint.after_request
    def say(response: Response) -> Response:
        return harden(response, policy)
