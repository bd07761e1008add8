"""Who may see what is for operators only."""

import ipaddress
from urllib.parse import urlsplit

from flask import request
from werkzeug.exceptions import NotFound

from broker_reference.context import broker
from broker_reference.presentation import text


def require_setting() -> None:
    """Answer 404 unless the setting allows it or, without one, everything stays on the loopback.

    Mails open accounts. So by default a loopback name is asked for in the request too: a broker behind a proxy
    listens on the loopback and is reached by the whole world.
    """
    allowed = broker().settings.mail_outbox
    if allowed is None:
        allowed = all(_is_loopback(url) for url in (broker().url, request.host_url))
    if not allowed:
        raise NotFound(text("error.404"))


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
