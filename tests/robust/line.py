"""A client that costs little: with `requests`, the clients are busy while the server waits for them."""

import json
import time
from collections.abc import Callable
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from tests.robust.load import Unexpected
from tests.support import TIMEOUT

_JSON = {"Content-Type": "application/json"}


class Line:
    """One connection that stays open."""

    def __init__(self, url: str, note: Callable[[float], None]) -> None:
        """`note` gets the seconds that each answer took."""
        place = urlsplit(url)
        self._connection = HTTPConnection(str(place.hostname), place.port, timeout=TIMEOUT)
        self._note = note

    def ask(self, method: str, target: str, body: Any = None, *, expected: int = 200) -> Any:
        """Send a request, with a body as JSON, and read the JSON of its answer; None for an empty one.

        Raises: Unexpected: the answer has another status than `expected`.
        """
        started = time.perf_counter()
        self._connection.request(method, target, None if body is None else json.dumps(body), _JSON)
        response = self._connection.getresponse()
        data = response.read()
        self._note(time.perf_counter() - started)
        if response.status != expected:
            raise Unexpected(f"{method} {target.partition('?')[0]}: {response.status}")
        return json.loads(data) if data else None

    def close(self) -> None:
        """Hang up."""
        self._connection.close()
