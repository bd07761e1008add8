"""The short variant of the second half of `make crash`: the points that matter most, at one level each."""

from itertools import cycle
from pathlib import Path

import pytest

from mock_ctrader.processes import MockProcess
from tests.robust.broker_crash import POINTS, Point, play

pytestmark = pytest.mark.xdist_group("robust")
SHORT = (
    "partner registered, 3.6 not sent",
    "3.6 applied, not answered",
    "3.6 answered, not recorded",
    "sign-up submitted, 3.2 not sent",
    "3.2 answered, not recorded",
    "OT token minted",
)


@pytest.mark.parametrize(
    ("point", "level"),
    [
        pytest.param(point, level, id=point.name.replace(" ", "-"))
        for point, level in zip(
            (one for one in POINTS if one.name in SHORT), cycle(("user", "account")), strict=False
        )
    ],
)
def test_killed_there_and_started_again(mock: MockProcess, tmp_path: Path, point: Point, level: str) -> None:
    assert play(mock, tmp_path / "broker.sqlite3", point, level) == []
