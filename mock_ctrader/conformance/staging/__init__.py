"""`serve --given FEATURE:LINE`: the world in which a scenario begins, played by HTTP against a mock that runs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mock_ctrader.conformance.staging import calls, flow
from mock_ctrader.conformance.staging.scenario import Scenario, find_scenario
from mock_ctrader.settings import SettingsError


@dataclass(frozen=True, slots=True)
class Staging:
    """What to play before a scenario.

    Attributes:
        needs_broker: whether the reference broker has to be there.
        play: given the ready values of a running mock, plays it and says in sentences what is there.
    """

    scenario: Scenario
    needs_broker: bool
    play: Callable[[dict[str, Any]], list[str]]


def staging_of(place: str) -> Staging:
    """What `--given` names.

    Args:
        place: file and line of a scenario, such as features/api/balance.feature:12.

    Raises:
        SettingsError: there is no scenario, or one whose beginning cannot be played.
    """
    scenario = find_scenario(place)
    moment = flow.moment_of(scenario)
    if moment is not None:
        return Staging(scenario, True, lambda ready: flow.play(ready, moment))
    foreign = [sentence for sentence in scenario.givens if not calls.understands(sentence)]
    if foreign:
        raise SettingsError(
            f"{place}: 'Given {foreign[0]}' cannot be played beforehand; what can are the stages of "
            "features/attribution/flow_1_new_partner.feature and flow_2_existing_partner.feature, and the "
            "scenarios of features/api"
        )
    return Staging(scenario, False, lambda ready: calls.play(ready, scenario.givens))
