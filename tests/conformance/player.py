"""A person who plays the flows by hand: reads what the harness says, acts in a browser, answers questions."""

import io
import re
from collections.abc import Callable

from rich.console import Console

from mock_ctrader.conformance.adapter import Adapter, Person
from mock_ctrader.conformance.clients import AppClient
from mock_ctrader.conformance.people import fresh_person
from mock_ctrader.flows import Level


class Player:
    """Knows nothing of the run but what is said to it.

    `instead` are answers given in the place of honest ones, by a part of the question; the last one stays.
    `typing` are lines typed without being asked, by a part of the last instruction.
    """

    def __init__(self, broker: Adapter, app_url: str) -> None:
        self.console = Console(file=io.StringIO(), width=200, highlight=False)
        self._broker = broker
        self._apps = {number: AppClient(app_url) for number in (1, 2)}
        self._people: dict[int, Person] = {}
        self._screens: dict[int, str] = {}
        self.instead: dict[str, list[str]] = {}
        self.typing: dict[str, str] = {}
        self.idle: set[str] = set()
        self.instructions: list[str] = []
        self.questions: list[str] = []

    @property
    def shown(self) -> str:
        """Everything that was printed."""
        assert isinstance(self.console.file, io.StringIO)
        return self.console.file.getvalue()

    # what is said to it

    def instruct(self, what: str) -> None:
        self.instructions.append(what)
        for wanted, act in self._acts().items():
            found = re.search(wanted, what)
            if found and not any(part in what for part in self.idle):
                act(found)
                return
        assert any(part in what for part in self.idle), f"the player does not understand: {what}"

    def ask(self, question: str) -> str:
        self.questions.append(question)
        assert len(self.questions) < 100, f"asked in circles: {question}"
        for part, answers in self.instead.items():
            if part in question and answers:
                return answers.pop(0) if len(answers) > 1 else answers[0]
        for part, answer in self._answers().items():
            if part in question:
                return answer()
        return "y"

    def typed(self) -> str | None:
        return next((line for part, line in self.typing.items() if part in self.instructions[-1]), None)

    # what it does

    def _acts(self) -> dict[str, Callable[[re.Match[str]], None]]:
        return {
            r"User 1 is (\S+@\S+), User 2 is (\S+@[a-z.]*[a-z])": self._be,
            r"Window 1 .*Open \S+/sign-in\?firstLogin=true and sign up as (\S+)\.$": self._sign_up_alone,
            r"Window 1 .*register as a client with (\S+), then as a partner at (\w+) level": self._join_website,
            r"Window 1 .*register User 1 as a partner at (\w+) level": self._become_partner,
            r"Window 1 .*Open \S+/sign-in\?firstLogin=true, the broker's screen": self._open_screen,
            r"Window 1 .*get your cTID as (\S+), who": self._get_ctid,
            r"Window 1 .*Open \S+/ again": lambda _: self._look(),
            r"Window 1 .*get a link: .*Copy strategy": lambda _: self._share("copy", "60417"),
            r"Window 2 .*Open this link: (\S+)$": self._open_link,
            r"Window 2 .*Sign up on the screen that opened, as (\S+)\.$": self._sign_up_invited,
            r"Log in to the client area as User 1": lambda _: None,
            r"third private window": lambda _: None,
        }

    def _answers(self) -> dict[str, Callable[[], str]]:
        partner = self._people[1]
        mine = [one for one in self._listed() if one == self._people[2].email]
        return {
            "aste the referral link": lambda: self._broker.referral_link(partner).url,
            "Which part of it": lambda: self._broker.referral_link(partner).partner_id,
            "Which level": lambda: str(self._broker.referral_link(partner).level),
            "Does the referral list show": lambda: "y" if mine else "n",
            "Does it show the list?": lambda: "y" if self._broker.list_opens_without_login() else "n",
            "more than once": lambda: "y" if len(mine) > 1 else "n",
            "Which partnerId": lambda: "",
            "Whom does it show": lambda: " ".join(one for one in self._listed() if one != self._people[2].email),
        }

    def _listed(self) -> list[str]:
        if not any("referral list" in one for one in self.questions + self.instructions):
            return []
        return [one.email for one in self._broker.referrals(self._people[1])]

    def _be(self, found: re.Match[str]) -> None:
        for number in (1, 2):
            made = fresh_person("player")
            self._people[number] = Person(found[number], made.first_name, made.last_name, made.password)
        self._apps = {number: AppClient(app._url) for number, app in self._apps.items()}

    def _named(self, number: int, email: str) -> Person:
        assert self._people[number].email == email
        return self._people[number]

    def _sign_up_alone(self, found: re.Match[str]) -> None:
        person = self._named(1, found[1])
        self._apps[1].finish(self._broker.sign_up(person, self._apps[1].open_sign_in(first_login=True)))

    def _become_partner(self, found: re.Match[str]) -> None:
        self._broker.register_partner(self._people[1], Level(found[1]))

    def _join_website(self, found: re.Match[str]) -> None:
        self._broker.register_client(self._named(1, found[1]))
        self._broker.register_partner(self._people[1], Level(found[2]))

    def _open_screen(self, _: re.Match[str]) -> None:
        self._screens[1] = self._apps[1].open_sign_in(first_login=True)

    def _get_ctid(self, found: re.Match[str]) -> None:
        person = self._named(1, found[1])
        self._apps[1].finish(self._broker.sign_up_client(person, self._screens[1]))

    def _look(self) -> None:
        self._apps[1].profile()

    def _share(self, kind: str, target: str) -> None:
        self._apps[1].share(kind, target)

    def _open_link(self, found: re.Match[str]) -> None:
        self._screens[2] = self._apps[2].open_link(found[1])

    def _sign_up_invited(self, found: re.Match[str]) -> None:
        person = self._named(2, found[1])
        self._apps[2].finish(self._broker.sign_up(person, self._screens[2]))
