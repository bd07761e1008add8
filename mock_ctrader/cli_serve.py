"""`serve`: the mock for one ready sandbox. Heavy parts are imported when they are needed."""

import gc
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from mock_ctrader.settings import (
    CONTROL_TOKEN_VARIABLE,
    SANDBOX_OPTIONS,
    Settings,
    SettingsError,
    read_file,
    ready_sandbox,
)


def _load_file(context: click.Context, _parameter: click.Parameter, path: Path | None) -> None:
    if path is None:
        return
    try:
        values = read_file(path)
    except SettingsError as problem:
        raise click.UsageError(str(problem)) from None
    # click asks the default map after the command line and the environment
    context.default_map = values | values.pop("sandbox")


def _sandbox_options(command: Any) -> Any:
    helps = {
        "broker_crm_name": "brokerCrmName (default BESTBROKERCRM).",
        "broker_names": "brokerName; may be given several times (default BESTBROKER).",
        "manager_login": "Manager's number (default 2309).",
        "manager_password": "Manager's password (default 'password').",
        "group_name": "Account group (default Default).",
        "crm_url": "Base of the broker's CRM endpoints (calls 4.x).",
        "login_url": "The broker's login/signup URL.",
        "success_url": "Where the broker sends the user with the one-time token.",
        "crm_password": "Password of call 4.1 (default: derived from the seed).",
        "seed": "Same seed and same calls give the same ids and tokens.",
    }
    for name in reversed(SANDBOX_OPTIONS):
        flag = "--" + name.removesuffix("s" if name == "broker_names" else "").replace("_", "-")
        command = click.option(
            flag,
            name,
            envvar=f"MOCK_CTRADER_{name.upper()}",
            multiple=name == "broker_names",
            type=click.IntRange(1, 2**63 - 1) if name == "manager_login" else str,
            help=helps[name],
        )(command)
    return command


@click.command()
@click.option(
    "--host", envvar="MOCK_CTRADER_HOST", default="127.0.0.1", show_default=True, help="Address to listen on."
)
@click.option(
    "--port",
    envvar="MOCK_CTRADER_PORT",
    default=8080,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="TCP port; 0 chooses a free one.",
)
@click.option(
    "--state",
    envvar="MOCK_CTRADER_STATE",
    metavar="FILE|URL",
    help="Keep the state in this file, or in a PostgreSQL database "
    "(postgresql+psycopg://user:password@host/database). Default: a temporary file, gone at the end.",
)
@click.option(
    "--workers",
    envvar="MOCK_CTRADER_WORKERS",
    default=1,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Processes that serve, all of them with the same state.",
)
@click.option(
    "--public-url",
    envvar="MOCK_CTRADER_PUBLIC_URL",
    metavar="URL",
    help="Where the mock is reached, such as a load balancer (default: the address it listens on).",
)
@click.option(
    "--journal-limit",
    envvar="MOCK_CTRADER_JOURNAL_LIMIT",
    default=10_000,
    show_default=True,
    type=click.IntRange(1),
    help="Events that each sandbox's journal keeps, the newest.",
)
@click.option(
    "--journal-bytes",
    envvar="MOCK_CTRADER_JOURNAL_BYTES",
    default=16_777_216,
    show_default=True,
    type=click.IntRange(1),
    help="Bytes that each sandbox's journal keeps of them.",
)
@click.option(
    "--access-log",
    envvar="MOCK_CTRADER_ACCESS_LOG",
    is_flag=True,
    help="Print a line for each exchange: call, status, milliseconds, path; secrets masked.",
)
@click.option(
    "--control-token",
    envvar=CONTROL_TOKEN_VARIABLE,
    help="What /control, the inspector and /metrics ask for; needed where other machines reach the host. "
    "Better in the environment: other users of this machine can read the command line.",
)
@click.option(
    "--allowed-host",
    "allowed_hosts",
    envvar="MOCK_CTRADER_ALLOWED_HOSTS",
    multiple=True,
    help="A further name by which browsers may call this server; may be given several times.",
)
@click.option("--with-reference-broker", is_flag=True, help="Start the bundled broker beside the mock.")
@click.option(
    "--given",
    metavar="FEATURE:LINE",
    help="Start in the world in which this scenario begins: its Given steps, or the stages before its own. "
    "Works for the attribution flows (with the reference broker) and for features/api.",
)
@click.option(
    "--ready-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write URLs and the ready sandbox's values here, as JSON, once listening.",
)
@click.option(
    "--config",
    envvar="MOCK_CTRADER_CONFIG",
    is_eager=True,
    expose_value=False,
    callback=_load_file,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="TOML file with the settings of the server under their own names, and a [sandbox] table.",
)
@_sandbox_options
def serve(
    host: str,
    port: int,
    state: str | None,
    workers: int,
    public_url: str | None,
    journal_limit: int,
    journal_bytes: int,
    access_log: bool,
    control_token: str | None,
    allowed_hosts: tuple[str, ...],
    with_reference_broker: bool,
    given: str | None,
    ready_file: Path | None,
    **sandbox: Any,
) -> None:
    """Run the mock: cTrader's backend and application for one ready sandbox, and for as many more as asked.

    Every option can also be set as an environment variable (MOCK_CTRADER_PORT) or in the TOML file; the
    command line wins over the environment, the environment over the file.

    Exits with 0 after a signal, 1 if something did not start or the world of --given could not be played,
    2 for wrong usage.
    """
    # Imports leave hardly any garbage, and looking for it takes a fifth of their time; `run` switches it on again.
    gc.disable()
    from mock_ctrader.server import ReservedPort, run

    prepare = _given_world(given, with_reference_broker)
    with tempfile.TemporaryDirectory(prefix="mock-ctrader-") as folder:
        try:
            reserved = ReservedPort(host, port)
        except SettingsError as problem:
            raise click.ClickException(str(problem)) from None
        # whoever gave a password knows it, and who reads a log need not
        configured = {SANDBOX_OPTIONS[key] for key in ("manager_password", "crm_password") if sandbox[key]}
        values = {key: list(value) if isinstance(value, tuple) else value for key, value in sandbox.items()}
        try:
            settings = Settings(
                host=host,
                port=reserved.number,
                state=_place(state or str(Path(folder) / "state.db")),
                throwaway=state is None,
                sandbox=_checked(ready_sandbox(values)),
                workers=workers,
                public_url=_checked_url(public_url),
                journal_limit=journal_limit,
                journal_bytes=journal_bytes,
                access_log=access_log,
                control_token=control_token,
                allowed_hosts=allowed_hosts,
            )
        except SettingsError as problem:
            raise click.UsageError(str(problem)) from None
        try:
            code = run(
                settings,
                with_reference_broker=with_reference_broker,
                ready_file=ready_file,
                prepare=prepare,
                say=lambda ready: _say_ready(ready, configured),
            )
        except SettingsError as problem:
            raise click.ClickException(str(problem)) from None
        finally:
            reserved.release()
    sys.exit(code)


def _place(state: str) -> str:
    from mock_ctrader.store.address import StoreError, check_url, is_url

    if is_url(state):
        try:
            check_url(state)
        except StoreError as problem:
            raise click.UsageError(f"--state: {problem}") from None
        return state
    path = Path(state).absolute()
    if path.is_dir():
        raise click.UsageError(f"--state: {state} is a folder")
    if not path.parent.is_dir():
        raise click.UsageError(f"--state: the folder of {state} does not exist")
    return str(path)


def _checked_url(url: str | None) -> str | None:
    from urllib.parse import urlsplit

    if url is not None and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc):
        raise click.UsageError(f"--public-url: must be an http or https URL, got {url!r}")
    return url


def _given_world(place: str | None, with_reference_broker: bool) -> Callable[[dict[str, Any]], None]:
    """What plays the world of `--given` once the server listens."""
    if place is None:
        return lambda _: None
    from mock_ctrader.conformance.clients import MockError
    from mock_ctrader.conformance.staging import staging_of
    from mock_ctrader.processes import LaunchError

    try:
        staging = staging_of(place)
    except SettingsError as problem:
        raise click.UsageError(f"--given: {problem}") from None
    if staging.needs_broker and not with_reference_broker:
        raise click.UsageError(f"--given: {place} is played at the reference broker; add --with-reference-broker")

    def prepare(ready: dict[str, Any]) -> None:
        try:
            told = staging.play(ready)
        except MockError as problem:
            raise LaunchError(f"--given {place}: {problem}") from problem
        click.echo(f"The world before: {staging.scenario.name}")
        for sentence in told or ["nothing: this scenario has no Given steps"]:
            click.echo(f"  {sentence}")
        click.echo()

    return prepare


def _checked(sandbox: dict[str, Any]) -> dict[str, Any]:
    from mock_ctrader.control.schemas import NewSandbox
    from mock_ctrader.errors import CTraderError

    try:
        return NewSandbox().read(sandbox)
    except CTraderError as refusal:
        raise click.UsageError(f"ready sandbox: {refusal.description}") from None


def _say_ready(values: dict[str, Any], configured: set[str]) -> None:
    sandbox = values["sandbox"] | dict.fromkeys(configured, "(as configured)")
    application = next(iter(sandbox["appUrls"].values()))
    click.echo(f"inspector        {values['baseUrl']}/   see every exchange, and which stage was reached and why")
    click.echo(f"application      {application}/   be User 1 here, and User 2 in a private window")
    if values["brokerUrl"]:
        click.echo(f"broker           {values['brokerUrl']}/   become a partner here, and see your referrals")
    click.echo(f"mock cTrader     {values['baseUrl']}   point your backend here (paths /cid/... and /v2/...)")
    click.echo(f"control API      {values['controlUrl']}   sandboxes, journal, journeys as JSON")
    click.echo()
    for key in ("brokerCrmName", "brokerNames", "managerLogin", "managerPassword", "groupName"):
        click.echo(f"  {key:<16} {_listed(sandbox[key])}")
    for key in ("crmUrl", "loginUrl", "successUrl", "crmPassword"):
        click.echo(f"  {key:<16} {sandbox[key]}")
    click.echo("\nCtrl+C ends it.")


def _listed(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)
