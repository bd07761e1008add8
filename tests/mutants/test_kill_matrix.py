"""Every planted defect is caught at the check it names, with its duty and verdict, and nothing else complains."""

from dataclasses import replace
from pathlib import Path

import pytest

from broker_reference.mutants.catalogue import all_mutants
from mock_ctrader.conformance.duties import duties
from mock_ctrader.conformance.kill_matrix import with_summary
from mock_ctrader.conformance.mutants import Planted, meet, planted_defects, planted_of
from mock_ctrader.processes import LaunchError, MockProcess

README = Path(__file__).parents[2] / "README.md"
MUTANTS = [planted_of(one.as_dict()) for one in all_mutants().values()]


@pytest.mark.parametrize("planted", MUTANTS, ids=[one.name for one in MUTANTS])
def test_mutant_is_caught_where_it_says(mock: MockProcess, planted: Planted) -> None:
    assert meet(planted, mock.ready["baseUrl"]).objections() == []


def test_there_are_mutants_for_every_plan_that_needs_no_browser() -> None:
    broken = [one for one in MUTANTS if one.checks]

    assert len(broken) >= 45
    assert {plan for one in broken for plan in one.plans} == {"attribution", "crm-api", "functional", "robustness"}
    assert {one.name for one in MUTANTS if not one.checks} == {"healthy", "healthy-with-odd-identifiers"}


def test_verdicts_follow_the_provenance_of_their_duties() -> None:
    wrong = [
        one.name for one in MUTANTS if one.checks and (one.verdict == "fail") != duties()[one.duty].documented
    ]
    assert wrong == []


def test_the_register_asked_of_the_process_is_the_same() -> None:
    assert planted_defects() == MUTANTS


def test_a_mutant_nobody_knows_is_refused(mock: MockProcess) -> None:
    with pytest.raises(LaunchError, match="NAME must be one of"):
        meet(replace(MUTANTS[0], name="no-such-mutant"), mock.ready["baseUrl"])


def test_the_readme_has_the_summary_of_the_register() -> None:
    text = README.read_text(encoding="utf-8")

    assert with_summary(text, MUTANTS) == text, "run `python -m mock_ctrader.conformance.kill_matrix README.md`"
