"""The pages of the plans and duties say what the features and the register say; ids are told apart."""

import subprocess
import sys
from pathlib import Path

import pytest

from mock_ctrader.conformance.broker_file import PLANS
from mock_ctrader.conformance.catalogue import checks_of, features_of, pages
from mock_ctrader.conformance.duties import duties
from mock_ctrader.conformance.verdicts import DUTY_OF_STAGE
from mock_ctrader.flows import Proof

DOCS = Path(__file__).parents[2] / "docs"
SOURCES = Path(__file__).parents[2] / "mock_ctrader"


@pytest.mark.parametrize("name", sorted(pages()))
def test_page_is_current(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == pages()[name], "run `make pages`"


def test_pages_are_written_by_a_command(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mock_ctrader.conformance.catalogue", str(tmp_path)]
    subprocess.run(command, timeout=60, check=True)

    assert {file.name: file.read_text(encoding="utf-8") for file in tmp_path.iterdir()} == pages()


def test_every_check_has_an_id_of_its_own() -> None:
    ids = [one.id for plan in PLANS for one in checks_of(plan)]

    assert len(set(ids)) == len(ids)
    assert sum(one.startswith("attribution/") for one in ids) == 72


def test_every_stage_and_every_tag_names_a_duty_that_is_there() -> None:
    tagged = {
        word.removeprefix("@duty-")
        for plan in PLANS
        for file in features_of(plan)
        for word in file.read_text(encoding="utf-8").split()
        if word.startswith("@duty-")
    }

    assert set(DUTY_OF_STAGE) == set(Proof)
    assert set(DUTY_OF_STAGE.values()) | tagged <= set(duties())


def test_every_duty_is_held_somewhere() -> None:
    """A duty that no code and no feature names would be a promise nobody keeps."""
    written = "".join(
        file.read_text(encoding="utf-8")
        for file in [*SOURCES.rglob("*.py"), *SOURCES.parent.glob("features/**/*")]
        if file.is_file()
    )
    held = {name for name in duties() if f'"{name}"' in written or f"@duty-{name}" in written}
    # built from the action's name: f"{kind}-booked"
    held |= {"deposit-booked", "withdrawal-booked"}

    assert set(duties()) - held == set()
