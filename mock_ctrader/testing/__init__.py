"""For a broker's own tests: start a mock, make sandboxes, plant faults, play a flow and judge it.

Everything talks HTTP to a mock in a process of its own. With pytest, the fixtures of `mock_ctrader.pytest_plugin`
give the same without set-up; `mock_ctrader.testing.steps` runs the conformance features in a repository of yours.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mock_ctrader.conformance.adapter import Adapter, Surroundings
from mock_ctrader.conformance.broker_file import PLANS, read_broker_file
from mock_ctrader.conformance.clients import AppClient, MockError
from mock_ctrader.conformance.drive import Bench, Drive
from mock_ctrader.conformance.target import Target
from mock_ctrader.conformance.verdicts import StageVerdict, Verdict, judge
from mock_ctrader.flows import Level
from mock_ctrader.processes import LaunchError, MockProcess
from mock_ctrader.testing.faults import Fault, answers, delays, drops, times_out
from mock_ctrader.testing.sandbox import Journal, Mock, Sandbox

__all__ = [
    "PLANS",
    "Adapter",
    "AppClient",
    "Bench",
    "Fault",
    "Journal",
    "LaunchError",
    "Level",
    "Mock",
    "MockError",
    "Sandbox",
    "StageVerdict",
    "Surroundings",
    "Verdict",
    "answers",
    "broker_bench",
    "delays",
    "drops",
    "features",
    "play",
    "running_mock",
    "times_out",
]


@contextmanager
def running_mock(*arguments: str, **sandbox: Any) -> Iterator[Mock]:
    """A mock on a free port, ended with the block.

    Args:
        arguments: further arguments of `mock-ctrader serve`.
        sandbox: values of its ready sandbox, named as in the configuration (`manager_login=7`).

    Raises: LaunchError: it did not come up.
    """
    with MockProcess.start(*arguments, **sandbox) as process:
        yield Mock(process.ready["baseUrl"])


@contextmanager
def broker_bench(config: Path, mock_url: str | None = None) -> Iterator[Bench]:
    """The broker of a broker.toml behind its adapter, with the mock it is configured for.

    Args:
        mock_url: a running mock; None starts one at the file's `mock.url`.

    Raises:
        SettingsError: the file cannot be used, or no mock can be started there.
        MockError: the running mock does not fit.
    """
    import os

    from mock_ctrader.conformance.mocks import mock_for
    from mock_ctrader.conformance.target import bench_of, closing

    file = read_broker_file(config, os.environ)
    with (
        mock_for(file, mock_url) as (url, sandbox),
        closing(bench_of(Target(url, sandbox, str(config.absolute())))) as bench,
    ):
        yield bench


def play(bench: Bench, flow: int, level: Level | str) -> list[StageVerdict]:
    """Play a flow at a level on a broker; returns the verdicts of its 18 stages, in order.

    Args:
        flow: 1, a new partner; 2, an existing partner.
        level: "user" or "account".

    Raises:
        NotOffered: the adapter lacks a verb that the flow cannot do without.
        Unreachable: the broker did not answer.
        KeyError: there is no such flow.
        ValueError: there is no such level.
    """
    from mock_ctrader.flows import FLOW_TITLES

    if flow not in FLOW_TITLES:
        raise KeyError(f"flow: must be one of {', '.join(map(str, FLOW_TITLES))}, got {flow!r}")
    return judge(Drive(bench, flow, Level(level)).run())


def features(plan: str) -> list[str]:
    """The feature files of a plan, as `pytest_bdd.scenarios(*features("attribution"))` takes them.

    Raises: KeyError: there is no such plan.
    """
    from mock_ctrader.conformance.catalogue import features_of

    if plan not in PLANS:
        raise KeyError(f"plan: must be one of {', '.join(PLANS)}, got {plan!r}")
    return [str(path) for path in features_of(plan)]
