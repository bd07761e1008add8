"""For `make coverage`: requests are answered in threads of the server's Rust code, which no tracer is told of."""

import sys
import threading
from collections.abc import Callable
from typing import Any

from granian.server import mp

_wrapped = mp._wsgi_call_wrap


def _traced(application: Callable[..., Any], *more: Any) -> Any:
    def call(environ: Any, start_response: Any) -> Any:
        tracer = threading.gettrace()
        if tracer is not None and sys.gettrace() is None:
            sys.settrace(tracer)
        return application(environ, start_response)

    return _wrapped(call, *more)


mp._wsgi_call_wrap = _traced
