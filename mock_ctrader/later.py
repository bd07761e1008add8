"""An application that is finished when a request first needs what it lacks."""

import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Later:
    """WSGI middleware around an application that is not finished yet."""

    def __init__(self, whole: "WSGIApplication", finish: Callable[[], None]) -> None:
        """Args: finish: adds to the application what it lacks; called once."""
        self._whole = whole
        self._finish = finish
        self._finished = False
        self._lock = threading.Lock()

    def finish(self) -> None:
        """Finish the application, unless it is."""
        with self._lock:
            if not self._finished:
                self._finish()
                self._finished = True

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request."""
        if not self._finished:
            self.finish()
        return self._whole(environ, start_response)
