"""An application that is finished by the first request that needs it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask

from mock_ctrader.later import Later

CLIENTS = 8


def test_requests_that_come_together_finish_it_once_and_all_are_answered() -> None:
    app, finished = Flask("later"), []
    coming, all_came = iter(range(1, CLIENTS)), threading.Event()

    def finish() -> None:
        assert all_came.wait(10)
        finished.append(1)
        app.add_url_rule("/page", view_func=lambda: "here")

    later = Later(app.wsgi_app, finish)

    def noticed(environ: Any, start_response: Any) -> Any:
        if next(coming, None) is None:
            all_came.set()
        return later(environ, start_response)

    app.wsgi_app = noticed  # type: ignore[method-assign]

    with ThreadPoolExecutor(CLIENTS) as clients:
        assert set(clients.map(lambda _: app.test_client().get("/page").text, range(CLIENTS))) == {"here"}
    assert finished == [1]


def test_what_could_not_be_finished_is_tried_again_and_never_served_by_halves() -> None:
    app, tries = Flask("later"), []

    def finish() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise ImportError("not now")
        app.add_url_rule("/page", view_func=lambda: "here")

    app.wsgi_app = Later(app.wsgi_app, finish)  # type: ignore[method-assign]

    with pytest.raises(ImportError, match="not now"):
        app.test_client().get("/page")
    assert app.test_client().get("/page").text == "here"
    assert len(tries) == 2
