"""In words, why a request to the broker got no answer."""

import re

import requests

_CERTIFICATE = re.compile(r"certificate verify failed: ([^(]+?)\s*\(")


def why_unanswered(problem: requests.RequestException) -> str:
    """The kind of trouble; of TLS also what is wrong with it, and the way out."""
    if not isinstance(problem, requests.exceptions.SSLError):
        return type(problem).__name__
    certificate = _CERTIFICATE.search(str(problem))
    if certificate is None:
        return "SSLError, no TLS is spoken there; is it an http address?"
    return (
        f"its certificate is not accepted ({certificate[1]}); cTrader would not accept it either (case 6.1.9). "
        "Let broker.toml name the http address behind it to have everything else judged"
    )
