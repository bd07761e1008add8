"""What to verify: handed to the suite through a file, because it may run in worker processes."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from mock_ctrader.conformance.adapter import Surroundings
from mock_ctrader.conformance.adapters import make_adapter
from mock_ctrader.conformance.broker_file import BrokerFile, read_broker_file
from mock_ctrader.conformance.clients import ControlClient
from mock_ctrader.conformance.drive import Bench
from mock_ctrader.conformance.trace import Trace
from mock_ctrader.flows import FLOW_TITLES, STAGES_PER_FLOW, Level
from mock_ctrader.processes import MockProcess
from mock_ctrader.resources import reference_broker_file

TARGET_VARIABLE = "MOCK_CTRADER_TARGET"
STORIES_VARIABLE = "MOCK_CTRADER_STORIES"
# The reference broker of one run: its clock can be moved, so that nobody waits for its tokens to expire, and the
# passwords that the harness makes up need not cost a guesser anything.
OF_ONE_RUN = {"BROKER_REFERENCE_CLOCK_CONTROL": "1", "BROKER_REFERENCE_PASSWORD_COST": "1024"}


@dataclass(frozen=True, slots=True)
class Target:
    """A mock that runs, a sandbox of it, and the broker as its file tells.

    Attributes:
        environment: further variables that the file may name.
        flows, levels, stages: which of the attribution flow's scenarios are wanted.
        checks: patterns of check ids, with `*` and `?`; only these are wanted, empty is all.
    """

    mock_url: str
    sandbox: dict[str, Any]
    config: str
    environment: dict[str, str] = field(default_factory=dict)
    flows: list[int] = field(default_factory=lambda: list(FLOW_TITLES))
    levels: list[str] = field(default_factory=lambda: [level.value for level in Level])
    stages: list[int] = field(default_factory=lambda: list(range(1, STAGES_PER_FLOW + 1)))
    checks: list[str] = field(default_factory=list)

    def broker_file(self) -> BrokerFile:
        """The broker's file. Raises: SettingsError: it cannot be used."""
        return read_broker_file(Path(self.config), os.environ | self.environment)

    def to_json(self) -> str:
        """For the suite, which may be another process."""
        return json.dumps(asdict(self))


def reference_target(ready: dict[str, Any]) -> Target:
    """The target of a mock that was started with the reference broker, from its ready file's values."""
    return Target(
        ready["baseUrl"], ready["sandbox"], str(reference_broker_file()), {"BROKER_URL": str(ready["brokerUrl"])}
    )


def bench_of(target: Target) -> Bench:
    """The bench of a target: its adapter holds what it needs until it is closed.

    Raises: SettingsError: the broker's file cannot be used.
    """
    file = target.broker_file()
    control = ControlClient(target.mock_url, target.sandbox["id"])
    surroundings = Surroundings(
        base_url=file.base_url,
        success_url=target.sandbox["successUrl"],
        lookup=control.lookup,
        trace=Trace(),
        patience=file.verify.patience,
    )
    return Bench(
        mock_url=target.mock_url,
        sandbox=target.sandbox,
        adapter=make_adapter(file.adapter, surroundings, file.path.parent),
        patience=file.verify.patience,
        levels=file.levels,
        screens=file.screens,
        retry_patience=file.verify.retry_patience,
        most_referrals=file.verify.most_referrals,
    )


def prepared_target() -> Target | None:
    """What a calling `verify` prepared, if this is one of its runs."""
    prepared = os.environ.get(TARGET_VARIABLE)
    return Target(**json.loads(Path(prepared).read_text(encoding="utf-8"))) if prepared else None


@contextmanager
def prepared_bench() -> Iterator[Bench]:
    """The bench of what a calling `verify` prepared, else of a mock and a reference broker of our own."""
    target = prepared_target()
    if target is not None:
        with closing(bench_of(target)) as bench:
            yield bench
        return
    with (
        MockProcess.start("--with-reference-broker", environment=OF_ONE_RUN) as mock,
        closing(bench_of(reference_target(mock.ready))) as bench,
    ):
        yield bench


@contextmanager
def closing(bench: Bench) -> Iterator[Bench]:
    """A bench whose adapter is closed at the end."""
    try:
        yield bench
    finally:
        bench.adapter.close()
