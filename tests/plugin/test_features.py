"""Our features in a broker's repository, with steps of its own; the reports of such a run."""

from pathlib import Path

import pytest

from mock_ctrader.conformance.reports.stream import read
from mock_ctrader.flows import STAGES_PER_FLOW
from tests.plugin.conftest import Run

_CONFTEST = """
    from pytest_bdd import then

    pytest_plugins = ["mock_ctrader.testing.steps"]


    @then("the link is short enough to be printed on a card")
    def short_enough(played, stage):
        assert len(played.carried(stage)["link"]) < 200


    @then("User 1 sees the link that was built")
    def seen(played, stage):
        print("A STEP OF MINE")
        assert played.carried(stage)["link"]
"""
_FEATURE = """
Feature: What else our cards need
  Scenario Outline: The link fits on a card
    Given a new partner at <level> level
    When the flow reaches stage 9
    Then User 1 sees the link that was built
    And the link is short enough to be printed on a card

    Examples:
      | level |
      | user  |
"""
_TESTS = """
    from pytest_bdd import scenario, scenarios

    from mock_ctrader.testing import features

    scenarios(features("attribution")[0], "own.feature")


    def test_beside_them():
        pass
"""


@pytest.fixture
def repository(pytester: pytest.Pytester, broker_toml: Path) -> Path:
    """A miniature broker repository."""
    pytester.makeini("[pytest]\nmock_ctrader_config = broker.toml\naddopts = --strict-markers\n")
    pytester.makeconftest(_CONFTEST)
    pytester.makepyfile(test_conformance=_TESTS)
    (pytester.path / "own.feature").write_text(_FEATURE)
    return pytester.path


@pytest.mark.parametrize("workers", [(), ("-n", "2", "--dist", "loadgroup")])
def test_features_with_own_steps_are_reported(repository: Path, run: Run, workers: tuple[str, ...]) -> None:
    done = run("--mock-ctrader-report", "reports", "-rP", *workers)

    done.assert_outcomes(passed=2 * STAGES_PER_FLOW + 2)
    done.stdout.fnmatch_lines(["*A STEP OF MINE*", "mock-ctrader: 37 pass; reports in reports"])
    events = read(repository / "reports" / "events.ndjson")
    checks = [event for event in events if event["type"] == "check"]
    assert len({check["id"] for check in checks}) == 2 * STAGES_PER_FLOW + 1
    assert {check["verdict"] for check in checks} == {"pass"}
    assert [event["level"] for event in events if event["type"] == "journey"] == ["account", "user"]
    assert events[0]["broker"]["name"] == "Reference broker"
    assert events[-1]["counts"]["pass"] == 2 * STAGES_PER_FLOW + 1
    assert {"report.html", "junit.xml"} <= {path.name for path in (repository / "reports").iterdir()}
    assert "mini-manager" not in (repository / "reports" / "events.ndjson").read_text()


def test_a_failing_step_of_the_repository_fails_its_check(repository: Path, run: Run) -> None:
    conftest = repository / "conftest.py"
    conftest.write_text(conftest.read_text().replace("< 200", "< 2"))

    done = run("--mock-ctrader-report", "reports", "-k", "card")

    done.assert_outcomes(failed=1, deselected=2 * STAGES_PER_FLOW + 1)
    (check,) = [event for event in read(repository / "reports" / "events.ndjson") if event["type"] == "check"]
    assert (check["verdict"], check["steps"][-1]["verdict"]) == ("fail", "fail")


def test_nothing_judged_is_an_error(repository: Path, run: Run) -> None:
    file = repository / "broker.toml"
    text = file.read_text()
    file.write_text(text.replace("[adapter]", '[adapter]\nkind = "http"').split("sign_up = [")[0])

    done = run("--mock-ctrader-report", "reports")

    assert done.ret == pytest.ExitCode.TESTS_FAILED
    done.assert_outcomes(skipped=2 * STAGES_PER_FLOW + 1, passed=1)
    done.stdout.fnmatch_lines("mock-ctrader: nothing was judged, of 37 checks*")


def test_a_report_of_no_check_is_an_error(repository: Path, run: Run) -> None:
    done = run("--mock-ctrader-report", "reports", "-k", "beside")

    assert done.ret == pytest.ExitCode.TESTS_FAILED
    done.stdout.fnmatch_lines("mock-ctrader: nothing was judged, of 0 checks*")


def test_the_packaged_suite_meets_the_broker_of_the_repository(pytester: pytest.Pytester, run: Run) -> None:
    # a conftest.py of the working directory has no say there: nothing may silently meet the bundled broker instead
    (pytester.path / "broker.toml").write_text(
        '[broker]\nname = "Nobody"\nscreen_url = "http://127.0.0.1:1/"\ncrm_url = "http://127.0.0.1:1"\n'
        '[mock]\nurl = "http://127.0.0.1:0"\n[adapter]\nkind = "http"\n'
    )

    done = run(
        "--pyargs", "mock_ctrader.conformance.suite.test_attribution", "--mock-ctrader-config", "broker.toml"
    )

    assert done.ret == pytest.ExitCode.TESTS_FAILED
    done.assert_outcomes(skipped=4 * STAGES_PER_FLOW)
    done.stdout.fnmatch_lines("mock-ctrader: nothing was judged, of 72 checks*")
