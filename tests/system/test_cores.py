"""Workers of a server stay on one core each; the server itself goes where there is room."""

import os
import sys

import pytest

from mock_ctrader.processes import MockProcess
from tests.robust.tree import children

WORKERS = 2


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux pins processes so")
def test_each_worker_has_a_core_of_its_own() -> None:
    here = os.sched_getaffinity(0)
    with MockProcess.start("--workers", str(WORKERS)) as mock:
        taken = [os.sched_getaffinity(worker) for worker in children(mock.pid)]
        assert len(taken) == WORKERS
        assert [len(cores) for cores in taken] == [1] * WORKERS
        assert len(set[int]().union(*taken)) == min(WORKERS, len(here))
        assert os.sched_getaffinity(mock.pid) == here
