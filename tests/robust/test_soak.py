"""The one-minute variant of `make soak`. On a busy machine times waver: processor time does not."""

from pathlib import Path

import pytest

from tests.robust import soak

pytestmark = pytest.mark.xdist_group("robust")


def test_a_minute_at_full_speed(tmp_path: Path) -> None:
    figures = soak.run(60, tmp_path, 200)

    told = "\n".join(figures.lines())
    assert figures.errors == [], told
    assert figures.left_behind == [], told
    assert figures.requests > 1000, told
    assert figures.sandboxes > 20, told
    assert figures.memory_ratio < 1.2, told
    assert figures.cpu_ratio < 1.5, told
    assert figures.ratio(99) < 4, told
    assert figures.descriptors_grown <= 4, told
    assert figures.threads_grown <= 4, told
