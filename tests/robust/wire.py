"""Bytes on a socket: for requests that no HTTP library sends."""

import re
import socket
from contextlib import closing
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Heard:
    """What a server made of some bytes.

    Attributes:
        statuses: of the answers, in their order.
        closed: whether the server closed the connection.
    """

    statuses: list[int]
    closed: bool
    data: bytes


def say(url: str, data: bytes, patience: float = 5.0) -> Heard:
    """Send bytes and hear until the server closes the connection or says nothing for `patience` seconds."""
    place = urlsplit(url)
    with closing(socket.create_connection((place.hostname, place.port), timeout=patience)) as line:
        heard, closed = b"", False
        try:
            line.sendall(data)
        except OSError:
            closed = True  # refused before it was all said: the answer may still be there
        try:
            while piece := line.recv(65536):
                heard += piece
            closed = True
        except TimeoutError:
            pass
        except OSError:
            closed = True
    return Heard([int(found) for found in re.findall(rb"HTTP/1\.[01] (\d{3})", heard)], closed, heard)


def request(method: str, target: str, *headers: str, body: bytes = b"", close: bool = True) -> bytes:
    """A request as it is, with a Host header; nothing is checked, nothing added to `headers`."""
    lines = [f"{method} {target} HTTP/1.1", "Host: 127.0.0.1", *headers, *(["Connection: close"] if close else [])]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body
