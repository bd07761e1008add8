"""Quayside Markets, a broker of server-rendered forms: two-step sign-up, CSRF tokens, calls 4.x under a prefix.

Knows nothing of the harness. Its settings are environment variables; clients live in memory.
"""

import hashlib
import html
import json
import os
import queue
import secrets
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from flask import Flask, Response, abort, jsonify, redirect, request, session
from waitress.server import create_server

ENV = {name.removeprefix("QUAYSIDE_"): value for name, value in os.environ.items() if name.startswith("QUAYSIDE_")}
PAGE_SIZE = 3
OT_SECONDS = 60
CRM_TOKEN_SECONDS = 8 * 24 * 3600


@dataclass
class Client:
    email: str
    name: str
    password: str
    brought_by: str | None = None
    attributed: bool = False
    user_id: int | None = None
    login: int | None = None
    ctid_trader_account_id: int | None = None
    in_use: bool = False
    level: str | None = None
    identifiers: list[str] = field(default_factory=list)
    known_to_ctrader: bool = False


clients: dict[str, Client] = {}
owners: dict[str, Client] = {}
one_time: dict[str, tuple[Client, float]] = {}
access_tokens: dict[str, Client] = {}
crm_tokens: dict[str, float] = {}
to_announce: "queue.Queue[tuple[Client, str, int]]" = queue.Queue()
lock = threading.RLock()
app = Flask(__name__)
app.secret_key = secrets.token_bytes(32)


# --- calls to cTrader


def ctrader(method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    hashed = md5(ENV["MANAGER_PASSWORD"])
    manager = {"login": int(ENV["MANAGER_LOGIN"]), "hashedPassword": hashed}
    with requests.Session() as http:
        http.trust_env = False
        http.headers["Accept"] = "application/json"
        token = http.post(ENV["CTRADER_URL"] + "/v2/webserv/managers/token", json=manager, timeout=10)
        token.raise_for_status()
        parameters = {"token": token.json()["webservToken"]}
        answer = http.request(method, ENV["CTRADER_URL"] + path, params=parameters, json=body, timeout=10)
        answer.raise_for_status()
        return dict(answer.json()) if answer.content else {}


def announce() -> None:
    """Call 3.6, again and again until cTrader has taken it."""
    while True:
        client, identifier, tries = to_announce.get()
        target = {"userId": client.user_id}
        if client.level == "account":
            target = {"ctidTraderAccountId": client.ctid_trader_account_id}
        body = {"brokerCrmName": ENV["CRM_NAME"], "partnerId": identifier, **target}
        try:
            ctrader("PUT", "/cid/oauth2/ctid/referral", body)
        except requests.RequestException:
            threading.Timer(min(0.2 * 2**tries, 10), to_announce.put, [(client, identifier, tries + 1)]).start()


def create_user(client: Client) -> None:
    if client.user_id is None:
        body = {"brokerCrmName": ENV["CRM_NAME"], "email": client.email, "firstName": client.name}
        client.user_id = ctrader("POST", "/cid/oauth2/ctid/create", body)["userId"]


def open_account(client: Client, currency: str) -> None:
    if client.ctid_trader_account_id is not None:
        return
    password = md5(secrets.token_hex(16))
    account = {
        **{"accessRights": "FULL_ACCESS", "accountType": "HEDGED", "balance": 0, "leverageInCents": 10000},
        **{"totalMarginCalculationType": "MAX", "depositCurrency": currency, "hashedPassword": password},
        **{"brokerName": ENV["BROKER_NAME"], "groupName": ENV["GROUP_NAME"]},
        "contactDetails": {"email": client.email},
    }
    client.login = ctrader("POST", "/v2/webserv/traders", account)["login"]
    link = {"traderLogin": client.login, "traderPasswordHash": password, "userId": client.user_id}
    link |= {"brokerName": ENV["BROKER_NAME"], "environmentName": "demo", "returnAccountDetails": True}
    client.ctid_trader_account_id = ctrader("POST", "/cid/ctid/link", link)["ctidTraderAccountId"]


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


# --- the partner programme


def mint(client: Client) -> str:
    identifier = f"QM{secrets.token_hex(4)}"
    client.identifiers.append(identifier)
    owners[identifier] = client
    return identifier


def become_partner_in_ctrader(client: Client) -> None:
    if client.level and client.in_use and not client.known_to_ctrader:
        client.known_to_ctrader = True
        to_announce.put((client, mint(client), 0))


# --- pages


def page(title: str, body: str, status: int = 200) -> Response:
    text = f"<!doctype html><html><head><title>{title}</title></head><body><h1>{title}</h1>{body}</body></html>"
    return Response(text, status, content_type="text/html; charset=utf-8")


def csrf() -> str:
    token = session.setdefault("csrf", secrets.token_hex(16))
    return f'<input type="hidden" name="authenticity_token" value="{token}">'


@app.before_request
def check_csrf() -> None:
    from_page = request.method == "POST" and not request.path.startswith("/ctrader-crm/")
    if from_page and request.form.get("authenticity_token") != session.get("csrf", object()):
        abort(403, "This form has expired.")


def me() -> Client | None:
    return clients.get(session.get("email", ""))


def success(client: Client) -> Any:
    token = f"q{secrets.token_hex(20)}"
    one_time[token] = (client, time.monotonic())
    return redirect(f"{ENV['SUCCESS_URL']}?token={token}", 303)


@app.get("/join")
def join() -> Response:
    if request.args.get("firstLogin") == "false":
        return page("Log in", login_form(from_app=True))
    hidden = html.escape(request.args.get("partnerId", ""))
    return page(
        "Open an account",
        f'<form method="post" action="/join/details">{csrf()}<input type="hidden" name="ref" value="{hidden}">'
        '<input name="mail"><input name="given"><input name="family"><input type="password" name="pass1">'
        '<input type="password" name="pass2"><input type="checkbox" name="terms" value="agreed">'
        '<input type="checkbox" name="news" checked><button name="go" value="next">Next</button></form>',
    )


@app.post("/join/details")
def details() -> Any:
    with lock:
        form = request.form
        if form["pass1"] != form["pass2"] or form.get("terms") != "agreed" or form.get("go") != "next":
            return page("Open an account", '<p class="error">Passwords differ, or terms not agreed.</p>', 400)
        mail = form["mail"].strip().lower()
        client = clients.get(mail)
        if client is None:
            client = clients[mail] = Client(mail, form["given"], form["pass1"])
            if form["ref"] in owners:
                client.brought_by = form["ref"]
        elif client.password != form["pass1"]:
            return page("Open an account", '<p class="error">This address is taken.</p>', 400)
        session["email"] = mail
        create_user(client)
        return redirect("/join/account", 303)


@app.get("/join/account")
def account() -> Any:
    choices = (
        "<select name='currency'><option value='eur'>Euro</option><option value='usd'>Dollar</option></select>"
    )
    return page("Trading account", f'<form method="post">{csrf()}{choices}<button>Open</button></form>')


@app.post("/join/account")
def account_opened() -> Any:
    client = me()
    if client is None or client.user_id is None:
        return redirect("/join", 303)
    with lock:
        open_account(client, request.form["currency"].upper())
    return success(client)


@app.get("/website/register")
def register() -> Response:
    fields = '<input name="mail"><input name="given"><input type="password" name="pass1">'
    return page("Register", f'<form method="post">{csrf()}{fields}<button>Register</button></form>')


@app.post("/website/register")
def registered() -> Any:
    mail = request.form["mail"].lower()
    with lock:
        if mail in clients:
            return page("Register", '<p class="error">This address is taken.</p>', 400)
        clients[mail] = Client(mail, request.form["given"], request.form["pass1"])
    session["email"] = mail
    return redirect("/cabinet/partner", 303)


def login_form(*, from_app: bool) -> str:
    return (
        f'<form action="/session" method="post">{csrf()}<input type="hidden" name="from_app" value="{from_app:d}">'
        '<input name="mail"><input type="password" name="pass1"><button>Log in</button></form>'
    )


@app.route("/session", methods=["GET", "POST"])
def log_in() -> Any:
    if request.method == "GET":
        return page("Log in", login_form(from_app=False))
    client = clients.get(request.form["mail"].lower())
    if client is None or client.password != request.form["pass1"]:
        return page("Log in", '<p class="error">Wrong address or password.</p>' + login_form(from_app=False))
    session["email"] = client.email
    if request.form["from_app"] == "1" and client.login is not None:
        return success(client)
    return redirect("/cabinet/partner", 303)


@app.route("/cabinet/partner", methods=["GET", "POST"])
def partner() -> Any:
    client = me()
    if client is None:
        return page("Log in", login_form(from_app=False))
    if request.method == "POST":
        with lock:
            client.level = {"client": "user", "trading": "account"}[request.form["kind"]]
            if client.in_use:
                become_partner_in_ctrader(client)
            elif not client.identifiers:
                mint(client)
        return redirect("/cabinet/partner", 303)
    shown = "".join(
        f'<p>Your link: <a class="share" href="/welcome?lang=en&amp;pid={one}">{one}</a></p>'
        for one in client.identifiers[-1:]
    )
    kinds = "".join(f'<input type="radio" name="kind" value="{one}">' for one in ("client", "trading"))
    logout = f'<form method="post" action="/session/end">{csrf()}<button>Log out</button></form>'
    return page("Partners", f'{logout}{shown}<form method="post">{csrf()}{kinds}<button>Join</button></form>')


@app.get("/cabinet/referrals")
def referrals() -> Any:
    client = me()
    if client is None:
        return page("Log in", f"<table><tr><td>{login_form(from_app=False)}</td></tr></table>")
    mine = [one for one in clients.values() if one.attributed and one.brought_by in client.identifiers]
    number = int(request.args.get("p", "1"))
    rows = "".join(
        f"<tr><td>{html.escape(one.name)}</td><td>{html.escape(one.email)}</td><td>{one.brought_by}</td></tr>"
        for one in mine[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    )
    more = f'<a class="next" href="?p={number + 1}">more</a>' if len(mine) > number * PAGE_SIZE else ""
    head = "<thead><tr><td>Name</td><td>E-mail</td><td>By</td></tr></thead>"
    return page("Referrals", f'<table id="clients">{head}<tbody>{rows}</tbody></table>{more}')


# --- calls of cTrader


def refusal(status: int, code: str) -> tuple[Response, int]:
    return jsonify(error=code, message=code.replace("_", " ").lower(), code=status), status


@app.post("/ctrader-crm/oauth2/crmApiToken")
def crm_api_token() -> Any:
    if (request.get_json(silent=True) or {}).get("password") != ENV["CRM_PASSWORD"]:
        return refusal(403, "CH_CLIENT_AUTH_FAILURE")
    token = secrets.token_urlsafe(24)
    crm_tokens[token] = time.monotonic() + CRM_TOKEN_SECONDS
    return jsonify(crmApiToken=token)


def is_ctrader() -> bool:
    return crm_tokens.get(request.args.get("crmApiToken", ""), 0) > time.monotonic()


@app.post("/ctrader-crm/oauth2/onetime/authorize")
def exchange() -> Any:
    if not is_ctrader():
        return refusal(403, "CH_CLIENT_AUTH_FAILURE")
    with lock:
        client, minted = one_time.pop(str((request.get_json(silent=True) or {}).get("code")), (None, 0.0))
        if client is None:
            return refusal(404, "NOT_FOUND")
        if time.monotonic() - minted > OT_SECONDS:
            return refusal(410, "CID_TOKEN_EXPIRED")
        client.in_use = True
        client.attributed = client.brought_by is not None
        become_partner_in_ctrader(client)
        token = secrets.token_urlsafe(24)
        access_tokens[token] = client
    return jsonify(userId=client.user_id, accessToken=token)


@app.post("/ctrader-crm/oauth2/authorize")
def resume() -> Any:
    if not is_ctrader():
        return refusal(403, "CH_CLIENT_AUTH_FAILURE")
    client = access_tokens.get(str((request.get_json(silent=True) or {}).get("accessToken")))
    return refusal(404, "NOT_FOUND") if client is None else jsonify(userId=client.user_id)


@app.post("/ctrader-crm/oauth2/onetime/generate")
def generate() -> Any:
    if not is_ctrader():
        return refusal(403, "CH_CLIENT_AUTH_FAILURE")
    wanted = (request.get_json(silent=True) or {}).get("userId")
    client = next((one for one in clients.values() if one.user_id == wanted and wanted), None)
    if client is None:
        return refusal(404, "NOT_FOUND")
    token = f"q{secrets.token_hex(20)}"
    one_time[token] = (client, time.monotonic())
    return jsonify(token=token)


@app.post("/ctrader-crm/oauth2/logout")
def log_out() -> Any:
    if not is_ctrader():
        return refusal(403, "CH_CLIENT_AUTH_FAILURE")
    access_tokens.pop(request.args.get("accessToken", ""), None)
    return ""


def main() -> None:
    threading.Thread(target=announce, daemon=True).start()
    server = create_server(app, host="127.0.0.1", port=int(ENV.get("PORT", "0")), threads=8)
    ready = Path(sys.argv[sys.argv.index("--ready-file") + 1])
    half = ready.with_suffix(".half")
    half.write_text(json.dumps({"brokerUrl": f"http://127.0.0.1:{server.effective_port}"}))
    half.replace(ready)
    server.run()


if __name__ == "__main__":
    main()
