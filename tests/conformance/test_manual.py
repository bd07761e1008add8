"""A person plays the flows by hand: every stage is ticked off, and what the person says is judged too."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from mock_ctrader.conformance.adapter import Surroundings
from mock_ctrader.conformance.adapters import make_adapter
from mock_ctrader.conformance.adapters.manual import ManualAdapter
from mock_ctrader.conformance.dialogue import Ended
from mock_ctrader.conformance.drive import Bench
from mock_ctrader.conformance.manual import ManualDrive
from mock_ctrader.conformance.played import Library
from mock_ctrader.conformance.trace import Trace
from mock_ctrader.conformance.verdicts import Verdict, judge
from mock_ctrader.flows import STAGES_PER_FLOW, Level
from mock_ctrader.settings import SettingsError
from tests.conformance.player import Player
from tests.conformance.story import Story

_ALL = [Verdict.PASS] * STAGES_PER_FLOW


def by_hand(bench: Bench, patience: float = 3.0) -> tuple[Bench, Player]:
    """The same bench with a player in the place of its adapter."""
    player = Player(bench.adapter, bench.app_url)
    surroundings = Surroundings("", bench.sandbox["successUrl"], bench.lookup, Trace())
    adapter = ManualAdapter({"kind": "manual"}, surroundings, player)
    return replace(bench, adapter=adapter, patience=patience), player


def verdicts_of(bench: Bench, flow: int, level: Level) -> list[Verdict]:
    """What is said of each stage."""
    drive = ManualDrive(bench, flow, level)
    return [one.verdict for one in judge(drive.run(), ended=drive.ended)]


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("flow", [1, 2])
def test_a_person_proves_every_stage(reference: Story, flow: int, level: Level) -> None:
    bench, player = by_hand(reference.bench)

    played = Library(bench).play(flow, level)

    assert [(one.stage["number"], one.reason) for one in played.verdicts if one.verdict is not Verdict.PASS] == []
    assert {stage["state"] for stage in played.journey["stages"]} == {"observed", "reported"}
    # each stage was ticked off once, and the address of the application was told
    assert player.shown.count(" proved ") == STAGES_PER_FLOW
    assert any(bench.app_url in one for one in player.instructions)


def test_the_end_leaves_the_rest_unjudged(reference: Story) -> None:
    bench, player = by_hand(reference.bench)
    player.idle, player.typing = {"get a link"}, {"get a link": "Q"}
    library = Library(bench)

    played = library.play(1, Level.USER)

    assert [one.verdict for one in played.verdicts] == [Verdict.PASS] * 6 + [Verdict.SKIP] * 12
    assert {one.reason for one in played.verdicts[6:]} == {"the flow was ended before stage 7"}
    with pytest.raises(Ended):
        library.play(2, Level.USER)


def test_the_end_may_be_an_answer(reference: Story) -> None:
    bench, player = by_hand(reference.bench)
    player.instead = {"Does the referral list show": ["q"]}

    assert verdicts_of(bench, 1, Level.ACCOUNT) == [Verdict.PASS] * 14 + [Verdict.SKIP] * 4


def test_what_was_found_wrong_stays_wrong_after_the_end(reference: Story) -> None:
    bench, player = by_hand(reference.bench)
    player.instead = {"Does it show the list?": ["y"], "more than once": ["q"]}

    assert verdicts_of(bench, 1, Level.USER) == [Verdict.PASS] * 15 + [Verdict.FAIL] + [Verdict.BLOCKED] * 2


@pytest.mark.parametrize(
    ("instead", "stage", "reason"),
    [
        (
            {"take the registration": ["n"], "What does the page say": ["closed on Sundays"]},
            1,
            "User 1 could not register as a partner: closed on Sundays",
        ),
        (
            {"Paste the referral link": ["n"], "What does": ["no link"]},
            2,
            "the partner page shows no referral link",
        ),
        ({"take the signup": ["n"], "What does": ["500"]}, 13, "User 2 could not sign up: 500"),
        ({"Does the referral list show": ["n"]}, 15, "does not attribute User 2 to User 1"),
        ({"Does it show the list?": ["y"]}, 16, "opens without a log-in"),
        ({"Whom does it show": ["rui@example.net"]}, 18, "shows rui@example.net, whom another partner invited"),
        ({"more than once": ["y"]}, 18, "2 times in the referral list"),
    ],
)
def test_what_the_person_sees_is_judged(
    reference: Story, instead: dict[str, list[str]], stage: int, reason: str
) -> None:
    bench, player = by_hand(reference.bench)
    player.instead = instead

    verdicts = judge(ManualDrive(bench, 1, Level.USER).run())

    assert [one.verdict for one in verdicts] == (
        [Verdict.PASS] * (stage - 1) + [Verdict.FAIL] + [Verdict.BLOCKED] * (STAGES_PER_FLOW - stage)
    )
    assert reason in verdicts[stage - 1].reason


def test_another_identifier_in_the_list_is_told_and_stops_nothing(reference: Story) -> None:
    bench, player = by_hand(reference.bench)
    player.instead = {"Which partnerId": ["IB-OTHER"]}

    verdicts = judge(ManualDrive(bench, 1, Level.USER).run())

    assert [one.verdict for one in verdicts] == [Verdict.PASS] * 17 + [Verdict.WARN]
    (remark,) = verdicts[17].warnings
    assert remark.duty.id == "listed-under-link-id"
    assert remark.seen == "IB-OTHER"


def test_an_answer_that_fits_nowhere_is_asked_for_again(reference: Story) -> None:
    bench, player = by_hand(reference.bench)
    player.instead = {
        "take the registration": ["perhaps", "", "yes", "y"],
        "Which level": ["gold", ""],
        "Whom does it show": ["nobody", ""],
    }

    assert verdicts_of(bench, 1, Level.USER) == _ALL
    assert "'perhaps' is neither" in player.shown
    assert "'gold' is neither" in player.shown
    assert len([one for one in player.questions if "take the registration" in one]) == 4


def test_a_link_that_is_none_is_asked_for_again(reference: Story) -> None:
    bench, player = by_hand(reference.bench, patience=0.5)
    player.instead = {
        "Paste the referral link": ["IB-7Q2F", "http://broker.example/join/IB-7Q2F"],
        "Which part of it": ["IB-8", "IB-7Q2F"],
        "Look again?": ["n"],
    }

    verdicts = judge(ManualDrive(bench, 1, Level.USER).run())

    assert "'IB-7Q2F' is no address" in player.shown
    assert "'IB-8' is not in http://broker.example/join/IB-7Q2F" in player.shown
    # the journal knows better than the person
    assert verdicts[3].verdict is Verdict.FAIL
    assert verdicts[3].complaint is not None
    assert verdicts[3].complaint.expected == "IB-7Q2F"


def test_the_earlier_identifier_is_asked_for_again(reference: Story) -> None:
    bench, player = by_hand(reference.bench, patience=0.5)
    earlier = "http://broker.example/?partnerId=IB-OLD"
    player.instead = {"has now": [earlier], "Reload the partner page": [earlier], "earlier identifier": ["n"]}

    verdicts = judge(ManualDrive(bench, 2, Level.USER).run())

    assert [one.verdict for one in verdicts[:4]] == [Verdict.PASS] * 3 + [Verdict.FAIL]
    assert "is the earlier one" in verdicts[3].reason


def test_a_mistyped_address_is_looked_for_again_until_the_person_gives_up(reference: Story) -> None:
    bench, player = by_hand(reference.bench, patience=0.2)
    player.idle = {"and sign up as"}
    player.instead = {"is signed in yet": ["y", "n"], "What does the page say": ["welcome"]}

    verdicts = judge(ManualDrive(bench, 1, Level.USER).run())

    assert len([one for one in player.questions if "is signed in yet" in one]) == 2
    assert verdicts[0].verdict is Verdict.FAIL
    assert "did not end signed in: welcome" in verdicts[0].reason


def test_another_kind_of_link_does_not_do(reference: Story) -> None:
    bench, player = by_hand(reference.bench)
    shared: list[str] = []

    def share(kind: str, target: str) -> None:
        shared.append("algo")
        player._apps[1].share("algo", "1204")

    def typed() -> str | None:
        # the person sees that nothing happens, and reads the instruction again
        if shared == ["algo"]:
            shared.append("copy")
            player._apps[1].share("copy", "60417")
        return None

    player._share, player.typed = share, typed  # type: ignore[method-assign]

    assert verdicts_of(bench, 1, Level.USER) == _ALL
    assert shared == ["algo", "copy"]


def test_no_further_is_a_failure_of_the_stage(reference: Story) -> None:
    bench, player = by_hand(reference.bench)
    player.idle, player.typing = {"Open this link"}, {"Open this link": "n"}

    assert verdicts_of(bench, 1, Level.USER)[9:12] == [Verdict.PASS, Verdict.FAIL, Verdict.BLOCKED]


def test_what_the_broker_never_does_is_given_up_by_the_person(broken_bench: Callable[[str], Bench]) -> None:
    bench, player = by_hand(broken_bench("partner_id_never_sent"), patience=0.3)
    player.instead = {"Look again?": ["y", "n"]}

    verdicts = judge(ManualDrive(bench, 1, Level.USER).run())

    assert [one.verdict for one in verdicts[:5]] == [Verdict.PASS] * 3 + [Verdict.FAIL, Verdict.BLOCKED]
    assert "no call 3.6 for User 1" in verdicts[3].reason
    assert len([one for one in player.questions if "Look again?" in one]) == 2


def test_secrets_a_person_pastes_are_hidden(reference: Story) -> None:
    bench, player = by_hand(reference.bench)
    page = "refused http://broker.example/?token=abcdefghijkl"
    player.instead = {"take the registration": ["n"], "What does the page say": [page]}

    reason = judge(ManualDrive(bench, 1, Level.USER).run())[0].reason

    assert "refused" in reason
    assert "abcdefghijkl" not in reason


def test_the_table_has_no_verbs() -> None:
    surroundings = Surroundings("", "", lambda _: {}, Trace())
    assert isinstance(make_adapter({"kind": "manual"}, surroundings), ManualAdapter)
    with pytest.raises(SettingsError, match="sign_up is no key"):
        make_adapter({"kind": "manual", "sign_up": []}, surroundings)


def test_without_a_terminal_there_is_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", open("/dev/null"))  # noqa: PTH123, SIM115
    adapter = make_adapter({"kind": "manual"}, Surroundings("", "", lambda _: {}, Trace()))
    assert isinstance(adapter, ManualAdapter)
    with pytest.raises(SettingsError, match=r"needs somebody at a terminal.*choose the kind http"):
        _ = adapter.dialogue
