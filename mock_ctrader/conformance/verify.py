"""Verifies a broker: runs the features of the plans as a pytest run of its own, and reports what came of them."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import requests
from rich.console import Console

from mock_ctrader import ids
from mock_ctrader.clock import SystemClock, utc_text
from mock_ctrader.conformance.adapter import AdapterError, NotOffered, Unreachable
from mock_ctrader.conformance.broker_file import PLANS, BrokerFile, read_broker_file
from mock_ctrader.conformance.clients import MockError
from mock_ctrader.conformance.crm_address import crm_url_problem
from mock_ctrader.conformance.crm_client import CrmClient
from mock_ctrader.conformance.dialogue import require_terminal
from mock_ctrader.conformance.known_issues import KnownIssues
from mock_ctrader.conformance.listener import Listener
from mock_ctrader.conformance.mocks import mock_for
from mock_ctrader.conformance.reach import require_broker
from mock_ctrader.conformance.reports.reporter import Reporter
from mock_ctrader.conformance.scene import Scene
from mock_ctrader.conformance.scope import can_show_screens
from mock_ctrader.conformance.stories import kept_journeys
from mock_ctrader.conformance.target import (
    OF_ONE_RUN,
    STORIES_VARIABLE,
    TARGET_VARIABLE,
    Target,
    bench_of,
    closing,
    reference_target,
)
from mock_ctrader.conformance.trace import Trace
from mock_ctrader.conformance.verdicts import Verdict
from mock_ctrader.processes import MockProcess
from mock_ctrader.settings import SettingsError

_SUITE = Path(__file__).parent / "suite"
PASSED, FAILED, USAGE, INCOMPLETE = 0, 1, 2, 3


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be verified, and how it is told.

    Attributes:
        config: the broker's file; None is the bundled reference broker.
        plans: which plans; empty is what the file says, else all.
        flows, levels, stages: narrow the plan attribution down; empty is all.
        tags: an expression over the features' tags.
        mock_url: a running mock; None starts one.
        folder: where reports are written; None is nowhere.
        junit: a further place for JUnit XML.
        workers: how many processes play scenarios at once.
        strict: whether warnings count as failures.
        verbose: one line per check.
    """

    config: Path | None = None
    plans: tuple[str, ...] = ()
    flows: tuple[int, ...] = ()
    levels: tuple[str, ...] = ()
    stages: tuple[int, ...] = ()
    tags: str | None = None
    mock_url: str | None = None
    folder: Path | None = None
    junit: Path | None = None
    workers: int = 1
    strict: bool = False
    verbose: bool = False


def run(console: Console, order: Order) -> int:
    """Verify a broker.

    Returns:
        0 everything judged passed, 1 something failed, 3 something could not be judged or nothing was.

    Raises:
        SettingsError: the broker's file or the order cannot be used.
        LaunchError, MockError: the mock did not come up, or does not answer.
        AdapterError: adapter.reset failed, or the broker throttles before anything was judged.
    """
    with ExitStack() as stack:
        target = stack.enter_context(_target(order))
        file = target.broker_file()
        plans = _plans(console, order, file)
        # what is wrong with the file is told before anything is asked of the broker
        bench_of(target).adapter.close()
        require_broker(file)
        _find_crm(target)
        _reset(target)
        if order.config is not None and order.mock_url is None and not file.is_manual:
            _introduce(target)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mock-ctrader-")))
        # a line that stays in its place would be in the way of whoever types
        reporter = Reporter(console, order.folder, verbose=order.verbose or file.is_manual)
        clock = SystemClock()
        began = clock.monotonic()
        reporter.take(started(file, target, plans, clock.now_ms()))
        known = KnownIssues(file.known_issues, utc_text(clock.now_ms())[:10])
        listener = Listener(reporter.take, known, {"attribution"} if file.is_manual else set(plans))
        problems = play(target, plans, folder, listener, workers=order.workers, tags=order.tags)
        for journey in kept_journeys(folder):
            reporter.take(journey)
        problems += listener.problems()
        # a run that was narrowed down may well leave out what a known issue is about
        narrowed = order.tags or order.flows or order.levels or order.stages or order.plans
        stale = [] if narrowed else known.problems()
        code = _exit_code(listener, problems, stale, order.strict)
        reporter.take(
            {
                "type": "run_finished",
                "at": clock.now_ms(),
                "seconds": round(clock.monotonic() - began, 1),
                "counts": listener.counts,
                "exit_code": code,
                "problems": problems + stale,
                "attribution_seconds": round(listener.attribution_seconds, 1),
            }
        )
        reporter.finish(order.junit)
    return code


@contextmanager
def _target(order: Order) -> Iterator[Target]:
    """The mock with its sandbox, and the broker: the user's, or the bundled one."""
    if order.config is None:
        if order.mock_url is not None:
            raise SettingsError("--mock-url: needs --config; the bundled broker comes with a mock of its own")
        with MockProcess.start("--with-reference-broker", environment=OF_ONE_RUN) as mock:
            yield _narrowed(reference_target(mock.ready), order)
        return
    file = read_broker_file(order.config, os.environ)
    if file.is_manual:
        require_terminal(sys.stdin)
        if order.workers > 1:
            raise SettingsError(f'--workers: adapter.kind "manual" plays one flow at a time, got {order.workers}')
    with mock_for(file, order.mock_url) as (mock_url, sandbox):
        yield _narrowed(Target(mock_url, sandbox, str(order.config.absolute())), order)


def _narrowed(target: Target, order: Order) -> Target:
    file = target.broker_file()
    levels = [level.value for level in file.levels]
    for level in order.levels:
        if level not in levels:
            raise SettingsError(f"--level: {level} is none of the levels of {file.path.name}: {', '.join(levels)}")
    return replace(
        target,
        flows=list(order.flows or file.verify.flows),
        levels=list(order.levels or levels),
        stages=list(order.stages or target.stages),
    )


def _plans(console: Console, order: Order, file: BrokerFile) -> tuple[str, ...]:
    asked = order.plans or file.verify.plans
    if order.flows or order.levels or order.stages:
        asked = asked or ("attribution",)
    if asked:
        return tuple(plan for plan in PLANS if plan in asked)
    if not can_show_screens():
        console.print("The plan screens is left out: it needs Chromium and `pip install mock-ctrader[browser]`.")
        return tuple(plan for plan in PLANS if plan != "screens")
    return PLANS


def _find_crm(target: Target) -> None:
    """Raises SettingsError where crm_url leads to something else than a CRM."""
    crm = CrmClient(target.sandbox["crmUrl"], target.sandbox["crmPassword"], Trace())
    with suppress(Unreachable):  # whether it is reached by TLS is case 6.1.9's to say
        if problem := crm_url_problem(crm):
            raise SettingsError(problem)


def _reset(target: Target) -> None:
    bench = bench_of(target)
    try:
        bench.adapter.reset()
    except NotOffered:
        return  # a broker need not be emptied: everybody the harness plays is new
    finally:
        bench.adapter.close()


def _introduce(target: Target) -> None:
    """One person signs up whom nobody judges, on a mock that has just been started.

    A manager token never expires (section 3.1), so a broker that runs since before may hold one that this mock
    never issued. It learns so here, by a 401, and not where its first signup is judged. What does not work for
    another reason does not work in the run either, which tells of it.
    """
    with closing(bench_of(target)) as bench, suppress(AdapterError, MockError, requests.RequestException):
        Scene(bench).sign_up()


def started(file: BrokerFile, target: Target, plans: tuple[str, ...], now: int) -> dict[str, Any]:
    """The first event of a run. Args: now: epoch milliseconds."""
    return {
        "type": "run_started",
        "format": 1,
        "run_id": ids.random_seed()[:12],
        "at": now,
        "version": version("mock-ctrader"),
        "broker": {
            "name": file.name,
            "screen_url": file.screen_url,
            "crm_url": file.crm_url,
            "adapter": str(file.adapter["kind"]),
        },
        "mock": {"url": target.mock_url, "broker_crm_name": target.sandbox["brokerCrmName"]},
        "plans": list(plans),
        "flows": target.flows,
        "levels": target.levels,
    }


def play(
    target: Target,
    plans: tuple[str, ...],
    folder: Path,
    listener: Listener,
    *,
    workers: int = 1,
    tags: str | None = None,
) -> list[str]:
    """Play the scenarios of some plans; the listener hears of each check.

    Args:
        folder: where the target and the journeys are written.
        workers: how many processes play.
        tags: an expression over the features' tags.

    Returns:
        What went wrong with the run itself.

    Raises:
        SettingsError: the tags are no expression.
    """
    prepared = folder / "target.json"
    prepared.touch(mode=0o600)
    prepared.write_text(target.to_json(), encoding="utf-8")
    arguments = [
        *(str(_SUITE / f"test_{plan.replace('-', '_')}.py") for plan in plans),
        f"--rootdir={_SUITE}",
        f"--config-file={os.devnull}",
        *("-p", "no:terminal", "-p", "no:cacheprovider"),
        *(("-n", str(workers), "--dist", "loadgroup") if workers > 1 else ()),
        *(("-m", tags) if tags else ()),
        *(("--capture=no",) if target.broker_file().is_manual else ()),
    ]
    os.environ[TARGET_VARIABLE], os.environ[STORIES_VARIABLE] = str(prepared), str(folder)
    try:
        code = pytest.main(arguments, plugins=[listener])
    finally:
        del os.environ[TARGET_VARIABLE], os.environ[STORIES_VARIABLE]
    if code == pytest.ExitCode.USAGE_ERROR:
        raise SettingsError(f"--tags: {tags!r} is not an expression of tags, 'and', 'or' and 'not'")
    return ["the run was interrupted"] if code == pytest.ExitCode.INTERRUPTED else []


def _exit_code(listener: Listener, problems: list[str], stale: list[str], strict: bool) -> int:
    unexcused = listener.unexcused
    if unexcused[Verdict.FAIL] or stale or (strict and unexcused[Verdict.WARN]):
        return FAILED
    if problems or unexcused[Verdict.ERROR] or not listener.judged:
        return INCOMPLETE
    return PASSED
