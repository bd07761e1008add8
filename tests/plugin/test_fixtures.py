"""Each fixture, used as a broker's test suite uses it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.plugin.conftest import Run

_SANDBOX_TESTS = """
    import hashlib

    import pytest
    import requests

    from mock_ctrader.testing import MockError, answers, delays, drops


    def call(sandbox, method, path, **options):
        return requests.request(method, sandbox.mock_url + path, timeout=10, **options)


    def token(sandbox):
        hashed = hashlib.md5(sandbox.values["managerPassword"].encode()).hexdigest()
        body = {"login": sandbox.values["managerLogin"], "hashedPassword": hashed}
        wanted = {"Accept": "application/json"}
        return call(sandbox, "POST", "/v2/webserv/managers/token", json=body, headers=wanted)


    def test_journal(mock_ctrader_sandbox, mock_ctrader_journal):
        assert mock_ctrader_sandbox.journal() == []
        assert token(mock_ctrader_sandbox).status_code == 200
        assert [one["call"] for one in mock_ctrader_sandbox.wait_for("3.1")] == ["3.1"]
        assert mock_ctrader_journal.events("3.1") == mock_ctrader_sandbox.journal(call="3.1")
        assert mock_ctrader_journal.events("3.6") == []


    def test_each_sandbox_is_fresh(mock_ctrader_sandbox):
        assert mock_ctrader_sandbox.journal() == []


    def test_waiting_in_vain_tells_what_came(mock_ctrader_sandbox):
        token(mock_ctrader_sandbox)
        with pytest.raises(AssertionError, match="1 x call 3.6, 0 came; the journal has 3.1"):
            mock_ctrader_sandbox.wait_for("3.6", timeout=0.1)


    def test_faults(mock_ctrader_sandbox):
        troubles = answers("3.1", 503, "UNKNOWN_ERROR").times(2), delays("3.2", 1)
        with mock_ctrader_sandbox.trouble(*troubles) as planted:
            assert [one["left"] for one in planted] == [2, 1]
            assert [token(mock_ctrader_sandbox).status_code for _ in range(3)] == [503, 503, 200]
            assert [one["fired"] for one in mock_ctrader_sandbox.faults()] == [2, 0]
        assert mock_ctrader_sandbox.faults() == []
        mock_ctrader_sandbox.plant(drops("3.1").after())
        with pytest.raises(requests.ConnectionError):
            token(mock_ctrader_sandbox)
        with pytest.raises(MockError, match="9.9"):
            mock_ctrader_sandbox.plant(answers("9.9", 503))


    def test_change_and_application(mock_ctrader_sandbox, mock_ctrader_server):
        mock_ctrader_sandbox.change(loginUrl="http://broker.example/in")
        screen = mock_ctrader_sandbox.application().open_sign_in(first_login=True)
        assert screen.startswith("http://broker.example/in?")
        ids = [one.values["id"] for one in mock_ctrader_server.sandboxes()]
        assert mock_ctrader_sandbox.values["id"] in ids
        assert mock_ctrader_sandbox.control.sandbox()["loginUrl"] == "http://broker.example/in"
"""


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_sandboxes_journal_and_faults(pytester: pytest.Pytester, run: Run, workers: tuple[str, ...]) -> None:
    pytester.makepyfile(test_mine=_SANDBOX_TESTS)

    run(*workers).assert_outcomes(passed=5)


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_bench_adapter_and_journal(
    pytester: pytest.Pytester, run: Run, broker_toml: Path, workers: tuple[str, ...]
) -> None:
    pytester.makeini("[pytest]\nmock_ctrader_config = broker.toml\n")
    pytester.makepyfile(
        test_mine="""
        import pytest
        from mock_ctrader.conformance.people import fresh_person
        from mock_ctrader.testing import Level, Verdict, play


        @pytest.mark.parametrize("flow", [1, 2])
        def test_flow(mock_ctrader_bench, flow):
            assert {one.verdict for one in play(mock_ctrader_bench, flow, "user")} == {Verdict.PASS}


        def test_verbs(mock_ctrader_adapter, mock_ctrader_bench, mock_ctrader_journal):
            person, app = fresh_person("mine"), __import__("mock_ctrader.testing").testing.AppClient(
                mock_ctrader_bench.app_url
            )
            assert app.finish(mock_ctrader_adapter.sign_up(person, app.open_sign_in(first_login=True)))[0]
            mock_ctrader_adapter.register_partner(person, Level.USER)
            # the other worker plays on the same broker
            partner_id = mock_ctrader_adapter.referral_link(person).partner_id
            (event,) = mock_ctrader_journal.wait_for("3.6", partner_id=partner_id)
            assert event["status"] == 200


        def test_no_such_flow(mock_ctrader_bench):
            with pytest.raises(KeyError, match="flow: must be one of 1, 2, got 3"):
                play(mock_ctrader_bench, 3, "user")
            with pytest.raises(ValueError, match="gold"):
                play(mock_ctrader_bench, 1, "gold")
        """
    )

    run(*workers).assert_outcomes(passed=4)


def test_a_broker_of_the_repository_is_started_once_the_mock_is_there(
    pytester: pytest.Pytester, run: Run, broker_toml: Path
) -> None:
    pytester.makeconftest(
        """
        import pytest, requests

        @pytest.fixture(scope="session")
        def mock_ctrader_broker(mock_ctrader_server):
            assert requests.get(mock_ctrader_server.url + "/healthz", timeout=10).ok
            print("THE BROKER STARTS")
        """
    )
    pytester.makepyfile(test_mine="def test_it(mock_ctrader_bench):\n    assert mock_ctrader_bench.sandbox\n")

    done = run("-s", "--mock-ctrader-config", "broker.toml")

    done.assert_outcomes(passed=1)
    done.stdout.fnmatch_lines("*THE BROKER STARTS*")


def test_without_a_broker_toml_there_is_a_way_out(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(test_mine="def test_it(mock_ctrader_bench): pass\n")

    done = run()

    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines("*no broker.toml is named: use --mock-ctrader-config FILE or the ini option*")


def test_help_tells_the_options(run: Run) -> None:
    told = run("--help").stdout.str()

    for option in ("--mock-ctrader-config=FILE", "--mock-ctrader-url=URL", "--mock-ctrader-report=DIR"):
        assert option in told
    assert "mock_ctrader_config (string)" in told


def test_unused_it_imports_nothing_of_weight(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text("def test_it(): pass\n")
    (tmp_path / "conftest.py").write_text(
        "import json, sys\n"
        "def pytest_unconfigure():\n"
        "    print('IMPORTED', json.dumps(sorted({name.split('.')[0] for name in sys.modules})))\n"
        "    print('OURS', json.dumps(sorted(name for name in sys.modules if name.startswith('mock_ctrader'))))\n"
    )
    # the plugins that our dependencies register are loaded with or without ours: left out here
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-s", "-p", "mock_ctrader.pytest_plugin", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    lines = dict(
        line.split(" ", 1) for line in done.stdout.splitlines() if line.startswith(("IMPORTED ", "OURS "))
    )
    heavy = {"flask", "schemathesis", "playwright", "pytest_bdd", "requests", "sqlalchemy", "rich", "hypothesis"}
    assert heavy & set(json.loads(lines["IMPORTED"])) == set()
    assert json.loads(lines["OURS"]) == ["mock_ctrader", "mock_ctrader.pytest_plugin"]
