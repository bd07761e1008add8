"""The table of stages, and the features that have to agree with it."""

from pathlib import Path
from typing import Any

import pytest
from gherkin.parser import Parser

from mock_ctrader.flows import FLOW_TITLES, STAGES, STAGES_PER_FLOW, Level, Party, Proof, stage, stages_of

FEATURES = Path(__file__).parents[2] / "features"
FLOWS = sorted(FLOW_TITLES)


def parsed(path: Path) -> dict[str, Any]:
    """A feature file as its syntax tree."""
    return Parser().parse(path.read_text(encoding="utf-8"))["feature"]


def scenarios_of(feature: dict[str, Any]) -> list[dict[str, Any]]:
    """The scenarios of a feature, those below rules included, in order."""
    found = []
    for child in feature["children"]:
        if "scenario" in child:
            found.append(child["scenario"])
        elif "rule" in child:
            found += scenarios_of(child["rule"])
    return found


def tags_of(node: dict[str, Any]) -> list[str]:
    """The tags that stand above a feature or scenario."""
    return [tag["name"] for tag in node["tags"]]


class TestTable:
    """`flows.STAGES`."""

    def test_has_36_stages_18_each(self) -> None:
        assert STAGES_PER_FLOW == 18
        assert len(STAGES) == 36
        assert FLOWS == [1, 2]
        assert [len(stages_of(flow)) for flow in FLOWS] == [18, 18]

    @pytest.mark.parametrize("flow", FLOWS)
    def test_counts_from_1_to_18_in_order(self, flow: int) -> None:
        assert [one.number for one in stages_of(flow)] == list(range(1, 19))
        assert [stage(flow, number) for number in range(1, 19)] == list(stages_of(flow))

    def test_stages_7_to_18_are_the_same_in_both(self) -> None:
        def content(flow: int) -> list[tuple[Any, ...]]:
            return [
                (s.number, s.sender, s.receiver, s.title, s.carries, s.proof, s.call) for s in stages_of(flow)[6:]
            ]

        assert content(1) == content(2)

    def test_stages_1_to_6_are_not(self) -> None:
        assert not {one.title for one in stages_of(1)[:6]} & {one.title for one in stages_of(2)[:6]}

    @pytest.mark.parametrize("flow", FLOWS)
    def test_no_title_and_no_proof_is_there_twice(self, flow: int) -> None:
        assert len({one.title for one in stages_of(flow)}) == 18
        assert len({one.proof for one in stages_of(flow)}) == 18

    def test_every_stage_says_what_it_carries(self) -> None:
        assert [one for one in STAGES if not one.carries.strip()] == []
        assert stage(1, 4).carries == "brokerCrmName, partnerId, userId or ctidTraderAccountId"
        assert {stage(flow, 13).carries for flow in FLOWS} == {"the partnerId"}

    def test_every_proof_belongs_to_a_stage(self) -> None:
        assert {one.proof for one in STAGES} == set(Proof)

    def test_the_calls_are_where_the_vendor_puts_them(self) -> None:
        calls = {flow: {one.number: one.call for one in stages_of(flow) if one.call} for flow in FLOWS}

        assert calls == {
            1: {4: "3.6", 5: "3.6", 14: "5.3"},
            2: {3: "5.3", 5: "3.6", 6: "3.6", 14: "5.3"},
        }

    @pytest.mark.parametrize(
        ("flow", "number", "sender", "receiver"),
        [
            (1, 4, Party.BROKER, Party.BACKEND),
            (1, 5, Party.BACKEND, Party.BROKER),
            (1, 6, Party.BACKEND, Party.APPLICATION),
            (2, 1, Party.USER_1, Party.APPLICATION),
            (2, 5, Party.BROKER, Party.BACKEND),
            (2, 6, Party.BACKEND, Party.BROKER),
            (1, 10, Party.USER_1, Party.USER_2),
            (2, 12, Party.APPLICATION, Party.USER_2),
            (1, 15, Party.BROKER, Party.BROKER),
            (2, 18, Party.BROKER, Party.USER_1),
        ],
    )
    def test_who_speaks_to_whom(self, flow: int, number: int, sender: Party, receiver: Party) -> None:
        assert (stage(flow, number).sender, stage(flow, number).receiver) == (sender, receiver)

    @pytest.mark.parametrize(("flow", "number"), [(1, 0), (1, 19), (3, 1)])
    def test_there_is_no_other_stage(self, flow: int, number: int) -> None:
        with pytest.raises(KeyError, match=f"stage {number} in flow {flow}"):
            stage(flow, number)


class TestAttributionFeatures:
    """features/attribution agrees with the table, stage for stage."""

    @pytest.fixture(params=FLOWS)
    def flow(self, request: pytest.FixtureRequest) -> int:
        """One of the two flows."""
        return int(request.param)

    @pytest.fixture
    def feature(self, flow: int) -> dict[str, Any]:
        """The one feature of the flow."""
        [path] = (FEATURES / "attribution").glob(f"flow_{flow}_*.feature")
        return parsed(path)

    def test_titles_are_the_stages_in_order(self, flow: int, feature: dict[str, Any]) -> None:
        assert [one["name"] for one in scenarios_of(feature)] == [one.name for one in stages_of(flow)]

    def test_the_title_of_the_feature_is_that_of_the_flow(self, flow: int, feature: dict[str, Any]) -> None:
        assert tags_of(feature) == [f"@flow-{flow}"]
        assert FLOW_TITLES[flow] in feature["name"]
        assert f"Flow {flow}" in feature["name"]

    def test_tags_are_the_stage_and_its_call(self, flow: int, feature: dict[str, Any]) -> None:
        for scenario, one in zip(scenarios_of(feature), stages_of(flow), strict=True):
            assert tags_of(scenario) == [f"@stage-{one.number:02d}", *([f"@call-{one.call}"] if one.call else [])]

    def test_every_stage_is_played_at_both_levels(self, feature: dict[str, Any]) -> None:
        for scenario in scenarios_of(feature):
            [examples] = scenario["examples"]
            assert [cell["value"] for cell in examples["tableHeader"]["cells"]] == ["level"]
            assert [row["cells"][0]["value"] for row in examples["tableBody"]] == [level.value for level in Level]

    def test_every_stage_reaches_itself_and_asserts_something(self, flow: int, feature: dict[str, Any]) -> None:
        for scenario, one in zip(scenarios_of(feature), stages_of(flow), strict=True):
            steps = [(step["keywordType"], step["text"]) for step in scenario["steps"]]
            assert [text for kind, text in steps if kind == "Action"] == [f"the flow reaches stage {one.number}"]
            assert "<level>" in steps[0][1]
            assert any(kind == "Outcome" for kind, _ in steps)

    def test_there_are_72_cases(self) -> None:
        cases = [
            row
            for path in (FEATURES / "attribution").glob("flow_*.feature")
            for scenario in scenarios_of(parsed(path))
            for examples in scenario["examples"]
            for row in examples["tableBody"]
        ]
        assert len(cases) == len(STAGES) * len(Level) == 72


class TestEveryFeature:
    """What holds for all feature files."""

    @pytest.fixture(params=sorted(FEATURES.rglob("*.feature")), ids=lambda path: path.stem)
    def feature(self, request: pytest.FixtureRequest) -> dict[str, Any]:
        """One feature."""
        return parsed(request.param)

    def test_no_two_scenarios_have_the_same_title(self, feature: dict[str, Any]) -> None:
        # of two scenarios with one title the runner would silently drop the first
        titles = [scenario["name"] for scenario in scenarios_of(feature)]
        assert [title for title in titles if titles.count(title) > 1] == []

    def test_every_scenario_ends_with_an_outcome(self, feature: dict[str, Any]) -> None:
        for scenario in scenarios_of(feature):
            kinds = [step["keywordType"] for step in scenario["steps"] if step["keywordType"] != "Conjunction"]
            assert kinds[-1] == "Outcome", scenario["name"]

    def test_the_wire_is_named_in_its_own_scenarios_only(self, feature: dict[str, Any]) -> None:
        for scenario in scenarios_of(feature):
            text = " ".join([scenario["name"], *(step["text"] for step in scenario["steps"])])
            words = ("/cid/", "/v2/", "Content-Type", "the status is")
            if "@wire" not in tags_of(scenario):
                assert not any(word in text for word in words), scenario["name"]
