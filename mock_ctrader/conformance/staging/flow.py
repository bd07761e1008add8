"""The attribution flow as far as a stage: what has happened at the reference broker before a scenario begins."""

import re
from dataclasses import dataclass
from typing import Any

from mock_ctrader.conformance.adapter import AdapterError
from mock_ctrader.conformance.clients import MockError
from mock_ctrader.conformance.drive import Drive, Stuck
from mock_ctrader.conformance.staging.scenario import Scenario
from mock_ctrader.conformance.target import bench_of, closing, reference_target
from mock_ctrader.flows import Level
from mock_ctrader.links import PARTNER_ID

_SENTENCES = {
    1: re.compile(r"a new partner at (user|account) level"),
    2: re.compile(r"an existing partner at (user|account) level without a cTID"),
}
_STAGE = re.compile(r"Stage (\d+) - ")


@dataclass(frozen=True, slots=True)
class Moment:
    """A place in the flow: just before this stage."""

    flow: int
    level: Level
    stage: int


def moment_of(scenario: Scenario) -> Moment | None:
    """The moment in which a scenario of the attribution flow begins; None for any other scenario."""
    stage = _STAGE.match(scenario.name)
    for number, sentence in _SENTENCES.items():
        found = sentence.fullmatch(scenario.givens[0]) if scenario.givens else None
        if found and stage:
            return Moment(number, Level(found[1]), int(stage[1]))
    return None


def play(ready: dict[str, Any], moment: Moment) -> list[str]:
    """Play what comes before the moment at the reference broker; what is there now, in sentences.

    Stages that a person or the broker does in one go are played together or not at all.

    Raises:
        MockError: it got stuck; names where and why.
    """
    with closing(bench_of(reference_target(ready))) as bench:
        stager = _Stager(bench, moment.flow, moment.level)
        try:
            return stager.play_before(moment.stage)
        except (AdapterError, Stuck) as problem:
            raise MockError(
                f"the flow got stuck on the way to stage {moment.stage}: {stager.trouble(problem)}"
            ) from None


class _Stager(Drive):
    """Drives a flow act by act and stops before one. Tells the journal what it did, as every drive does."""

    def play_before(self, stage: int) -> list[str]:
        """Play every act that is over before a stage."""
        self._link = ""
        self._partner_id = ""
        self._success = ""
        self._told()
        acts = self._acts()
        played = [(last, act) for last, act in acts if last < stage]
        for _, act in played:
            act()
        reached = max((last for last, _ in played), default=0)
        return [*self._who(reached), self._next(reached, stage, [last for last, _ in acts])]

    def _acts(self) -> list[tuple[int, Any]]:
        """Each act with the last stage that it reaches; 0 is what the scenarios take as given."""
        head = (
            [(0, self._get_account), (5, self._become_partner), (6, self._look_at_partner_id)]
            if self._flow == 1
            else [(0, self._become_website_partner), (6, self._get_ctid)]
        )
        return [*head, (10, self._share), (12, self._open), (13, self._sign_up), (15, self._return)]

    # flow 1

    def _get_account(self) -> None:
        screen = self._partner_app.open_sign_in(first_login=True)
        self._partner_app.finish(self._attempt(1, lambda: self._bench.adapter.sign_up(self.partner, screen)))

    def _become_partner(self) -> None:
        self._attempt(1, lambda: self._bench.adapter.register_partner(self.partner, self._level))
        self._report(1, level=self._level.value)
        self._note_link(self._attempt(2, lambda: self._bench.adapter.referral_link(self.partner)))
        self._await(5)

    def _look_at_partner_id(self) -> None:
        self._partner_app.profile()
        self._await(6)

    def _note_link(self, link: Any) -> None:
        self._partner_id = link.partner_id
        self._report(2, level=link.level, partnerId=link.partner_id)
        self._report(3, partnerId=link.partner_id, referralLink=link.url)

    # flow 2

    def _become_website_partner(self) -> None:
        adapter = self._bench.adapter
        self._attempt(1, lambda: adapter.register_client(self.partner))
        self._attempt(1, lambda: adapter.register_partner(self.partner, self._level))
        self._earlier = self._attempt(1, lambda: adapter.referral_link(self.partner)).partner_id
        self._partner_id = self._earlier

    def _get_ctid(self) -> None:
        screen = self._partner_app.open_sign_in(first_login=True)
        self._report(1, browser=self._partner_app.fingerprint)
        success = self._attempt(3, lambda: self._bench.adapter.sign_up_client(self.partner, screen))
        self._partner_app.finish(success)
        self._await(3)
        link = self._eventually(
            4,
            lambda: self._bench.adapter.referral_link(self.partner),
            lambda link: link.partner_id != self._earlier,
        )
        self._partner_id = link.partner_id
        self._report(4, partnerId=link.partner_id, referralLink=link.url, previousPartnerId=self._earlier)
        self._await(6)
        self._partner_app.profile()

    # both

    def _share(self) -> None:
        self._link = self._partner_app.share("copy", "60417")["link"]
        self._await(9)
        self._report(10, link=self._link)

    def _open(self) -> None:
        self._screen = self._invited_app.open_link(self._link)
        self._await(12)

    def _sign_up(self) -> None:
        self._success = self._attempt(13, lambda: self._bench.adapter.sign_up(self.invited, self._screen))
        self._report(13, **{PARTNER_ID: self._partner_id, "submitted": self._partner_id})

    def _return(self) -> None:
        self._invited_app.finish(self._success)
        self._await(14)
        listed = self._eventually(
            15, lambda: self._bench.adapter.referrals(self.partner), lambda found: bool(self._listed(found))
        )
        self._report(15, before=False, after=bool(self._listed(listed)), elsewhere=[])
        self._await(15)

    # what is said

    def _who(self, reached: int) -> list[str]:
        person = self.partner
        said = [f"User 1 is {person.first_name} {person.last_name}: {person.email}, password {person.password}"]
        if self._partner_id:
            said.append(f"User 1 is a partner at {self._level.value} level: partnerId {self._partner_id}")
        if self._link:
            said.append(f"the link that User 1 shared: {self._link}")
        if reached >= 13:
            person = self.invited
            said.append(
                f"User 2 is {person.first_name} {person.last_name}: {person.email}, password {person.password}"
            )
        elif reached >= 12:
            said.append("User 2 opened the link; open it again in a private window to go on as User 2")
        if reached == 13:
            said.append(f"User 2 has signed up and is on the way back: {self._success} (good for a minute)")
        if reached >= 15:
            said.append(
                "the broker has attributed User 2 to User 1: log in to the client area as User 1 to see it"
            )
        return said

    def _next(self, reached: int, stage: int, ends: list[int]) -> str:
        if reached + 1 >= stage:
            return f"next is stage {stage}"
        end = min((last for last in ends if last > reached), default=18)
        return (
            f"next are stages {reached + 1} to {end}: they happen in one go, so stage {stage} cannot begin alone"
        )

    def trouble(self, problem: Exception) -> str:
        """Why the flow did not go on."""
        journey = self._control.journey(self._journey_id)
        reasons = [
            f"stage {one['number']}: {one['reason']}" for one in journey["stages"] if one["state"] == "violated"
        ]
        return "; ".join(reasons) or str(problem) or "something that was waited for did not come"
