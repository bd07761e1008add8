"""The stream on disk, and the run folded from it."""

from pathlib import Path

import pytest

from mock_ctrader.conformance.reports.model import fold
from mock_ctrader.conformance.reports.stream import StreamError, Writer, read
from tests.reports.samples import CASES, FAILED_STAGE, STARTED, run_events


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'{"type":"check"}\n[1]\n', "line 2: not a JSON object"),
        (b'{"type":"check"}\nnonsense\n{"type":"check"}\n', "line 2: not a JSON object: 'nonsense'"),
        (b'{"type":"other"}\n', "line 1: type: 'other'"),
        (b'{"type":"run_started","format":2}\n', "line 1: format: 2"),
        (b"nonsense", "line 1: not a JSON object"),
    ],
)
def test_bad_file_is_told_with_its_line(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "events.ndjson"
    path.write_bytes(content)

    with pytest.raises(StreamError, match=f"events.ndjson, {told}"):
        read(path)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    odd = STARTED | {"run_id": "\ud800\u2028\x85\n\x00ü"}
    with Writer(tmp_path / "e") as writer:
        writer.write(odd)
        assert read(tmp_path / "e") == [odd], "written at once, not at the end"


def test_line_cut_in_the_middle_means_a_run_broken_off(tmp_path: Path) -> None:
    with Writer(tmp_path / "e") as writer:
        writer.write(STARTED)
        writer.write(FAILED_STAGE)
    (tmp_path / "e").write_bytes((tmp_path / "e").read_bytes() + b'{"type":"run_fin')

    run = fold(read(tmp_path / "e"))

    assert (run.conclusion, run.counts["fail"], len(run.problems)) == ("broken off", 1, 1)


def test_an_event_of_no_type_there_is_is_refused() -> None:
    with pytest.raises(StreamError, match="type: 'check_finished' is none of run_started, check"):
        fold([STARTED, {"type": "check_finished"}])


def test_run_is_counted_and_sorted() -> None:
    run = fold(run_events())

    assert run.counts == {"fail": 2, "error": 1, "warn": 1, "blocked": 1, "skip": 1, "pass": 2}
    assert [check.case for check in run.cases] == ["6.1.2", "6.1.9", "6.1.10", "6.3.4", "6.2.1"]
    assert run.columns == [(1, "user"), (1, "account"), (2, "user"), (2, "account")]
    assert [check.excused for check in run.to_mend] == [False, False, False, True]


def test_empty_run_proves_nothing() -> None:
    assert fold([]).problems[-1] == "No check was run, so nothing is proved."


def test_unknown_verdict_is_refused() -> None:
    with pytest.raises(StreamError, match=r"check 'crm-api/6.1.2': verdict: 'perhaps'"):
        fold([CASES[2] | {"verdict": "perhaps"}])
