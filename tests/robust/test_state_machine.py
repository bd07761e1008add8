"""Any order of calls, of visits to the application and of restarts: the mock must stay what a simple model is.

A real process with a real state file. `STATE_MACHINE_RUNS` and `STATE_MACHINE_STEPS` make it longer.
"""

import os
import tempfile
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from mock_ctrader.processes import MockProcess
from tests.http.fake_crm import CrmServer, serving
from tests.http.visitor import Visitor, parameters
from tests.robust import tree
from tests.robust.ledger import disagreements
from tests.robust.model import USER, Person, World
from tests.support import Broker, ControlApi, eventually, md5

pytestmark = pytest.mark.xdist_group("robust")
RUNS = int(os.environ.get("STATE_MACHINE_RUNS", "7"))
STEPS = int(os.environ.get("STATE_MACHINE_STEPS", "30"))
MOST_PEOPLE, MOST_ACCOUNTS = 3, 3

printable = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1, max_size=20)
# few, so that people share and repeat them
partner_ids = st.sampled_from(["IB-1", "IB-2", "ib-1", "a b&c=d", "%2B+#?", "👩‍👩‍👧"]) | printable
which = st.integers(0, 1)
any_number = st.integers(0, 99)
any_account = st.integers(0, MOST_ACCOUNTS)


class Served:
    """The process, its state file and its port; a restart changes nothing else."""

    def __init__(self, state: Path, crms: CrmServer) -> None:
        self.state = state
        self.crms = crms
        self.process = self._start("0")
        self.port = self.process.ready["baseUrl"].rpartition(":")[2]
        self.restarts = 0
        self.kills = 0

    def _start(self, port: str) -> MockProcess:
        return MockProcess.start("--state", str(self.state), "--port", port)

    def restart(self, killed: bool) -> None:
        """End the process, in order or at once, and start one that goes on with the file."""
        if killed:
            whole = [self.process.pid, *tree.children(self.process.pid)]
            for one in whole:
                tree.kill(one)
            eventually(lambda: not any(map(tree.lives, whole)), "every process is gone", 20)
        assert self.process.stop() in ((-9,) if killed else (0, -15))
        self.process = self._start(self.port)
        self.restarts += 1
        self.kills += killed


class Machine(RuleBasedStateMachine):
    """Two brokers with one mock."""

    served: ClassVar[Served]

    @initialize()
    def two_worlds(self) -> None:
        self.restarted = False
        self.worlds = [self._world(lists) for lists in (False, True)]
        self.given: list[tuple[str, int]] = []
        for nth in range(2):
            # somebody with a choice of accounts, so that few steps make a difference
            self.sign_up(nth, True)
            self.open_account(nth, 0)
            self.create_user(nth)
            self.change_record(nth, 0, 2, "IB-1", False)
        self.change_record(0, 0, 0, "IB-2", False)

    def _world(self, lists: bool) -> World:
        ready = self.served.process.ready
        control, crm = ControlApi(ready["controlUrl"]), self.served.crms.new()
        urls = {"crmUrl": crm.url, "loginUrl": f"{crm.url}/auth/login"}
        # known seeds: no id of one world is one of the other by chance
        sandbox = control.create(seed=f"machine-{lists}", switches={"readAnswersList": lists}, **urls)
        return World(sandbox, Broker(ready["baseUrl"], sandbox), control, crm, lists)

    def teardown(self) -> None:
        worlds = getattr(self, "worlds", [])
        if worlds and not self.restarted:
            self.restart()
        for world in worlds:
            try:
                world.check()
                assert disagreements(world.broker, world.control) == []
            finally:
                world.control.delete(world.sandbox["id"])

    def _new(self, kind: str, number: int) -> int:
        """An id cTrader gave; it never gave it before."""
        assert (kind, number) not in self.given
        self.given.append((kind, number))
        return number

    def _someone(self, world: int, number: int) -> tuple[World, Person]:
        here = self.worlds[world]
        return here, here.people[number % len(here.people)]

    # calls

    @rule(world=which)
    def create_user(self, world: int) -> None:
        here = self.worlds[world]
        if len(here.people) == MOST_PEOPLE:
            return
        email = f"person{len(here.people)}@example.net"  # the same addresses in both worlds
        answer = here.broker.create_user(email)
        assert answer.status_code == 201, answer.text
        here.people.append(Person(self._new("user", answer.json()["userId"]), email))
        assert here.broker.create_user(email.upper()).status_code == 400
        assert here.broker.read_user_id(email).json() == answer.json()

    @rule(world=which, number=any_number)
    def open_account(self, world: int, number: int) -> None:
        here, person = self._someone(world, number)
        if len(person.accounts) == MOST_ACCOUNTS:
            return
        login = self._new("trader", here.broker.create_trader().json()["login"])
        refused = here.broker.link_account(person.user_id, login, traderPasswordHash=md5("another"))
        assert refused.status_code == 400
        answer = here.broker.link_account(person.user_id, login)
        assert answer.status_code == 200, answer.text
        person.accounts.append(self._new("link", answer.json()["ctidTraderAccountId"]))
        assert here.broker.link_account(person.user_id, login).status_code == 400

    @rule(
        world=which, number=any_number, account=any_account, partner_id=partner_ids | st.none(), both=st.booleans()
    )
    def change_record(self, world: int, number: int, account: int, partner_id: str | None, both: bool) -> None:
        """Calls 3.6 and 3.8 for a user, or for one of the user's accounts."""
        here, person = self._someone(world, number)
        chosen = [USER, *person.accounts][account % (1 + len(person.accounts))]
        if partner_id is None:
            deleted = here.broker.delete_partner(**person.keys(chosen) | {"userId": person.user_id})
            assert (deleted.status_code, deleted.content) == (200, b"")
            person.partner_ids.pop(chosen, None)
        else:
            keys = person.keys(chosen) | ({"userId": person.user_id} if both else {})
            answer = here.broker.set_partner(partnerId=partner_id, **keys)
            assert (answer.status_code, answer.json()) == (200, person.keys(chosen))
            person.partner_ids[chosen] = partner_id
        assert here.read(person, chosen) == here.expected(person, chosen)

    @rule(world=which, number=any_number, partner_id=partner_ids)
    def set_in_vain(self, world: int, number: int, partner_id: str) -> None:
        """For a pair that does not belong together, and for people of another broker's world."""
        here, person = self._someone(world, number)
        keys = {"userId": here.people[-1].user_id, "ctidTraderAccountId": here.people[0].accounts[0]}
        assert here.broker.set_partner(partnerId=partner_id, **keys).status_code == 400
        assert here.broker.delete_partner(**keys).status_code == 400
        stranger = self.worlds[1 - world].broker
        for target in (USER, *person.accounts):
            assert stranger.set_partner(partnerId=partner_id, **person.keys(target)).status_code == 404
        assert stranger.delete_partner(userId=person.user_id).status_code == 404

    # the application

    @rule(world=which, first=st.booleans())
    def sign_up(self, world: int, first: bool) -> None:
        """A new person, by the broker's screen."""
        here = self.worlds[world]
        browser = Visitor(here.app_url)
        screen = browser.screen(f"/sign-in?firstLogin={'true' if first else 'false'}")
        assert screen.startswith(f"{here.crm.url}/auth/login?")
        assert dict(parameters(screen))["firstLogin"] == ("true" if first else "false")
        self.create_user(world)
        if not here.people[-1].accounts:
            self.open_account(world, len(here.people) - 1)
            self._sign_in(here, here.people[-1], browser)

    def _sign_in(self, here: World, person: Person, browser: Visitor) -> None:
        answer = browser.sign_in(here.crm.one_time_token(person.user_id))
        assert answer.status_code == 200, answer.text
        person.browser = browser
        if person.active_account is None:
            person.active_account = next(iter(person.accounts), None)

    @rule(world=which, number=any_number, fresh=st.booleans())
    def sign_in(self, world: int, number: int, fresh: bool) -> None:
        here, person = self._someone(world, number)
        browser = None if fresh else person.browser
        if browser is None:
            person.active_account = None  # a device that does not know which account was active
        self._sign_in(here, person, browser or Visitor(here.app_url))

    @rule(world=which, number=any_number, account=any_account)
    def choose_account(self, world: int, number: int, account: int) -> None:
        _, person = self._someone(world, number)
        if person.browser is not None and person.accounts:
            chosen = person.accounts[account % len(person.accounts)]
            answer = person.browser.post("/active-account", {"ctidTraderAccountId": chosen})
            assert answer.status_code == 303
            person.active_account = chosen

    @rule(world=which, number=any_number, kind=st.sampled_from(["copy", "algo", "signal", "symbol", "invite"]))
    def share_link(self, world: int, number: int, kind: str) -> None:
        here, person = self._someone(world, number)
        if person.browser is not None:
            shared = person.browser.share(kind)
            assert shared["partnerId"] == person.effective
            assert dict(parameters(shared["link"])).get("partnerId") == person.effective
            here.links.append((shared["link"], person.effective))
            self._open_links(here)

    def _open_links(self, here: World) -> None:
        """A link carries for ever what it was built with (E-7): the first one and the last."""
        for link, carried in (here.links[0], here.links[-1]):
            if carried is not None or link.rstrip("/") != here.app_url:  # else it is the application itself
                visitor = Visitor(here.app_url)
                assert dict(parameters(visitor.screen(link))).get("partnerId") == carried
                assert visitor.me()["signedIn"] is False

    # the process

    @precondition(lambda self: not self.restarted)
    @rule()
    def restart(self) -> None:
        """Once in each story, in its middle or at its end; every other time by SIGKILL."""
        self.restarted = True
        self.served.restart(killed=self.served.restarts % 2 == 0)

    # what always holds

    @invariant()
    def every_world_is_as_the_model_has_it(self) -> None:
        here, there = self.worlds
        here.check()
        there.check()

    @invariant()
    def nothing_of_another_world_is_visible(self) -> None:
        here, there = self.worlds
        here.check_strangers(there)
        there.check_strangers(here)


def test_any_order_of_calls_visits_and_restarts() -> None:
    with tempfile.TemporaryDirectory(prefix="mock-ctrader-machine-") as folder, serving() as crms:
        Machine.served = Served(Path(folder) / "state.db", crms)
        try:
            run_state_machine_as_test(
                Machine,
                settings=settings(
                    max_examples=RUNS,
                    stateful_step_count=STEPS,
                    deadline=None,
                    # a shorter story of the same failure would take minutes: every try is real
                    phases=[Phase.generate],
                    derandomize=True,
                    database=None,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        finally:
            Machine.served.process.stop()
        assert Machine.served.restarts >= RUNS
        assert RUNS < 2 or 0 < Machine.served.kills < Machine.served.restarts
