"""A proxy that passes everything on and keeps what it saw, so that a test knows every secret that was used."""

import http.client
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive", "date", "server"}
# where a secret stands: in a query or form, in JSON, in a cookie, in a hidden field, in a header
_PLACES = {
    name: re.compile(rf"(?:\b{name}=|\"{name}\": ?\")([^&\"\s;<>]{{8,}})")
    for name in (
        *("token", "crmApiToken", "code", "accessToken", "inappToken", "webservToken", "hashedPassword"),
        *("traderPasswordHash", "password", "broker_session", "mock_ctrader_browser"),
    )
} | {
    "csrf": re.compile(r'name="csrf_token"[^>]*value="([^"]+)"'),
    "person": re.compile(r"(Pw-[0-9a-f]{16})"),
    "minted": re.compile(r"\b((?:ot|crm|at|ia|sc|rp)_[A-Za-z0-9_-]{43})"),
    "bearer": re.compile(r"Authorization: (?:Bearer )?(\S{8,})"),
}


class Wiretap:
    """One proxy; `target` is where it passes requests on to."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.target = ""
        self.seen: list[str] = []

    def secrets(self) -> dict[str, set[str]]:
        """What was seen that must not be kept, by the kind of place it stood in."""
        text = "\n".join(self.seen)
        return {kind: {unquote(one) for one in place.findall(text)} for kind, place in _PLACES.items()}


@contextmanager
def tapped() -> Iterator[Wiretap]:
    """A proxy on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def _pass(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            tap.seen.append(f"{self.path}\n{self.headers}\n{body.decode('utf-8', 'replace')}")
            onward = http.client.HTTPConnection(urlsplit(tap.target).netloc, timeout=60)
            # the host stays the proxy's, which is the address that pages and links name
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
            try:
                onward.connect()
                onward.request(self.command, self.path, body or None, headers)
                answer = onward.getresponse()
                content = answer.read()
            except (http.client.HTTPException, OSError):
                self.close_connection = True  # as the other side did
                return
            finally:
                onward.close()
            if not self.path.startswith(
                "/control"
            ):  # the journal is an artefact, not a place where secrets are used
                tap.seen.append(f"{answer.headers}\n{content.decode('utf-8', 'replace')}")
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in _HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _pass

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    tap = Wiretap(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield tap
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
