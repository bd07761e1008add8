"""Fjord Trading, a broker with a JSON API and bearer tokens, whose screens are drawn by scripts (not served here).

Knows nothing of the harness. Its settings are environment variables; it keeps its clients in SQLite, in memory.
"""

import hashlib
import json
import os
import secrets
import sqlite3
import sys
import threading
import time
from pathlib import Path
from typing import Any

import requests
from flask import Flask, Response, abort, jsonify, request
from waitress.server import create_server

CONFIG = {key[6:]: value for key, value in os.environ.items() if key.startswith("FJORD_")}
SCHEMA = """
CREATE TABLE client (id INTEGER PRIMARY KEY, email TEXT UNIQUE, first TEXT, last TEXT, hash TEXT, user_id INTEGER,
  account INTEGER, partner_code TEXT, active INTEGER DEFAULT 0, scope TEXT);
CREATE TABLE code (code TEXT PRIMARY KEY, client INTEGER, told INTEGER);
CREATE TABLE ticket (token TEXT PRIMARY KEY, kind TEXT, client INTEGER, made REAL);
"""
db = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
db.row_factory = sqlite3.Row
db.executescript(SCHEMA)
guard = threading.RLock()
wake = threading.Event()
app = Flask(__name__)
manager_token: list[str] = []


def rows(sql: str, *values: Any) -> list[sqlite3.Row]:
    with guard:
        return db.execute(sql, values).fetchall()


def row(sql: str, *values: Any) -> sqlite3.Row | None:
    return next(iter(rows(sql, *values)), None)


def ticket(kind: str, client: int | None) -> str:
    token = secrets.token_urlsafe(30)
    rows("INSERT INTO ticket VALUES (?, ?, ?, ?)", token, kind, client, time.monotonic())
    return token


def hashed(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


# cTrader


def call(method: str, path: str, body: dict[str, Any]) -> Any:
    with requests.Session() as http:
        http.trust_env = False
        http.headers["Accept"] = "application/json"
        if not manager_token:
            who = {"login": CONFIG["MANAGER_LOGIN"], "hashedPassword": hashed(CONFIG["MANAGER_PASSWORD"])}
            granted = http.post(f"{CONFIG['CTRADER_URL']}/v2/webserv/managers/token", json=who, timeout=10)
            granted.raise_for_status()
            manager_token.append(granted.json()["webservToken"])
        url = f"{CONFIG['CTRADER_URL']}{path}?token={manager_token[0]}"
        answer = http.request(method, url, json=body, timeout=10)
        answer.raise_for_status()
        return answer.json() if answer.content else {}


def enter_ctrader(client_id: int) -> None:
    """Calls 3.2, 3.3 and 3.4; what was done before is not done again."""
    with guard:
        client = row("SELECT * FROM client WHERE id = ?", client_id)
        assert client is not None
        user_id = client["user_id"]
        if user_id is None:
            names = {"email": client["email"], "firstName": client["first"], "preferredLanguage": "no"}
            user_id = call("POST", "/cid/oauth2/ctid/create", {"brokerCrmName": CONFIG["CRM_NAME"], **names})[
                "userId"
            ]
            rows("UPDATE client SET user_id = ? WHERE id = ?", user_id, client_id)
        if client["account"] is None:
            password = hashed(secrets.token_hex())
            broker = {"brokerName": CONFIG["BROKER_NAME"]}
            terms = {"accessRights": "FULL_ACCESS", "accountType": "NETTED", "totalMarginCalculationType": "NET"}
            money = {
                "depositCurrency": "NOK",
                "leverageInCents": 3000,
                "balance": 0,
                "groupName": CONFIG["GROUP_NAME"],
            }
            trader = call("POST", "/v2/webserv/traders", {**terms, **money, **broker, "hashedPassword": password})
            link = {"traderLogin": trader["login"], "traderPasswordHash": password, "userId": user_id, **broker}
            linked = call(
                "POST", "/cid/ctid/link", {**link, "environmentName": "demo", "returnAccountDetails": True}
            )
            rows("UPDATE client SET account = ? WHERE id = ?", linked["ctidTraderAccountId"], client_id)


def tell_ctrader() -> None:
    """Call 3.6 for every code that cTrader does not know yet; a failure is tried again a little later."""
    while True:
        wake.wait(0.3)
        wake.clear()
        for code in rows(
            "SELECT code.*, user_id, account, scope FROM code JOIN client ON id = client WHERE told = 0"
        ):
            by = (
                {"ctidTraderAccountId": code["account"]}
                if code["scope"] == "ACCOUNT"
                else {"userId": code["user_id"]}
            )
            body = {"brokerCrmName": CONFIG["CRM_NAME"], "partnerId": code["code"], **by}
            try:
                call("PUT", "/cid/oauth2/ctid/referral", body)
            except requests.RequestException:
                continue
            rows("UPDATE code SET told = 1 WHERE code = ?", code["code"])


def new_code(client_id: int, told: int | None) -> None:
    rows("INSERT INTO code VALUES (?, ?, ?)", f"FJ-{secrets.token_hex(5)}", client_id, told)
    wake.set()


# the client area's API


def problem(status: int, title: str) -> Response:
    answer = jsonify(ok=False, title=title)
    answer.status_code = status
    return answer


def sent() -> dict[str, Any]:
    body = request.get_json(silent=True)
    return body if isinstance(body, dict) else {}


def known(email: Any, password: Any) -> sqlite3.Row | None:
    return row("SELECT * FROM client WHERE email = ? AND hash = ?", str(email).lower(), hashed(str(password)))


def create(body: dict[str, Any], partner_code: Any) -> int | None:
    try:
        person = (body["email"].lower(), body["name"]["first"], body["name"]["last"], hashed(body["password"]))
        rows("INSERT INTO client (email, first, last, hash) VALUES (?, ?, ?, ?)", *person)
    except (KeyError, TypeError, AttributeError, sqlite3.IntegrityError):
        return None
    client = row("SELECT id FROM client WHERE email = ?", person[0])
    assert client is not None
    if row("SELECT 1 FROM code WHERE code = ?", partner_code):
        rows("UPDATE client SET partner_code = ? WHERE id = ?", partner_code, client["id"])
    return int(client["id"])


def back_to_application(client_id: int) -> Response:
    enter_ctrader(client_id)
    return jsonify(ok=True, result={"goTo": f"{CONFIG['SUCCESS_URL']}?token={ticket('ot', client_id)}"})


@app.post("/api/v1/app/signup")
def sign_up() -> Response:
    body = sent()
    if type(body.get("age")) is not int or body.get("consent") is not True:
        return problem(422, "age must be an integer and consent true")
    client_id = create(body, body.get("partnerId"))
    return problem(409, "this address is registered") if client_id is None else back_to_application(client_id)


@app.post("/api/v1/app/login")
def app_log_in() -> Response:
    client = known(sent().get("email"), sent().get("password"))
    return problem(401, "wrong address or password") if client is None else back_to_application(client["id"])


@app.post("/api/v1/clients")
def register() -> Response:
    client_id = create(sent(), None)
    return problem(409, "this address is registered") if client_id is None else jsonify(ok=True, id=client_id)


@app.post("/api/v1/session")
def log_in() -> Response:
    client = known(sent().get("email"), sent().get("password"))
    if client is None:
        return problem(401, "wrong address or password")
    return jsonify(ok=True, bearer=ticket("bearer", client["id"]), client={"id": client["id"]})


def own(client_id: int) -> sqlite3.Row:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    held = row("SELECT client FROM ticket WHERE kind = 'bearer' AND token = ?", token)
    if scheme != "Bearer" or held is None or held["client"] != client_id:
        abort(problem(401, "log in first"))
    client = row("SELECT * FROM client WHERE id = ?", client_id)
    assert client is not None
    return client


@app.post("/api/v1/clients/<int:client_id>/partner")
def become_partner(client_id: int) -> Response:
    client = own(client_id)
    if sent().get("scope") not in ("CLIENT", "ACCOUNT"):
        return problem(422, "scope is CLIENT or ACCOUNT")
    rows("UPDATE client SET scope = ? WHERE id = ?", sent()["scope"], client_id)
    new_code(client_id, 0 if client["active"] else None)
    return jsonify(ok=True)


@app.get("/api/v1/clients/<int:client_id>/partner")
def partner(client_id: int) -> Response:
    client = own(client_id)
    codes = rows("SELECT code FROM code WHERE client = ? ORDER BY rowid DESC", client_id)
    return jsonify(
        scope=client["scope"], links=[{"url": f"https://fjord.example/r/{one['code']}/"} for one in codes]
    )


@app.get("/api/v1/clients/<int:client_id>/referrals")
def referrals(client_id: int) -> Response:
    own(client_id)
    at = int(request.args.get("page", "0"))
    found = rows(
        "SELECT email, partner_code FROM client WHERE active = 1 AND partner_code IN "
        "(SELECT code FROM code WHERE client = ?) ORDER BY id LIMIT 2 OFFSET ?",
        *(client_id, 2 * at),
    )
    return jsonify(
        page=at, items=[{"contact": {"email": one["email"]}, "code": one["partner_code"]} for one in found]
    )


# what cTrader calls


def ctrader_only() -> None:
    if row("SELECT 1 FROM ticket WHERE kind = 'crm' AND token = ?", request.args.get("crmApiToken", "")) is None:
        abort(problem(403, "CH_CLIENT_AUTH_FAILURE"))


@app.post("/oauth2/crmApiToken")
def crm_api_token() -> Response:
    if sent().get("password") != CONFIG["CRM_PASSWORD"]:
        return problem(403, "CH_CLIENT_AUTH_FAILURE")
    return jsonify(crmApiToken=ticket("crm", None))


@app.post("/oauth2/onetime/authorize")
def exchange() -> Response:
    ctrader_only()
    found = rows("DELETE FROM ticket WHERE kind = 'ot' AND token = ? RETURNING *", str(sent().get("code")))
    if not found:
        return problem(404, "no such token")
    if time.monotonic() - found[0]["made"] > 60:
        return problem(410, "CID_TOKEN_EXPIRED")
    client = row("SELECT * FROM client WHERE id = ?", found[0]["client"])
    assert client is not None
    rows("UPDATE client SET active = 1 WHERE id = ?", client["id"])
    if client["scope"] and not row("SELECT 1 FROM code WHERE client = ? AND told IS NOT NULL", client["id"]):
        new_code(client["id"], 0)
    return jsonify(userId=client["user_id"], accessToken=ticket("access", client["id"]))


@app.post("/oauth2/authorize")
def resume() -> Response:
    ctrader_only()
    sql = "SELECT user_id FROM client JOIN ticket ON client = client.id WHERE kind = 'access' AND token = ?"
    client = row(sql, str(sent().get("accessToken")))
    return problem(404, "no such token") if client is None else jsonify(userId=client["user_id"])


@app.post("/oauth2/onetime/generate")
def generate() -> Response:
    ctrader_only()
    client = row("SELECT id FROM client WHERE user_id = ?", sent().get("userId"))
    return problem(404, "no such user") if client is None else jsonify(token=ticket("ot", client["id"]))


@app.post("/oauth2/logout")
def log_out() -> str:
    ctrader_only()
    rows("DELETE FROM ticket WHERE kind = 'access' AND token = ?", request.args.get("accessToken", ""))
    return ""


if __name__ == "__main__":
    threading.Thread(target=tell_ctrader, daemon=True).start()
    server = create_server(app, host="127.0.0.1", port=int(CONFIG.get("PORT", "0")), threads=8)
    ready = Path(sys.argv[sys.argv.index("--ready-file") + 1])
    half = ready.with_suffix(".half")
    half.write_text(json.dumps({"brokerUrl": f"http://127.0.0.1:{server.effective_port}"}))
    half.replace(ready)
    server.run()
