"""The reference broker with many referrals of one partner, for the section `growth`."""

import base64
import re
import sqlite3
import sys
from pathlib import Path

import requests

from mock_ctrader.bench.load import Shape
from mock_ctrader.bench.targets import Running, Server

_PERSON = {
    "email": "partner@bench.example",
    "first_name": "Ines",
    "last_name": "Silva",
    "password": "a password of the bench",
}
_PARTNER = "INSERT INTO partners (id, client, level, since) VALUES (1, 1, 'user', 0)"
_IDENTIFIER = """
INSERT INTO identifiers (id, partner, identifier, level, purpose, minted_at)
VALUES (1, 1, 'IB-BENCH', 'user', 'ctrader', 0)
"""
_CLIENTS = """
WITH RECURSIVE numbers(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM numbers WHERE n <= :count)
INSERT INTO clients (id, email, email_key, first_name, last_name, password_hash, language, created_at)
SELECT n, 'c' || n || '@bench.example', 'c' || n || '@bench.example', 'Rui', 'Costa', '', 'en', n FROM numbers
"""
# a client in ten came some other way
_ATTRIBUTIONS = """
INSERT INTO attributions (client, partner_id, identifier, partner_client, state, source, recorded_at,
                          attributed_at)
SELECT id, 'IB-BENCH', 1, 1, CASE WHEN id % 10 THEN 'attributed' ELSE 'pending' END, 'partner_id', id,
       CASE WHEN id % 10 THEN id END
FROM clients WHERE id > 1
"""


def broker_with(size: int, folder: Path) -> tuple[Running, Shape, Shape]:
    """A running broker whose one partner brought so many clients, the first page of the list, and one half-way."""
    database = folder / f"broker-{size}.db"
    cookie = ""

    def registered(url: str) -> tuple[Shape, Shape]:
        nonlocal cookie
        with requests.Session() as browser:
            browser.trust_env = False
            form = browser.get(f"{url}/register", timeout=10)
            hidden = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', form.text)
            assert hidden is not None, form.text
            browser.post(f"{url}/register", {**_PERSON, "csrf_token": hidden[1]}, timeout=10).raise_for_status()
            cookie = "; ".join(f"{one.name}={one.value}" for one in browser.cookies)
        return _page(cookie, ""), _page(cookie, "")

    running = Running(Server("reference broker", lambda port, _: _command(port, database), registered))
    running.until_ready()
    filled = sqlite3.connect(database)
    filled.execute(_PARTNER)
    filled.execute(_IDENTIFIER)
    filled.execute(_CLIENTS, {"count": size})
    filled.execute(_ATTRIBUTIONS)
    filled.commit()
    filled.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    filled.close()
    return running, _page(cookie, ""), _page(cookie, f"&after={_cursor(size // 2)}")


def _cursor(client: int) -> str:
    """The position that the list goes on from, as the broker's pages say it."""
    return base64.urlsafe_b64encode(f"{client}.{client}".encode()).decode().rstrip("=")


def _page(cookie: str, more: str) -> Shape:
    return Shape("GET", f"/area/referrals?limit=20{more}", headers={"Cookie": cookie})


def _command(port: int, database: Path) -> list[str]:
    settings = {
        "--port": str(port),
        "--database": str(database),
        "--ctrader-url": "http://127.0.0.1:9",
        "--broker-crm-name": "BESTBROKERCRM",
        "--broker-name": "BESTBROKER",
        "--manager-login": "2309",
        "--manager-password": "password",
        "--group-name": "Default",
        "--success-url": "http://127.0.0.1:9/success",
        "--crm-password": "a password of the bench",
    }
    return [sys.executable, "-m", "broker_reference", *(part for pair in settings.items() for part in pair)]
