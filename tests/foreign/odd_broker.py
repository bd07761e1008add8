"""Pages and answers as odd as brokers make them, served inside the test's own process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from flask import Flask, Response, jsonify, make_response, redirect, request
from werkzeug.serving import make_server

SUCCESS = "http://app.example/app/odd/success"
LOGIN = "<form><input name=email><input type=password name=pw></form>"
EMAILS = [f"m{number}@example.net" for number in range(7)]


def odd_app() -> Flask:
    """Every oddity has an address of its own; what was received is in `app.config["seen"]`."""
    app = Flask(__name__)
    seen: list[Any] = []
    app.config["seen"] = seen

    @app.get("/redirect")
    def redirected() -> Any:
        return redirect("/redirect2?partnerId=" + request.args.get("partnerId", ""))

    @app.get("/redirect2")
    def redirected_on() -> Any:
        return redirect(f"{SUCCESS}?token=t1")

    @app.get("/refresh")
    def refresh() -> str:
        return f'<meta http-equiv="Refresh" content="0; url={SUCCESS}?token=t1">'

    @app.get("/idle")
    def idle() -> str:
        return '<meta http-equiv="refresh" content="1800; url=/nowhere"><p>Stay</p>'

    @app.get("/script")
    def script() -> str:
        target = SUCCESS.replace("/", "\\/") + "?a=1\\u0026token=t1"
        return f'<script>if (1) window.location.href = "{target}";</script>'

    @app.get("/script-elsewhere")
    def script_elsewhere() -> str:
        return "<script>function later() { location = '/nowhere' }</script><p>Stay</p>"

    @app.post("/json/<form>")
    def answer(form: str) -> Any:
        seen.append(request.get_json())
        answers = {
            "url": {"go": [f"{SUCCESS}?token=t1"]},
            "token": {"ot": "t1"},
            "elsewhere": {"go": ["http://app.example/app/odd/area?token=t1"]},
        }
        return jsonify(answers[form])

    @app.get("/csrf/<where>")
    def csrf(where: str) -> Any:
        page = make_response('<meta name="csrf-token" content="c1">' if where == "meta" else jsonify(csrf="c1"))
        page.set_cookie("XSRF-TOKEN", "c%201", secure=True)
        return page

    @app.post("/csrf")
    def guarded() -> Any:
        seen.append(
            (request.headers.get("X-CSRF"), request.cookies.get("XSRF-TOKEN"), request.headers.get("Origin"))
        )
        return jsonify(ok=True)

    @app.post("/login")
    def login() -> Any:
        seen.append(request.headers.get("X-Key"))
        page = jsonify(key="k1", id=5)
        page.set_cookie("sid", "s1")
        return page

    def is_in() -> bool:
        return request.headers.get("X-Key") == "k1" or request.cookies.get("sid") == "s1"

    @app.get("/list/<style>")
    def listed(style: str) -> Any:
        if not is_in() and not style.endswith("-open"):
            return {
                "login-page": f"{LOGIN}<table><tr class=row><td>E-mail</td></tr></table>",
                "empty": jsonify(items=[]),
                "nobodys": "<table><thead><tr><th>E-mail</th></tr></thead></table>",
                "please": "<h1>Your traders</h1><p>Please log in.</p>",
                "refused": Response("no", 401),
            }.get(style, redirect("/redirect-to-login"))
        style = style.removesuffix("-open")
        start = int(request.args.get("offset", 2 * (int(request.args.get("page", "1")) - 1)))
        start = int(request.args.get("after", start))
        items = [{"email": one} for one in EMAILS[start : start + 2]]
        if style in ("login-page", "html", "loops", "nobodys", "please"):
            rows = "".join(f"<tr class=row><td>{one['email']}</td></tr>" for one in items)
            more = f'<a rel="next" href="?after={start + 2}">more</a>' if start + 2 < len(EMAILS) else ""
            if style == "loops" and not more:
                more = '<a rel="next" class="disabled" href="#">more</a>'
            return f"<table><thead><tr><th>E-mail</th></tr></thead>{rows}</table>{more}"
        if style == "missing-after" and not items:
            return Response("no such page", 404)
        if style == "ignores-page":
            items = [{"email": one} for one in EMAILS]
        if style == "broken-second" and start:
            return Response("oops", 500)
        body: dict[str, Any] = {"items": items, "pages": 4, "more": start + 2 < len(EMAILS)}
        if start + 2 < len(EMAILS):
            body |= {"next": start + 2, "url": f"/list/{style}?after={start + 2}"}
        answer = jsonify(body)
        if style == "link-header":
            here = f"{request.host_url}list/{style}?after="
            answer.headers.add("Link", f'<{here}0>; rel="first"')
            if start + 2 < len(EMAILS):
                answer.headers.add("Link", f'<{here}{start + 2}>; rel="next"; title="a, b"')
        return answer

    @app.get("/redirect-to-login")
    def to_login() -> str:
        return LOGIN

    @app.get("/code")
    def code() -> Any:
        return jsonify(id="IB-1", link="https://odd.example/go/IB-1?utm=x")

    @app.get("/deep/mail")
    def mail_page() -> str:
        return '<a id="in-the-mail" href="/deep/reached?k=1">reset</a><a id="beside" href="reached?k=2">reset</a>'

    @app.get("/deep/root")
    def root_link() -> str:
        return '<a href="https://odd.example/">your link</a>'

    @app.get("/deep/reached")
    def reached() -> str:
        seen.append(request.full_path)
        return "reached"

    @app.get("/contacts")
    def contacts() -> str:
        return '<p>Level: <b>PERSON</b></p><table><tr><td><a href="MailTo:m%2B0@example.net?subject=Hi">m***</a>'

    @app.get("/tabs")
    def tabs() -> str:
        way = "" if "drop" in request.args else "&partnerId=" + quote(request.args.get("partnerId", ""))
        face = request.args.get("firstLogin")
        links = (
            ""
            if "script" in request.args
            else (f'<a href="/tabs?firstLogin=false{way}">Log in</a><a href="/tabs?firstLogin=true{way}">Join</a>')
        )
        form = "<form><input name=email><input type=password name=pw>{}<button>{}</button></form>"
        return links + form.format("", "Log in") + form.format("<input name=first>", "Join") + f"<p>{face}"

    @app.get("/alike/<face>")
    def alike(face: str) -> str:
        way = request.query_string.decode()
        other = {"login": "join", "join": "login"}[face]
        form = f"<form><input name=email><input type=password name=pw><button>{face}</button></form>"
        return f'<a href="/alike/{face}?{way}&lang=xx">xx</a><a href="/alike/{other}?{way}">{other}</a>{form}'

    @app.get("/web")
    def web() -> Any:
        return redirect("http://app.example/app/odd/info?token=t1") if is_in() else Response("no", 401)

    return app


@contextmanager
def running() -> Iterator[tuple[str, list[Any]]]:
    """The odd broker's URL, and what it received."""
    app = odd_app()
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", app.config["seen"]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
