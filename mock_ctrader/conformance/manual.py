"""Drives one flow with a person who acts: says what to do, watches the journal, asks what it cannot see."""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlsplit

from mock_ctrader.conformance.adapters.manual import ManualAdapter
from mock_ctrader.conformance.dialogue import END, Ended
from mock_ctrader.conformance.drive import Bench, Drive, Stuck
from mock_ctrader.conformance.narrate import Narrator
from mock_ctrader.conformance.plain import one_line
from mock_ctrader.conformance.trace import veiled_text
from mock_ctrader.conformance.verdicts import PROVED, judge
from mock_ctrader.flows import Level
from mock_ctrader.links import LINK_KINDS, PARTNER_ID, parameter

_KIND = "copy"


class ManualDrive(Drive):
    """One flow at one level, played by a person with two private browser windows.

    The person is never hurried: what the person does is waited for without end; what the broker does by itself is
    waited for as usual, and then the person says whether to go on waiting.
    """

    def __init__(self, bench: Bench, flow: int, level: Level) -> None:
        """Announce the flow.

        Args:
            bench: its adapter is a `ManualAdapter`.

        Raises:
            Ended: the person wanted no more before.
            SettingsError: nobody sits at the terminal.
        """
        assert isinstance(bench.adapter, ManualAdapter)
        self._adapter = bench.adapter
        if self._adapter.ended:
            raise Ended("the person ended the run before this flow")
        self._dialogue = self._adapter.dialogue
        self._narrator = Narrator(self._dialogue.console)
        self._hinted = ""
        super().__init__(bench, flow, level, self._narrator.progress)

    def run(self) -> dict[str, Any]:
        """Play the flow with the person; returns the journey, as far as it came."""
        self._narrator.begin(self._flow, self._level)
        self._introduce()
        try:
            journey = super().run()
        except Ended:
            self.ended = self._adapter.ended = True
            journey = self._control.journey(self._journey_id)
        self._narrator.end(judge(journey, ended=self.ended))
        return journey

    def _introduce(self) -> None:
        self._dialogue.instruct(
            f"You are two people: User 1 is {self.partner.email}, User 2 is {self.invited.email}. Use exactly "
            "these addresses, and any password. Open two private browser windows, one for each. "
            f"Type {END} at any time to end; n while the harness waits says that it gets no further."
        )

    # stages 1 to 6

    def _new_partner(self) -> None:
        self._told()
        self._window(1, f"Open {self._app}/sign-in?firstLogin=true and sign up as {self.partner.email}.")
        self._sign_up_partner(1)
        self._window(1, f"In the client area, register User 1 as a partner at {self._level} level.")
        self._require(1, "Did the broker take the registration?")
        self._report(1, level=self._level.value)
        link, partner_id = self._referral_link(2, "Paste the referral link of User 1:")
        self._report(2, level=self._shown_level(), partnerId=partner_id)
        self._report(3, partnerId=partner_id, referralLink=link)
        self._await(5)
        self._window(1, f"Open {self._app}/ again: the application shows the partnerId.")
        self._watch(6)

    def _existing_partner(self) -> None:
        self._window(
            1,
            f"On the broker's website, not from the application, register as a client with {self.partner.email}, "
            f"then as a partner at {self._level} level.",
        )
        self._require(1, "Did the broker take both registrations?")
        _, earlier = self._referral_link(1, "Paste the referral link that User 1 has now:")
        began = self._control.last_event()
        self._window(1, f"Open {self._app}/sign-in?firstLogin=true, the broker's screen opens.")
        self._told()
        self._watch_until(lambda _: self._browser_that_asked(began) is not None)
        self._report(1, browser=self._browser_that_asked(began))
        self._window(1, f"On that screen, get your cTID as {self.partner.email}, who is a client already.")
        self._sign_up_partner(3)
        self._await(3)
        link, partner_id = self._new_link(earlier)
        self._report(4, partnerId=partner_id, referralLink=link, previousPartnerId=earlier)
        self._await(6)

    def _sign_up_partner(self, stage: int) -> None:
        """User 1 passes flow 5.3; an address that was mistyped is no fault of the broker."""
        self._require(stage, "Did it go through, and does the application show User 1 signed in?")
        while not self._soon(lambda: self._is_signed_in(self.partner.email)):
            if not self._yes(f"Nobody with the address {self.partner.email} is signed in yet. Look again?"):
                self._fail(stage, f"the user creation flow of User 1 did not end signed in: {self._page()}")

    def _is_signed_in(self, email: str) -> bool:
        user_id = self._control.lookup(email).get("user_id")
        return any(
            event["details"].get("act") == "signed_in" and str(event.get("user_id")) == user_id
            for event in self._control.all_events()
        )

    def _browser_that_asked(self, after: int) -> str | None:
        asked = [
            event for event in self._control.all_events(after) if event["details"].get("act") == "new_ctid_asked"
        ]
        return str(asked[-1]["browser"]) if asked else None

    def _new_link(self, earlier: str) -> tuple[str, str]:
        while True:
            link, partner_id = self._referral_link(4, "Reload the partner page and paste the referral link:")
            if partner_id != earlier or not self._yes(f"{earlier} is the earlier identifier. Look again?"):
                return link, partner_id

    def _referral_link(self, stage: int, question: str) -> tuple[str, str]:
        """The link and the identifier in it."""
        while True:
            link = self._ask(f"{question} [n: there is none]")
            if link.casefold() == "n":
                self._fail(stage, f"the partner page shows no referral link: {self._page()}")
            if urlsplit(link).scheme in ("http", "https"):
                break
            self._tell(f"{link!r} is no address; it begins with http:// or https://")
        named = parameter(link, PARTNER_ID)
        while not named:
            answer = self._ask("Which part of it is the partner's identifier?")
            if answer and answer in unquote(link):
                named = answer
            else:
                self._tell(f"{answer!r} is not in {link}")
        return link, named

    def _shown_level(self) -> str | None:
        levels = [level.value for level in Level]
        return self._choose(f"Which level does the partner page tell? [{'/'.join(levels)}, Enter: none]", levels)

    # stages 7 to 12

    def _share_and_open(self) -> None:
        self._window(
            1, f"Open {self._app}/ and get a link: under Share, {LINK_KINDS[_KIND].label}, button 'Get the link'."
        )
        journey = self._watch(9, lambda journey: journey["stages"][6]["carried"].get("kind") == _KIND)
        link = journey["stages"][8]["carried"]["link"]
        self._report(10, link=link)
        self._window(2, f"Open this link: {link}")
        self._screen = self._watch(12)["stages"][11]["carried"]["url"]

    # stages 13 to 18

    def _sign_up_invited(self) -> None:
        email = self.invited.email
        self._window(2, f"Sign up on the screen that opened, as {email}.")
        self._require(13, "Did the broker take the signup of User 2?")
        self._report(13, partnerId=parameter(self._screen, PARTNER_ID))
        self._await(14)
        self._window(1, "Log in to the client area as User 1 and open the referral list.")
        listed = self._yes(f"Does the referral list show {email}?")
        self._report(15, after=listed, elsewhere=[])
        if not listed:
            raise Stuck

    def _look_at_the_list(self) -> None:
        email = self.invited.email
        self._dialogue.instruct("In a third private window, open the referral list's address without a log-in.")
        opens = self._choose("Does it show the list? [y/n, Enter: cannot tell]", ["y", "n"])
        self._report(16, openWithoutLogin=None if opens is None else opens == "y")
        times = 2 if self._yes(f"Does the list of User 1 show {email} more than once?") else 1
        shown = self._ask(f"Which partnerId does it show for {email}? [Enter: none]") or None
        strangers = self._addresses("Whom does it show that User 1 did not invite? [addresses, Enter: nobody]")
        entries = [{"email": email, "partnerId": shown}] * times
        entries += [{"email": one, "partnerId": None} for one in strangers]
        self._report(17, count=len(entries))
        self._report(18, entries=entries, strangers=strangers, elsewhere=[])

    def _addresses(self, question: str) -> list[str]:
        while True:
            given = self._ask(question).replace(",", " ").split()
            if all("@" in one for one in given):
                return given
            self._tell("Addresses only, please, such as rui@example.net")

    # watching

    @property
    def _app(self) -> str:
        return self._bench.app_url

    def _watch(self, stage: int, also: Callable[[dict[str, Any]], bool] = lambda _: True) -> dict[str, Any]:
        """Wait until every stage up to this one is proved by what the person does."""

        def reached(journey: dict[str, Any]) -> bool:
            return all(one["state"] in PROVED for one in journey["stages"][:stage]) and also(journey)

        return self._watch_until(reached)

    def _watch_until(self, reached: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        seen = self._control.last_event()
        while True:
            journey = self._told()
            if reached(journey):
                return journey
            self._hint(journey)
            line = (self._dialogue.typed() or "").casefold()
            if line == END:
                raise Ended
            if line == "n":
                raise Stuck
            events = self._control.events(after=seen, wait=1)
            seen = events[-1]["seq"] if events else seen

    def _hint(self, journey: dict[str, Any]) -> None:
        """What went otherwise than it should, once."""
        wrong = next((one for one in journey["stages"] if one["state"] == "violated"), None)
        if wrong is not None and wrong["reason"] != self._hinted:
            self._hinted = wrong["reason"]
            self._tell(f"stage {wrong['number']}: {self._hinted}")

    def _await(self, stage: int) -> None:
        """What the broker does by itself; whoever plays says whether to go on waiting."""
        while True:
            try:
                super()._await(stage)
            except Stuck:
                journey = self._told()
                open_ = next(one for one in journey["stages"] if one["state"] not in PROVED)
                if open_["state"] == "violated" or not self._yes(f"{open_['reason']}. Look again?"):
                    raise
            else:
                return

    def _soon(self, happened: Callable[[], bool]) -> bool:
        """Whether something happens while the patience lasts."""
        deadline = self._clock.monotonic() + self._bench.patience
        seen = self._control.last_event()
        while not happened():
            if self._clock.monotonic() > deadline:
                return False
            events = self._control.events(after=seen, wait=1)
            seen = events[-1]["seq"] if events else seen
        return True

    # talking

    def _window(self, number: int, what: str) -> None:
        self._dialogue.instruct(f"Window {number} (User {number}): {what}")

    def _tell(self, what: str) -> None:
        self._dialogue.console.print(f"  {one_line(what)}", markup=False, highlight=False)

    def _ask(self, question: str) -> str:
        answer = self._dialogue.ask(question).strip()
        if answer.casefold() == END:
            raise Ended
        return answer

    def _choose(self, question: str, answers: list[str]) -> str | None:
        """One of the answers; None for an empty line."""
        while True:
            answer = self._ask(question).casefold()
            if answer in answers or not answer:
                return answer or None
            self._tell(f"{' or '.join(answers)}, please; {answer!r} is neither")

    def _yes(self, question: str) -> bool:
        while True:
            answer = self._choose(f"{question} [y/n]", ["y", "n"])
            if answer is not None:
                return answer == "y"

    def _require(self, stage: int, question: str) -> None:
        if not self._yes(question):
            self._fail(stage, self._page())

    def _page(self) -> str:
        return veiled_text(self._ask("What does the page say?")) or "nothing"
