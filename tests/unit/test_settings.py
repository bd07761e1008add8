"""Settings: command line over environment over file over default."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mock_ctrader import cli, server
from mock_ctrader.access import Access
from mock_ctrader.settings import Settings, SettingsError, read_file, ready_sandbox

CONTROL_TOKEN = "a-control-token-for-the-tests"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A TOML file with a value for everything."""
    path = tmp_path / "mock.toml"
    path.write_text(
        'host = "127.0.0.2"\nport = 0\nstate = "file.db"\n'
        '[sandbox]\nbroker_crm_name = "FILECRM"\nbroker_names = ["FILE-1", "FILE-2"]\nmanager_login = 11\n'
        'group_name = "File"\n'
    )
    return path


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch):
    """Runs `serve` without serving; the settings it would serve with."""
    seen: list[Settings] = []

    def run(settings: Settings, **_: Any) -> int:
        seen.append(settings)
        return 0

    monkeypatch.setattr(server, "run", run)

    def call(*arguments: str, **environment: str) -> Settings:
        done = CliRunner(env=environment).invoke(cli.main, ["serve", *arguments])
        assert done.exit_code == 0, done.output
        return seen[-1]

    return call


def test_the_defaults_are_the_vendors_example_names(serve) -> None:
    settings = serve("--port", "0")

    assert settings.host == "127.0.0.1"
    assert settings.sandbox == {
        "brokerCrmName": "BESTBROKERCRM",
        "brokerNames": ["BESTBROKER"],
        "managerLogin": 2309,
        "managerPassword": "password",
    }


def test_a_file_wins_over_the_defaults(serve, config: Path) -> None:
    settings = serve("--config", str(config))

    assert (settings.host, Path(settings.state).name) == ("127.0.0.2", "file.db")
    assert settings.sandbox["brokerCrmName"] == "FILECRM"
    assert settings.sandbox["brokerNames"] == ["FILE-1", "FILE-2"]
    assert (settings.sandbox["managerLogin"], settings.sandbox["groupName"]) == (11, "File")
    assert settings.sandbox["managerPassword"] == "password"


def test_the_environment_wins_over_a_file(serve, config: Path) -> None:
    settings = serve(
        MOCK_CTRADER_CONFIG=str(config),
        MOCK_CTRADER_HOST="127.0.0.3",
        MOCK_CTRADER_BROKER_CRM_NAME="ENVCRM",
        MOCK_CTRADER_MANAGER_LOGIN="12",
    )

    assert (settings.host, Path(settings.state).name) == ("127.0.0.3", "file.db")
    assert (settings.sandbox["brokerCrmName"], settings.sandbox["managerLogin"]) == ("ENVCRM", 12)
    assert settings.sandbox["groupName"] == "File"


def test_the_command_line_wins_over_everything(serve, config: Path) -> None:
    settings = serve(
        *("--config", str(config), "--broker-crm-name", "LINECRM", "--broker-name", "LINE"),
        *("--manager-login", "13", "--host", "127.0.0.4"),
        MOCK_CTRADER_BROKER_CRM_NAME="ENVCRM",
        MOCK_CTRADER_MANAGER_LOGIN="12",
        MOCK_CTRADER_HOST="127.0.0.3",
    )

    assert settings.host == "127.0.0.4"
    assert settings.sandbox["brokerCrmName"] == "LINECRM"
    assert settings.sandbox["brokerNames"] == ["LINE"]
    assert settings.sandbox["managerLogin"] == 13


def test_workers_and_public_url_are_settings_like_the_others(serve, tmp_path: Path) -> None:
    path = tmp_path / "shared.toml"
    path.write_text(
        f'port = 0\nworkers = 2\npublic_url = "http://file.example/"\ncontrol_token = "{CONTROL_TOKEN}"\n'
        'allowed_hosts = ["file.lan"]\n'
    )

    of_file = serve("--config", str(path))
    of_environment = serve(
        MOCK_CTRADER_CONFIG=str(path), MOCK_CTRADER_WORKERS="3", MOCK_CTRADER_PUBLIC_URL="http://env.example"
    )
    of_line = serve("--config", str(path), "--workers", "4", MOCK_CTRADER_WORKERS="3")

    assert (serve("--port", "0").workers, of_file.workers, of_environment.workers, of_line.workers) == (1, 2, 3, 4)
    assert (of_file.base_url, of_environment.base_url) == ("http://file.example", "http://env.example")
    assert of_file.own_url == f"http://127.0.0.1:{of_file.port}"
    assert of_file.access == Access("127.0.0.1", ("file.lan", "file.example"), CONTROL_TOKEN)
    assert Settings.from_json(of_file.to_json()) == of_file


@pytest.mark.parametrize("option", ["--host", "--public-url"])
def test_where_others_reach_the_server_it_needs_a_control_token(option: str) -> None:
    value = {"--host": "0.0.0.0", "--public-url": "http://mock.example"}[option]
    done = CliRunner().invoke(cli.main, ["serve", "--port", "0", option, value])

    assert done.exit_code == 2
    assert "--control-token" in done.output


def test_a_control_token_of_the_wrong_type_is_not_repeated(tmp_path: Path) -> None:
    path = tmp_path / "mock.toml"
    path.write_text("control_token = 4711\n")
    with pytest.raises(SettingsError, match=r"control_token must be a str$") as told:
        read_file(path)
    assert "4711" not in str(told.value)


@pytest.mark.parametrize(
    ("option", "value"), [("--workers", "0"), ("--workers", "many"), ("--public-url", "mock.example")]
)
def test_a_number_of_workers_or_a_public_url_that_cannot_be_is_a_usage_error(option: str, value: str) -> None:
    done = CliRunner().invoke(cli.main, ["serve", "--port", "0", option, value])

    assert done.exit_code == 2, done.output
    assert option in done.output


def test_a_url_is_taken_as_it_is_and_a_file_with_its_whole_path(serve, tmp_path: Path) -> None:
    url = "postgresql+psycopg://user:secret@host/db"

    assert serve("--port", "0", "--state", url).state == url
    assert serve("--port", "0", MOCK_CTRADER_STATE=url).state == url
    assert Path(serve("--port", "0", "--state", "file.db").state).is_absolute()


def test_a_port_that_is_0_is_chosen(serve) -> None:
    assert serve("--port", "0").port > 0


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("colour = 1", "colour"),
        ('port = "80"', "port"),
        ("port = true", "port"),
        ("host = 1", "host"),
        ("sandbox = 1", "sandbox"),
        ("[sandbox]\ncrmUrl = 'x'", "sandbox.crmUrl"),
        ("port = ", "not TOML"),
        ("[sandbox\n", "not TOML"),
    ],
)
def test_a_wrong_file_is_refused_by_key(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(text)

    with pytest.raises(SettingsError, match=named) as refusal:
        read_file(path)
    assert str(path) in str(refusal.value)
    done = CliRunner().invoke(cli.main, ["serve", "--config", str(path)])
    assert done.exit_code == 2
    assert named in done.output


@pytest.mark.parametrize(
    "value", ["manager_login = 'seven'", "manager_login = 0", "broker_names = 7", "group_name = ['x']"]
)
def test_a_sandbox_value_of_a_wrong_type_is_a_usage_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setattr(server, "run", lambda *_, **__: 0)
    path = tmp_path / "wrong.toml"
    path.write_text(f"port = 0\n[sandbox]\n{value}\n")
    done = CliRunner().invoke(cli.main, ["serve", "--config", str(path)])

    assert done.exit_code == 2, done.output
    assert isinstance(done.exception, SystemExit)


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    path.write_bytes(b'host = "\xff"')

    with pytest.raises(SettingsError, match=r"not TOML .*the file is UTF-8"):
        read_file(path)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        read_file(tmp_path)


@pytest.mark.parametrize("nothing", [None, (), []])
def test_what_is_not_given_keeps_its_default(nothing: Any) -> None:
    assert ready_sandbox({"broker_names": nothing})["brokerNames"] == ["BESTBROKER"]


@pytest.mark.parametrize(("host", "url"), [("127.0.0.1", "http://127.0.0.1:80"), ("::1", "http://[::1]:80")])
def test_settings_travel_to_the_worker_unchanged(tmp_path: Path, host: str, url: str) -> None:
    settings = Settings(host, 80, str(tmp_path / "state.db"), {"seed": "x"}, 3, None)

    assert Settings.from_json(settings.to_json()) == settings
    assert settings.base_url == url
