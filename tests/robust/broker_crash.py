"""The other half of `make crash`: the reference broker killed at each point of the attribution flow.

Nothing in the broker knows of it. It stands still at a point because cTrader holds its answer back (a planted
fault), or because somebody else holds the lock of its database when the answer comes; then it is killed.
"""

import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from mock_ctrader.conformance.adapter import Unreachable
from mock_ctrader.processes import MockProcess
from tests.robust.people import Pair
from tests.robust.stage_set import StageSet
from tests.support import eventually

# Longer than it takes to kill a broker, shorter than anybody's time-out.
_HELD_MS = 4_000
# What each step is about.
_MAIN = {"register": "3.6", "sign up": "3.2"}


class Where(StrEnum):
    """How far a call has come when the broker is killed."""

    NOT_APPLIED = "cTrader has the request and has not begun"
    APPLIED = "cTrader has done it and holds the answer back"
    ANSWERED = "the broker has the answer and cannot write it down"
    RECORDED = "the broker has written it down"


@dataclass(frozen=True, slots=True)
class Point:
    """Where the broker is killed.

    Attributes:
        during: the step of the story that is under way.
        call: the call that it makes then.
        fresh: whether the broker is restarted before, so that it has no manager token: call 3.1 comes first.
    """

    name: str
    during: str
    where: Where
    call: str = ""
    fresh: bool = False


POINTS = [
    Point("partner registered, 3.6 not sent", "register", Where.NOT_APPLIED, "3.1", fresh=True),
    Point("3.6 sent, not applied", "register", Where.NOT_APPLIED, "3.6"),
    Point("3.6 applied, not answered", "register", Where.APPLIED, "3.6"),
    Point("3.6 answered, not recorded", "register", Where.ANSWERED, "3.6"),
    Point("3.6 recorded", "register", Where.RECORDED, "3.6"),
    Point("sign-up submitted, 3.2 not sent", "sign up", Where.NOT_APPLIED, "3.1", fresh=True),
    Point("3.2 sent, not applied", "sign up", Where.NOT_APPLIED, "3.2"),
    Point("3.2 applied, not answered", "sign up", Where.APPLIED, "3.2"),
    Point("3.2 answered, not recorded", "sign up", Where.ANSWERED, "3.2"),
    Point("3.2 recorded", "sign up", Where.RECORDED, "3.2"),
    Point("OT token minted", "open account", Where.RECORDED),
]


def play(mock: MockProcess, database: Path, point: Point, level: str) -> list[str]:
    """Play the whole flow with one kill in it; returns what is wrong at its end."""
    with StageSet(mock, database) as stage:
        story = _Story(stage, level)
        for name, step in story.steps().items():
            if name == point.during:
                story.interrupted(point, step)
            else:
                step()
        return story.complaints()


class _Story:
    """Flow 1, as people play it: what gets no answer is tried again."""

    def __init__(self, stage: StageSet, level: str) -> None:
        self._stage = stage
        self._level = level
        self._pair = Pair.of(stage.sandbox)
        self._success = ""
        self._link = ""

    def steps(self) -> dict[str, Callable[[], None]]:
        """In their order; each may be repeated."""
        return {
            "become a user": self._become_user,
            "register": self._register,
            "share": self._share,
            "sign up": self._sign_up,
            "open account": self._open_account,
            "enter": self._enter,
        }

    def interrupted(self, point: Point, step: Callable[[], None]) -> None:
        """Take a step, kill the broker at the point, start it again, and take the step again."""
        stage = self._stage
        if point.fresh:
            stage.kill()
            stage.start()
        sent = {call: len(stage.calls(call)) for call in ("3.2", "3.6")}
        if point.where is not Where.RECORDED:
            phase = "before" if point.where is Where.NOT_APPLIED else "after"
            stage.plant(call=point.call, kind="latency", phase=phase, milliseconds=_HELD_MS)
        with _under_way(step) as thread:
            if point.where is Where.RECORDED:
                thread.join(20)
                if point.call == "3.6":
                    self._await_set()
                stage.kill()
            elif point.where is Where.ANSWERED:
                stage.fault_fired()
                with stage.locked():
                    told = "status 200" if point.call == "3.6" else "status 201"
                    eventually(lambda: _last(stage, f"call {point.call}").endswith(told), "the answer comes", 20)
                    stage.kill()
            else:
                stage.fault_fired()
                now = {call: len(stage.calls(call)) for call in sent}
                more = {call: now[call] - sent[call] for call in sent}
                assert more[_MAIN[point.during]] == (point.where is Where.APPLIED), f"{point.name}: {more}"
                stage.kill()
        stage.pull_faults()
        stage.start()
        if not self._success:  # otherwise the person has the success URL already
            step()

    def _become_user(self) -> None:
        partner = self._pair.partner
        partner.sign_up(partner.app.open_sign_in(first_login=True))
        assert partner.enter(partner.open_account(self._stage.url).url)

    def _register(self) -> None:
        self._pair.partner.become_partner(self._stage.url, self._level)

    def _await_set(self) -> None:
        partner = self._pair.partner
        eventually(lambda: partner.standing(self._stage.url).get("state") == "set", "3.6 follows by itself", 20)

    def _share(self) -> None:
        partner = self._pair.partner
        self._await_set()
        self._link = str(partner.app.share("invite")["link"])

    def _sign_up(self) -> None:
        invited = self._pair.invited
        invited.sign_up(invited.app.open_link(self._link))

    def _open_account(self) -> None:
        self._success = self._pair.invited.open_account(self._stage.url).url

    def _enter(self) -> None:
        assert self._pair.invited.enter(self._success), "the one-time token is not good any more"

    def complaints(self) -> list[str]:
        """One identifier, one attribution, one user for each person: what there is of more or less."""
        stage, pair = self._stage, self._pair
        standing = pair.partner.standing(stage.url)
        partner_id = standing.get("partnerId")
        found = []
        if len(standing.get("identifiers", [])) != 1 or standing.get("state") != "set":
            found.append(f"the partner's standing is {standing}")
        sent = {event["partner_id"] for event in stage.calls("3.6")}
        if sent != {partner_id}:
            found.append(f"calls 3.6 carried {sent}, the partner page shows {partner_id}")
        referrals = pair.partner.referrals(stage.url)
        if referrals != [(pair.invited.person.email, partner_id)]:
            found.append(f"the referral list is {referrals}")
        attributed = stage.rows("SELECT state FROM attributions")
        if attributed != [("attributed",)]:
            found.append(f"the attributions are {attributed}")
        for human in (pair.partner, pair.invited):
            made = [event for event in stage.calls("3.2", 201) if event["email"] == human.person.email]
            if len(made) != 1:
                found.append(f"{human.person.email} was created {len(made)} times")
        return found


def _last(stage: StageSet, words: str) -> str:
    """What the broker's log says last about something, without the time it took."""
    lines = [line for line in stage.broker.log().splitlines() if words in line]
    return lines[-1].rpartition(" in ")[0] if lines else ""


@contextmanager
def _under_way(step: Callable[[], None]) -> Iterator[threading.Thread]:
    """A step that goes on in a thread of its own; it may get no answer."""
    failures: list[Exception] = []

    def take() -> None:
        try:
            step()
        except Unreachable:
            return  # the broker was killed
        except Exception as failure:  # noqa: BLE001 - raised below
            failures.append(failure)

    thread = threading.Thread(target=take, daemon=True)
    thread.start()
    try:
        yield thread
    finally:
        thread.join(30)
    assert not thread.is_alive(), "the step hangs"
    if failures:
        raise failures[0]


def main() -> int:
    """Kill the broker at each point, at both levels, and print what was found."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    kills = wrong = 0
    with tempfile.TemporaryDirectory(prefix="broker-crash-") as folder, MockProcess.start() as mock:
        for point in POINTS:
            for _ in range(rounds):
                for level in ("user", "account"):
                    database = Path(folder) / f"{kills}.sqlite3"
                    complaints = play(mock, database, point, level)
                    kills += 1
                    wrong += bool(complaints)
                    print(f"{point.name:<36} {level:<8} {'; '.join(complaints) or 'whole'}", flush=True)
    print(f"{kills} kills (SIGKILL) of the reference broker at {len(POINTS)} points: {wrong} flows not whole")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
