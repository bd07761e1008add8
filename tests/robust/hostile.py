"""Requests nobody sane sends, and what may come of each: a refusal or an answer, never a 5xx or a hang."""

import gzip
from dataclasses import dataclass
from functools import partial

from tests.robust.wire import request

# A connection that is closed without an answer.
CLOSED = 0
# Nothing yet, because the request may go on; who does not go on is disconnected in the end.
WAITED_FOR = -1
KIB = 1024


@dataclass(frozen=True, slots=True)
class Target:
    """One of the servers' doors.

    Attributes:
        get: a page or a call without a body.
        post: a call that takes a JSON object.
        unread: whether the connection may just be closed when the request is not read to its end.
    """

    name: str
    get: str
    post: str


TARGETS = (
    Target("vendor", "/cid/oauth2/ctid/referral", "/v2/webserv/managers/token"),
    Target("control", "/control/sandboxes/none", "/control/sandboxes/none/journeys"),
    Target("application", "/app/NONE/me", "/app/NONE/links"),
    Target("broker", "/auth/login", "/oauth2/crmApiToken"),
)

_JSON = "Content-Type: application/json"
_BOMB = gzip.compress(b" " * 10 * KIB * KIB)
# What an odd request for a page is answered with, if it is taken for what it looks like.
_PAGE = {200, 302, 400, 401, 404, 405}
# Whoever asks for a host that is not here is refused, but for the vendor's own paths.
_ELSEWHERE = _PAGE | {403}
# What a call is answered with that is understood and refused for what is in it.
_CALL = {400, 401, 403, 404, 413, 415}


def cases(target: Target) -> dict[str, tuple[bytes, set[int]]]:
    """Name of a case -> the bytes, and the statuses that may be the first answer."""
    get = partial(request, "GET")
    post = partial(request, "POST", target.post, _JSON)

    def sized(body: bytes, *headers: str) -> bytes:
        return post(*headers, f"Content-Length: {len(body)}", body=body)

    def chunked(body: bytes) -> bytes:
        return post("Transfer-Encoding: chunked", body=body)

    after = request("GET", "/smuggled", close=False)
    return {
        "a header of 64 KiB": (get(target.get, "X: " + "a" * 64 * KIB), _PAGE | {431}),
        "headers of 1 MiB": (get(target.get, "X: " + "a" * KIB * KIB), {431, CLOSED}),
        "1,000 headers": (get(target.get, *(f"X{n}: {n}" for n in range(1000))), _PAGE | {431}),
        "a path of 70,000": (get("/" + "a" * 70_000), {404, 414, 431}),
        "a query of 16 KiB": (get(target.get + "?" + "a" * 16 * KIB), _PAGE),
        "a query of 70,000": (get(target.get + "?x=" + "a" * 70_000), {404, 414, 431}),
        "5,000 parameters": (get(target.get + "?" + "&".join(f"a{n}=1" for n in range(5000))), _PAGE),
        "the same parameter twice": (get(target.get + "?userId=1&userId=2&token=a&token=b"), _PAGE),
        "a query that is not UTF-8": (get(target.get + "?userId=%ff%fe&partnerId=%ed%a0%80"), _PAGE),
        "a NUL in the query": (get(target.get + "?userId=%00&token=%00"), _PAGE),
        "broken escapes": (get("/cid/%zz%/%f/%00/..%2f..%2fetc/passwd"), {400, 404}),
        "dots": (get("/cid/../../../../etc/passwd"), {400, 404}),
        "bytes above 127 in the path": (get("/\xff\xfe\xc3\xa9"), {400, 404}),
        "a whole URL as path": (get("http://elsewhere.example/healthz"), {200, 400, 404}),
        "no slash before the path": (get("healthz"), {200, 308, 400, 404}),
        "CONNECT": (request("CONNECT", "elsewhere.example:443"), {400, 404, 405}),
        "TRACE": (request("TRACE", target.get), {400, 404, 405, 501}),
        "OPTIONS *": (request("OPTIONS", "*"), {200, 400, 404, 405}),
        "an odd method": (request("F@O!", target.get), {400, 404, 405, 501}),
        "HTTP/0.9": (f"GET {target.get}\r\n\r\n".encode(), _PAGE | {CLOSED}),
        "HTTP/9.9": (f"GET {target.get} HTTP/9.9\r\n\r\n".encode(), _PAGE | {505}),
        "HTTP/2 without a word": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400, 404, 405, CLOSED}),
        "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", {400, CLOSED}),
        "a NUL in a header": (get(target.get, "X: a\0b"), _PAGE),
        "a bare CR in a header": (get(target.get, "X: a\rY: b"), _PAGE),
        "bytes above 127 in headers": (get(target.get, "X: \xff", "Cookie: \xff=\xfe", "User-Agent: \xe9"), _PAGE),
        "lines that end with LF only": (
            f"GET {target.get} HTTP/1.1\nHost: x\nConnection: close\n\n".encode(),
            {WAITED_FOR} if target.name == "broker" else _ELSEWHERE,
        ),
        "a folded header": (get(target.get, "X: a\r\n  b"), _PAGE),
        "a blank before the colon": (get(target.get, "Content-Length : 5"), _PAGE),
        "two hosts": (get(target.get, "Host: elsewhere.example"), _ELSEWHERE),
        "an odd Content-Type": (
            request("POST", target.post, "Content-Type: \xff/;=", "Content-Length: 2", body=b"{}"),
            _CALL,
        ),
        "Content-Length and chunked": (
            post("Content-Length: 4", "Transfer-Encoding: chunked", body=b"0\r\n\r\n" + after),
            _CALL,
        ),
        "two lengths": (post("Content-Length: 2", "Content-Length: 40", body=b"{}" + after), {400}),
        "a list of lengths": (post("Content-Length: 2, 2", body=b"{}"), {400}),
        "a length with a sign": (post("Content-Length: +2", body=b"{}"), {400}),
        "a negative length": (post("Content-Length: -2", body=b"{}"), {400}),
        "a length with no end": (post("Content-Length: " + "9" * 30, body=b"{}"), {400, 413}),
        "10 MiB announced": (post("Content-Length: 10485760", body=b"{}"), _CALL),
        "10 MiB sent": (sized(b'{"x": "' + b"a" * 10 * KIB * KIB + b'"}'), _CALL | {CLOSED}),
        "10 MiB in chunks": (
            chunked(b"".join(b"10000\r\n" + b"a" * 65536 + b"\r\n" for _ in range(160)) + b"0\r\n\r\n"),
            _CALL | {CLOSED},
        ),
        "chunked twice over": (
            post("Transfer-Encoding: chunked", "Transfer-Encoding: identity", body=b"0\r\n\r\n" + after),
            {400, 501},
        ),
        "an unknown coding": (post("Transfer-Encoding: xchunked", body=b"0\r\n\r\n"), {400, 501}),
        "a chunk without a size": (chunked(b"zz\r\n{}\r\n0\r\n\r\n"), _CALL),
        "a chunk with an extension": (chunked(b"2;a=b\r\n{}\r\n0\r\n\r\n"), _CALL),
        "a gzip bomb": (sized(_BOMB, "Content-Encoding: gzip"), _CALL),
        "10,000 lists": (sized(b"[" * 10_000 + b"]" * 10_000), _CALL),
        "10,000 objects": (sized(b'{"a":' * 10_000 + b"1" + b"}" * 10_000), _CALL),
        "NaN": (sized(b'{"login": NaN, "password": NaN, "flow": NaN}'), _CALL),
        "a huge integer": (sized(b'{"login": ' + b"9" * 5000 + b', "password": ' + b"9" * 5000 + b"}"), _CALL),
        "a lone surrogate": (sized(rb'{"login": "\ud800", "password": "\ud800", "level": "\ud800"}'), _CALL),
        "a NUL in a text": (sized(rb'{"login": "\u0000", "password": "\u0000", "level": "\u0000"}'), _CALL),
        "a key twice": (sized(b'{"login": 1, "login": 2, "password": "a", "password": "b"}'), _CALL),
        "no UTF-8": (sized(b'{"password": "\xff\xfe", "level": "\xff"}'), _CALL),
        "UTF-16": (sized('{"password": "a"}'.encode("utf-16")), _CALL),
        "a byte-order mark": (sized(b"\xef\xbb\xbf{}"), _CALL),
        "Expect": (sized(b"{}", "Expect: 100-continue"), _CALL | {100}),
        "an odd Expect": (sized(b"{}", "Expect: tea"), _CALL | {417}),
        "an upgrade": (get(target.get, "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA"), _PAGE),
    }
