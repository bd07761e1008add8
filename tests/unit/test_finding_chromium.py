"""Where a Chromium is looked for."""

from pathlib import Path

import pytest

from mock_ctrader.conformance import chromium
from mock_ctrader.conformance.chromium import CHROMIUM_VARIABLE, NoBrowser, find_chromium


@pytest.fixture(autouse=True)
def nothing_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(CHROMIUM_VARIABLE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(chromium, "_PLACES", [str(tmp_path / "none"), str(tmp_path / "place")])


def test_where_none_is_the_way_to_one_is_told() -> None:
    with pytest.raises(NoBrowser, match=r"no Chromium and no Chrome is installed. .*MOCK_CTRADER_CHROMIUM"):
        find_chromium()


def test_the_usual_places_count_too(tmp_path: Path) -> None:
    (tmp_path / "place").touch()
    assert find_chromium() == str(tmp_path / "place")


def test_the_path_wins_over_the_usual_places_and_the_variable_over_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "place").touch()
    (tmp_path / "bin").mkdir()
    for name in ("chromium", "mine"):
        program = tmp_path / "bin" / name
        program.touch()
        program.chmod(0o755)
    assert find_chromium() == str(tmp_path / "bin" / "chromium")
    monkeypatch.setenv(CHROMIUM_VARIABLE, "mine")
    assert find_chromium() == str(tmp_path / "bin" / "mine")
    monkeypatch.setenv(CHROMIUM_VARIABLE, "not-there")
    with pytest.raises(NoBrowser, match="names 'not-there', which is no program"):
        find_chromium()
