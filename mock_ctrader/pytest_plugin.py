"""pytest plugin for a broker's own test suite: a running mock, fresh sandboxes, the broker behind its adapter.

It is loaded with every pytest run of an environment that has mock-ctrader, so what it needs is imported by the
fixture that needs it.
"""

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mock_ctrader.testing import Adapter, Bench, Journal, Mock, Sandbox

_CONFIG, _URL, _REPORT = "mock_ctrader_config", "mock_ctrader_url", "mock_ctrader_report"
_JUDGED = ("pass", "fail", "warn")
_TALLY = "mock_ctrader_tally"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options, as `pytest --help` shows them."""
    group = parser.getgroup("mock-ctrader", "mock-ctrader: a mock cTrader, and conformance checks of a broker")
    group.addoption(
        "--mock-ctrader-config",
        dest=_CONFIG,
        metavar="FILE",
        help="The broker.toml of the broker under test (default: the ini option mock_ctrader_config).",
    )
    group.addoption(
        "--mock-ctrader-url",
        dest=_URL,
        metavar="URL",
        help="Use the mock that runs there instead of starting one.",
    )
    group.addoption(
        "--mock-ctrader-report",
        dest=_REPORT,
        metavar="DIR",
        help="Write the reports of the conformance checks into this folder, as `mock-ctrader verify` does.",
    )
    parser.addini(_CONFIG, "The broker.toml of the broker under test, relative to the root folder.", default="")


def pytest_configure(config: pytest.Config) -> None:
    """Settle where the broker.toml is, and gather results where they come together."""
    named = config.getini(_CONFIG)
    if not config.getoption(_CONFIG) and named:
        config.option.mock_ctrader_config = str(config.rootpath / named)
    if hasattr(config, "workerinput"):
        return
    folder = config.getoption(_REPORT)
    config.pluginmanager.register(_Tally(wanted=bool(folder)), _TALLY)
    if folder:
        from mock_ctrader.conformance.broker_file import read_broker_file
        from mock_ctrader.settings import SettingsError
        from mock_ctrader.testing.reporting import Reporting

        try:
            file = read_broker_file(_config_file(config), os.environ)
        except SettingsError as problem:
            raise pytest.UsageError(str(problem)) from None
        config.pluginmanager.register(Reporting(file, Path(folder), config.getoption(_URL)))


def _config_file(config: pytest.Config) -> Path:
    given = config.getoption(_CONFIG)
    if not given:
        raise pytest.UsageError(
            "no broker.toml is named: use --mock-ctrader-config FILE or the ini option mock_ctrader_config; "
            "`mock-ctrader adapter init` writes a starting file"
        )
    return Path(given)


class _Tally:
    """Counts the checks: a run in which none was judged proves nothing, and must not look as if it did."""

    def __init__(self, wanted: bool) -> None:
        """Args: wanted: whether checks were asked for, so that a run without any is wrong too."""
        self._wanted = wanted
        self._verdicts: dict[str, str] = {}
        self._shared = ExitStack()
        self._url = ""
        self.problem = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for name, value in report.user_properties:
            if name == "check":
                self._verdicts[report.nodeid] = str(json.loads(str(value))["verdict"])

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """The workers of a run share one mock, since the broker knows one address."""
        given = node.config.getoption(_URL)
        if not given and node.config.getoption(_CONFIG):
            self._url = self._url or self._start(node.config)
        node.workerinput[_URL] = given or self._url

    def _start(self, config: pytest.Config) -> str:
        return str(self._shared.enter_context(_mock_of(config)))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        judged = [one for one in self._verdicts.values() if one in _JUDGED]
        if judged or not (self._verdicts or self._wanted) or session.config.getoption("collectonly"):
            return
        self.problem = f"mock-ctrader: nothing was judged, of {len(self._verdicts)} checks; see why with -rs"
        if session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self.problem:
            terminalreporter.write_line(self.problem, red=True, bold=True)

    def pytest_unconfigure(self) -> None:
        self._shared.close()


@contextmanager
def _mock_of(config: pytest.Config) -> Iterator[str]:
    """The address of a mock as the broker.toml wants it."""
    from mock_ctrader.conformance.broker_file import read_broker_file
    from mock_ctrader.conformance.clients import MockError
    from mock_ctrader.conformance.mocks import mock_for
    from mock_ctrader.settings import SettingsError

    with ExitStack() as stack:
        try:
            file = read_broker_file(_config_file(config), os.environ)
            url, _ = stack.enter_context(mock_for(file))
        except (SettingsError, MockError) as problem:
            raise pytest.UsageError(str(problem)) from None
        yield url


@pytest.fixture(scope="session")
def mock_ctrader_server(request: pytest.FixtureRequest) -> "Iterator[Mock]":
    """A running mock in a process of its own: where the broker.toml wants it, else on a free port."""
    from mock_ctrader.testing import Mock, running_mock

    config = request.config
    url = getattr(config, "workerinput", {}).get(_URL) or config.getoption(_URL)
    if url:
        yield Mock(url)
    elif config.getoption(_CONFIG):
        with _mock_of(config) as own:
            yield Mock(own)
    else:
        with running_mock() as mock:
            yield mock


@pytest.fixture
def mock_ctrader_sandbox(mock_ctrader_server: "Mock") -> "Iterator[Sandbox]":
    """A fresh sandbox, freed afterwards: `values`, `journal()`, `wait_for()`, `plant()`, `control`."""
    sandbox = mock_ctrader_server.sandbox()
    yield sandbox
    sandbox.delete()


@pytest.fixture(scope="session")
def mock_ctrader_broker(mock_ctrader_server: "Mock") -> None:
    """Redefine it to start your broker once the mock is there; as it is, the broker must be running."""


@pytest.fixture(scope="session")
def mock_ctrader_bench(request: pytest.FixtureRequest, mock_ctrader_server: "Mock") -> "Iterator[Bench]":
    """The broker of the broker.toml behind its adapter, with the mock's sandbox that it is configured for."""
    from mock_ctrader.testing import broker_bench

    request.getfixturevalue("mock_ctrader_broker")
    with broker_bench(_config_file(request.config), mock_ctrader_server.url) as bench:
        yield bench


@pytest.fixture(scope="session")
def mock_ctrader_adapter(mock_ctrader_bench: "Bench") -> "Adapter":
    """The verbs of the broker, as the broker.toml declares them."""
    return mock_ctrader_bench.adapter


@pytest.fixture
def mock_ctrader_journal(request: pytest.FixtureRequest) -> "Journal":
    """What happens in the mock during this test: in the broker's sandbox if the test uses the bench or the
    adapter, else in the test's own `mock_ctrader_sandbox`."""
    from mock_ctrader.testing import Journal

    if {"mock_ctrader_bench", "mock_ctrader_adapter"} & set(request.fixturenames):
        control = request.getfixturevalue("mock_ctrader_bench").control()
        return Journal(control, control.last_event())
    return Journal(request.getfixturevalue("mock_ctrader_sandbox").control)
