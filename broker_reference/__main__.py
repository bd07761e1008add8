"""Command line: `python -m broker_reference`."""

import contextlib
import json
import logging
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import click
from sqlalchemy.exc import DatabaseError
from waitress.server import create_server

from broker_reference.app import create_app, wire
from broker_reference.settings import InvalidSetting, Settings
from broker_reference.store.database import UnknownVersion

_THREADS = 8
# Who sends nothing for so long, in the middle of a request or after one, is disconnected.
_IDLE_S = 15
_CONNECTIONS = 500
_LARGEST_HEADERS = 64 * 1024
# Flask refuses bodies far smaller, in JSON; this only keeps strangers from filling the disk.
_LARGEST_BUFFERED_BODY = 1024 * 1024


@click.command(context_settings={"auto_envvar_prefix": "BROKER_REFERENCE", "show_default": True})
@click.option("--host", default="127.0.0.1", help="Address to listen on.")
@click.option("--port", default=8090, type=click.IntRange(0, 65535), help="Port to listen on; 0 takes a free one.")
@click.option(
    "--database", type=click.Path(dir_okay=False, path_type=Path), help="SQLite file. Default: temporary."
)
@click.option("--ctrader-url", required=True, help="Base URL of the cTrader backend.")
@click.option("--broker-crm-name", required=True, help="brokerCrmName, given by the vendor.")
@click.option("--broker-name", required=True, help="brokerName, given by the vendor.")
@click.option("--environment-name", default="demo", help="Server environment of new accounts.")
@click.option("--manager-login", required=True, type=int, help="Manager's number for call 3.1.")
@click.option("--manager-password", required=True, help="Manager's password; better set by environment.")
@click.option("--group-name", required=True, help="Account group of new accounts.")
@click.option("--success-url", required=True, help="URL that ends every screen flow.")
@click.option("--crm-password", required=True, help="Password of call 4.1; better set by environment.")
@click.option("--app-url", default="", help="Where cTrader Web lives. Default: the success URL's parent.")
@click.option(
    "--webhook-authorization",
    default="",
    show_default=False,
    help="Authorization header that cTrader Invite sends to the webhooks; better set by environment.",
)
@click.option("--legal-name", default="", help="Legal entity named on every page. Default: the broker's name.")
@click.option(
    "--mail-outbox/--no-mail-outbox",
    default=None,
    help="Show operators the mails sent at /outbox, which open accounts, and the calls that are not done at "
    "/operator/deliveries.json. Default: on the loopback only.",
)
@click.option("--clock-control", is_flag=True, help="Let POST /operator/clock move the broker's clock; for tests.")
@click.option("--password-cost", default=32_768, help="Cost of scrypt, a power of two; 1024 for tests.")
@click.option("--ready-file", type=click.Path(dir_okay=False, path_type=Path), help="Written once listening.")
def main(
    host: str,
    port: int,
    database: Path | None,
    ctrader_url: str,
    broker_crm_name: str,
    broker_name: str,
    environment_name: str,
    manager_login: int,
    manager_password: str,
    group_name: str,
    success_url: str,
    crm_password: str,
    app_url: str,
    webhook_authorization: str,
    legal_name: str,
    mail_outbox: bool | None,
    clock_control: bool,
    password_cost: int,
    ready_file: Path | None,
) -> None:
    """Run the reference broker until SIGTERM or Ctrl-C.

    Every option can be given as BROKER_REFERENCE_<NAME>, e.g. BROKER_REFERENCE_CRM_PASSWORD.
    """
    try:
        settings = Settings(
            ctrader_url=ctrader_url,
            broker_crm_name=broker_crm_name,
            broker_name=broker_name,
            environment_name=environment_name,
            manager_login=manager_login,
            manager_password=manager_password,
            group_name=group_name,
            success_url=success_url,
            crm_password=crm_password,
            app_url=app_url,
            webhook_authorization=webhook_authorization,
            legal_name=legal_name,
            mail_outbox=mail_outbox,
            clock_control=clock_control,
            password_cost=password_cost,
        )
    except InvalidSetting as error:
        raise click.UsageError(str(error)) from None
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    _require_directory("ready_file", ready_file)
    _require_directory("database", database)
    listening = _listen(host, port)
    with _database_file(database) as path:
        _serve(settings, path, listening, ready_file)


def _serve(settings: Settings, database: Path, listening: socket.socket, ready_file: Path | None) -> None:
    url = _url_of(listening)
    try:
        broker = wire(settings, database, url)
    except DatabaseError as error:
        raise click.UsageError(f"database: cannot use {str(database)!r}: {error.orig}") from None
    except UnknownVersion as error:
        raise click.UsageError(f"database: cannot use {str(database)!r}: {error}") from None
    server = create_server(
        create_app(broker),
        sockets=[listening],
        threads=_THREADS,
        max_request_body_size=_LARGEST_BUFFERED_BODY,
        max_request_header_size=_LARGEST_HEADERS,
        channel_timeout=_IDLE_S,
        cleanup_interval=_IDLE_S // 3,
        connection_limit=_CONNECTIONS,
        asyncore_use_poll=True,
    )
    signal.signal(signal.SIGTERM, _exit)
    broker.outbox.start()
    try:
        click.echo(f"Reference broker on {url}")
        if ready_file is not None:
            _write_ready_file(ready_file, url)
        server.run()  # returns on SIGTERM and Ctrl-C
    finally:
        broker.outbox.stop()
        server.close()
        broker.database.close()


def _listen(host: str, port: int) -> socket.socket:
    """Bind first, so that the broker knows its own URL before anything is built on it."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.create_server(address[:2], family=family)
    except OSError as error:
        raise click.UsageError(f"cannot listen on host {host!r}, port {port}: {error.strerror}") from None
    return listening


def _require_directory(option: str, path: Path | None) -> None:
    if path is not None and not path.parent.is_dir():
        raise click.UsageError(f"{option}: there is no directory {str(path.parent)!r}")


def _url_of(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextlib.contextmanager
def _database_file(given: Path | None) -> Iterator[Path]:
    """Yield the database file; a temporary one is removed at the end."""
    if given is not None:
        yield given
        return
    directory = Path(tempfile.mkdtemp(prefix="broker-reference-"))
    try:
        yield directory / "broker.sqlite3"
    finally:
        shutil.rmtree(directory)


def _write_ready_file(path: Path, url: str) -> None:
    """Write in one step, so that whoever waits for the file never reads half of it."""
    text = json.dumps({"brokerUrl": url, "loginUrl": f"{url}/auth/login", "crmUrl": url})
    half = path.with_name(f"{path.name}.{os.getpid()}")
    half.write_text(text, encoding="utf-8")
    half.replace(path)


def _exit(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    main()
