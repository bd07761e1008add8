"""What to verify: handed to the suite through a file, because it may run in worker processes."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mock_ctrader.conformance.drive import Bench
from mock_ctrader.conformance.reference import ReferenceAdapter
from mock_ctrader.processes import MockProcess

TARGET_VARIABLE = "MOCK_CTRADER_TARGET"
STORIES_VARIABLE = "MOCK_CTRADER_STORIES"


def bench_of(ready: Mapping[str, Any]) -> Bench:
    """A bench from a ready file's values; its broker is the reference broker."""
    sandbox = ready["sandbox"]
    adapter = ReferenceAdapter(ready["brokerUrl"], sandbox["successUrl"])
    return Bench(ready["baseUrl"], sandbox, adapter)


@contextmanager
def prepared_bench() -> Iterator[Bench]:
    """The bench a calling `verify` prepared, else a mock and a reference broker of our own."""
    prepared = os.environ.get(TARGET_VARIABLE)
    if prepared:
        yield bench_of(json.loads(Path(prepared).read_text(encoding="utf-8")))
        return
    with MockProcess.start("--with-reference-broker") as mock:
        yield bench_of(mock.ready)
