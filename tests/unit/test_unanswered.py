"""Why a broker did not answer is told in words, with the way out where it is TLS."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import requests

from mock_ctrader.conformance.adapter import Unreachable
from mock_ctrader.conformance.browsing import Browser
from mock_ctrader.conformance.unanswered import why_unanswered

_SELF_SIGNED = (
    "HTTPSConnectionPool(host='localhost', port=1): Max retries exceeded with url: / (Caused by SSLError("
    "SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed "
    "certificate (_ssl.c:1006)')))"
)


@pytest.fixture
def port() -> Iterator[int]:
    """Of a server that speaks no TLS."""
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_certificate_that_is_not_accepted_is_told_with_the_way_out() -> None:
    told = why_unanswered(requests.exceptions.SSLError(_SELF_SIGNED))
    assert told.startswith("its certificate is not accepted (self-signed certificate); cTrader would not")
    assert "name the http address" in told


def test_https_where_no_tls_is_spoken_is_told(port: int) -> None:
    with pytest.raises(Unreachable, match="no TLS is spoken there; is it an http address"):
        Browser().open(f"https://127.0.0.1:{port}/")


def test_anything_else_keeps_its_name() -> None:
    assert why_unanswered(requests.exceptions.ReadTimeout("x")) == "ReadTimeout"
