"""Other partners and their referrals, so that a wrong attribution, a leak or a shared identifier shows."""

import threading
from dataclasses import dataclass

from mock_ctrader.clock import SystemClock
from mock_ctrader.conformance.adapter import Adapter, AdapterError, Person, Unjudgeable
from mock_ctrader.conformance.clients import AppClient, MockError
from mock_ctrader.conformance.people import fresh_person
from mock_ctrader.flows import Level


@dataclass(frozen=True, slots=True)
class Bystander:
    """A partner who is not the one a flow is about, and whom that partner invited."""

    person: Person
    invited: Person | None = None


class Company:
    """The bystanders of a run.

    One who cannot be had by a fault of the broker is left out: the flow itself will show that fault, and why
    somebody is `missing` is told with its last stage.
    """

    def __init__(self, adapter: Adapter, app_url: str, patience: float) -> None:
        self._adapter = adapter
        self._app_url = app_url
        self._patience = patience
        self.bystanders: list[Bystander] = []
        self.missing: list[str] = []

    def add_partner(self, level: Level, *, with_referral: bool = False) -> None:
        """One more partner at a level, with somebody invited by a link of the application if asked for.

        Raises: Unjudgeable: the broker throttles the harness, say. Without company a flow would pass unproved.
        """
        person = fresh_person("bystander")
        try:
            app = self._sign_up(person)
            self._adapter.register_partner(person, level)
            invited = self._invite(app) if with_referral else None
        except Unjudgeable:
            raise
        except (AdapterError, MockError) as problem:
            self.missing.append(str(problem))
        else:
            self.bystanders.append(Bystander(person, invited))

    def strangers(self) -> list[str]:
        """The addresses of those whom bystanders invited."""
        return [one.invited.email for one in self.bystanders if one.invited is not None]

    def who_lists(self, email: str) -> list[str]:
        """The addresses of the bystanders in whose list somebody is."""
        return [
            one.person.email
            for one in self.bystanders
            if email.casefold() in (entry.email.casefold() for entry in self._adapter.referrals(one.person))
        ]

    def _sign_up(self, person: Person, link: str | None = None) -> AppClient:
        app = AppClient(self._app_url)
        screen = app.open_link(link) if link else app.open_sign_in(first_login=True)
        signed_in, answer = app.finish(self._adapter.sign_up(person, screen))
        if not signed_in:
            raise AdapterError(f"the signup of {person.email} did not end signed in: {answer}")
        return app

    def _invite(self, app: AppClient) -> Person:
        clock, pause = SystemClock(), threading.Event()
        deadline = clock.monotonic() + self._patience
        while app.profile().get("partnerId") is None:
            if clock.monotonic() > deadline:
                raise AdapterError("the application was not told the partnerId")
            pause.wait(0.05)
        invited = fresh_person("other")
        self._sign_up(invited, app.share("copy", "60417")["link"])
        return invited
