"""The WSGI server, granian, as the mock uses it."""

from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

from mock_ctrader.cores import one_core_for_each_worker

# How many requests may be sending their bodies at once.
BODIES_AT_ONCE = 16
# A sign-in waits for the broker, which calls back meanwhile: one thread would wait for itself. And as many bodies
# as may be under way at once leave half of the threads free.
_THREADS = 2 * BODIES_AT_ONCE
# What a client may take and send: headers in 10 seconds, 128 KiB of them (431), then the connection is closed.
_HTTP = HTTP1Settings(header_read_timeout=10_000, max_buffer_size=128 * 1024)
# An open page holds a stream, which would hold up the end.
_END_SECONDS = 2


def serve_wsgi(factory: str, host: str, port: int, workers: int = 1) -> Any:
    """The WSGI server, not yet started; each worker will have a core of its own.

    Args:
        factory: module and function that make the application in each worker process.
    """
    one_core_for_each_worker()
    return Server(
        factory,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=_THREADS,
        factory=True,
        http=HTTPModes.http1,
        http1_settings=_HTTP,
        websockets=False,
        log_level=LogLevels.error,
        workers_kill_timeout=_END_SECONDS,
    )
