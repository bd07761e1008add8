"""`--state`: what is made in a database, what is left there, and what is refused with which words."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from psycopg import sql
from sqlalchemy import make_url

from mock_ctrader.processes import LaunchError, MockProcess
from mock_ctrader.store import Store, version
from mock_ctrader.store.address import StoreError, engine_at, shown
from tests.scale.postgresql import PASSWORD, PostgresServer
from tests.support import TIMEOUT, Broker, ControlApi, http


def serve(*arguments: str, code: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """`serve` that is expected to end by itself."""
    command = ["-c", f"{code}; from mock_ctrader.cli import main; main()"] if code else ["-m", "mock_ctrader"]
    return subprocess.run(
        [sys.executable, *command, "serve", "--port", "0", *arguments],
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        env={**os.environ, **environment},
    )


@pytest.mark.parametrize(
    ("state", "code", "words"),
    [
        ("mysql://user:never-to-be-printed@host/db", 2, "mysql: no such database"),
        ("postgresql+asyncpg://user:never-to-be-printed@host/db", 2, "postgresql+asyncpg: no such database"),
        ("postgresql://user:never-to-be-printed@host", 2, "names no database"),
        ("postgresql://user:never-to-be-printed@host:port/db", 2, "not a URL of a database"),
        ("postgresql+psycopg://user:never-to-be-printed@127.0.0.1:1/db", 1, "127.0.0.1:1/db: cannot be reached"),
    ],
)
def test_a_database_that_cannot_be_is_refused(state: str, code: int, words: str) -> None:
    done = serve("--state", state)

    assert (done.returncode, words in done.stderr) == (code, True), done.stderr
    assert PASSWORD not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_driver_is_said_with_the_command_that_installs_it() -> None:
    done = serve(
        *("--state", "postgresql+psycopg://user:never-to-be-printed@127.0.0.1:1/db"),
        code="import sys; sys.modules['psycopg'] = None",
    )

    assert done.returncode == 1
    assert "pip install 'mock-ctrader[postgresql]'" in done.stderr
    assert PASSWORD not in done.stderr


def test_a_wrong_password_is_refused_without_repeating_it(postgresql: PostgresServer) -> None:
    name = make_url(postgresql.database()).database
    assert name is not None
    state = f"postgresql+psycopg://nobody:{PASSWORD}@/{name}?host={postgresql.folder}"
    done = serve("--state", state)

    assert done.returncode == 1
    assert 'role "nobody" does not exist' in done.stderr
    assert PASSWORD not in done.stdout + done.stderr


def test_what_is_shown_of_a_url_holds_no_secret(postgresql: PostgresServer) -> None:
    assert (
        shown(f"postgresql://user:{PASSWORD}@host:5433/db?sslpassword={PASSWORD}") == "postgresql://host:5433/db"
    )


def test_a_running_server_says_nothing_of_the_password(postgresql: PostgresServer) -> None:
    with MockProcess.start("--state", postgresql.database()) as mock:
        assert PASSWORD not in mock.log()
        assert PASSWORD not in http().get(f"{mock.ready['controlUrl']}/sandboxes", timeout=TIMEOUT).text


def test_the_state_outlives_the_server(postgresql: PostgresServer) -> None:
    state = postgresql.database()
    with MockProcess.start("--state", state, "--workers", "2") as mock:
        first = mock.ready["sandbox"]
        user_id = Broker(mock.ready["baseUrl"], first).new_user(email="kept@example.net")
    with MockProcess.start("--state", state) as mock:
        broker = Broker(mock.ready["baseUrl"], mock.ready["sandbox"])
        assert mock.ready["sandbox"]["id"] == first["id"]
        assert broker.read_user_id("kept@example.net").json() == {"userId": user_id}


def test_freeing_a_sandbox_leaves_no_row(postgresql: PostgresServer) -> None:
    state = postgresql.database()
    name = make_url(state).database
    assert name is not None
    with MockProcess.start("--state", state) as mock, postgresql.connect(name) as database:
        control = ControlApi(mock.ready["controlUrl"])
        sandbox = control.create()
        broker = Broker(mock.ready["baseUrl"], sandbox)
        broker.set_partner(userId=broker.new_user(), partnerId="IB-1")
        found = database.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = {str(row[0]) for row in found} - {"mock_ctrader_state"}

        def rows() -> int:
            total = 0
            for table in tables:
                column = "id" if table == "sandboxes" else "sandbox_id"
                query = sql.SQL("SELECT count(*) FROM {} WHERE {} = %s")
                counted = database.execute(
                    query.format(sql.Identifier(table), sql.Identifier(column)), [sandbox["id"]]
                ).fetchone()
                assert counted is not None
                total += int(str(counted[0]))
            return total

        assert rows() > 8
        control.delete(sandbox["id"])
        assert rows() == 0


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A place where nothing is yet."""
    if request.param == "sqlite":
        return str(tmp_path / "state.db")
    server: PostgresServer = request.getfixturevalue("postgresql")
    return server.database()


def execute(state: str, statement: str) -> None:
    """Change a database behind the mock's back."""
    engine = engine_at(state).execution_options(writes=True)
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


def test_a_state_of_another_version_is_refused(fresh: str) -> None:
    Store(fresh).close()
    Store(fresh).close()
    execute(fresh, "UPDATE mock_ctrader_state SET fingerprint = 'of-old-tables', written_by = '0.0.7'")

    with pytest.raises(StoreError, match=r"another version of mock-ctrader \(0\.0\.7, tables of-old-tables"):
        Store(fresh)
    with pytest.raises(LaunchError, match="another version of mock-ctrader"):
        MockProcess.start("--state", fresh)


def test_tables_of_another_program_are_left_alone(fresh: str) -> None:
    execute(fresh, "CREATE TABLE users (id INTEGER)")

    with pytest.raises(StoreError, match="has tables named users that this version"):
        Store(fresh)


def test_other_tables_do_not_matter(fresh: str) -> None:
    execute(fresh, "CREATE TABLE invoices (id INTEGER)")
    Store(fresh).close()


def test_the_fingerprint_follows_the_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    before = version.fingerprint()
    column = version.metadata.tables["users"].c.email
    monkeypatch.setattr(column, "nullable", True)
    assert version.fingerprint() != before


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    path.write_text("this is no database, only text" * 100)
    with pytest.raises(StoreError, match=r"cannot be used .*free some space"):
        Store(path)
    assert path.read_text().startswith("this is no database")


def test_a_file_of_no_tables_becomes_a_state(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    sqlite3.connect(path).close()
    Store(path).close()
